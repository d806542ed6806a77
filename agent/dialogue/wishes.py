"""From an intent and its entities to the services that are wanted of them, and the way back. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.core.home import Entity, State
from agent.core.intents import Intent
from agent.dialogue.calls import Call, Case, call_of
from agent.dialogue.values import Units
from agent.errors import ActionError
from agent.home.registry import Home


@dataclass(frozen=True, slots=True)
class Wish:
    """A service that is wanted of some entities."""

    service: str
    entities: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def wishes(intent: Intent, entities: Sequence[Entity], home: Home, *, units: Units) -> tuple[Wish, ...]:
    """What `intent` comes to for `entities`: a wish for each service and data, in the order of the entities.

    Numbers that were said without a unit are in `units`, those of the house. Of many that are meant at once,
    those that cannot do it are left out as long as one can.

    Raises:
        ActionError: it cannot be done on one that is meant; the text says why.
    """
    calls: list[tuple[Entity, Call]] = []
    refused: list[ActionError] = []
    for entity in _stepped(intent, entities, home):
        try:
            state = home.state(entity.id)
            calls.append((entity, call_of(Case(intent=intent, entity=entity, state=state, units=units))))
        except ActionError as error:
            refused.append(error)
    if refused and not (intent.every and calls):
        raise refused[0]
    if not calls:
        raise ActionError("nothing in the house does that")
    grouped: list[tuple[Call, list[str]]] = []
    for entity, call in calls:
        same = next((ids for known, ids in grouped if known == call), None)
        if same is None:
            grouped.append((call, [entity.id]))
        else:
            same.append(entity.id)
    return tuple(Wish(service, tuple(ids), data) for (service, data), ids in grouped)


def _stepped(intent: Intent, entities: Sequence[Entity], home: Home) -> Sequence[Entity]:
    """Of several lamps that are to be brighter or darker, those that shine."""
    if "brightness_step" not in intent.slots:
        return entities
    return [one for one in entities if home.state(one.id).value == "on"] or entities


# the way back ---------------------------------------------------------------------------------------------
def undoing(entity: Entity, before: State, service: str) -> Wish | None:
    """What brings `entity` back to what it was before `service`; None where nothing does.

    What locks or guards is only ever brought back to that: an undone "lock" or "arm" stays as it is.
    """
    back = _BACK.get(entity.domain)
    if back is None or before.value in (None, "unknown", "unavailable") or before.stale:
        return None
    call = back(entity, before, service.partition(".")[2])
    return None if call is None else Wish(f"{entity.domain}.{call[0]}", (entity.id,), call[1])


Back = Callable[[Entity, State, str], Call | None]


def _switch(_entity: Entity, before: State, _verb: str) -> Call | None:
    return (f"turn_{before.value}", {}) if before.value in ("on", "off") else None


def _light(entity: Entity, before: State, verb: str) -> Call | None:
    if before.value != "on":
        return _switch(entity, before, verb)
    modes = {str(mode) for mode in entity.capabilities.get("supported_color_modes") or ()}
    data: dict[str, Any] = {}
    if modes - {"onoff"}:
        data |= _kept(before, "brightness")
    mode = before.attributes.get("color_mode")
    if mode in modes and mode == "color_temp":
        data |= _kept(before, "color_temp_kelvin")
    elif mode in modes:
        data |= _kept(before, f"{mode}_color" if mode in ("hs", "xy") else "rgb_color")
    return "turn_on", data


def _fan(entity: Entity, before: State, verb: str) -> Call | None:
    if verb in ("oscillate", "set_direction"):
        key = {"oscillate": "oscillating", "set_direction": "direction"}[verb]
        return (verb, data) if (data := _kept(before, key)) else None
    if before.value == "on" and (data := _kept(before, "preset_mode")):
        return "set_preset_mode", data
    if before.value == "on" and (data := _kept(before, "percentage")):
        return "set_percentage", data
    return _switch(entity, before, verb)


def _moved(entity: Entity, before: State, verb: str) -> Call | None:
    kind = "cover_tilt" if verb.endswith(("tilt", "tilt_position")) else entity.domain
    where = _kept(before, "current_tilt_position" if kind == "cover_tilt" else "current_position")
    if where and _can(entity, f"set_{kind}_position"):
        (position,) = where.values()
        return f"set_{kind}_position", {"tilt_position" if kind == "cover_tilt" else "position": position}
    if kind == "cover_tilt" or before.value not in ("open", "closed"):
        return None
    return f"{'open' if before.value == 'open' else 'close'}_{kind}", {}


def _lock(_entity: Entity, before: State, _verb: str) -> Call | None:
    return ("lock", {}) if before.value == "locked" else None


def _alarm(_entity: Entity, before: State, _verb: str) -> Call | None:
    return (f"alarm_arm_{how}", {}) if (how := _after(before, "armed_")) else None


def _climate(entity: Entity, before: State, verb: str) -> Call | None:
    if verb == "set_temperature":
        data = _kept(before, "temperature") or _kept(before, "target_temp_low", "target_temp_high")
        return (verb, data) if data else None
    if verb in ("set_fan_mode", "set_swing_mode", "set_preset_mode", "set_humidity"):
        return (verb, data) if (data := _kept(before, verb.removeprefix("set_"))) else None
    if before.value == "off" and _can(entity, "turn_off"):
        return "turn_off", {}
    return "set_hvac_mode", {"hvac_mode": before.value}


def _water_heater(entity: Entity, before: State, verb: str) -> Call | None:
    if verb == "set_temperature":
        return (verb, data) if (data := _kept(before, "temperature")) else None
    if before.value == "off" and _can(entity, "turn_off"):
        return "turn_off", {}
    return "set_operation_mode", {"operation_mode": before.value}


def _humidifier(entity: Entity, before: State, verb: str) -> Call | None:
    if verb in ("set_humidity", "set_mode"):
        return (verb, data) if (data := _kept(before, verb.removeprefix("set_"))) else None
    return _switch(entity, before, verb)


def _player(_entity: Entity, before: State, verb: str) -> Call | None:
    if verb.startswith("volume"):
        kind, key = ("mute", "is_volume_muted") if verb == "volume_mute" else ("set", "volume_level")
        return (f"volume_{kind}", data) if (data := _kept(before, key)) else None
    if verb == "select_source":
        return (verb, data) if (data := _kept(before, "source")) else None
    if verb in ("turn_on", "turn_off", "toggle"):
        return "turn_off" if before.value in ("off", "standby") else "turn_on", {}
    played = {"playing": "media_play", "paused": "media_pause"}.get(before.value or "")
    return (played, {}) if played and verb in ("media_play", "media_pause", "media_play_pause") else None


def _robot(entity: Entity, before: State, verb: str) -> Call | None:
    if verb == "set_fan_speed":
        return (verb, data) if (data := _kept(before, "fan_speed")) else None
    start, home = ("start_mowing", "dock") if entity.domain == "lawn_mower" else ("start", "return_to_base")
    states = {"docked": home, "returning": home, "cleaning": start, "mowing": start, "paused": "pause"}
    return (states[before.value or ""], {}) if before.value in states else None


def _value(entity: Entity, before: State, _verb: str) -> Call | None:
    verb, key = ("select_option", "option") if entity.domain == "select" else ("set_value", "value")
    return verb, {key: before.value}


_BACK: Mapping[str, Back] = {
    **dict.fromkeys(("switch", "siren"), _switch),
    **dict.fromkeys(("cover", "valve"), _moved),
    **dict.fromkeys(("vacuum", "lawn_mower"), _robot),
    **dict.fromkeys(("number", "select", "text"), _value),
    "light": _light,
    "fan": _fan,
    "lock": _lock,
    "alarm_control_panel": _alarm,
    "climate": _climate,
    "water_heater": _water_heater,
    "humidifier": _humidifier,
    "media_player": _player,
}
"""What only happens once has no way back: buttons, scenes, scripts, what is put on a list."""


def _kept(before: State, *keys: str) -> dict[str, Any]:
    """The attributes of that name that say something; none if one of them does not."""
    found = {key: before.attributes.get(key) for key in keys}
    return found if all(_tells(value) for value in found.values()) else {}


def _tells(value: object) -> bool:
    if isinstance(value, list | tuple):
        return len(value) > 1 and all(_tells(one) for one in value)
    if isinstance(value, int | float):
        return math.isfinite(value)
    return isinstance(value, str) and value not in ("", "none")


def _after(before: State, prefix: str) -> str | None:
    value = before.value or ""
    return value.removeprefix(prefix) if value.startswith(prefix) else None


def _can(entity: Entity, verb: str) -> bool:
    return not entity.services or f"{entity.domain}.{verb}" in entity.services
