"""The house in nouns: floors hold areas, areas hold entities, entities have a state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class _Called:
    """What people have names for."""

    __slots__ = ()
    name: str
    aliases: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called, its own name first."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(_Called):
    """A level of the house."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(_Called):
    """A room or a part of the garden."""

    id: str
    name: str
    floor: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(_Called):
    """One thing that can be seen or controlled; its id is `domain.object`, as in Home Assistant."""

    id: str
    name: str
    owner: str
    """The integration that announced it and carries out its services."""
    area: str | None = None
    aliases: tuple[str, ...] = ()
    device: str | None = None
    device_class: str | None = None
    unit: str | None = None
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    """What it can do, under Home Assistant's attribute names: `supported_color_modes`, `min`, `max`,
    `options`, `effect_list`, `hvac_modes`, `preset_modes` ..."""
    services: frozenset[str] = frozenset()
    """The services its owner can carry out on it."""
    optimistic: bool = False
    """It reports no state: a command to it can be sent, never confirmed."""
    category: str | None = None
    """`config` or `diagnostic`: kept out of speech. None: part of daily life."""
    exposed: bool = True
    source: str = ""
    """Where it was learned: a discovery topic, a file, an address."""

    @property
    def spoken_of(self) -> bool:
        """Whether names, places and groups reach it: exposed, and no setting or diagnosis of a device."""
        return self.exposed and self.category is None

    @property
    def domain(self) -> str:
        """The part of the id before the point."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an entity last said of itself.

    `heard` is the time of that report in seconds since the epoch, None if it never spoke; `stale` means that
    the report is from before the last restart.
    """

    value: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    available: bool | None = None
    heard: float | None = None
    stale: bool = False
