"""The ledger: every step of every action, on disk before it is carried out.

It makes sure that nothing runs twice (an id is entered once), late (every step has an end of life) or is
forgotten (a step is open until it has a final status and the bus has been told). What a killed daemon left
open is found here at the next start.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from agent.actions import audit
from agent.core.actions import Action, Cause, Expectation, Outcome, Risk, Status, Step, Target, Trust
from agent.core.events import utc
from agent.errors import TransientError
from agent.runtime.clock import Clock
from agent.runtime.store import Store
from agent.runtime.watchdog import Beat

KEEP = 30 * 86_400.0
"""Seconds a settled step is remembered, and with it its id."""
ASK_EVERY = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One step in the ledger. `step` is None where planning already ended it."""

    outcome: Outcome
    step: Step | None
    expires: datetime
    """When it must not be carried out any more."""
    entered: datetime


Unsettled = tuple[tuple[Entry, ...], tuple[Outcome, ...]]
"""Steps without an end, and ends that the bus may not have heard of."""


class Ledger:
    """Open and settled steps. All times on disk are seconds since the epoch."""

    def __init__(self, *, store: Store, clock: Clock, key: bytes) -> None:
        self._store = store
        self._clock = clock
        self._key = key

    async def open(self) -> None:
        """Make the tables, forget what is old."""
        oldest = self._clock.time() - KEEP
        await self._store.write(lambda db: _prepare(db, oldest))

    async def enter(
        self, entries: Sequence[Entry], facts: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> tuple[Outcome, ...]:
        """Enter all steps of one action together with their audit records, synced to disk.

        Returns:
            Nothing if the id is new; where the steps of the earlier action of that id stand if it is known
            (then nothing was entered).

        Raises:
            TransientError: it cannot be written, so it must not be carried out.
        """
        now, records = self._clock.time(), list(facts)
        return await self._store.write(lambda db: self._enter(db, entries, records, now))

    async def decide(
        self,
        outcomes: Sequence[Outcome],
        facts: Iterable[tuple[str, Mapping[str, Any]]],
        *,
        expires: datetime,
    ) -> bool:
        """Move waiting steps on, with their audit records, synced; False if one of them waits no more.

        Raises:
            TransientError: it cannot be written.
        """
        now, records = self._clock.time(), list(facts)
        return await self._store.write(lambda db: self._decide(db, outcomes, records, expires, now))

    def settle(self, outcome: Outcome) -> None:
        """Record a step's next status with the next commit; its end also goes to the audit log."""
        now = self._clock.time()
        self._store.write_soon(lambda db: self._settle(db, outcome, now))

    def told(self, outcome: Outcome) -> None:
        """Record that the bus has heard of this status."""
        self._store.write_soon(
            lambda db: db.execute(
                "UPDATE steps SET told=1 WHERE id=? AND target=? AND status=?",
                (outcome.id, outcome.target, outcome.status.value),
            )
        )

    async def unsettled(self) -> Unsettled:
        """What an earlier life left: steps without an end, and ends that the bus may not have heard of."""
        rows = await self._store.read(
            lambda db: db.execute(_SELECT + " WHERE final=0 OR told=0 ORDER BY entered").fetchall()
        )
        entries = [_entry(row) for row in rows]
        return (
            tuple(entry for entry in entries if not entry.outcome.final),
            tuple(entry.outcome for entry in entries if entry.outcome.final),
        )

    async def latest(self, action_id: str | None, *, limit: int = 20) -> tuple[Entry, ...]:
        """The steps of one action, or the newest of all, newest first."""
        if action_id is None:
            question, arguments = _SELECT + " ORDER BY entered DESC LIMIT ?", [str(limit)]
        else:
            question, arguments = _SELECT + " WHERE id=? ORDER BY target LIMIT ?", [action_id, str(limit)]
        rows = await self._store.read(lambda db: db.execute(question, arguments).fetchall())
        return tuple(_entry(row) for row in rows)

    async def of_target(self, target: str, *, limit: int) -> tuple[Entry, ...]:
        """The newest steps of a target, newest first."""
        rows = await self._store.read(
            lambda db: db.execute(
                _SELECT + " WHERE target=? ORDER BY entered DESC LIMIT ?", (target, limit)
            ).fetchall()
        )
        return tuple(_entry(row) for row in rows)

    async def done_since(self, since: float) -> tuple[tuple[str, str, float], ...]:
        """Service, target and time of every step carried out since `since`, oldest first: for the limits."""
        rows = await self._store.read(
            lambda db: db.execute(
                "SELECT service, target, entered FROM steps WHERE entered>=? AND status IN"
                " ('sent', 'confirmed', 'failed') ORDER BY entered LIMIT 50000",
                (since,),
            ).fetchall()
        )
        return tuple(rows)

    async def ask(self, beat: Beat) -> None:
        """Ask the disk for a sign of life now and again, until cancelled; without it nothing can be done."""
        while True:
            with suppress(TransientError):
                await self.head()
            beat()
            await self._clock.sleep(ASK_EVERY)

    async def head(self) -> audit.Anchor:
        """Where the audit chain ends."""
        return await self._store.read(audit.head)

    # in the writer thread -------------------------------------------------------------------------------
    def _enter(
        self,
        db: sqlite3.Connection,
        entries: Sequence[Entry],
        records: Sequence[tuple[str, Mapping[str, Any]]],
        now: float,
    ) -> tuple[Outcome, ...]:
        known = db.execute(_SELECT + " WHERE id=?", (entries[0].outcome.id,)).fetchall()
        if known:
            return tuple(_entry(row).outcome for row in known)
        db.executemany(_INSERT, [_row(entry) for entry in entries])
        for event, facts in records:
            audit.append(db, self._key, now, event, facts)
        return ()

    def _decide(
        self,
        db: sqlite3.Connection,
        outcomes: Sequence[Outcome],
        records: Sequence[tuple[str, Mapping[str, Any]]],
        expires: datetime,
        now: float,
    ) -> bool:
        for one in outcomes:
            found = db.execute("SELECT status FROM steps WHERE id=? AND target=?", (one.id, one.target))
            if found.fetchone() != (Status.PENDING.value,):
                return False
        end = expires.timestamp()
        db.executemany(
            "UPDATE steps SET status=?, reason=?, final=?, told=0, expires=?, updated=?"
            " WHERE id=? AND target=?",
            [(one.status.value, one.reason, one.final, end, now, one.id, one.target) for one in outcomes],
        )
        for event, facts in records:
            audit.append(db, self._key, now, event, facts)
        return True

    def _settle(self, db: sqlite3.Connection, outcome: Outcome, now: float) -> None:
        db.execute(
            "UPDATE steps SET status=?, reason=?, final=?, told=0, updated=? WHERE id=? AND target=?",
            (outcome.status.value, outcome.reason, outcome.final, now, outcome.id, outcome.target),
        )
        if outcome.final:
            facts = {"id": outcome.id, "action": outcome.action, "target": outcome.target}
            audit.append(
                db,
                self._key,
                now,
                "ended",
                {**facts, "status": outcome.status.value, "reason": outcome.reason},
            )


_SELECT = "SELECT * FROM steps"
_INSERT = "INSERT INTO steps VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_CREATE = """
CREATE TABLE IF NOT EXISTS steps (
  id TEXT, target TEXT, service TEXT, status TEXT, reason TEXT, final INTEGER, told INTEGER, steps INTEGER,
  entered REAL, updated REAL, born REAL, expires REAL, trust INTEGER, channel TEXT, trace TEXT,
  cause BLOB, step BLOB, PRIMARY KEY (id, target)
) WITHOUT ROWID
"""
_COLUMNS = (
    *("id", "target", "service", "status", "reason", "final", "told", "of"),
    *("entered", "updated", "born", "expires", "trust", "channel", "trace", "cause", "step"),
)


def _prepare(db: sqlite3.Connection, oldest: float) -> None:
    db.execute(_CREATE)
    db.execute("CREATE INDEX IF NOT EXISTS steps_target ON steps (target, entered)")
    db.execute("CREATE INDEX IF NOT EXISTS steps_entered ON steps (entered)")
    db.execute("CREATE INDEX IF NOT EXISTS steps_open ON steps (final, told) WHERE final=0 OR told=0")
    db.execute("DELETE FROM steps WHERE final=1 AND told=1 AND entered<?", (oldest,))
    audit.prepare(db)


def _row(entry: Entry) -> tuple[Any, ...]:
    outcome, step = entry.outcome, entry.step
    entered = entry.entered.timestamp()
    action = step.action if step else None
    packed = None
    if step is not None and action is not None:
        packed = orjson.dumps(
            {
                "owner": step.owner,
                "risk": int(step.risk),
                "data": dict(step.data),
                "expects": step.expects.as_json() if step.expects else None,
                "idempotent": step.idempotent,
                "asked": dict(action.data),
                "target": action.target.as_json(),
                "rule": action.rule,
                "trigger": action.trigger,
            },
            default=list,
        )
    return (
        outcome.id,
        outcome.target,
        outcome.action,
        outcome.status.value,
        outcome.reason,
        outcome.final,
        False,
        outcome.of,
        entered,
        entered,
        action.born.timestamp() if action else entered,
        entry.expires.timestamp(),
        int(action.trust) if action else 0,
        outcome.channel,
        outcome.trace,
        orjson.dumps(outcome.cause.as_json()),
        packed,
    )


def _entry(row: Sequence[Any]) -> Entry:
    found = dict(zip(_COLUMNS, row, strict=True))
    cause = Cause(**orjson.loads(found["cause"]))
    outcome = Outcome(
        id=found["id"],
        action=found["service"],
        target=found["target"],
        status=Status(found["status"]),
        cause=cause,
        at=utc(found["updated"]),
        of=found["of"],
        reason=found["reason"],
        trace=found["trace"],
        channel=found["channel"],
        final=bool(found["final"]),
    )
    entry = Entry(outcome=outcome, step=None, expires=utc(found["expires"]), entered=utc(found["entered"]))
    if found["step"] is None:
        return entry
    kept = orjson.loads(found["step"])
    action = Action(
        id=found["id"],
        service=found["service"],
        target=Target(**{kind: tuple(names) for kind, names in kept["target"].items()}),
        cause=cause,
        trust=Trust(found["trust"]),
        born=utc(found["born"]),
        data=kept["asked"],
        trace=found["trace"],
        channel=found["channel"],
        rule=kept["rule"],
        trigger=None if kept["trigger"] is None else Trust(kept["trigger"]),
    )
    step = Step(
        action=action,
        entity=found["target"],
        owner=kept["owner"],
        risk=Risk(kept["risk"]),
        data=kept["data"],
        expects=Expectation.from_json(kept["expects"]) if kept["expects"] else None,
        idempotent=kept["idempotent"],
    )
    return replace(entry, step=step)
