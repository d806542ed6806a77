"""The clock of the house: what is due is written down, then handed on, once.

    due -> decide (missed.py) -> on disk (jobstore.py) -> fire -> end on disk

APScheduler 3 computes what a crontab line means (cron.py). Its loop and its job stores are not used: the loop
asks the system for the time, hands a job on before anything is on disk, and leaves out in silence what is a
second late; a store is asked synchronously in the event loop, and keeps jobs but no firings. Here a firing is
a row of its own from before it is handed on, so that a daemon killed at any moment knows afterwards what it
had begun. Whether that had been done it cannot know: such a firing is handed on again with the same id and
`again` (`run-once`, `run-all`) or told as interrupted (`skip`); whoever acts refuses an id that he knows.
"""

import asyncio
import heapq
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import tzinfo
from functools import partial

import structlog

from agent.automations import jobstore
from agent.automations.jobs import DAY, Firing, Job
from agent.automations.jobstore import Begun, Last, Result, Step
from agent.automations.missed import GRACE, Verdict, decide
from agent.automations.schedule_book import Book
from agent.automations.sun import Place
from agent.errors import HearthError, TransientError
from agent.runtime.clock import Clock
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
Fire = Callable[[Firing], Awaitable[None]]
TRIES = 5
"""How often one firing is handed on whose end never becomes known."""
AT_ONCE = 500
"""Firings recorded with one sync."""
TIDY = 6 * 3600.0
RETRY = 5.0


class Schedules(Book):
    """The book of schedules, carried out. `load`, then `replace`, then `run`.

    Args:
        store: where they are kept.
        clock: what time it is.
        zone: the wall clock of the house.
        place: where the house stands; None: nobody knows.
        fire: acts on a firing and returns when that is done. A `HearthError` is a failed firing.
        look_every: seconds after which a clock that was put forward, or slept, is noticed.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        zone: tzinfo,
        place: Place | None,
        fire: Fire,
        look_every: float = 1.0,
    ) -> None:
        super().__init__(store=store, clock=clock, zone=zone, place=place)
        self._fire = fire
        self._look_every = look_every
        self._seen = -math.inf
        self._tidied = -math.inf
        self._unwritten: list[tuple[Job, int, Last]] = []
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Hand on what is due until cancelled. What is under way then has no end, like after a kill."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for job in self._jobs.values():
                job.running, job.waits = 0, False
                self._push(job)
            await self._take_up()
            while True:
                await self._look()
                pause = self._queue[0][0] - self._clock.time() if self._queue else math.inf
                await self._clock.sleep(min(max(pause, 0.0), self._look_every))

    async def _look(self) -> None:
        """Begin everything that is due."""
        now = self._clock.time()
        if now < self._seen - 1:
            log.warning("clock.stepped_back", seconds=round(self._seen - now))
            await self._adopt([*self._jobs.values()], now)
        self._seen = now
        due = []
        while self._queue and self._queue[0][0] <= now:
            _, stamp, job = heapq.heappop(self._queue)
            if stamp == job.stamp and self._jobs.get(job.spec.key) is job:
                due.append(job)
        for start in range(0, len(due), AT_ONCE):
            await self._begin(due[start : start + AT_ONCE])
        await self._tidy(now)

    async def _begin(self, due: Sequence[Job]) -> None:
        """Decide about `due`, which are in no queue, write that down, and hand on what is to run."""
        now = self._clock.time()
        verdicts: list[tuple[Job, Verdict, Last | None]] = []
        for job in due:
            verdict = decide(
                job.trigger, job.spec.policy, job.due, reached=job.reached, now=now, running=job.running
            )
            verdicts.append((job, verdict, _left_out(job, verdict, now)))
        steps = [
            Step(
                key=job.spec.key,
                edition=job.edition,
                reached=one.reached,
                run=one.run,
                last=None if last is None else last.as_json(),
            )
            for job, one, last in verdicts
        ]
        try:
            fresh = await self._store.write(partial(jobstore.begin, steps=steps, now=now))
        except TransientError as error:
            log.warning("schedule.delayed", reason=str(error), schedules=len(due))
            for job in due:
                self._push(job, not_before=now + RETRY)
            return
        for job, verdict, last in verdicts:
            if self._jobs.get(job.spec.key) is not job:
                continue
            job.reached, job.waits, job.last = verdict.reached, verdict.waits, last or job.last
            for scheduled in verdict.run:
                if (job.spec.key, scheduled) in fresh:
                    self._hand_on(job, job.firing(scheduled, now=now, since=verdict.missed_since))
            # What waits goes on when a run has ended.
            if not (job.waits and job.running):
                self._push(job)

    def _hand_on(self, job: Job, firing: Firing) -> None:
        assert self._tasks is not None  # noqa: S101  # only `run` leads here
        job.running += 1
        self._tasks.create_task(self._carry(job, job.edition, firing), name=f"schedule {firing.id}")

    async def _carry(self, job: Job, edition: int, firing: Firing) -> None:
        """Wait for the end of `firing` and write it down."""
        began = self._clock.time()
        result: Result = "done"
        detail = ""
        try:
            await self._fire(firing)
        except HearthError as error:
            result, detail = "failed", str(error)
        except Exception:
            # A fence: what breaks in one of them is told of that one, and no other waits for it.
            log.exception("schedule.crashed", id=firing.job, firing=firing.id)
            result, detail = "failed", "it broke; the journal has the details"
        job.running -= 1
        scheduled = int(firing.scheduled.timestamp())
        job.last = Last(scheduled=scheduled, at=began, late=firing.late, result=result, detail=detail)
        log.info("schedule.fired", id=firing.job, firing=firing.id, result=result, late=round(firing.late, 1))
        self._unwritten.append((job, edition, job.last))
        await self._write_ends()
        if job.waits and self._jobs.get(job.spec.key) is job:
            job.waits = False
            self._push(job)
            await self._look()

    async def _write_ends(self) -> None:
        """Write down every end that is not on disk; what cannot be written now is tried again later."""
        ends, self._unwritten = self._unwritten, []
        if not ends:
            return
        rows = [(job.spec.key, edition, last) for job, edition, last in ends]
        try:
            await self._store.write(partial(jobstore.end, ends=rows))
        except TransientError as error:
            log.warning("schedule.end_delayed", reason=str(error), ends=len(ends))
            self._unwritten += ends

    async def _take_up(self) -> None:
        """Deal with the firings that an earlier life had begun, as their policies say."""
        now = self._clock.time()
        again: list[tuple[Job, Begun]] = []
        ended: list[tuple[Begun, Last]] = []
        for one in await self._store.read(jobstore.open_firings):
            job = self._jobs.get(one.key)
            if job is None or job.edition != one.edition:
                continue
            why = _given_up(job, one, now)
            log.warning(
                "schedule.interrupted", id=job.spec.id, scheduled=one.scheduled, again=not why, why=why
            )
            if not why:
                again.append((job, one))
                continue
            late = max(one.began - job.due(one.scheduled), 0.0)
            job.last = Last(
                scheduled=one.scheduled, at=one.began, late=late, result="interrupted", detail=why
            )
            ended.append((one, job.last))
        if again or ended:
            await self._store.write(lambda db: jobstore.again(db, [one for _, one in again], ended))
        for job, one in again:
            self._hand_on(job, job.firing(one.scheduled, now=now, again=True))

    async def _tidy(self, now: float) -> None:
        """Write what could not be written; now and then forget what is over."""
        await self._write_ends()
        if abs(now - self._tidied) < TIDY:
            return
        self._tidied = now
        over = [key for key, job in self._jobs.items() if _is_over(job, now)]
        self._store.write_soon(partial(jobstore.tidy, over=over))
        for key in over:
            del self._jobs[key]


def _is_over(job: Job, now: float) -> bool:
    """Whether nobody will ask for it any more: it was said, and its last time is long past."""
    gone = job.spec.source == "said" and job.next is None and job.spec.timing.kind != "held"
    return gone and not job.running and job.reached < now - DAY


def _left_out(job: Job, verdict: Verdict, now: float) -> Last | None:
    """What is told of a time that is not run."""
    if verdict.skipped is None:
        return None
    late = max(now - job.due(verdict.skipped), 0.0)
    why = "still running" if verdict.why == "running" else ""
    log.warning(
        "schedule.skipped", id=job.spec.id, late=round(late, 1), why=verdict.why, run=len(verdict.run)
    )
    return Last(scheduled=verdict.skipped, at=now, late=late, result="skipped", detail=why)


def _given_up(job: Job, begun: Begun, now: float) -> str:
    """Why a firing is not handed on again; empty: it is."""
    policy = job.spec.policy
    if policy.missed == "skip":
        return "its end is not known"
    if begun.tries >= TRIES:
        return f"given up after {TRIES} tries"
    if now - job.due(begun.scheduled) > max(policy.max_late, GRACE):
        return "its end is not known, and it is too late by now"
    if policy.missed == "run-once":
        newer = decide(job.trigger, policy, job.due, reached=job.reached, now=now, running=0)
        if newer.run:
            return "its end is not known, and a newer one is run"
    return ""
