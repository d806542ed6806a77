"""The House as the host hands it to one integration: it knows whose it is and gives back what it took."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import orjson
import structlog
from typing_extensions import override

from agent.actions.ledger import Ledger
from agent.core.actions import NOTHING, Action, Outcome, Trust
from agent.core.awaited import EntryFilter
from agent.core.events import Event
from agent.core.home import Area, Entity, Floor, State
from agent.core.intents import Reply, Utterance
from agent.errors import IntegrationError
from agent.home.registry import Home
from agent.integration.contract import House
from agent.mqtt.client import Mqtt
from agent.mqtt.message import Message
from agent.mqtt.signature import genuine
from agent.mqtt.topics import Topics
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.problems import Problems
from agent.runtime.service import Service, supervise
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
SCHEMA = 1
"""Version of the payloads on our own topics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a House is made of."""

    home: Home
    mqtt: Mqtt
    bus: Bus
    pipeline: Pipeline
    say: Callable[[Utterance], Awaitable[Reply]]
    ledger: Ledger
    store: Store
    topics: Topics
    clock: Clock
    metrics: Metrics
    problems: Problems
    key: bytes
    pin_matches: Callable[[str], bool]
    ask: Callable[[str, Mapping[str, Any], Trust], Awaitable[Any]]
    zone: tzinfo | None = None


class HostedHouse(House):
    """One integration's House: see agent.integration.contract.House for what each method promises."""

    def __init__(self, owner: str, parts: Parts) -> None:
        self.owner = owner
        self.topics = parts.topics
        self.clock = parts.clock
        self.zone = parts.zone
        self.metrics = parts.metrics
        self.state_dir = parts.store.path.parent
        self.store = parts.store.owned_by(owner)
        self._parts = parts
        self._tasks: asyncio.TaskGroup | None = None
        self._waiting: list[tuple[str, Sequence[Coroutine[Any, Any, Any]]]] = []
        self._over = False
        self._work: set[asyncio.Task[Any]] = set()
        self._ends: set[Callable[[], None]] = set()

    @property
    @override
    def connected(self) -> bool:
        return self._parts.mqtt.connected

    @override
    async def caught_up(self) -> None:
        await self._parts.mqtt.caught_up()

    @override
    def subscribe(
        self,
        topic_filter: str,
        handler: Callable[[Message], None],
        *,
        qos: int = 0,
        every: bool = False,
        manual_ack: bool = False,
    ) -> Callable[[], None]:
        end = self._parts.mqtt.subscribe(topic_filter, handler, qos=qos, every=every, manual_ack=manual_ack)
        self._ends.add(end)

        def ended() -> None:
            self._ends.discard(end)
            end()

        return ended

    @override
    def publish(
        self,
        topic: str,
        payload: str | bytes | Mapping[str, Any],
        *,
        qos: int = 1,
        retain: bool = False,
        ttl: float | None = None,
        correlation: bytes | None = None,
        on_ack: Callable[[], None] | None = None,
    ) -> None:
        packed = orjson.dumps(payload, default=list) if isinstance(payload, Mapping) else payload
        self._parts.mqtt.publish(
            topic, packed, qos=qos, retain=retain, ttl=ttl, correlation=correlation, on_ack=on_ack
        )

    @override
    def tell(
        self,
        topic: str,
        body: Mapping[str, Any],
        *,
        trace: str = "",
        retain: bool = False,
        ttl: float | None = None,
        correlation: bytes | None = None,
        on_ack: Callable[[], None] | None = None,
    ) -> None:
        if not trace:
            trace = secrets.token_hex(6)
            log.debug("message.published", topic=topic, trace=trace)
        envelope = {"v": SCHEMA, "ts": self.clock.now().isoformat(), "trace": trace, **body}
        self.publish(topic, envelope, retain=retain, ttl=ttl, correlation=correlation, on_ack=on_ack)

    @override
    def command(
        self, topic: str, payload: str | bytes, *, qos: int = 0, retain: bool = False, ttl: float
    ) -> None:
        self._parts.mqtt.command(topic, payload, qos=qos, retain=retain, ttl=ttl)

    @override
    def add_entity(self, entity: Entity, *, suggested_area: str | None = None) -> None:
        if entity.owner != self.owner:
            raise IntegrationError(f"{self.owner} announces {entity.id!r} in the name of {entity.owner!r}")
        self._parts.home.add(entity, suggested_area=suggested_area)

    @override
    def remove_entity(self, entity_id: str) -> None:
        self._check_owned(entity_id)
        self._parts.home.remove(entity_id)

    @override
    def report(
        self,
        entity_id: str,
        value: str | None,
        attributes: Mapping[str, Any] = NOTHING,
        *,
        replayed: bool = False,
        confirms: bool = True,
    ) -> None:
        self._check_owned(entity_id)
        self._parts.home.report(entity_id, value, attributes, replayed=replayed, confirms=confirms)

    @override
    def set_available(self, entity_id: str, available: bool | None) -> None:
        self._check_owned(entity_id)
        self._parts.home.set_available(entity_id, available)

    @override
    def entity(self, entity_id: str) -> Entity | None:
        return self._parts.home.get(entity_id)

    @override
    def entities(self) -> Iterable[Entity]:
        return self._parts.home.entities()

    @override
    def areas(self) -> Iterable[Area]:
        return self._parts.home.areas()

    @override
    def floors(self) -> Iterable[Floor]:
        return self._parts.home.floors()

    @override
    def state(self, entity_id: str) -> State:
        return self._parts.home.state(entity_id)

    @override
    def problem(self, key: str, text: str | None) -> None:
        self._parts.problems.note(self.owner, key, text)

    @override
    def emit(self, event: Event) -> None:
        self._parts.bus.publish(event)

    @override
    def awaited_entries(self) -> tuple[EntryFilter, ...]:
        return self._parts.bus.entries

    @override
    async def do(self, action: Action, *, stored: Callable[[], None] | None = None) -> tuple[Outcome, ...]:
        return await self._parts.pipeline.do(action, stored=stored)

    @override
    async def say(self, utterance: Utterance) -> Reply:
        return await self._parts.say(utterance)

    @override
    async def approve(self, approval: str, *, who: str, trust: Trust, channel: str, yes: bool) -> str | None:
        return await self._parts.pipeline.approve(approval, who=who, trust=trust, channel=channel, yes=yes)

    @override
    def told(self, outcome: Outcome) -> None:
        self._parts.ledger.told(outcome)

    @override
    def genuine(self, topic: str, payload: Mapping[str, Any]) -> bool:
        return genuine(payload, topic=topic, key=self._parts.key)

    @override
    def pin_matches(self, pin: str) -> bool:
        return self._parts.pin_matches(pin)

    @override
    def pending(self) -> tuple[dict[str, Any], ...]:
        return self._parts.pipeline.pending()

    @override
    def ask(self, what: str, arguments: Mapping[str, Any], *, trust: Trust = Trust.ROOM) -> Awaitable[Any]:
        return self._parts.ask(what, arguments, trust)

    @override
    def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        service = Service(name=f"{self.owner}.{name}", run=work)
        self._start(service.name, supervise(service, clock=self.clock, metrics=self.metrics))

    @override
    def once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._start(f"{self.owner}.{name}", self._to_its_end(name, work), work)

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Start what `init` asked to run; later work starts at once."""
        self._tasks = tasks
        waiting, self._waiting = self._waiting, []
        for name, work in waiting:
            self._start(name, *work)

    def end_work(self) -> None:
        """Cancel everything that `run` and `once` started; from now on they start nothing."""
        self._over = True
        for task in self._work:
            task.cancel()

    def close(self) -> None:
        """End every subscription, and work that never started."""
        self._over = True
        for end in self._ends:
            end()
        self._ends.clear()
        for _, work in self._waiting:
            _close(work)
        self._waiting.clear()

    def _start(self, name: str, *work: Coroutine[Any, Any, Any]) -> None:
        """Start the first of `work`, which awaits the next."""
        if self._over:
            _close(work)
        elif self._tasks is None:
            self._waiting.append((name, work))
        else:
            task = self._tasks.create_task(work[0], name=name)
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            # Cancelled before its first step, the first never awaited the next.
            task.add_done_callback(lambda _: _close(work[1:]))

    async def _to_its_end(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Work of an integration that may fail without taking the others with it. A named fence."""
        try:
            await work
        except Exception:
            self.metrics.count(f"integration.{self.owner}.work_failed")
            log.exception("integration.work_failed", integration=self.owner, work=name)

    def _check_owned(self, entity_id: str) -> None:
        entity = self._parts.home.get(entity_id)
        if entity is not None and entity.owner != self.owner:
            raise IntegrationError(f"{self.owner} speaks for {entity_id!r}, an entity of {entity.owner!r}")


def _close(work: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """End coroutines that were never begun, which Python would complain about."""
    for one in work:
        one.close()
