"""The catalogue: every service by its Home Assistant name, with its data, its risk and what confirms it.

A service is data. Its few rules are pure functions of the entity, its state and the canonical data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from agent.actions.expectations import (
    Expects,
    at_position,
    becomes,
    darkened,
    listed,
    lit,
    nothing,
    number,
    running,
    says,
    shows,
    toggled,
    turning,
    warm,
)
from agent.actions.fields import Choice, Color, Field, Flag, Number, Numbers, Text
from agent.actions.reach import RiskOf, disruptive, heats, opens, reversible, toggles_open
from agent.errors import ActionError


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


# the services -------------------------------------------------------------------------------------------
PERCENT = Number(0, 100, whole=True)
_TEMPERATURES = {
    key: Number(-50, 300, low_of="min_temp", high_of="max_temp")
    for key in ("temperature", "target_temp_low", "target_temp_high")
}
_CODE = {"code": Text(most=32)}


def _switched(domain: str, *, risk: RiskOf = reversible, on: dict[str, Field] | None = None) -> list[Service]:
    return [
        Service(name=f"{domain}.turn_on", fields=on or {}, risk=risk, expects=becomes("on")),
        Service(name=f"{domain}.turn_off", risk=reversible, expects=becomes("off")),
        Service(name=f"{domain}.toggle", risk=risk, expects=toggled("on", "off"), idempotent=False),
    ]


def _moved(domain: str) -> list[Service]:
    """Covers and valves: what opens, closes and stops."""
    settled = becomes("open", "closed", within=60.0)
    return [
        Service(name=f"{domain}.open_{domain}", risk=opens, expects=becomes("open", within=60.0)),
        Service(name=f"{domain}.close_{domain}", risk=reversible, expects=becomes("closed", within=60.0)),
        Service(name=f"{domain}.stop_{domain}", risk=reversible, expects=settled, idempotent=False),
        Service(
            name=f"{domain}.toggle",
            risk=toggles_open,
            expects=toggled("open", "closed", within=60.0),
            idempotent=False,
        ),
        Service(
            name=f"{domain}.set_{domain}_position",
            fields={"position": PERCENT},
            needs=("position",),
            risk=opens,
            expects=at_position,
        ),
    ]


def _plain(name: str, expects: Expects, *, idempotent: bool = True, risk: RiskOf = reversible) -> Service:
    return Service(name=name, risk=risk, expects=expects, idempotent=idempotent)


def _setting(name: str, key: str, kind: Field, expects: Expects, *, risk: RiskOf = reversible) -> Service:
    """A service that sets one value."""
    return Service(name=name, fields={key: kind}, needs=(key,), risk=risk, expects=expects)


def _listed(verb: str, **more: Field) -> Service:
    """A service on an item of a todo list."""
    fields = {"item": Text(least=1), **more}
    return Service(
        name=f"todo.{verb}",
        fields=fields,
        needs=("item",),
        risk=reversible,
        expects=listed(verb),
        idempotent=False,
    )


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
    Service(name="light.turn_on", fields=_LIGHT_ON, risk=reversible, expects=lit),
    Service(name="light.turn_off", fields={"transition": Number(0, 300)}, risk=reversible, expects=darkened),
    _plain("light.toggle", toggled("on", "off"), idempotent=False),
    *_switched("switch", risk=heats),
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
        shows("humidity", within=10.0, tolerance=1.0),
    ),
    _setting("humidifier.set_mode", "mode", Choice(capability="available_modes"), shows("mode", within=10.0)),
    Service(
        name="fan.turn_on",
        fields={"percentage": PERCENT, "preset_mode": Choice(capability="preset_modes")},
        risk=reversible,
        expects=turning,
    ),
    _plain("fan.turn_off", becomes("off")),
    _plain("fan.toggle", toggled("on", "off"), idempotent=False),
    _setting("fan.set_percentage", "percentage", PERCENT, turning),
    _setting("fan.set_preset_mode", "preset_mode", Choice(capability="preset_modes"), shows("preset_mode")),
    _setting("fan.oscillate", "oscillating", Flag(), shows("oscillating")),
    _setting("fan.set_direction", "direction", Choice(("forward", "reverse")), shows("direction")),
    Service(name="fan.increase_speed", fields={"percentage_step": PERCENT}, risk=reversible, expects=turning),
    Service(name="fan.decrease_speed", fields={"percentage_step": PERCENT}, risk=reversible, expects=turning),
    *_moved("cover"),
    _plain("cover.open_cover_tilt", nothing),
    _plain("cover.close_cover_tilt", nothing),
    _plain("cover.stop_cover_tilt", nothing, idempotent=False),
    _setting(
        "cover.set_cover_tilt_position",
        "tilt_position",
        PERCENT,
        shows("tilt_position", named={"tilt_position": "current_tilt_position"}, within=60.0, tolerance=2.0),
    ),
    *_moved("valve"),
    Service(
        name="lock.lock",
        fields=_CODE,
        risk=reversible,
        expects=becomes("locked", within=15.0),
        idempotent=False,
    ),
    Service(
        name="lock.unlock",
        fields=_CODE,
        risk=disruptive,
        expects=becomes("unlocked", "open", within=15.0),
        idempotent=False,
    ),
    Service(
        name="lock.open",
        fields=_CODE,
        risk=disruptive,
        expects=becomes("open", "unlocked", within=15.0),
        idempotent=False,
    ),
    Service(
        name="alarm_control_panel.alarm_disarm",
        fields=_CODE,
        risk=disruptive,
        expects=becomes("disarmed", within=60.0),
        idempotent=False,
    ),
    *(
        Service(
            name=f"alarm_control_panel.alarm_arm_{how}",
            fields=_CODE,
            risk=reversible,
            expects=becomes(f"armed_{how}", within=60.0),
            idempotent=False,
        )
        for how in _ARMED
    ),
    Service(
        name="alarm_control_panel.alarm_trigger",
        fields=_CODE,
        risk=disruptive,
        expects=becomes("triggered", "pending", within=60.0),
        idempotent=False,
    ),
    _plain("climate.turn_on", running, risk=heats),
    _plain("climate.turn_off", becomes("off", within=10.0)),
    Service(
        name="climate.set_temperature",
        fields={**_TEMPERATURES, "hvac_mode": Choice(capability="hvac_modes")},
        needs=("temperature", "target_temp_low", "target_temp_high"),
        risk=heats,
        expects=warm,
    ),
    _setting(
        "climate.set_hvac_mode",
        "hvac_mode",
        Choice(capability="hvac_modes"),
        says("hvac_mode", within=10.0),
        risk=heats,
    ),
    *(
        _setting(f"climate.set_{key}", key, Choice(capability=f"{key}s"), shows(key, within=10.0))
        for key in ("fan_mode", "swing_mode", "preset_mode")
    ),
    _setting(
        "climate.set_humidity",
        "humidity",
        Number(0, 100, low_of="min_humidity", high_of="max_humidity"),
        shows("humidity", within=10.0, tolerance=1.0),
    ),
    _plain("water_heater.turn_on", running),
    _plain("water_heater.turn_off", becomes("off", within=10.0)),
    _setting("water_heater.set_temperature", "temperature", _TEMPERATURES["temperature"], warm),
    _setting(
        "water_heater.set_operation_mode",
        "operation_mode",
        Choice(capability="operation_list"),
        says("operation_mode", within=10.0),
    ),
    _plain("vacuum.start", becomes("cleaning", within=30.0)),
    _plain("vacuum.pause", becomes("paused", "idle", within=30.0), idempotent=False),
    _plain("vacuum.stop", becomes("idle", "paused", "docked", within=30.0), idempotent=False),
    _plain("vacuum.return_to_base", becomes("returning", "docked", within=30.0)),
    _plain("vacuum.clean_spot", becomes("cleaning", within=30.0), idempotent=False),
    _plain("vacuum.locate", nothing, idempotent=False),
    _setting("vacuum.set_fan_speed", "fan_speed", Choice(capability="fan_speed_list"), shows("fan_speed")),
    _plain("lawn_mower.start_mowing", becomes("mowing", within=30.0)),
    _plain("lawn_mower.pause", becomes("paused", within=30.0), idempotent=False),
    _plain("lawn_mower.dock", becomes("docked", "returning", within=30.0)),
    _plain("media_player.turn_on", becomes("on", "idle", "playing", "paused", "standby", within=10.0)),
    _plain("media_player.turn_off", becomes("off", "standby", within=10.0)),
    _plain("media_player.toggle", nothing, idempotent=False),
    _plain("media_player.media_play", becomes("playing", within=10.0)),
    _plain("media_player.media_pause", becomes("paused", within=10.0)),
    _plain("media_player.media_play_pause", toggled("playing", "paused", within=10.0), idempotent=False),
    _plain("media_player.media_stop", becomes("idle", "off", "standby", within=10.0)),
    _plain("media_player.media_next_track", nothing, idempotent=False),
    _plain("media_player.media_previous_track", nothing, idempotent=False),
    _plain("media_player.volume_up", nothing, idempotent=False),
    _plain("media_player.volume_down", nothing, idempotent=False),
    _setting(
        "media_player.volume_set",
        "volume_level",
        Number(0, 1),
        shows("volume_level", within=10.0, tolerance=0.02),
    ),
    _setting("media_player.volume_mute", "is_volume_muted", Flag(), shows("is_volume_muted", within=10.0)),
    _setting(
        "media_player.select_source",
        "source",
        Choice(capability="source_list"),
        shows("source", within=10.0),
    ),
    Service(
        name="media_player.play_media",
        fields={"media_content_id": Text(), "media_content_type": Text(most=64)},
        needs=("media_content_id",),
        risk=reversible,
        expects=becomes("playing", within=10.0),
    ),
    _plain("button.press", nothing, idempotent=False),
    _plain("scene.turn_on", nothing, idempotent=False),
    _plain("script.turn_on", nothing, idempotent=False),
    _plain("script.turn_off", becomes("off")),
    _setting("number.set_value", "value", Number(-1e9, 1e9, low_of="min", high_of="max"), number, risk=heats),
    _setting("select.select_option", "option", Choice(capability="options"), says("option"), risk=heats),
    _setting("text.set_value", "value", Text(bounded_by_entity=True), says("value")),
    _listed("add_item"),
    _listed("remove_item"),
    _listed("update_item", rename=Text(least=1), status=Choice(("needs_action", "completed"))),
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
