"""What lets somebody in is sent in the name of what it opens, and of nothing else.

Anybody may announce a lamp whose commands go where a lock has its own. What a lock, an alarm, a valve or a
door to the outside understands as "open" is known here, so that such a lamp is not turned on with it.
"""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError, Entity, lets_in
from integrations.discovery.announced import Announced
from integrations.discovery.thing import Command

Words = Mapping[str, frozenset[str]]
"""By topic, what is understood there as "open"."""
_OPENING: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "lock": (("lock.unlock", {}), ("lock.open", {})),
    "alarm_control_panel": (("alarm_control_panel.alarm_disarm", {}),),
    "valve": (("valve.open_valve", {}), ("valve.set_valve_position", {"position": 100})),
    "cover": (("cover.open_cover", {}), ("cover.set_cover_position", {"position": 100})),
}


class Openings:
    """The commands that open something, by what they open."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Words]] = {}

    def know(self, one: Announced) -> None:
        """Take in an announced entity, or its new description."""
        words = _words(one) if lets_in(one.entity) else {}
        self.forget(one.entity.id)
        if words:
            self._known[one.entity.id] = (one.entity.name, words)

    def forget(self, entity_id: str) -> None:
        """It is not announced any more."""
        self._known.pop(entity_id, None)

    def opened_by(self, command: Command, entity: Entity) -> str | None:
        """The name of what `command` would open, which is not `entity` that it is for; None: nothing."""
        for entity_id, (name, words) in self._known.items():
            if entity_id != entity.id and _is_one_of(command.payload, words.get(command.topic, frozenset())):
                return name
        return None


def _words(one: Announced) -> Words:
    found: dict[str, set[str]] = {}
    for service, data in _OPENING.get(one.entity.domain, ()):
        try:
            commands, _ = one.perform(service, data)
        except ActionError:
            continue  # it cannot do that, or wants a code that nobody else knows
        for command in commands:
            found.setdefault(command.topic, set()).add(_plain(command.payload))
    return {topic: frozenset(words) for topic, words in found.items()}


def _is_one_of(payload: str, words: frozenset[str]) -> bool:
    """Whether it says one of `words`, alone or inside of something, or is a number where numbers open."""
    if not words:
        return False
    said = _plain(payload)
    if (number := _number(said)) is not None:
        return number > 0 and any(_number(word) is not None for word in words)
    return any(word in said for word in words if _number(word) is None)


def _plain(payload: str) -> str:
    return payload.strip().casefold()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
