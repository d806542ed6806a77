"""How far a command reaches: opening, unlocking and heating further than their opposites. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from agent.core.actions import Risk
from agent.core.home import Entity, State

Data = Mapping[str, Any]
RiskOf = Callable[[Entity, State, Data], Risk]
_OVEN = re.compile(
    r"\b(?:oven|stove|cooker|cooktop|hob|range|backofen|herd|cuisinière|horno|estufa|forno|fornello)\b|烤箱|炉",
    re.IGNORECASE,
)


_WAY_IN = re.compile(
    r"\b(?:garage|gate|garagentor|hoftor|einfahrtstor|portail|portón|portone)\b|车库|大门|闸门|卷帘门",
    re.IGNORECASE,
)
_WINDOW = re.compile(r"blind|curtain|shade|window|awning|rollo|jalousie|vorhang|fenster|窗|帘", re.IGNORECASE)
_WAYS_IN = ("garage", "gate", "door")


def lets_in(entity: Entity) -> bool:
    """Whether opening it lets people or water in, or lets nobody watch any more.

    What a cover is called counts as much as its class: a garage door announced as a curtain stays one.
    """
    if entity.domain != "cover":
        return entity.domain in ("lock", "alarm_control_panel", "valve")
    names = (entity.id.partition(".")[2].replace("_", " "), *entity.names)
    return entity.device_class in _WAYS_IN or any(
        _WAY_IN.search(name) and not _WINDOW.search(name) for name in names
    )


def reversible(_entity: Entity, _state: State, _data: Data) -> Risk:
    """Can be taken back."""
    return Risk.REVERSIBLE


def disruptive(_entity: Entity, _state: State, _data: Data) -> Risk:
    """Is felt in the house or lets somebody in."""
    return Risk.DISRUPTIVE


def heats(entity: Entity, _state: State, data: Data) -> Risk:
    """Disruptive where an oven is turned on; no device class tells one on a plug, its name does."""
    if "off" in (data.get("hvac_mode"), data.get("option")):
        return Risk.REVERSIBLE
    names = (entity.device_class or "", entity.id.partition(".")[2].replace("_", " "), entity.name)
    return Risk.DISRUPTIVE if any(_OVEN.search(name) for name in names) else Risk.REVERSIBLE


def opens(entity: Entity, state: State, data: Data) -> Risk:
    """Opening lets people or water in where the cover is a door to the outside, or a valve."""
    if not lets_in(entity):
        return Risk.REVERSIBLE
    position = data.get("position")
    now = state.attributes.get("current_position")
    if position == 0:
        return Risk.REVERSIBLE
    if position is not None and isinstance(now, int | float) and not state.stale and position <= now:
        return Risk.REVERSIBLE
    return Risk.DISRUPTIVE


def toggles_open(entity: Entity, state: State, data: Data) -> Risk:
    """As far as what the toggle amounts to now."""
    closing = state.value == "open" and not state.stale
    return Risk.REVERSIBLE if closing else opens(entity, state, data)
