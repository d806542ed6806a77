"""Schedules on disk: which there are, how far each has come, and every firing from before it is handed on.

Functions over a connection, to be handed to `Store.write`: each is one change, made whole or not at all.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

Result = Literal["done", "failed", "skipped", "interrupted"]
KEPT = 64
"""Ended firings kept for each schedule: what ran is known to have run, even if the clock is put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What became of the newest firing."""

    scheduled: int
    at: float
    """When it began, or was left out."""
    late: float
    """Seconds from when it was due."""
    result: Result
    detail: str = ""

    def as_json(self) -> bytes:
        """For the disk."""
        return orjson.dumps([self.scheduled, self.at, self.late, self.result, self.detail])

    @classmethod
    def from_json(cls, packed: bytes | None) -> "Last | None":
        """From the disk."""
        if packed is None:
            return None
        scheduled, at, late, result, detail = orjson.loads(packed)
        return cls(scheduled=scheduled, at=at, late=late, result=result, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A schedule as it stands on disk. A firing belongs to one edition of it."""

    key: str
    edition: int
    spec: bytes
    anchor: int
    reached: int
    last: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A firing whose end is not known."""

    key: str
    edition: int
    scheduled: int
    began: float
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a schedule comes: firings that begin, and what is left out."""

    key: str
    edition: int
    reached: int
    run: tuple[int, ...]
    last: bytes | None
    """What to show as its last firing, where something is left out."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS schedule_jobs (key TEXT PRIMARY KEY, edition INTEGER NOT NULL,"
        " spec BLOB NOT NULL, anchor INTEGER NOT NULL, reached INTEGER NOT NULL, last BLOB) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE IF NOT EXISTS schedule_firings (key TEXT NOT NULL, edition INTEGER NOT NULL,"
        " scheduled INTEGER NOT NULL, began REAL NOT NULL, tries INTEGER NOT NULL, ended INTEGER NOT NULL,"
        " PRIMARY KEY (key, edition, scheduled)) WITHOUT ROWID"
    )


def read(db: sqlite3.Connection) -> list[Record]:
    """Every schedule."""
    rows = db.execute("SELECT key, edition, spec, anchor, reached, last FROM schedule_jobs")
    return [
        Record(key=key, edition=edition, spec=spec, anchor=anchor, reached=reached, last=last)
        for key, edition, spec, anchor, reached, last in rows
    ]


def save(
    db: sqlite3.Connection,
    records: Sequence[Record],
    removed: Sequence[str] = (),
    respecified: Sequence[tuple[bytes, str]] = (),
) -> None:
    """Write `records` over what has their keys, and take `removed` away with their firings.

    Of what is `respecified` only the spec changes: how far it has come may be changing just now.

    Firings of other editions go too: nothing of what a schedule was is left when it becomes another.
    """
    db.executemany("DELETE FROM schedule_jobs WHERE key=?", [(key,) for key in removed])
    db.executemany("DELETE FROM schedule_firings WHERE key=?", [(key,) for key in removed])
    db.executemany(
        "DELETE FROM schedule_firings WHERE key=? AND edition<>?", [(one.key, one.edition) for one in records]
    )
    db.executemany(
        "INSERT OR REPLACE INTO schedule_jobs VALUES (?, ?, ?, ?, ?, ?)",
        [(one.key, one.edition, one.spec, one.anchor, one.reached, one.last) for one in records],
    )
    db.executemany("UPDATE schedule_jobs SET spec=? WHERE key=?", respecified)


def begin(db: sqlite3.Connection, steps: Sequence[Step], now: float) -> set[tuple[str, int]]:
    """Record what begins and how far each schedule has come.

    Returns:
        The firings that may be handed on: not known before, of schedules that are still the same.
    """
    fresh = set()
    for one in steps:
        moved = db.execute(
            "UPDATE schedule_jobs SET reached=?, last=coalesce(?, last) WHERE key=? AND edition=?",
            (one.reached, one.last, one.key, one.edition),
        )
        if not moved.rowcount:
            continue
        for scheduled in one.run:
            entered = db.execute(
                "INSERT OR IGNORE INTO schedule_firings VALUES (?, ?, ?, ?, 1, 0)",
                (one.key, one.edition, scheduled, now),
            )
            if entered.rowcount:
                fresh.add((one.key, scheduled))
    return fresh


def end(db: sqlite3.Connection, ends: Sequence[tuple[str, int, Last]]) -> None:
    """Record the ends of firings: of which schedule, in which edition, and what became of them."""
    db.executemany(
        "UPDATE schedule_firings SET ended=1 WHERE key=? AND edition=? AND scheduled=?",
        [(key, edition, last.scheduled) for key, edition, last in ends],
    )
    db.executemany(
        "UPDATE schedule_jobs SET last=? WHERE key=? AND edition=?",
        [(last.as_json(), key, edition) for key, edition, last in ends],
    )


def open_firings(db: sqlite3.Connection) -> list[Begun]:
    """Firings without an end; those of schedules that are others by now are forgotten."""
    db.execute(
        "DELETE FROM schedule_firings WHERE NOT EXISTS (SELECT 1 FROM schedule_jobs j"
        " WHERE j.key=schedule_firings.key AND j.edition=schedule_firings.edition)"
    )
    rows = db.execute(
        "SELECT key, edition, scheduled, began, tries FROM schedule_firings WHERE NOT ended"
        " ORDER BY scheduled, key"
    )
    return [
        Begun(key=key, edition=edition, scheduled=scheduled, began=began, tries=tries)
        for key, edition, scheduled, began, tries in rows
    ]


def again(db: sqlite3.Connection, begun: Sequence[Begun], ended: Sequence[tuple[Begun, Last]]) -> None:
    """Count one more try of each of `begun`, and end the others."""
    db.executemany(
        "UPDATE schedule_firings SET tries=tries+1 WHERE key=? AND edition=? AND scheduled=?",
        [(one.key, one.edition, one.scheduled) for one in begun],
    )
    end(db, [(one.key, one.edition, last) for one, last in ended])


def tidy(db: sqlite3.Connection, over: Sequence[str]) -> None:
    """Forget the schedules that are `over`, and ended firings but the newest of each of the others."""
    save(db, [], over)
    db.execute(
        "DELETE FROM schedule_firings WHERE ended AND (key, edition, scheduled) IN ("
        "SELECT key, edition, scheduled FROM ("
        "SELECT *, row_number() OVER (PARTITION BY key ORDER BY scheduled DESC) AS n FROM schedule_firings"
        ") WHERE n > ?)",
        (KEPT,),
    )


def packed(value: Any) -> bytes:
    """JSON for the disk; equal values are equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
