"""A plan, step by step on the one path: nothing here can do more than the policy lets the rule do.

A step that fails ends the run: what comes after it was meant for a house in which it had worked. A question
to a person is waited for. A long delay is on disk, so that the next life does what comes after it, too.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import structlog

from agent.automations.alarm_clock import first
from agent.automations.missed import Policy
from agent.automations.plan import SEND, Delay, Do, Notify, Plan, RunTask, Step
from agent.automations.schedule_book import Book
from agent.automations.tasks import RUN, target_of
from agent.core.actions import Action, Cause, Outcome, Status, Target, Trust
from agent.core.events import OutcomeChanged
from agent.errors import ActionError, HearthError, TransientError
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock

log = structlog.get_logger(__name__)
ON_DISK_FROM = 15.0
"""Seconds from which on a delay is kept on disk; a shorter one ends with the daemon."""
ANSWERED_WITHIN = 2 * 86_400.0
"""Seconds after which nobody waits for the end of a question any more; it has expired long before."""
STOPPED = "its rule: it was stopped before anybody had answered"
REST = Policy(missed="run-once")
PREFIX = "rest/"
_WELL = frozenset({Status.CONFIRMED, Status.SENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whose plan is carried out, and what set it off: `trigger` is how far that can be believed.

    The id names the run: its actions are `<id>.<step>`, so that what was begun is never done twice.
    """

    id: str
    kind: Literal["automation", "schedule"]
    who: str
    trigger: Trust
    trace: str

    @property
    def rest(self) -> str:
        """The name on disk of what is left to do after a delay."""
        return f"{PREFIX}{self.kind}/{self.who}/{self.id}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, in words."""

    well: bool
    words: str = ""


@dataclass(slots=True)
class _Ends:
    """What was heard of the ends of an action's steps."""

    known: dict[str, Outcome] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class Run:
    """A plan under way. `stop` ends it before its next step, at once if it only waits."""

    order: Order
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    ended: "asyncio.Future[Ended] | None" = None

    def stop(self) -> None:
        """It was set off anew, or its rule is gone."""
        self.stopped.set()


class Runs:
    """Carries out plans."""

    def __init__(self, *, pipeline: Pipeline, bus: Bus, clock: Clock, book: Book) -> None:
        """`book`: where delays are kept."""
        self._pipeline = pipeline
        self._bus = bus
        self._clock = clock
        self._book = book
        self._ends: dict[str, _Ends] = {}
        self._resting: dict[str, tuple[Run, asyncio.Future[None]]] = {}
        self._rests: dict[tuple[str, str], dict[str, Run | None]] = {}
        """Whose delays are on disk, and the run that waits; None: it was of an earlier life."""

    async def run(self) -> None:
        """Hear how questions end, until cancelled."""
        with self._bus.subscribe("automations.runs", OutcomeChanged) as events:
            async for event in events:
                ends = self._ends.get(event.outcome.id)
                if ends is not None and event.outcome.final:
                    ends.known[event.outcome.target] = event.outcome
                    ends.more.set()

    def recall(self) -> None:
        """Know what an earlier life left to do, once the book is read."""
        for job in self._book.said():
            if job.spec.id.startswith(PREFIX):
                kind, who = job.spec.id.removeprefix(PREFIX).split("/")[:2]
                self._rests.setdefault((kind, who), {})[job.spec.id] = None

    def resting(self, kind: str, who: str) -> list[str]:
        """The names of what is left to do after a delay, of this life or of an earlier one."""
        return [*self._rests.get((kind, who), ())]

    async def carry_out(self, run: Run, plan: Plan, *, after: int = -1) -> Ended:
        """Do the steps of `plan` behind the step `after`, to the end or to the first that fails."""
        run.ended = asyncio.get_running_loop().create_future()
        ended = None
        try:
            ended = await self._steps(run, plan, after)
        except HearthError as error:
            ended = Ended(well=False, words=str(error))
        finally:
            if ended is None:
                run.ended.cancel()
            else:
                run.ended.set_result(ended)
        return ended

    async def forget(self, name: str) -> None:
        """What was left to do after a delay is not done; if it is under way, it stops."""
        kind, who = name.removeprefix(PREFIX).split("/")[:2]
        run = self._rests.get((kind, who), {}).pop(name, None)
        if run is not None:
            run.stop()
        try:
            await self._book.cancel(name)
        except TransientError as error:
            log.warning("run.rest_not_cancelled", name=name, reason=str(error))

    async def resume(self, name: str) -> Ended | None:
        """The time of a delay has come: the run that waits for it goes on; None: it is of an earlier life."""
        found = self._resting.get(name)
        if found is None:
            return None
        run, due = found
        if not due.done():
            due.set_result(None)
        assert run.ended is not None  # noqa: S101  # it is resting, so it was begun
        await asyncio.wait([run.ended])
        return Ended(well=False, words="it was cut short") if run.ended.cancelled() else run.ended.result()

    async def take_up(self, order: Order, plan: Plan, *, after: int) -> Ended:
        """Do what an earlier life left to do of `plan` behind the step `after`."""
        run = Run(order)
        self._rest(order, run)
        try:
            return await self.carry_out(run, plan, after=after)
        finally:
            self._rested(order)

    def _rest(self, order: Order, run: Run | None) -> None:
        self._rests.setdefault((order.kind, order.who), {})[order.rest] = run

    def _rested(self, order: Order) -> None:
        known = self._rests.get((order.kind, order.who), {})
        known.pop(order.rest, None)
        if not known:
            self._rests.pop((order.kind, order.who), None)

    async def _steps(self, run: Run, plan: Plan, after: int) -> Ended:
        partly: list[str] = []
        for at, step in enumerate(plan):
            if at <= after:
                continue
            if run.stopped.is_set():
                return Ended(well=False, words="it was stopped before it was over")
            if isinstance(step, Delay):
                await self._wait(run, at, step.seconds, plan)
                continue
            outcomes = await self._settled(run, self._action(run.order, at, step))
            failed = [one for one in outcomes if one.status not in _WELL]
            if len(failed) == len(outcomes):
                return Ended(well=False, words=_why(step, failed))
            partly += [_why(step, failed)] if failed else []
        return Ended(well=not partly, words="; ".join(partly))

    def _action(self, order: Order, at: int, step: Step) -> Action:
        service, target, data, said = _asked_for(step)
        return Action(
            id=f"{order.id}.{at}",
            service=service,
            target=target,
            data=data,
            cause=Cause(kind=order.kind, who=order.who, utterance=said),
            trust=Trust.OPERATOR,
            born=self._clock.now(),
            trace=order.trace,
            channel=order.kind,
            rule=order.who,
            trigger=order.trigger,
        )

    def would(self, order: Order, plan: Plan) -> str:
        """What carrying out `plan` now would come to, in words; nothing is done."""
        found = []
        for at, step in enumerate(plan):
            if isinstance(step, Delay):
                found.append(step.as_text())
                continue
            held = [
                f"{one.target}: {one.reason}" for one in self._pipeline.would(self._action(order, at, step))
            ]
            found.append(f"{step.as_text()} ({'; '.join(held)})" if held else step.as_text())
        return "; then ".join(found)

    async def _settled(self, run: Run, action: Action) -> list[Outcome]:
        """How every step of `action` ended, once nothing of it waits for a person any more.

        What a run asks that is stopped is asked no more.
        """
        ends = self._ends[action.id] = _Ends()
        try:
            outcomes = await self._pipeline.do(action)
            asked = {one.target for one in outcomes if not one.final}
            async with asyncio.timeout(ANSWERED_WITHIN):
                while asked - ends.known.keys():
                    ends.more.clear()
                    await first(ends.more.wait(), run.stopped.wait())
                    if run.stopped.is_set() and asked - ends.known.keys():
                        await self._pipeline.approve(
                            action.id, who=STOPPED, trust=action.trust, channel=action.channel, yes=False
                        )
                        break
        except TimeoutError:
            log.warning("run.unanswered", id=action.id)
        finally:
            del self._ends[action.id]
        return [ends.known.get(one.target, one) if one.target in asked else one for one in outcomes]

    async def _wait(self, run: Run, at: int, seconds: float, plan: Plan) -> None:
        """Let time pass, or the run be stopped."""
        if seconds < ON_DISK_FROM:
            await first(self._clock.sleep(seconds), run.stopped.wait())
            return
        name = run.order.rest
        due = asyncio.get_running_loop().create_future()
        self._resting[name] = (run, due)
        self._rest(run.order, run)
        when = self._clock.now() + timedelta(seconds=seconds)
        payload = {"rest": {**_written(run.order), "after": _delays(plan, at)}}
        try:
            await self._book.at(name, when, payload, policy=REST)
            await first(due, run.stopped.wait())
            if run.stopped.is_set():
                await self._book.cancel(name)
        except asyncio.CancelledError:
            self._rest(run.order, None)
            raise
        except HearthError:
            self._rested(run.order)
            raise
        else:
            self._rested(run.order)
        finally:
            self._resting.pop(name, None)


def order_of(written: Mapping[str, Any]) -> Order:
    """The order that stands in what is left to do."""
    return Order(
        id=written["id"],
        kind=written["kind"],
        who=written["who"],
        trigger=Trust[written["trigger"].upper()],
        trace=written["trace"],
    )


def place_after(plan: Plan, delays: int) -> int:
    """Where the plan is when so many of its delays are over: it may have been compiled anew since.

    Raises:
        ActionError: it has not so many.
    """
    places = [at for at, step in enumerate(plan) if isinstance(step, Delay)]
    if not 0 < delays <= len(places):
        raise ActionError("it was changed while it waited; what was left of it is not done")
    return places[delays - 1]


def _delays(plan: Plan, at: int) -> int:
    return sum(isinstance(step, Delay) for step in plan.steps[: at + 1])


def _written(order: Order) -> dict[str, str]:
    return {
        "id": order.id,
        "kind": order.kind,
        "who": order.who,
        "trigger": order.trigger.word,
        "trace": order.trace,
    }


def _asked_for(step: Do | RunTask | Notify | Delay) -> tuple[str, Target, Mapping[str, Any], str | None]:
    match step:
        case Do(service=service, target=target, data=data, said=said):
            return service, target, data, said
        case RunTask(task=task, parameters=parameters):
            return RUN, Target(entity=(target_of(task),)), parameters, None
        case Notify(text=text, to=to):
            more = {"title": step.title, "kind": step.kind, "severity": step.severity, "key": step.key}
            data = {"message": text, "to": list(to), **more}
            return SEND, Target(), {key: one for key, one in data.items() if one}, None
    raise ActionError(f"{step.as_text()} is nothing that can be done")


def _why(step: Step, failed: Sequence[Outcome]) -> str:
    reasons = dict.fromkeys(
        f"{f'{one.target}: ' if one.target else ''}{one.reason or one.status.value}" for one in failed
    )
    return f"{step.as_text()} did not succeed: {'; '.join([*reasons][:5])}"
