"""What one intent asks of one entity: a service of its domain, and its data. Pure.

As in Home Assistant, turning on is what a domain calls it: covers open, locks lock, a vacuum starts, a mower
mows, a button is pressed. Where Home Assistant leaves it open: turning an alarm on arms it for being away
unless "home", "night" or "vacation" is said, turning it off disarms it; a lock is only moved where locking is
spoken of, so that nobody who says "close the front door" unlocks it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.core.home import Entity, State
from agent.core.intents import Intent
from agent.dialogue import values
from agent.dialogue.values import Units
from agent.engines.speech import cosy
from agent.errors import ActionError
from agent.home.fuzzy import match
from agent.home.kinds import speaks_of_locking

Call = tuple[str, dict[str, Any]]
BRIGHTER, LOUDER = 20.0, 10.0
"""Percent of a step that has no number."""
COSY = 30
"""Percent of the brightness at which a room is cosy."""
WARMER = {"°C": 1.0, "°F": 2.0}
_SWITCHING = ("HassTurnOn", "HassTurnOff", "HassToggle")
_ONLY_LOOKED_AT = ("sensor", "binary_sensor", "weather")
_HOLD_A_VALUE = ("select", "number", "text")
_COLORED = {"hs", "rgb", "rgbw", "rgbww", "xy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One entity that an intent is about, in the state it is in."""

    intent: Intent
    entity: Entity
    state: State
    units: Units

    @property
    def slots(self) -> Mapping[str, Any]:
        """What was said."""
        return self.intent.slots

    def said(self, slot: str, what: str) -> Any:
        """The value of a slot that must be said.

        Raises:
            ActionError: it was not said `what` is wanted.
        """
        value = self.slots.get(slot)
        if value is None or value == "":
            raise ActionError(f"it was not said {what}")
        return value

    def can(self, service: str) -> bool:
        """Whether the entity's owner can do it, as far as is known."""
        return not self.entity.services or service in self.entity.services


def call_of(case: Case) -> Call:
    """The service and data that the intent comes to.

    Raises:
        ActionError: the entity cannot do it; the text says why.
    """
    intent, entity = case.intent, case.entity
    if intent.name in _SWITCHING:
        _check_locking(intent, entity)
    with_data = _WITH_DATA.get((intent.name, entity.domain))
    if with_data is not None:
        return with_data(case)
    verb = _PLAIN.get(entity.domain, {}).get(intent.name)
    if verb is None:
        raise ActionError(f"{entity.name} {_cannot(intent, entity)}")
    return f"{entity.domain}.{verb}", {}


def _check_locking(intent: Intent, entity: Entity) -> None:
    """Opening and closing are not locking: a door that is both must not do one for the other."""
    if entity.domain == "lock" and not speaks_of_locking(intent):
        raise ActionError(f"{entity.name} is a lock; it can be locked and unlocked")
    if entity.domain in ("cover", "valve") and intent.text and speaks_of_locking(intent):
        raise ActionError(f"{entity.name} cannot be locked")


def _cannot(intent: Intent, entity: Entity) -> str:
    if entity.domain in _ONLY_LOOKED_AT:
        return "can only be looked at"
    if intent.name == "HassLightSet":
        dims = "brightness" in intent.slots or "brightness_step" in intent.slots
        return "cannot be dimmed" if dims else "cannot change its colour"
    if intent.name in _SWITCHING and entity.domain in _HOLD_A_VALUE:
        return "is not turned on and off; it holds a value"
    if intent.name == "HassTurnOff":
        return "cannot be turned off"
    return "cannot do that"


# what needs no data ---------------------------------------------------------------------------------------
def _on_off(on: str, off: str, toggle: str | None = "toggle") -> dict[str, str]:
    verbs = {"HassTurnOn": on, "HassTurnOff": off, "HassToggle": toggle or ""}
    return {intent: verb for intent, verb in verbs.items() if verb}


_SWITCHED = _on_off("turn_on", "turn_off")
_PLAIN: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("light", "switch", "fan", "siren", "humidifier"), _SWITCHED),
    **dict.fromkeys(("climate", "water_heater", "script"), _on_off("turn_on", "turn_off", None)),
    "cover": _on_off("open_cover", "close_cover") | {"HassStopMoving": "stop_cover"},
    "valve": _on_off("open_valve", "close_valve") | {"HassStopMoving": "stop_valve"},
    "lock": _on_off("lock", "unlock", None),
    "vacuum": _on_off("start", "return_to_base", None)
    | {"HassStopMoving": "stop", "HassVacuumStart": "start", "HassVacuumReturnToBase": "return_to_base"},
    "lawn_mower": _on_off("start_mowing", "dock", None)
    | {"HassStopMoving": "pause", "HassLawnMowerStartMowing": "start_mowing", "HassLawnMowerDock": "dock"},
    "scene": {"HassTurnOn": "turn_on"},
    "button": {"HassTurnOn": "press"},
    "media_player": _SWITCHED
    | {
        "HassMediaPause": "media_pause",
        "HassMediaUnpause": "media_play",
        "HassMediaNext": "media_next_track",
        "HassMediaPrevious": "media_previous_track",
    },
}
"""What needs no data: the verb of the domain for each intent."""


# what needs data ------------------------------------------------------------------------------------------
def _light(case: Case) -> Call:
    slots = case.slots
    data: dict[str, Any] = {}
    if "brightness" in slots:
        data["brightness_pct"] = values.percent(slots["brightness"], "brightness")
    elif "brightness_step" in slots:
        data["brightness_step_pct"] = values.step(slots["brightness_step"], BRIGHTER)
    if "color" in slots:
        data |= _shade(values.color(slots["color"]), case.entity)
    elif "temperature" in slots:
        data["color_temp_kelvin"] = values.kelvin(slots["temperature"])
    if not data and cosy(case.intent.text, case.intent.language):
        data = _cosy(case.entity)
    if not data:
        raise ActionError("it was not said how bright or in which colour")
    if data == {"brightness_pct": 0}:
        return "light.turn_off", {}
    if data.get("brightness_step_pct", 0) < 0 and case.state.value == "off":
        raise ActionError(f"{case.entity.name} is off")
    return "light.turn_on", data


def _cosy(lamp: Entity) -> dict[str, Any]:
    """Dim, and warm where a lamp can be."""
    modes = {str(mode) for mode in lamp.capabilities.get("supported_color_modes") or ()}
    if not modes - {"onoff"}:
        raise ActionError(f"{lamp.name} can't be dimmed")
    warm = {"color_temp_kelvin": values.WARM} if "color_temp" in modes else {}
    return {"brightness_pct": COSY, **warm}


def _shade(data: dict[str, Any], lamp: Entity) -> dict[str, Any]:
    """White is a colour temperature to a lamp that has no colours."""
    modes = {str(mode) for mode in lamp.capabilities.get("supported_color_modes") or ()}
    if data == {"color_name": "white"} and "color_temp" in modes and not modes & _COLORED:
        return {"color_temp_kelvin": values.NEUTRAL}
    return data


def _position(case: Case) -> Call:
    domain = case.entity.domain
    position = values.percent(case.said("position", "how far"), "position")
    service = f"{domain}.set_{domain}_position"
    if not case.can(service) and position in (0, 100):
        return f"{domain}.{'open' if position else 'close'}_{domain}", {}
    return service, {"position": position}


def _temperature(case: Case) -> Call:
    entity, slots = case.entity, case.slots
    said = values.said_degrees(slots.get("temperature_unit"), case.units)
    own = values.said_degrees(entity.capabilities.get("temperature_unit") or entity.unit, case.units)
    service = f"{entity.domain}.set_temperature"
    if "temperature" in slots:
        value = values.number(slots["temperature"])
        if value is None:
            raise ActionError(f"{slots['temperature']!r:.40} is no temperature")
        return service, {"temperature": values.degrees(value, said, own)}
    change = values.step(case.said("temperature_step", "how warm"), WARMER[said])
    change = values.degrees_between(change, said, own)
    now = {
        key: case.state.attributes.get(key) for key in ("temperature", "target_temp_low", "target_temp_high")
    }
    known = {key: value for key, value in now.items() if isinstance(value, int | float)}
    target = {"temperature": known["temperature"]} if "temperature" in known else known
    if not target:
        raise ActionError(
            f"the target temperature of {entity.name} is not known, so it cannot be changed by a step"
        )
    return service, {key: values.whole(round(value + change, 1)) for key, value in target.items()}


def _fan_speed(case: Case) -> Call:
    speed = values.percent(case.said("percentage", "how fast"), "speed")
    return ("fan.set_percentage", {"percentage": speed}) if speed else ("fan.turn_off", {})


def _fan_mode(case: Case) -> Call:
    return "climate.set_fan_mode", {"fan_mode": str(case.said("fan_mode", "in which mode"))}


def _volume(case: Case) -> Call:
    level = values.percent(case.said("volume_level", "how loud"), "volume")
    return "media_player.volume_set", {"volume_level": round(level / 100, 4)}


def _volume_step(case: Case) -> Call:
    said = case.said("volume_step", "how much louder")
    change = values.step(said, LOUDER)
    now = case.state.attributes.get("volume_level")
    if isinstance(now, int | float) and not case.state.stale:
        return "media_player.volume_set", {"volume_level": round(min(1.0, max(0.0, now + change / 100)), 4)}
    if values.number(said) is not None:
        raise ActionError(f"the volume of {case.entity.name} is not known, so it cannot be changed by a step")
    return f"media_player.volume_{'up' if change > 0 else 'down'}", {}


def _mute(case: Case) -> Call:
    return "media_player.volume_mute", {"is_volume_muted": case.intent.name == "HassMediaPlayerMute"}


def _play(case: Case) -> Call:
    data = {"media_content_id": str(case.said("search_query", "what to play"))}
    return "media_player.play_media", data | {
        "media_content_type": str(case.slots.get("media_class") or "music")
    }


def _clean_area(case: Case) -> Call:
    if "vacuum.clean_area" not in case.entity.services:
        raise ActionError(f"{case.entity.name} cannot clean a single room; it can clean everywhere")
    return "vacuum.clean_area", {"area": str(case.said("area", "where to clean"))}


def _add_item(case: Case) -> Call:
    return "todo.add_item", {"item": str(case.said("item", "what to add"))}


def _remove_item(case: Case) -> Call:
    return "todo.remove_item", {"item": _item(case)}


def _complete_item(case: Case) -> Call:
    return "todo.update_item", {"item": _item(case), "status": "completed"}


def _item(case: Case) -> str:
    """The item as it stands on the list."""
    said = str(case.said("item", "which item"))
    items = case.state.attributes.get("items")
    if not isinstance(items, list | tuple):
        return said
    known = [str(one.get("summary")) for one in items if isinstance(one, Mapping)]
    found = match(said, known)
    if not found:
        raise ActionError(f"{said[:40]!r} is not on {case.entity.name}")
    return found[0][0]


_ARMED = (
    ("night", re.compile(r"\bnight\b|夜|nacht", re.IGNORECASE)),
    ("vacation", re.compile(r"\b(?:vacation|holiday)\b|度假|urlaub", re.IGNORECASE)),
    ("home", re.compile(r"\b(?:home|stay|staying)\b|在家|zuhause|anwesend", re.IGNORECASE)),
)


def _alarm(case: Case) -> Call:
    domain = "alarm_control_panel"
    if case.intent.name == "HassTurnOff":
        return f"{domain}.alarm_disarm", {}
    text = case.intent.text.casefold().replace(case.entity.name.casefold(), " ")
    how = next((how for how, words in _ARMED if words.search(text)), "away")
    return f"{domain}.alarm_arm_{how}", {}


_WITH_DATA: Mapping[tuple[str, str], Callable[[Case], Call]] = {
    ("HassLightSet", "light"): _light,
    ("HassSetPosition", "cover"): _position,
    ("HassSetPosition", "valve"): _position,
    ("HassClimateSetTemperature", "climate"): _temperature,
    ("HassClimateSetTemperature", "water_heater"): _temperature,
    ("HassClimateSetFanMode", "climate"): _fan_mode,
    ("HassFanSetSpeed", "fan"): _fan_speed,
    ("HassSetVolume", "media_player"): _volume,
    ("HassSetVolumeRelative", "media_player"): _volume_step,
    ("HassMediaPlayerMute", "media_player"): _mute,
    ("HassMediaPlayerUnmute", "media_player"): _mute,
    ("HassMediaSearchAndPlay", "media_player"): _play,
    ("HassVacuumCleanArea", "vacuum"): _clean_area,
    ("HassTurnOn", "alarm_control_panel"): _alarm,
    ("HassTurnOff", "alarm_control_panel"): _alarm,
    **{(f"Hass{kind}ListAddItem", "todo"): _add_item for kind in ("", "Shopping")},
    **{(f"Hass{kind}ListRemoveItem", "todo"): _remove_item for kind in ("", "Shopping")},
    **{(f"Hass{kind}ListCompleteItem", "todo"): _complete_item for kind in ("", "Shopping")},
}
