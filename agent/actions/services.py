"""The catalogue: every service by its Home Assistant name, with its data, its risk and what confirms it.

A service is data. Its few rules are pure functions of the entity, its state and the canonical data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from agent.actions.fields import Choice, Color, Field, Flag, Number, Numbers, Text
from agent.core.actions import Expectation, Risk
from agent.core.home import Entity, State
from agent.errors import ActionError

Data = Mapping[str, Any]
Expects = Callable[[Entity, State, Data], Expectation | None]
RiskOf = Callable[[Entity, State, Data], Risk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One thing that can be asked of the entities of a domain."""

    name: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Of these, at least one must be given."""
    risk: RiskOf
    expects: Expects
    idempotent: bool = True

    @property
    def domain(self) -> str:
        """The domain it is for."""
        return self.name.partition(".")[0]


def find(name: str) -> Service:
    """The service of that name, or that alias.

    Raises:
        ActionError: there is none; the text names the nearest.
    """
    found = SERVICES.get(ALIASES.get(name, name))
    if found is None:
        near = get_close_matches(name, [*SERVICES, *ALIASES], n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ActionError(f"there is no service {name!r:.100}{hint}")
    return found


# what is expected ---------------------------------------------------------------------------------------
def _nothing(_entity: Entity, _state: State, _data: Data) -> None:
    return None


def _becomes(*states: str, within: float = 5.0) -> Expects:
    return lambda _entity, _state, _data: Expectation(state=frozenset(states), within=within)


def _toggled(one: str, other: str, *, within: float = 5.0) -> Expects:
    def expects(_entity: Entity, state: State, _data: Data) -> Expectation | None:
        if state.stale or state.value not in (one, other):
            return None
        return Expectation(state=frozenset({other if state.value == one else one}), within=within)

    return expects


def _shows(
    *keys: str,
    within: float = 5.0,
    tolerance: float = 0.0,
    named: Mapping[str, str] | None = None,
    states: tuple[str, ...] = (),
) -> Expects:
    """The given data as attributes of the same name, or as `named` otherwise."""

    def expects(entity: Entity, _state: State, data: Data) -> Expectation:
        silent = entity.capabilities.get("unreported") or ()
        wanted = {(named or {}).get(key, key): data[key] for key in keys if key in data}
        wanted = {key: value for key, value in wanted.items() if key not in silent}
        return Expectation(
            state=frozenset(states),
            attributes=wanted,
            tolerance=dict.fromkeys(wanted, tolerance) if tolerance else {},
            within=within,
        )

    return expects


def _says(key: str, *, within: float = 5.0) -> Expects:
    """The given value as the state itself."""
    return lambda _entity, _state, data: Expectation(state=frozenset({str(data[key])}), within=within)


def _lit(entity: Entity, _state: State, data: Data) -> Expectation:
    silent = entity.capabilities.get("unreported") or ()
    tolerances = {"brightness": 3.0, "rgb_color": 12.0, "hs_color": 4.0, "xy_color": 0.02}
    if data.get("brightness") == 0:
        return Expectation(state=frozenset({"off"}))
    wanted = {key: data[key] for key in tolerances if key in data and key not in silent}
    tolerance = {key: tolerances[key] for key in wanted}
    if "color_temp_kelvin" in data and "color_temp_kelvin" not in silent:
        wanted["color_temp_kelvin"] = data["color_temp_kelvin"]
        tolerance["color_temp_kelvin"] = data["color_temp_kelvin"] * 0.05
    if "effect" in data and "effect" not in silent:
        wanted["effect"] = data["effect"]
    within = 5.0 + min(float(data.get("transition", 0)), 60.0)
    return Expectation(state=frozenset({"on"}), attributes=wanted, tolerance=tolerance, within=within)


def _darkened(_entity: Entity, _state: State, data: Data) -> Expectation:
    return Expectation(state=frozenset({"off"}), within=5.0 + min(float(data.get("transition", 0)), 60.0))


def _turning(entity: Entity, _state: State, data: Data) -> Expectation:
    step = entity.capabilities.get("percentage_step")
    half = max(1.0, step / 2) if isinstance(step, int | float) else 1.0
    if data.get("percentage") == 0:
        return Expectation(state=frozenset({"off"}))
    return _shows("percentage", "preset_mode", tolerance=half, states=("on",))(entity, _state, data)  # type: ignore[return-value]


def _at_position(_entity: Entity, _state: State, data: Data) -> Expectation:
    return Expectation(
        attributes={"current_position": data["position"]}, tolerance={"current_position": 2.0}, within=60.0
    )


def _number(_entity: Entity, _state: State, data: Data) -> Expectation:
    value = float(data["value"])
    spellings = {f"{value:g}", str(value), f"{value:.1f}", f"{value:.2f}", f"{value:.3f}"}
    if value.is_integer():
        spellings.add(str(int(value)))
    return Expectation(state=frozenset(spellings))


def _warm(entity: Entity, state: State, data: Data) -> Expectation:
    modes = (data["hvac_mode"],) if "hvac_mode" in data else ()
    keys = ("temperature", "target_temp_low", "target_temp_high")
    return _shows(*keys, within=10.0, tolerance=0.3, states=modes)(entity, state, data)  # type: ignore[return-value]


def _running(entity: Entity, _state: State, _data: Data) -> Expectation | None:
    """Turned on: any mode but off."""
    modes = entity.capabilities.get("hvac_modes") or entity.capabilities.get("operation_list") or ()
    states = frozenset(str(mode) for mode in modes) - {"off"}
    return Expectation(state=states, within=10.0) if states else None


# how far it reaches -------------------------------------------------------------------------------------
def _reversible(_entity: Entity, _state: State, _data: Data) -> Risk:
    return Risk.REVERSIBLE


def _disruptive(_entity: Entity, _state: State, _data: Data) -> Risk:
    return Risk.DISRUPTIVE


def _heats(entity: Entity, _state: State, _data: Data) -> Risk:
    return Risk.DISRUPTIVE if entity.device_class == "oven" else Risk.REVERSIBLE


def _opens(entity: Entity, state: State, data: Data) -> Risk:
    """Opening lets people or water in where the cover is a door to the outside, or a valve."""
    if entity.domain == "cover" and entity.device_class not in ("garage", "gate", "door"):
        return Risk.REVERSIBLE
    position = data.get("position")
    now = state.attributes.get("current_position")
    if position == 0:
        return Risk.REVERSIBLE
    if position is not None and isinstance(now, int | float) and not state.stale and position <= now:
        return Risk.REVERSIBLE
    return Risk.DISRUPTIVE


def _toggles_open(entity: Entity, state: State, data: Data) -> Risk:
    closing = state.value == "open" and not state.stale
    return Risk.REVERSIBLE if closing else _opens(entity, state, data)


# the services -------------------------------------------------------------------------------------------
PERCENT = Number(0, 100, whole=True)
_TEMPERATURES = {
    key: Number(-50, 300, low_of="min_temp", high_of="max_temp")
    for key in ("temperature", "target_temp_low", "target_temp_high")
}
_CODE = {"code": Text(most=32)}


def _switched(
    domain: str, *, toggle: bool = True, risk: RiskOf = _reversible, on: dict[str, Field] | None = None
) -> list[Service]:
    services = [
        Service(name=f"{domain}.turn_on", fields=on or {}, risk=risk, expects=_becomes("on")),
        Service(name=f"{domain}.turn_off", risk=_reversible, expects=_becomes("off")),
    ]
    if toggle:
        services.append(
            Service(name=f"{domain}.toggle", risk=risk, expects=_toggled("on", "off"), idempotent=False)
        )
    return services


def _moved(domain: str) -> list[Service]:
    """Covers and valves: what opens, closes and stops."""
    settled = _becomes("open", "closed", within=60.0)
    return [
        Service(name=f"{domain}.open_{domain}", risk=_opens, expects=_becomes("open", within=60.0)),
        Service(name=f"{domain}.close_{domain}", risk=_reversible, expects=_becomes("closed", within=60.0)),
        Service(name=f"{domain}.stop_{domain}", risk=_reversible, expects=settled, idempotent=False),
        Service(
            name=f"{domain}.toggle",
            risk=_toggles_open,
            expects=_toggled("open", "closed", within=60.0),
            idempotent=False,
        ),
        Service(
            name=f"{domain}.set_{domain}_position",
            fields={"position": PERCENT},
            needs=("position",),
            risk=_opens,
            expects=_at_position,
        ),
    ]


def _plain(name: str, expects: Expects, *, idempotent: bool = True, risk: RiskOf = _reversible) -> Service:
    return Service(name=name, risk=risk, expects=expects, idempotent=idempotent)


def _setting(name: str, key: str, kind: Field, expects: Expects, *, risk: RiskOf = _reversible) -> Service:
    """A service that sets one value."""
    return Service(name=name, fields={key: kind}, needs=(key,), risk=risk, expects=expects)


_LIGHT_ON: dict[str, Field] = {
    "brightness": Number(0, 255, whole=True),
    "brightness_pct": Number(0, 100),
    "brightness_step": Number(-255, 255),
    "brightness_step_pct": Number(-100, 100),
    "color": Color(),
    "color_name": Color(),
    "rgb_color": Numbers(((0, 255),) * 3, whole=True),
    "hs_color": Numbers(((0, 360), (0, 100))),
    "xy_color": Numbers(((0, 1), (0, 1))),
    "color_temp": Number(100, 1000),
    "kelvin": Number(1000, 10_000),
    "color_temp_kelvin": Number(1000, 10_000),
    "effect": Choice(capability="effect_list"),
    "transition": Number(0, 300),
    "flash": Choice(("short", "long")),
}
_ARMED = ("home", "away", "night", "vacation", "custom_bypass")
_LISTED: tuple[Service, ...] = (
    Service(name="light.turn_on", fields=_LIGHT_ON, risk=_reversible, expects=_lit),
    Service(
        name="light.turn_off", fields={"transition": Number(0, 300)}, risk=_reversible, expects=_darkened
    ),
    _plain("light.toggle", _toggled("on", "off"), idempotent=False),
    *_switched("switch", risk=_heats),
    *_switched(
        "siren",
        on={
            "tone": Choice(capability="available_tones"),
            "volume_level": Number(0, 1),
            "duration": Number(0, 3600, whole=True),
        },
    ),
    *_switched("humidifier"),
    _setting(
        "humidifier.set_humidity",
        "humidity",
        Number(0, 100, low_of="min_humidity", high_of="max_humidity"),
        _shows("humidity", within=10.0, tolerance=1.0),
    ),
    _setting(
        "humidifier.set_mode", "mode", Choice(capability="available_modes"), _shows("mode", within=10.0)
    ),
    Service(
        name="fan.turn_on",
        fields={"percentage": PERCENT, "preset_mode": Choice(capability="preset_modes")},
        risk=_reversible,
        expects=_turning,
    ),
    _plain("fan.turn_off", _becomes("off")),
    _plain("fan.toggle", _toggled("on", "off"), idempotent=False),
    _setting("fan.set_percentage", "percentage", PERCENT, _turning),
    _setting("fan.set_preset_mode", "preset_mode", Choice(capability="preset_modes"), _shows("preset_mode")),
    _setting("fan.oscillate", "oscillating", Flag(), _shows("oscillating")),
    _setting("fan.set_direction", "direction", Choice(("forward", "reverse")), _shows("direction")),
    Service(
        name="fan.increase_speed", fields={"percentage_step": PERCENT}, risk=_reversible, expects=_turning
    ),
    Service(
        name="fan.decrease_speed", fields={"percentage_step": PERCENT}, risk=_reversible, expects=_turning
    ),
    *_moved("cover"),
    _plain("cover.open_cover_tilt", _nothing),
    _plain("cover.close_cover_tilt", _nothing),
    _plain("cover.stop_cover_tilt", _nothing, idempotent=False),
    _setting(
        "cover.set_cover_tilt_position",
        "tilt_position",
        PERCENT,
        _shows("tilt_position", named={"tilt_position": "current_tilt_position"}, within=60.0, tolerance=2.0),
    ),
    *_moved("valve"),
    Service(
        name="lock.lock",
        fields=_CODE,
        risk=_reversible,
        expects=_becomes("locked", within=15.0),
        idempotent=False,
    ),
    Service(
        name="lock.unlock",
        fields=_CODE,
        risk=_disruptive,
        expects=_becomes("unlocked", "open", within=15.0),
        idempotent=False,
    ),
    Service(
        name="lock.open",
        fields=_CODE,
        risk=_disruptive,
        expects=_becomes("open", "unlocked", within=15.0),
        idempotent=False,
    ),
    Service(
        name="alarm_control_panel.alarm_disarm",
        fields=_CODE,
        risk=_disruptive,
        expects=_becomes("disarmed", within=60.0),
        idempotent=False,
    ),
    *(
        Service(
            name=f"alarm_control_panel.alarm_arm_{how}",
            fields=_CODE,
            risk=_reversible,
            expects=_becomes(f"armed_{how}", within=60.0),
            idempotent=False,
        )
        for how in _ARMED
    ),
    Service(
        name="alarm_control_panel.alarm_trigger",
        fields=_CODE,
        risk=_disruptive,
        expects=_becomes("triggered", "pending", within=60.0),
        idempotent=False,
    ),
    _plain("climate.turn_on", _running),
    _plain("climate.turn_off", _becomes("off", within=10.0)),
    Service(
        name="climate.set_temperature",
        fields={**_TEMPERATURES, "hvac_mode": Choice(capability="hvac_modes")},
        needs=("temperature", "target_temp_low", "target_temp_high"),
        risk=_reversible,
        expects=_warm,
    ),
    _setting(
        "climate.set_hvac_mode", "hvac_mode", Choice(capability="hvac_modes"), _says("hvac_mode", within=10.0)
    ),
    *(
        _setting(f"climate.set_{key}", key, Choice(capability=f"{key}s"), _shows(key, within=10.0))
        for key in ("fan_mode", "swing_mode", "preset_mode")
    ),
    _setting(
        "climate.set_humidity",
        "humidity",
        Number(0, 100, low_of="min_humidity", high_of="max_humidity"),
        _shows("humidity", within=10.0, tolerance=1.0),
    ),
    _plain("water_heater.turn_on", _running),
    _plain("water_heater.turn_off", _becomes("off", within=10.0)),
    _setting("water_heater.set_temperature", "temperature", _TEMPERATURES["temperature"], _warm),
    _setting(
        "water_heater.set_operation_mode",
        "operation_mode",
        Choice(capability="operation_list"),
        _says("operation_mode", within=10.0),
    ),
    _plain("vacuum.start", _becomes("cleaning", within=30.0)),
    _plain("vacuum.pause", _becomes("paused", "idle", within=30.0), idempotent=False),
    _plain("vacuum.stop", _becomes("idle", "paused", "docked", within=30.0), idempotent=False),
    _plain("vacuum.return_to_base", _becomes("returning", "docked", within=30.0)),
    _plain("vacuum.clean_spot", _becomes("cleaning", within=30.0), idempotent=False),
    _plain("vacuum.locate", _nothing, idempotent=False),
    _setting("vacuum.set_fan_speed", "fan_speed", Choice(capability="fan_speed_list"), _shows("fan_speed")),
    _plain("lawn_mower.start_mowing", _becomes("mowing", within=30.0)),
    _plain("lawn_mower.pause", _becomes("paused", within=30.0), idempotent=False),
    _plain("lawn_mower.dock", _becomes("docked", "returning", within=30.0)),
    _plain("media_player.turn_on", _becomes("on", "idle", "playing", "paused", "standby", within=10.0)),
    _plain("media_player.turn_off", _becomes("off", "standby", within=10.0)),
    _plain("media_player.toggle", _nothing, idempotent=False),
    _plain("media_player.media_play", _becomes("playing", within=10.0)),
    _plain("media_player.media_pause", _becomes("paused", within=10.0)),
    _plain("media_player.media_play_pause", _toggled("playing", "paused", within=10.0), idempotent=False),
    _plain("media_player.media_stop", _becomes("idle", "off", "standby", within=10.0)),
    _plain("media_player.media_next_track", _nothing, idempotent=False),
    _plain("media_player.media_previous_track", _nothing, idempotent=False),
    _plain("media_player.volume_up", _nothing, idempotent=False),
    _plain("media_player.volume_down", _nothing, idempotent=False),
    _setting(
        "media_player.volume_set",
        "volume_level",
        Number(0, 1),
        _shows("volume_level", within=10.0, tolerance=0.02),
    ),
    _setting("media_player.volume_mute", "is_volume_muted", Flag(), _shows("is_volume_muted", within=10.0)),
    _setting(
        "media_player.select_source",
        "source",
        Choice(capability="source_list"),
        _shows("source", within=10.0),
    ),
    Service(
        name="media_player.play_media",
        fields={"media_content_id": Text(), "media_content_type": Text(most=64)},
        needs=("media_content_id",),
        risk=_reversible,
        expects=_becomes("playing", within=10.0),
    ),
    _plain("button.press", _nothing, idempotent=False),
    _plain("scene.turn_on", _nothing, idempotent=False),
    _plain("script.turn_on", _nothing, idempotent=False),
    _plain("script.turn_off", _becomes("off")),
    _setting(
        "number.set_value", "value", Number(-1e9, 1e9, low_of="min", high_of="max"), _number, risk=_heats
    ),
    _setting("select.select_option", "option", Choice(capability="options"), _says("option")),
    _setting("text.set_value", "value", Text(bounded_by_entity=True), _says("value")),
    Service(
        name="todo.add_item",
        fields={"item": Text(least=1)},
        needs=("item",),
        risk=_reversible,
        expects=_nothing,
        idempotent=False,
    ),
    Service(
        name="todo.remove_item",
        fields={"item": Text(least=1)},
        needs=("item",),
        risk=_reversible,
        expects=_nothing,
        idempotent=False,
    ),
    Service(
        name="todo.update_item",
        fields={
            "item": Text(least=1),
            "rename": Text(least=1),
            "status": Choice(("needs_action", "completed")),
        },
        needs=("item",),
        risk=_reversible,
        expects=_nothing,
        idempotent=False,
    ),
)
SERVICES: Mapping[str, Service] = MappingProxyType({one.name: one for one in _LISTED})
"""Every service by its canonical name."""
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        **{
            f"{domain}.{verb}": f"{domain}.{verb}_{domain}"
            for domain in ("cover", "valve")
            for verb in ("open", "close", "stop")
        },
        **{f"{domain}.set_position": f"{domain}.set_{domain}_position" for domain in ("cover", "valve")},
        "cover.set_tilt_position": "cover.set_cover_tilt_position",
        **{
            f"alarm_control_panel.{verb}": f"alarm_control_panel.alarm_{verb}"
            for verb in ("disarm", "trigger", *(f"arm_{how}" for how in _ARMED))
        },
    }
)
"""Shorter names that are understood as well."""
