"""The schedules there are: written and said, changed, cancelled, shown; each change is on disk first."""

import asyncio
import dataclasses
import heapq
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson
import structlog

from agent.automations import jobstore
from agent.automations.jobs import DAY, Job, JobRow, Spec, Timing
from agent.automations.jobstore import Last
from agent.automations.missed import Policy
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.sun import Place
from agent.errors import ActionError, ConfigError
from agent.runtime.clock import Clock
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
MOST_SAID = 1000
SAID = Policy(missed="run-once")
NEVER = datetime.max.replace(tzinfo=UTC)


class Book:
    """Every schedule, and which is next."""

    def __init__(self, *, store: Store, clock: Clock, zone: tzinfo, place: Place | None) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._place = place
        self._jobs: dict[str, Job] = {}
        self._unconfirmed: dict[str, Job] = {}
        """Of the configuration as it was; `replace` says which of them are still there."""
        self._queue: list[tuple[float, int, Job]] = []
        self._stamps = 0
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Bring back what is on disk.

        Raises:
            TransientError: it cannot be read now.
        """
        await self._store.write(jobstore.prepare)
        now = self._clock.time()
        kept = self._store.owned_by("schedules")
        where = [str(self._zone), None if self._place is None else dataclasses.astuple(self._place)]
        moved = orjson.dumps(await kept.get("where", where)) != orjson.dumps(where)
        kept.put("where", where)
        for record in await self._store.read(jobstore.read):
            try:
                spec = Spec.from_record(record)
                trigger = spec.timing.trigger(zone=self._zone, place=self._place, anchor=record.anchor)
            except (ConfigError, ValueError, TypeError) as error:
                log.warning("schedule.dropped", key=record.key, reason=str(error))
                continue
            job = Job(
                spec, trigger, record.edition, record.anchor, record.reached, Last.from_json(record.last)
            )
            if moved:
                job.move(now)
            if spec.source == "config":
                self._unconfirmed[spec.key] = job
            else:
                await self._adopt([job], now)

    async def replace(self, configured: Sequence[ScheduleConfig], also: Sequence[Spec] = ()) -> None:
        """Make the schedules of the configuration those of `configured`, known by their ids, and `also`.

        One whose time is the same goes on where it is; one with another time starts from now; what is not
        there any more is gone.

        Raises:
            ConfigError: one cannot be computed; nothing has changed.
            TransientError: it cannot be stored; nothing has changed.
        """
        async with self._changing:
            now = int(self._clock.time())
            known = self._unconfirmed | {
                k: one for k, one in self._jobs.items() if one.spec.source == "config"
            }
            fresh: list[Job] = []
            kept: list[tuple[Job, Spec]] = []
            for spec in (*map(Spec.from_config, configured), *also):
                old = known.pop(spec.key, None)
                job = self._new(spec, now, old)
                if old is not None and old.trigger == job.trigger:
                    kept.append((old, spec))
                else:
                    fresh.append(job)
            respecified = [(new.as_json(), old.spec.key) for old, new in kept if old.spec != new]
            records = [job.record() for job in fresh]
            if records or known or respecified:
                await self._store.write(lambda db: jobstore.save(db, records, [*known], respecified))
            for key in known:
                self._jobs.pop(key, None)
            for old, spec in kept:
                old.spec = spec
            self._unconfirmed = {}
            await self._adopt([*fresh, *(old for old, _ in kept)], now)

    async def at(self, name: str, when: datetime | Timing, payload: Any, *, policy: Policy = SAID) -> None:
        """Keep something that was said, on disk when this returns; an earlier one of that name is replaced.

        Raises:
            ActionError: it cannot be understood, or there is too much already.
            TransientError: it cannot be stored.
        """
        timing = when if isinstance(when, Timing) else Timing(kind="at", text=when.isoformat())
        spec = Spec(id=name, source="said", timing=timing, policy=policy, payload=payload)
        async with self._changing:
            old = self._jobs.get(spec.key)
            if old is None and sum(one.spec.source == "said" for one in self._jobs.values()) >= MOST_SAID:
                raise ActionError(f"there are {MOST_SAID} timers and schedules already")
            now = int(self._clock.time())
            try:
                job = self._new(spec, now, old)
            except (ConfigError, ValueError) as error:
                raise ActionError(str(error)) from error
            if timing.kind == "at" and (first := job.trigger.after(-DAY * 365 * 1000)) is not None:
                # Of something said even a time that has just passed comes.
                job.reached = min(now, first - 1)
            record = job.record()
            await self._store.write(lambda db: jobstore.save(db, [record]))
            await self._adopt([job], now)

    async def cancel(self, name: str) -> bool:
        """Forget something that was said; False: there is no such thing.

        Raises:
            TransientError: it cannot be stored.
        """
        key = f"said/{name}"
        async with self._changing:
            if key not in self._jobs:
                return False
            await self._store.write(lambda db: jobstore.save(db, [], [key]))
            return self._jobs.pop(key, None) is not None

    def said(self) -> tuple[Job, ...]:
        """What was said and is still to come, or is paused; in no order."""
        return tuple(
            job
            for job in self._jobs.values()
            if job.spec.source == "said" and (job.next is not None or job.spec.timing.kind == "held")
        )

    def following(self, timing: Timing, after: float) -> float | None:
        """The first moment of `timing` that is later than `after`; None: there is none.

        Raises:
            ActionError: it cannot be reckoned.
        """
        try:
            return timing.trigger(zone=self._zone, place=self._place, anchor=int(after)).after(int(after))
        except (ConfigError, ValueError) as error:
            raise ActionError(str(error)) from error

    def jobs(self) -> tuple[JobRow, ...]:
        """Every schedule, what is next first."""
        rows = [job.row() for job in self._jobs.values()]
        return tuple(sorted(rows, key=lambda row: (row.next is None, row.next or row.last or NEVER, row.id)))

    def _new(self, spec: Spec, now: int, old: Job | None) -> Job:
        """A schedule that starts now, or where `old` started if it is counted from there."""
        anchor = old.anchor if old is not None else now
        try:
            trigger = spec.timing.trigger(zone=self._zone, place=self._place, anchor=anchor)
            if old is not None and trigger != old.trigger:
                trigger = spec.timing.trigger(zone=self._zone, place=self._place, anchor=now)
                anchor = now
        except ConfigError as error:
            raise ConfigError(f"schedules: {spec.id}: {error}") from error
        edition = now if old is None else max(old.edition + 1, now)
        return Job(spec, trigger, edition, anchor, now)

    async def _adopt(self, jobs: Iterable[Job], now: float) -> None:
        """Let `jobs` live."""
        moved = []
        for job in jobs:
            if job.put_right(now):
                moved.append(job.record())
            self._jobs[job.spec.key] = job
            self._push(job)
            if job.next is None and job.spec.timing.kind != "held" and (note := job.row().note):
                log.warning("schedule.exhausted", id=job.spec.id, note=note)
        if moved:
            await self._store.write(lambda db: jobstore.save(db, moved))

    def _push(self, job: Job, *, not_before: float = -math.inf) -> None:
        """Queue the next time of `job`."""
        self._stamps += 1
        job.stamp = self._stamps
        job.next = job.trigger.after(job.reached)
        if job.next is not None:
            heapq.heappush(self._queue, (max(job.due(job.next), not_before), job.stamp, job))
