"""Carries out one allowed step and finds out whether it happened.

The device's own report decides: a step is `confirmed` by a report heard after the command went out that shows
what was wanted, and by nothing else. A device that reports no state ends at `sent`. What is no
device, such as a command with an exit code, is seen through by who provides it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from agent.actions.ledger import Entry
from agent.actions.planner import Doer, Own
from agent.core.actions import Expectation, Handed, Risk, Status, Step
from agent.errors import ActionError, TransientError
from agent.home.registry import Home
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
Handler = Callable[[Step], Awaitable[None]]
SEND_WITHIN = 10.0
"""Seconds a provider is given to get its command on its way."""
TRIES = 3
"""How often a set-to-value command is sent while its device stays silent."""


class Tell(Protocol):
    """Takes each change in the life of a step."""

    def __call__(
        self, entry: Entry, status: Status, reason: str | None = None, *, final: bool = True
    ) -> None:
        """Note that `entry` is in `status` now; `final`: it stays there."""
        ...


@dataclass(frozen=True, slots=True)
class Provider:
    """Who carries out a service for the entities it owns."""

    handler: Handler
    risk: Risk | None


@dataclass(frozen=True, slots=True)
class Whole:
    """Who plans a service and does it from its beginning to its end: no entity reports what came of it."""

    doer: Doer
    plan: Own


@dataclass(slots=True)
class _Watch:
    """What was heard of the entity since the command went out."""

    expects: Expectation
    heard: bool = False
    last: str | None = None
    met: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, value: str | None, attributes: Mapping[str, Any], replayed: bool) -> bool:  # noqa: FBT001
        if replayed or self.met.is_set():
            return False
        self.heard, self.last = True, value
        if self.expects.met(value, attributes):
            self.met.set()
            return True
        return False


class Executor:
    """The registry of providers and the only caller of their handlers."""

    def __init__(
        self, *, home: Home, clock: Clock, metrics: Metrics, interruptions: Callable[[], int]
    ) -> None:
        """Take `interruptions`: how often the way to the devices was cut so far."""
        self._home = home
        self._clock = clock
        self._metrics = metrics
        self._interruptions = interruptions
        self._providers: dict[tuple[str, str], Provider | Whole] = {}
        self._custom: Mapping[str, Risk | Own] | None = None
        self._newest: dict[str, str] = {}
        self._answers_always: set[str] = set()
        self._listener: Callable[[Step], None] = lambda _step: None

    def provide(self, service: str, owner: str, handler: Handler, risk: Risk | None) -> None:
        """Register `owner` as who carries out `service` for its entities."""
        self._providers[service, owner] = Provider(handler, risk)
        self._custom = None

    def provide_whole(self, service: str, owner: str, doer: Doer, plan: Own) -> None:
        """Register `owner` as who plans `service` and sees each of its steps through."""
        self._providers[service, owner] = Whole(doer, plan)
        self._custom = None

    def on_sent(self, listener: Callable[[Step], None]) -> None:
        """Show `listener` each step that is about to go out to its entity."""
        self._listener = listener

    def withdraw(self, owner: str) -> None:
        """Forget everything `owner` provides."""
        for key in [key for key in self._providers if key[1] == owner]:
            del self._providers[key]
        self._custom = None

    def custom(self) -> Mapping[str, Risk | Own]:
        """The services that others brought along, with their risk or who plans them."""
        if self._custom is None:
            self._custom = self._brought_along()
        return self._custom

    def _brought_along(self) -> dict[str, Risk | Own]:
        risks: dict[str, Risk | Own] = {}
        own: dict[str, Risk | Own] = {}
        for (name, _), one in self._providers.items():
            if isinstance(one, Whole):
                own[name] = one.plan
            elif one.risk is not None:
                risks[name] = one.risk
        return risks | own  # who plans a service also says how far it reaches: nobody else makes it milder

    async def carry_out(self, entry: Entry, tell: Tell) -> None:
        """Take `entry` from `accepted` to its end, telling each status on the way. Never raises.

        One of four places where any exception is caught: a broken provider fails its step, not the house.
        """
        step = entry.step
        if step is None:
            return
        try:
            await self._carry_out(entry, step, tell)
        except (ActionError, TransientError) as error:
            tell(entry, Status.FAILED, str(error))
        except TimeoutError:
            tell(entry, Status.FAILED, f"{step.owner} did not get the command out in {SEND_WITHIN:g} s")
        except Exception:
            log.exception("provider.failed", service=step.service, owner=step.owner, entity=step.entity)
            tell(entry, Status.FAILED, f"{step.owner} broke while doing it; the journal has the details")

    async def _carry_out(self, entry: Entry, step: Step, tell: Tell) -> None:
        provider = self._providers.get((step.service, step.owner))
        if provider is None:
            raise ActionError(f"nothing here can do {step.service} on {step.entity}")
        if self._clock.now() >= entry.expires:
            tell(entry, Status.EXPIRED, "its time was over before it could be sent")
            return
        if isinstance(provider, Whole):
            reason = await provider.doer(step, lambda: tell(entry, Status.SENT, final=False))
            tell(entry, Status.SENT if isinstance(reason, Handed) else Status.CONFIRMED, reason)
            return
        before = self._home.state(step.entity)
        if before.available is False:
            raise ActionError(f"{self._name(step)} is not available")
        self._newest[step.entity] = token = f"{entry.outcome.id} {entry.entered}"
        entity = self._home.get(step.entity)
        if step.expects is None or (entity is not None and entity.optimistic):
            await self._send(step, provider)
            tell(entry, Status.SENT)
            return
        watch = _Watch(step.expects)
        unwatch = self._home.watch(step.entity, watch)
        try:
            await self._send(step, provider)
            tell(entry, Status.SENT, final=False)
            await self._await_report(entry, step, provider, watch, token)
        finally:
            unwatch()
            if self._newest.get(step.entity) == token:
                del self._newest[step.entity]
        standing = not before.stale and step.expects.met(before.value, before.attributes)
        tell(entry, *self._found(step, watch, standing=standing))

    def _found(self, step: Step, watch: _Watch, *, standing: bool) -> tuple[Status, str | None]:
        """What the reports since the command amount to; `standing`: the state was as asked before it."""
        if watch.met.is_set():
            if standing:
                self._answers_always.add(step.entity)
            return Status.CONFIRMED, None
        if standing and not watch.heard and step.entity not in self._answers_always:
            # Some devices publish changes only. One that has answered such a command before has missed it.
            return Status.CONFIRMED, f"{self._name(step)} already was as asked"
        said = f"it reports {watch.last!r}" if watch.heard else "it did not answer"
        return Status.FAILED, f"{self._name(step)} did not do it within {watch.expects.within:g} s: {said}"

    async def _send(self, step: Step, provider: Provider) -> None:
        self._listener(step)
        async with asyncio.timeout(SEND_WITHIN):
            await provider.handler(step)

    async def _await_report(
        self, entry: Entry, step: Step, provider: Provider, watch: _Watch, token: str
    ) -> None:
        """Wait for the report; repeat a set-to-value command to a silent device.

        It is not repeated once something newer was asked of the entity (that would undo the newer one), nor
        if the connection was cut since: the device may well have done it, and its answer be lost.
        """
        cuts = self._interruptions()
        pause = watch.expects.within / TRIES
        for attempt in range(TRIES):
            try:
                async with asyncio.timeout(pause):
                    await watch.met.wait()
            except TimeoutError:
                pass
            else:
                return
            newest = self._newest.get(step.entity) == token and self._interruptions() == cuts
            again = step.idempotent and not watch.heard and newest
            if again and attempt + 1 < TRIES and self._clock.now() < entry.expires:
                self._metrics.count("action.retries")
                try:
                    await self._send(step, provider)
                except (TransientError, TimeoutError) as error:
                    log.info("action.retry_failed", entity=step.entity, reason=repr(error))

    def _name(self, step: Step) -> str:
        entity = self._home.get(step.entity)
        return entity.name if entity else step.entity
