"""The registry on disk: what was known of the house survives a restart, marked stale until heard again."""

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson
import structlog

from agent.core.home import Entity, State
from agent.home.record import Remembered
from agent.home.registry import Home
from agent.runtime.clock import Clock
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
EVERY = 5.0
"""Seconds between two writes of what changed."""


class HomeMemory:
    """Writes changed entities to the store now and then, and reads them back at the start."""

    def __init__(self, *, home: Home, store: Store, clock: Clock) -> None:
        self._home = home
        self._store = store
        self._clock = clock

    async def load(self, *, forget_after: float) -> None:
        """Bring back every entity heard or announced within `forget_after` seconds."""
        oldest = self._clock.time() - forget_after
        rows = await self._store.write(lambda db: _load(db, oldest))
        for row in rows:
            try:
                self._home.restore(_unpacked(*row))
            except (KeyError, TypeError, ValueError) as error:
                log.warning("home.memory_skipped", entity=row[0], reason=str(error))
        self._home.changed.clear()

    def save(self) -> None:
        """Hand what changed to the store, with its next commit."""
        changed, self._home.changed = self._home.changed, set()
        if not changed:
            return
        now, rows = self._clock.time(), list[tuple[str, float, bytes | None]]()
        for key in changed:
            kept = self._home.remember(key)
            try:
                rows.append((key, now, _packed(kept) if kept else None))
            except TypeError as error:  # one that JSON cannot hold must not cost the others their place
                log.warning("home.memory_skipped", entity=key, reason=str(error))
        self._store.write_soon(lambda db: _save(db, rows))

    async def run(self) -> None:
        """Save what changed every few seconds until cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            self.save()


def remembered(db: sqlite3.Connection) -> list[Remembered]:
    """Every entity in an open database, for whoever only looks.

    Raises:
        sqlite3.Error: there is no such table, or it cannot be read.
    """
    known = []
    for key, record in db.execute("SELECT id, record FROM entities").fetchall():
        try:
            known.append(_unpacked(key, record))
        except (KeyError, TypeError, ValueError) as error:
            log.warning("home.memory_skipped", entity=key, reason=str(error))
    return known


def _load(db: sqlite3.Connection, oldest: float) -> list[tuple[str, bytes]]:
    db.execute(
        "CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, seen REAL, record BLOB) WITHOUT ROWID"
    )
    db.execute("DELETE FROM entities WHERE seen < ?", (oldest,))
    return db.execute("SELECT id, record FROM entities").fetchall()


def _save(db: sqlite3.Connection, rows: Sequence[tuple[str, float, bytes | None]]) -> None:
    db.executemany("DELETE FROM entities WHERE id=?", [(key,) for key, _, record in rows if record is None])
    db.executemany(
        "INSERT OR REPLACE INTO entities VALUES (?, ?, ?)", [row for row in rows if row[2] is not None]
    )


def _packed(kept: Remembered) -> bytes:
    entity = {field.name: getattr(kept.entity, field.name) for field in fields(Entity)}
    entity["capabilities"] = dict(kept.entity.capabilities)
    entity["services"] = sorted(kept.entity.services)
    state = {
        "value": kept.state.value,
        "attributes": dict(kept.state.attributes),
        "heard": kept.state.heard,
    }
    return orjson.dumps({"entity": entity, "area": kept.suggested_area, "state": state}, default=list)


def _unpacked(key: str, record: bytes) -> Remembered:
    found: dict[str, Any] = orjson.loads(record)
    entity = found["entity"]
    entity["aliases"] = tuple(entity["aliases"])
    entity["services"] = frozenset(entity["services"])
    return Remembered(
        entity=Entity(**{**entity, "id": key}), suggested_area=found["area"], state=State(**found["state"])
    )
