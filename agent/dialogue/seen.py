"""What is known of an entity, how well, and whether it is in a state that was asked for. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.core.home import Entity, State
from agent.home.registry import Home

MOST = 1e15
"""What is larger is no measure of a house."""


class Known(StrEnum):
    """How well the state of an entity is known."""

    HEARD = "heard"
    OLD = "old"
    """From before the last restart."""
    SILENT = "silent"
    """It has not reported yet."""
    MUTE = "mute"
    """It never reports."""
    UNKNOWN = "unknown"
    """It does not know itself."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entity with what it last said: its state, or the one of its attributes that was asked for."""

    entity: Entity
    state: State
    known: Known
    value: str | None = None
    unit: str | None = None
    heard: datetime | None = None
    """When it said so, in local time."""

    @property
    def sure(self) -> bool:
        """Whether there is a value to tell."""
        return self.known in (Known.HEARD, Known.OLD)


def seen(entity: Entity, home: Home, *, now: datetime, value: object = None, unit: str | None = None) -> Seen:
    """What is known of `entity`; `value` and `unit` take the place of its state."""
    state = home.state(entity.id)
    told = state.value if value is None else str(value)
    heard = None
    if state.heard is not None and math.isfinite(state.heard):
        heard = datetime.fromtimestamp(state.heard, now.tzinfo)
    return Seen(
        entity=entity,
        state=state,
        known=_known(entity, state, told),
        value=told,
        unit=unit or entity.unit,
        heard=heard,
    )


def _known(entity: Entity, state: State, told: str | None) -> Known:
    if state.available is False or state.value == "unavailable":
        return Known.UNREACHABLE
    if told is None:
        if entity.optimistic:
            return Known.MUTE
        return Known.SILENT if state.heard is None else Known.UNKNOWN
    if told.casefold() in ("unknown", "nan", "none"):
        return Known.UNKNOWN
    return Known.OLD if state.stale else Known.HEARD


def number(value: object) -> float | int | None:
    """`value` as a number, whole where it is; None if it is none, or none that a house could measure."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if not abs(found) < MOST:
        return None
    return int(found) if found.is_integer() else round(found, 2)


# states that mean the same ------------------------------------------------------------------------------
_SENSED: Mapping[str, str] = {
    **dict.fromkeys(
        [
            "on",
            "open",
            "opened",
            "wet",
            "detected",
            "occupied",
            "triggered",
            "unlocked",
            "home",
            "moving",
            "plugged",
            "connected",
            "low",
            "unsafe",
            "running",
            "charging",
            "problem",
            "hot",
            "cold",
            "present",
            "motion",
            "active",
            "yes",
        ],
        "on",
    ),
    **dict.fromkeys(
        [
            "off",
            "closed",
            "shut",
            "dry",
            "clear",
            "empty",
            "unoccupied",
            "locked",
            "away",
            "not_home",
            "still",
            "unplugged",
            "disconnected",
            "normal",
            "safe",
            "ok",
            "stopped",
            "inactive",
            "absent",
            "no",
        ],
        "off",
    ),
}
_PLACES: Mapping[str, str] = {
    **dict.fromkeys(("home", "at_home", "house", "here", "in", "家", "家里", "屋里", "在家"), "home"),
    **dict.fromkeys(("away", "not_home", "out", "gone", "外面", "外出", "不在家"), "not_home"),
}
_MOVED: Mapping[str, str] = {"on": "open", "off": "closed", "opened": "open", "shut": "closed"}
_ASLEEP: Mapping[str, frozenset[str]] = {
    "climate": frozenset({"off"}),
    "water_heater": frozenset({"off"}),
    "media_player": frozenset({"off", "standby"}),
    "vacuum": frozenset({"docked", "idle", "paused", "error"}),
    "lawn_mower": frozenset({"docked", "paused", "error"}),
    "alarm_control_panel": frozenset({"disarmed"}),
}
"""The states in which a thing that has no plain "off" is off."""


def is_in(entity: Entity, value: str, wanted: str) -> bool:
    """Whether `value` of `entity` is the state that `wanted` names: "open" is `on` for a door's sensor."""
    told, asked = _key(value), _key(wanted)
    return told == asked or _means(entity.domain, told, asked)


def _means(domain: str, told: str, asked: str) -> bool:
    if domain == "binary_sensor":
        return told == _SENSED.get(asked)
    if domain in ("person", "device_tracker"):
        return told == _PLACES.get(asked)
    if domain in ("cover", "valve"):
        return told == _MOVED.get(asked)
    if asked in ("on", "off"):
        return domain in _ASLEEP and (told in _ASLEEP[domain]) is (asked == "off")
    return domain == "alarm_control_panel" and asked == "armed" and told.startswith("armed")


def _key(word: str) -> str:
    return "_".join(word.casefold().split())
