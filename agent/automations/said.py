"""What was said for later, kept among the schedules: timers, alarms, reminders, commands.

It is on disk before it is promised. When its time has come it rings as an event, so that neither a broker
nor anybody else has to be there; a command is looked at again in the house as it is by then, and goes down
the one path with the trust that its speaker had.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

import structlog
from typing_extensions import override

from agent.automations.jobs import Firing, Job, Timing
from agent.automations.missed import Policy
from agent.automations.schedule_book import Book
from agent.core.actions import Action, Cause, Outcome, Status, Target, Trust
from agent.core.events import Rang, TimersChanged
from agent.dialogue.timekeeping import Kept, Kind, Timekeeper, When
from agent.dialogue.timing.commands import ending, wished
from agent.dialogue.timing.moments import in_
from agent.dialogue.timing.words import rings
from agent.dialogue.values import Units
from agent.errors import ActionError, HearthError
from agent.home.registry import Home
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.store import Keyed

log = structlog.get_logger(__name__)
NOTIFY = "notify.send"
SNOOZABLE = 3600.0
"""Seconds after which nobody means any more what rang."""
MOST_RUNG = 16
SHORTEST_LATE = 1.0
"""Seconds; what takes less is no delay that anybody told of would know what to do with."""
SPOKEN_LATE = 10.0
"""Seconds from which on a ring says that it is late."""
LATEST: Mapping[Kind, int] = {"timer": 6 * 3600, "alarm": 3600, "reminder": 86_400, "command": 3600}
"""Seconds after which one that was missed does not come any more: an alarm of yesterday wakes nobody."""
_RUNG = "rung"
_CRON_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WELL = (Status.CONFIRMED, Status.SENT)


class Said(Timekeeper):
    """Keeps what was said in the book of schedules; `fire` does it when its time has come."""

    def __init__(
        self,
        *,
        book: Callable[[], Book],
        home: Home,
        pipeline: Pipeline,
        bus: Bus,
        clock: Clock,
        zone: tzinfo,
        units: Callable[[], Units],
        services: Callable[[], Mapping[str, Any]],
        memory: Keyed,
    ) -> None:
        """Take `book`, which may come to be after this; `services`: what integrations brought along.

        `memory`: what rang stays in it, so that it can be put off after a restart, too; `load` reads it.
        """
        self._of = book
        self._home = home
        self._pipeline = pipeline
        self._bus = bus
        self._clock = clock
        self._zone = zone
        self._units = units
        self._services = services
        self._memory = memory
        self._rung: deque[tuple[Kept, float]] = deque(maxlen=MOST_RUNG)
        """What rang, and when by the wall clock."""

    async def load(self) -> None:
        """Remember what rang before."""
        try:
            rung = [
                (Kept.from_json(one, due=None), float(at)) for one, at in await self._memory.get(_RUNG, [])
            ]
        except (TypeError, KeyError, ValueError) as error:
            log.warning("said.rung_dropped", reason=repr(error))
        else:
            self._rung.extend(rung)

    # keeping ------------------------------------------------------------------------------------------------
    @override
    def kept(self) -> Sequence[Kept]:
        found = (one for job in self._of().said() if (one := _kept(job)) is not None)
        return sorted(found, key=lambda one: (one.due is None, one.due or _EPOCH, one.id))

    @override
    async def keep(self, one: Kept) -> Kept:
        timing = Timing(kind="held") if one.left is not None else timing_of(one.when)
        policy = Policy(missed="run-once", max_late=LATEST[one.kind])
        await self._of().at(one.id, timing, {"said": one.as_json()}, policy=policy)
        self.tell()
        return next((kept for kept in self.kept() if kept.id == one.id), one)

    @override
    async def forget(self, kept_id: str) -> bool:
        if not any(one.id == kept_id for one in self.kept()):
            return False
        gone = await self._of().cancel(kept_id)
        self.tell()
        return gone

    @override
    def rung(self) -> Sequence[Kept]:
        since = self._clock.time() - SNOOZABLE
        return [one for one, at in self._rung if at >= since]

    @override
    def next_of(self, when: When, after: datetime) -> datetime | None:
        moment = self._of().following(timing_of(when), after.timestamp())
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    # showing ------------------------------------------------------------------------------------------------
    def rows(self) -> list[dict[str, Any]]:
        """What is still to come, ready for JSON."""
        now = self._clock.now()
        return [_row(one, now) for one in self.kept()]

    def tell(self) -> None:
        """Publish what is still to come."""
        if self._bus.wants(TimersChanged):
            self._bus.publish(TimersChanged(at=self._clock.now(), timers=tuple(self.rows())))

    # doing --------------------------------------------------------------------------------------------------
    async def fire(self, firing: Firing) -> None:
        """The time of something has come.

        Raises:
            ActionError: it could not be done; the text says why.
        """
        try:
            one = Kept.from_json(firing.payload["said"], due=firing.scheduled)
        except (TypeError, KeyError, ValueError) as error:
            raise ActionError(f"it is not readable: {error!r}") from error
        try:
            if one.kind == "command":
                await self._carry_out(one, firing)
            else:
                await self._ring(one, firing)
        finally:
            self.tell()

    async def _ring(self, one: Kept, firing: Firing) -> None:
        late = round(firing.late, 1) if firing.late >= SHORTEST_LATE else 0.0
        text = rings(one, firing.scheduled.astimezone(self._zone), late=late if late > SPOKEN_LATE else 0.0)
        self._rung.append((one, self._clock.time()))
        self._memory.put(_RUNG, [(rung.as_json(), at) for rung, at in self._rung])
        log.info("said.rang", id=one.id, kind=one.kind, late=round(late, 1), again=firing.again)
        self._bus.publish(
            Rang(
                at=self._clock.now(),
                cause=one.trace,
                id=firing.id,
                kind=one.kind,
                name=one.name,
                text=text,
                language=one.language,
                due=firing.scheduled,
                late=late,
                area=one.area,
                session=one.session,
            )
        )
        if NOTIFY not in self._services():
            return
        data = {"message": text, "kind": one.kind}
        ended = await self._do(one, firing.id, NOTIFY, Target(), data)
        bad = [outcome for outcome in ended if outcome.status not in _WELL]
        if bad:
            log.warning("said.not_notified", id=one.id, reason=bad[0].reason)

    async def _carry_out(self, one: Kept, firing: Firing) -> None:
        """Do everything of a command; what can be done is, and what could not is told."""
        if one.after and not await self._is_to_end(one):
            return
        troubles: list[str] = []
        back: list[Mapping[str, Any]] = []
        for at, kept in enumerate(one.intents):
            try:
                _, wanted, entities = wished(kept, self._home, area=one.area, units=self._units())
                for number, wish in enumerate(wanted):
                    target = Target(entity=wish.entities)
                    ended = await self._do(one, f"{firing.id}.{at}.{number}", wish.service, target, wish.data)
                    troubles += [_trouble(outcome) for outcome in ended if outcome.status not in _WELL]
                if one.lasts and (after := ending(kept, entities)) is not None:
                    back.append(after)
            except ActionError as error:
                troubles.append(str(error))
        if back:
            await self._end_later(one, firing, back)
        if troubles:
            raise ActionError("; ".join(dict.fromkeys(troubles))[:500])

    async def _is_to_end(self, one: Kept) -> bool:
        """Whether it is time to end what waited for an approval; otherwise it is looked at again."""
        stands = await self._pipeline.standing(one.after)
        done = [outcome.at for outcome in stands if outcome.status in (*_WELL, Status.ACCEPTED)]
        now = self._clock.now()
        left = one.after_seconds
        if done:
            left -= (now - max(done)).total_seconds()
        elif not any(outcome.status is Status.PENDING for outcome in stands):
            return False
        if left <= 0:
            return True
        # Nobody can approve it so that it would end before it is looked at again.
        await self.keep(replace(one, when=in_(left, now)))
        return False

    async def _end_later(self, one: Kept, firing: Firing, back: Sequence[Mapping[str, Any]]) -> None:
        after = replace(
            one,
            id=f"{one.id}-end-{firing.scheduled:%Y%m%dT%H%M%S}",
            when=in_(one.lasts, self._clock.now()),
            intents=tuple(back),
            lasts=0.0,
        )
        try:
            await self.keep(after)
        except HearthError as error:
            raise ActionError(f"it was done, but it will not end by itself: {error}") from error

    async def _do(
        self, one: Kept, action_id: str, service: str, target: Target, data: Mapping[str, Any]
    ) -> tuple[Outcome, ...]:
        return await self._pipeline.do(
            Action(
                id=action_id,
                service=service,
                target=target,
                data=data,
                cause=Cause(kind="schedule", who=one.who or one.id, utterance=one.said or None),
                trust=Trust(one.trust),
                born=self._clock.now(),
                trace=one.trace,
                channel=one.channel,
            )
        )


_EPOCH = datetime.fromtimestamp(0, UTC)


def timing_of(when: When) -> Timing:
    """The same in the words of schedules."""
    if when.at:
        return Timing(kind="at", text=when.at)
    if when.seconds:
        return Timing(kind="every", text=str(when.seconds))
    if when.sun:
        return Timing(kind="sun", text=when.sun, offset=when.offset, days=_some(when.days))
    if when.apart:
        return Timing(kind="days", text=f"{when.since}T{when.clock}/{when.apart}")
    hour, _, minute = when.clock.partition(":")
    days = ",".join(_CRON_DAYS[one] for one in _some(when.days)) or "*"
    return Timing(kind="cron", text=f"{int(minute or 0)} {int(hour or 0)} {when.of_month or '*'} * {days}")


def _some(days: tuple[int, ...]) -> tuple[int, ...]:
    """Days of the week, none where it is all of them."""
    return days if len(days) < len(_CRON_DAYS) else ()


def _kept(job: Job) -> Kept | None:
    payload = job.spec.payload
    if not isinstance(payload, Mapping) or not isinstance(payload.get("said"), Mapping):
        return None
    due = None if job.next is None else datetime.fromtimestamp(job.next, UTC)
    try:
        return Kept.from_json(payload["said"], due=due)
    except (TypeError, KeyError, ValueError) as error:
        log.warning("said.left_out", id=job.spec.id, reason=repr(error))
        return None


def _row(one: Kept, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one.id, "kind": one.kind, "name": one.name, "text": one.text or one.said}
    if one.left is not None:
        row |= {"paused": True, "remaining": round(one.left)}
    elif one.due is not None:
        left = max((one.due - now).total_seconds(), 0.0)
        row |= {"due": one.due.isoformat(), "paused": False, "remaining": round(left)}
    return {**row, "repeats": one.when.repeats, "area": one.area, "session": one.session}


def _trouble(outcome: Outcome) -> str:
    if outcome.status is Status.PENDING:
        return f"{outcome.target} waits for an approval"
    return f"{outcome.target}: {outcome.reason or outcome.status.value}"
