"""The one path through the house, in the order things happen. Read this file first.

    Action --plan--> Steps --policy--> verdicts --ledger, audit--> accepted --executor--> outcome

Automations, people and other software enter here alike, so that the policy cannot be walked around. Each
change in the life of a step is an OutcomeChanged event.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from agent.actions.approvals import Approvals
from agent.actions.executor import Executor
from agent.actions.ledger import Entry, Ledger, Unsettled
from agent.actions.obstacles import Obstacle, obstacles
from agent.actions.planner import plan
from agent.actions.policy import Policy, Ruling
from agent.actions.recovery import seen_again
from agent.actions.ruled import (
    Fact,
    Ruled,
    accepted,
    asked_for,
    entries_of,
    facts_of,
    goes_on,
    question_of,
    waiting,
    waits_no_more,
)
from agent.core.actions import Action, Outcome, Status, Step, Trust, Verdict
from agent.core.events import ActionReceived, Decided, OutcomeChanged, PendingChanged, utc
from agent.errors import ActionError, TransientError
from agent.home.registry import Home
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.watchdog import Beat, idle

log = structlog.get_logger(__name__)
MOST_IN_FLIGHT = 2_000
"""Steps being carried out at a time; more are refused."""


class Pipeline:
    """Takes actions all the way to their outcomes."""

    def __init__(
        self,
        *,
        home: Home,
        policy: Policy,
        ledger: Ledger,
        executor: Executor,
        approvals: Approvals,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._home = home
        self._policy = policy
        self._ledger = ledger
        self._executor = executor
        self._approvals = approvals
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._in_flight = 0
        metrics.gauge("action.in_flight", lambda: self._in_flight)
        metrics.gauge("action.pending", lambda: len(approvals))

    async def do(self, action: Action, *, stored: Callable[[], None] | None = None) -> tuple[Outcome, ...]:
        """Take `action` to its end and return how each step ended (or where it waits).

        A known id is answered with where the first action of that id stands, and nothing is done. `stored` is
        called once the action is on disk. Never raises for anything the asker did.
        """
        received = self._clock.monotonic()
        if self._bus.wants(ActionReceived):
            self._bus.publish(ActionReceived(at=self._clock.now(), cause=action.trace, action=action))
        lines = self._rule(action)
        entries = entries_of(action, lines, now=self._clock.now())
        self._started(entries)
        try:
            known = await self._ledger.enter(entries, facts_of(action, lines))
        except TransientError as error:
            self._withdrawn(entries)
            return self._not_recorded(entries, str(error))
        finally:
            self._metrics.observe("action.stored_ms", (self._clock.monotonic() - received) * 1000)
            if stored is not None:
                stored()
        if known:
            self._withdrawn(entries)
            log.info("action.repeated", id=action.id, trace=action.trace)
            for outcome in known:
                self._bus.publish(OutcomeChanged(at=self._clock.now(), cause=action.trace, outcome=outcome))
            return known
        self._ask(entries)
        for entry in entries:
            self._publish(entry.outcome)
        return await self._carry_out(entries, since=received)

    def would(self, action: Action) -> tuple[Obstacle, ...]:
        """What `action` would run into now, were it asked for; nothing is done, recorded or counted."""
        return obstacles(action, home=self._home, policy=self._policy, known=self._executor.custom())

    async def approve(
        self, question_id: str, *, who: str, trust: Trust, channel: str, yes: bool
    ) -> str | None:
        """Answer an open question; why that was not possible, None if it was.

        What was asked is then carried out in the background of this call's caller: `settled` awaits it.

        Raises:
            TransientError: the answer cannot be recorded; the question goes on waiting.
        """
        obstacle = self._approvals.obstacle(
            question_id, trust=trust, channel=channel, pin_set=self._policy.config.pin is not None
        )
        question = self._approvals.take(question_id) if obstacle is None else None
        if question is None:
            return waits_no_more(await self.standing(question_id)) or obstacle
        self._tell_pending()
        now = self._clock.now()
        expires = now + timedelta(seconds=self._policy.config.ttl)
        entries = []
        for entry in question.entries:
            status, reason = (
                (Status.ACCEPTED, f"approved by {who}") if yes else (Status.REFUSED, f"denied by {who}")
            )
            held = self._policy.held_back(entry.step) if yes and entry.step else None
            if held is not None:
                status, reason = Status.REFUSED, held
            outcome = replace(entry.outcome, status=status, reason=reason, at=now, final=not goes_on(status))
            entries.append(replace(entry, outcome=outcome, expires=expires))
        self._started(entries)
        facts: list[Fact] = [
            ("approved" if yes else "denied", {"id": question_id, "who": who, "trust": trust.word})
        ]
        try:
            waited = await self._ledger.decide([one.outcome for one in entries], facts, expires=expires)
        except TransientError:
            self._withdrawn(entries)
            self._approvals.ask(question)
            self._tell_pending()
            raise
        if not waited:
            self._withdrawn(entries)
            return waits_no_more(await self.standing(question_id)) or f"{question_id[:80]!r} was answered"
        for entry in entries:
            self._publish(entry.outcome)
        await self._carry_out(entries, since=self._clock.monotonic())
        return None

    async def standing(self, action_id: str) -> tuple[Outcome, ...]:
        """Where every step of an action stands now."""
        entries = await self._ledger.latest(action_id, limit=MOST_IN_FLIGHT)
        return tuple(entry.outcome for entry in entries)

    def pending(self) -> tuple[dict[str, Any], ...]:
        """The actions that wait for approval, as in `.../pending`."""
        return self._approvals.as_json(
            pin_set=self._policy.config.pin is not None,
            name_of=lambda target: entity.name if (entity := self._home.get(target)) else target,
        )

    async def run(self, beat: Beat = idle) -> None:
        """Let questions expire, until cancelled."""
        while True:
            beat()
            await self._clock.sleep(0.5)
            over = self._approvals.expired()
            for entry in (entry for question in over for entry in question.entries):
                self._settle(
                    entry, Status.EXPIRED, "nobody approved it in time; ask for it again", final=True
                )
            if over:
                self._tell_pending()

    async def recover(self, left: Unsettled) -> None:
        """Bring what an earlier life left open to its end; nothing of it is carried out again."""
        unsettled, untold = left
        for outcome in untold:
            self._bus.publish(OutcomeChanged(at=self._clock.now(), cause=outcome.trace, outcome=outcome))
        asking = waiting(unsettled)
        for question_id in dict.fromkeys(entry.outcome.id for entry in asking):
            self._wait_again([entry for entry in asking if entry.outcome.id == question_id])
        self._tell_pending()
        open_entries = [entry for entry in unsettled if entry.outcome.status is not Status.PENDING]
        if open_entries:
            log.info("action.left_open", count=len(open_entries))
            await asyncio.gather(*(self._recover(entry) for entry in open_entries))

    # before the act -------------------------------------------------------------------------------------
    def _rule(self, action: Action) -> list[Ruled]:
        """Plan `action` and rule on each step."""
        expires = utc(self._policy.expiry(action.born, action.ttl))
        now = self._clock.now()
        if now >= expires:
            late = (now - expires).total_seconds()
            return [Ruled(asked_for(action), None, Status.EXPIRED, f"it came {late:.1f} s too late", expires)]
        try:
            planned = plan(action, self._home, known=self._executor.custom())
        except ActionError as error:
            return [Ruled(asked_for(action), None, Status.REFUSED, str(error), expires)]
        lines = [Ruled(target, None, Status.REFUSED, reason, expires) for target, reason in planned.refusals]
        room = MOST_IN_FLIGHT - self._in_flight
        if len(planned.steps) > room:
            busy = f"{self._in_flight} steps are under way already; try again in a moment"
            return lines + [Ruled(one.entity, one, Status.REFUSED, busy, expires) for one in planned.steps]
        for step in planned.steps:
            ruling = self._policy.decide(step)
            self._tell_decided(step, ruling)
            status = {
                Verdict.ALLOW: Status.ACCEPTED,
                Verdict.ASK: Status.PENDING,
                Verdict.REFUSE: Status.REFUSED,
            }[ruling.verdict]
            reason = None if status is Status.ACCEPTED else ruling.reason
            lines.append(Ruled(step.entity, step, status, reason, expires))
        self._bound_questions(action, lines)
        return lines

    def _bound_questions(self, action: Action, lines: list[Ruled]) -> None:
        """No flood: one question for the same steps, and so many at a time."""
        asking = [line for line in lines if line.status is Status.PENDING]
        if not asking:
            return
        twin = self._approvals.same_as(entries_of(action, asking, now=self._clock.now()))
        if twin is not None:
            refusal = f"the same waits for approval already, as {twin!r}"
        elif len(self._approvals) >= self._policy.config.most_pending:
            refusal = f"too many questions wait already ({len(self._approvals)}); answer one first"
        else:
            soonest = self._clock.now() + timedelta(seconds=self._policy.config.approval_ttl)
            for line in asking:
                line.expires = soonest if action.ttl is None else min(soonest, line.expires)
            return
        for line in asking:
            line.status, line.reason = Status.REFUSED, refusal

    def _ask(self, entries: Sequence[Entry]) -> None:
        asking = waiting(entries)
        if not asking:
            return
        risk = max(self._policy.risk(entry.step) for entry in asking if entry.step)
        self._approvals.ask(question_of(asking, risk=risk))
        self._tell_pending()

    def _not_recorded(self, entries: Sequence[Entry], reason: str) -> tuple[Outcome, ...]:
        log.error("action.not_recorded", reason=reason)
        ends = [
            replace(
                entry.outcome, status=Status.REFUSED, final=True, reason=f"it cannot be recorded: {reason}"
            )
            for entry in entries
        ]
        for outcome in ends:
            self._publish(outcome)
        return tuple(ends)

    def _started(self, entries: Sequence[Entry]) -> None:
        """Let what is decided while these are written see them already."""
        self._policy.started(*accepted(entries))
        self._approvals.reserve(waiting(entries))

    def _withdrawn(self, entries: Sequence[Entry]) -> None:
        self._policy.withdrawn(*accepted(entries))
        self._approvals.release(waiting(entries))

    # the act --------------------------------------------------------------------------------------------
    async def _carry_out(self, entries: Sequence[Entry], *, since: float) -> tuple[Outcome, ...]:
        """Carry out every accepted step at once; returns how all of them ended."""
        ends = {entry.outcome.target: entry.outcome for entry in entries}

        def tell(entry: Entry, status: Status, reason: str | None = None, *, final: bool = True) -> None:
            if status is Status.SENT:
                self._metrics.observe("action.sent_ms", (self._clock.monotonic() - since) * 1000)
            ends[entry.outcome.target] = self._settle(entry, status, reason, final=final)
            if final and entry.step is not None:
                if status is not Status.EXPIRED:  # that was never sent, and shows nothing
                    self._policy.ended(entry.step, well=status is not Status.FAILED)
                self._metrics.count(f"action.{status.value}")

        going = [entry for entry in entries if entry.outcome.status is Status.ACCEPTED and entry.step]
        self._in_flight += len(going)
        try:
            await asyncio.gather(*(self._executor.carry_out(entry, tell) for entry in going))
        finally:
            self._in_flight -= len(going)
        if going:
            self._metrics.observe("action.ended_ms", (self._clock.monotonic() - since) * 1000)
        return tuple(ends.values())

    # telling --------------------------------------------------------------------------------------------
    def _settle(self, entry: Entry, status: Status, reason: str | None, *, final: bool) -> Outcome:
        outcome = replace(entry.outcome, status=status, reason=reason, final=final, at=self._clock.now())
        self._ledger.settle(outcome)
        self._publish(outcome)
        return outcome

    def _publish(self, outcome: Outcome) -> None:
        # On the way it says nothing that its end would not; the ledger has every step.
        (log.debug if not outcome.final and outcome.status is not Status.PENDING else log.info)(
            "action.changed",
            id=outcome.id,
            action=outcome.action,
            target=outcome.target,
            status=outcome.status.value,
            reason=outcome.reason,
            trace=outcome.trace,
        )
        self._bus.publish(OutcomeChanged(at=outcome.at, cause=outcome.trace, outcome=outcome))

    def _tell_pending(self) -> None:
        self._bus.publish(PendingChanged(at=self._clock.now(), pending=self.pending()))

    def _tell_decided(self, step: Step, ruling: Ruling) -> None:
        if self._bus.wants(Decided):
            self._bus.publish(
                Decided(
                    at=self._clock.now(),
                    cause=step.action.trace,
                    action=step.action,
                    target=step.entity,
                    verdict=ruling.verdict,
                    reason=ruling.reason,
                )
            )

    # after a restart ------------------------------------------------------------------------------------
    def _wait_again(self, entries: Sequence[Entry]) -> None:
        """Let a question of an earlier life wait on, as long as it still may."""
        risk = max((self._policy.risk(entry.step) for entry in entries if entry.step), default=None)
        if risk is None:
            return
        self._approvals.ask(question_of(entries, risk=risk))

    async def _recover(self, entry: Entry) -> None:
        """Settle a step that was in flight: confirmed if the device shows it, expired if not."""
        if await seen_again(entry, home=self._home, clock=self._clock):
            self._settle(entry, Status.CONFIRMED, "seen after a restart", final=True)
            return
        self._settle(entry, Status.EXPIRED, "hearthd was restarted before it was confirmed", final=True)
