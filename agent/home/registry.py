"""The live home: every floor, area and entity, what each entity last said, and who waits to hear of it.

Integrations announce and report; the `home:` section has the last word on names, areas and exposure. Reports
are the busiest path of the daemon: a report that changes nothing costs a comparison.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from agent.core.actions import NOTHING
from agent.core.events import EntityAdded, EntityRemoved, StateChanged
from agent.core.home import Area, Entity, Floor, State
from agent.errors import IntegrationError
from agent.home.names import ENTITY_ID, slug
from agent.home.record import Record, Remembered, Watcher
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.section import Section

MOST_ENTITIES = 50_000
MOST_AREAS = 1_000


class FloorConfig(Section):
    """A floor of the house."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    """Short name used in targets and files."""
    name: str
    """What people call it."""
    aliases: tuple[str, ...] = ()
    """Other names people use."""


class AreaConfig(Section):
    """An area of the house: a room, a part of the garden."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    """Short name used in targets and files."""
    name: str
    """What people call it; devices that suggest an area of this name are put here."""
    floor: str | None = None
    """The id of its floor."""
    aliases: tuple[str, ...] = ()
    """Other names people use."""


class EntityConfig(Section):
    """What the house knows better than the device itself."""

    name: str | None = None
    """Replaces the announced name."""
    aliases: tuple[str, ...] = ()
    """Other names people use."""
    area: str | None = None
    """The id of its area; replaces the suggested one."""
    expose: bool = True
    """Whether people and groups can reach it; by its id it is always reached."""
    hide: bool = False
    """Leave it out of the house altogether."""


class HomeConfig(Section):
    """The `home:` section: floors, areas, and corrections to what devices say of themselves."""

    floors: tuple[FloorConfig, ...] = ()
    """The floors of the house."""
    areas: tuple[AreaConfig, ...] = ()
    """The areas of the house; an area that a device suggests is added to them."""
    entities: dict[str, EntityConfig] = Field(default_factory=dict)
    """Corrections by entity id."""
    forget_after: float = Field(default=7 * 86_400, gt=0)
    """Seconds after which an entity that is not announced any more is forgotten."""


class Home:
    """The registry. Everything here is synchronous and belongs to the event loop."""

    def __init__(self, *, config: HomeConfig, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._areas: dict[str, Area] = {}
        self._floors: dict[str, Floor] = {}
        self._config = config
        self.version = 0
        """Grows with every change of names, areas or entities: a key for whatever is derived from them."""
        self.changed: set[str] = set()
        """Entities whose record differs from what the store has; whoever stores them empties it."""
        self.configure(config)

    # looking --------------------------------------------------------------------------------------------
    def get(self, entity_id: str) -> Entity | None:
        """The entity of that id."""
        record = self._records.get(entity_id)
        return None if record is None or self._hidden(entity_id) else record.entity

    def state(self, entity_id: str) -> State:
        """What the entity last said; an empty State for an unknown one."""
        record = self._records.get(entity_id)
        return State() if record is None else record.state()

    def changes(self, entity_id: str) -> tuple[tuple[float, str], ...]:
        """The last changes of an entity's state in this life of the daemon: when (epoch seconds), to what."""
        record = self._records.get(entity_id)
        return () if record is None or record.changes is None else tuple(record.changes)

    def entities(self) -> Iterable[Entity]:
        """Every entity, in the order they became known."""
        return (record.entity for key, record in self._records.items() if not self._hidden(key))

    def areas(self) -> Iterable[Area]:
        """Every area."""
        return self._areas.values()

    def area_named(self, named: str) -> Area | None:
        """The area of that id or name, as a speaker's side gives it."""
        wanted = named.strip().casefold()
        return next((one for one in self._areas.values() if wanted in (one.id, one.name.casefold())), None)

    def floors(self) -> Iterable[Floor]:
        """Every floor."""
        return self._floors.values()

    def floor_of(self, entity: Entity) -> str | None:
        """The id of the floor the entity is on."""
        area = self._areas.get(entity.area or "")
        return area.floor if area else None

    def restored(self, entity_id: str) -> bool:
        """Whether the entity is only remembered: it was not announced since the daemon started."""
        record = self._records.get(entity_id)
        return record is not None and record.restored

    def __len__(self) -> int:
        return len(self._records)

    # changing -------------------------------------------------------------------------------------------
    def configure(self, config: HomeConfig) -> None:
        """Apply the `home:` section, anew after a reload."""
        self._config = config
        self._floors = {f.id: Floor(id=f.id, name=f.name, aliases=f.aliases) for f in config.floors}
        self._areas = {
            a.id: Area(id=a.id, name=a.name, floor=a.floor, aliases=a.aliases) for a in config.areas
        }
        for record in self._records.values():
            record.entity = self._overlaid(record)
        self.version += 1

    def add(self, entity: Entity, *, suggested_area: str | None = None) -> None:
        """Make `entity` known or replace its description, keeping what it last said.

        Raises:
            IntegrationError: the id is malformed or another integration's, or there are too many entities.
        """
        known = self._records.get(entity.id)
        if known is not None and not known.restored and known.announced.owner != entity.owner:
            raise IntegrationError(
                f"{entity.id!r} of {entity.owner} is already an entity of {known.announced.owner}; "
                "give one of the two another id"
            )
        if known is None:
            if not ENTITY_ID.fullmatch(entity.id):
                raise IntegrationError(f"{entity.id!r} is no entity id; it would be like 'light.desk_lamp'")
            if len(self._records) >= MOST_ENTITIES:
                raise IntegrationError(
                    f"{entity.id!r} is one too many: the house holds {MOST_ENTITIES} entities"
                )
            known = self._records[entity.id] = Record(entity, suggested_area)
        elif known.announced == entity and known.area == suggested_area and not known.restored:
            return
        known.announced, known.area, known.restored = entity, suggested_area, False
        known.entity = self._overlaid(known)
        self.version += 1
        self.changed.add(entity.id)
        if self._bus.wants(EntityAdded):
            self._bus.publish(EntityAdded(at=self._clock.now(), entity=known.entity))

    def remove(self, entity_id: str) -> None:
        """Forget an entity; an unknown id is ignored."""
        record = self._records.pop(entity_id, None)
        if record is None:
            return
        self.version += 1
        self.changed.add(entity_id)
        if self._bus.wants(EntityRemoved):
            self._bus.publish(EntityRemoved(at=self._clock.now(), entity=record.entity))

    def report(
        self,
        entity_id: str,
        value: str | None,
        attributes: Mapping[str, Any] = NOTHING,
        *,
        replayed: bool = False,
        confirms: bool = True,
    ) -> None:
        """Take what an entity said: its state and all its attributes; an unknown id is ignored."""
        record = self._records.get(entity_id)
        if record is None:
            return
        record.heard = self._clock.time()
        if record.stale or value != record.value or attributes != record.attributes:
            before = record.state() if self._bus.wants(StateChanged) else None
            if record.changes is not None and value is not None and value != record.value and not replayed:
                record.changes.append((record.heard, value))
            record.value, record.attributes, record.stale = value, attributes, False
            self.changed.add(entity_id)
            if before is not None:
                self._tell(entity_id, before, record.state(), replayed=replayed)
        if record.watchers and confirms:
            for watcher in tuple(record.watchers):
                if watcher(value, attributes, replayed):
                    break

    def set_available(self, entity_id: str, available: bool | None) -> None:  # noqa: FBT001
        """Set whether an entity can be reached (None: unknown)."""
        record = self._records.get(entity_id)
        if record is None or record.available == available:
            return
        before = record.state()
        record.available = available
        self.changed.add(entity_id)
        if self._bus.wants(StateChanged):
            self._tell(entity_id, before, record.state(), replayed=True)

    def watch(self, entity_id: str, watcher: Watcher) -> Callable[[], None]:
        """Show `watcher` every report of an entity, also those that change nothing, oldest watcher first.

        A watcher that returns True has taken the report for itself: later watchers do not see it. Returns
        what ends the watch.
        """
        record = self._records.get(entity_id)
        if record is None:
            return lambda: None
        watchers = record.watchers
        watchers.append(watcher)
        return lambda: watchers.remove(watcher) if watcher in watchers else None

    # remembering ----------------------------------------------------------------------------------------
    def remember(self, entity_id: str) -> Remembered | None:
        """What the store should keep of an entity; None if there is no such entity any more."""
        record = self._records.get(entity_id)
        if record is None:
            return None
        return Remembered(entity=record.announced, suggested_area=record.area, state=record.state())

    def restore(self, remembered: Remembered) -> None:
        """Bring an entity back from the store, stale until it is heard again."""
        record = Record(remembered.entity, remembered.suggested_area)
        record.value = remembered.state.value
        record.attributes = remembered.state.attributes
        record.heard = remembered.state.heard
        record.stale = record.restored = True
        record.entity = self._overlaid(record)
        self._records.setdefault(remembered.entity.id, record)
        self.version += 1

    # inside ---------------------------------------------------------------------------------------------
    def _hidden(self, entity_id: str) -> bool:
        known_better = self._config.entities.get(entity_id)
        return known_better is not None and known_better.hide

    def _overlaid(self, record: Record) -> Entity:
        entity = record.announced
        area = entity.area or (self._area_called(record.area) if record.area else None)
        known_better = self._config.entities.get(entity.id)
        if known_better is None:
            return entity if area == entity.area else replace(entity, area=area)
        return replace(
            entity,
            name=known_better.name or entity.name,
            aliases=(*entity.aliases, *known_better.aliases),
            area=known_better.area or area,
            exposed=entity.exposed and known_better.expose,
        )

    def _area_called(self, name: str) -> str | None:
        wanted = name.strip().casefold()
        for area in self._areas.values():
            if wanted in (area.id, *(called.casefold() for called in area.names)):
                return area.id
        key = slug(name)
        if not key:
            return None
        if key not in self._areas and len(self._areas) >= MOST_AREAS:
            self._forget_unused_areas()
        if key not in self._areas and len(self._areas) >= MOST_AREAS:
            return None
        self._areas.setdefault(key, Area(id=key, name=name.strip()))
        return key

    def _forget_unused_areas(self) -> None:
        used = {area.id for area in self._config.areas} | {one.entity.area for one in self._records.values()}
        self._areas = {key: area for key, area in self._areas.items() if key in used}

    def _tell(self, entity_id: str, old: State, new: State, *, replayed: bool) -> None:
        self._bus.publish(
            StateChanged(at=self._clock.now(), entity=entity_id, old=old, new=new, replayed=replayed)
        )
