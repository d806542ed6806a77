"""The time of a schedule has come: whose it is, and what is done.

Firing --payload--> a schedule's steps | a rule's trigger | what is left after a delay | something said
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import structlog

from agent.automations.compiling import Compiled, Refused
from agent.automations.engine import Automations
from agent.automations.jobs import Firing
from agent.automations.plan import Plan
from agent.automations.plans import Plans
from agent.automations.runs import Ended, Order, Run, Runs, order_of, place_after
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.when_section import AutomationSection
from agent.core.actions import Trust
from agent.errors import ActionError

log = structlog.get_logger(__name__)


class Clockwork:
    """Carries out what the schedules hand on. `fire` is for `Schedules`."""

    def __init__(
        self, *, runs: Runs, automations: Automations, said: Callable[[Firing], Awaitable[None]]
    ) -> None:
        """`said` takes what somebody said is to be done, or to ring."""
        self._runs = runs
        self._automations = automations
        self._said = said
        self._plans: Plans | None = None
        self._do: dict[str, Sequence[Any]] = {}

    def configure(
        self,
        automations: Sequence[AutomationSection],
        schedules: Sequence[ScheduleConfig],
        plans: Plans,
    ) -> None:
        """Take other rules and schedules."""
        self._plans = plans
        self._do = {f"automation {one.id}": one.do for one in automations}
        self._do |= {f"schedule {one.id}": one.do for one in schedules}

    async def fire(self, firing: Firing) -> None:
        """Do what `firing` is for.

        Raises:
            ActionError: it did not succeed, and why.
        """
        payload = firing.payload
        if isinstance(payload, list):
            await self._schedule(firing)
        elif "rule" in payload:
            self._automations.time_came(payload["rule"], payload["when"])
        elif "rest" in payload:
            await self._rest(firing.job, payload["rest"])
        elif "said" in payload:
            await self._said(firing)
        else:
            raise ActionError("nobody knows what it was for")

    async def _schedule(self, firing: Firing) -> None:
        trace = sha256(firing.id.encode()).hexdigest()[:12]
        order = Order(id=firing.id, kind="schedule", who=firing.job, trigger=Trust.OPERATOR, trace=trace)
        plan = await self._plan(f"schedule {firing.job}")
        _check(await self._runs.carry_out(Run(order), plan))

    async def _rest(self, name: str, written: Mapping[str, Any]) -> None:
        ended = await self._runs.resume(name)
        if ended is None:
            order = order_of(written)
            plan = await self._plan(f"{order.kind} {order.who}")
            after = place_after(plan, written["after"])
            ended = await self._runs.take_up(order, plan, after=after)
        _check(ended)

    async def _plan(self, name: str) -> Plan:
        do = self._do.get(name)
        if do is None or self._plans is None:
            raise ActionError(f"there is no {name} any more")
        found = await self._plans.of(name, do)
        if isinstance(found, Compiled):
            return found.plan
        raise ActionError(
            "; ".join(one.text for one in found.wrong) if isinstance(found, Refused) else found.why
        )


def _check(ended: Ended) -> None:
    if not ended.well:
        raise ActionError(ended.words)
