"""An entity with what it last said, as the registry keeps it; reports change it in place."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.core.actions import NOTHING
from agent.core.home import Entity, State

MOST_CHANGES = 16
"""Changes of state that are remembered of an entity."""
_MEASURED = frozenset({"sensor", "number", "weather"})
"""Domains whose states are measurements: how they changed is no history anybody asks for."""
Watcher = Callable[[str | None, Mapping[str, Any], bool], bool]
"""Sees state, attributes, and whether the report is a retained one."""


class Record:
    """An entity with what it last said; reports change it in place."""

    __slots__ = (
        "announced",
        "area",
        "attributes",
        "available",
        "changes",
        "entity",
        "heard",
        "restored",
        "stale",
        "value",
        "watchers",
    )

    def __init__(self, announced: Entity, area: str | None) -> None:
        self.announced = announced
        self.area = area
        self.entity = announced
        self.value: str | None = None
        self.attributes: Mapping[str, Any] = NOTHING
        self.available: bool | None = None
        self.heard: float | None = None
        self.stale = False
        self.restored = False
        self.watchers: list[Watcher] = []
        self.changes: deque[tuple[float, str]] | None = (
            None if announced.domain in _MEASURED else deque(maxlen=MOST_CHANGES)
        )

    def state(self) -> State:
        """What it last said, as a value."""
        return State(
            value=self.value,
            attributes=self.attributes,
            available=self.available,
            heard=self.heard,
            stale=self.stale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An entity as the store keeps it between two lives of the daemon."""

    entity: Entity
    suggested_area: str | None
    state: State
