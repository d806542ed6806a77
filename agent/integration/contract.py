"""What an integration is: a class with three hooks, and the house it is handed.

The House is a declaration that the host checks and logs, not a sandbox: integrations run in our process.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from agent.actions.planner import Doer, Own
from agent.core.actions import NOTHING, Action, Outcome, Risk, Step, Trust
from agent.core.awaited import EntryFilter
from agent.core.events import Event
from agent.core.home import Area, Entity, Floor, State
from agent.core.intents import Reply, Utterance
from agent.core.telling import Teller
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.store import Keyed
from agent.section import Section

C = TypeVar("C", bound=Section)
F = TypeVar("F", bound=Callable[..., Awaitable[None]])
Handler = Callable[[Step], Awaitable[None]]


class House(Protocol):
    """Everything an integration may touch. Nothing else is reachable."""

    owner: str
    """The domain of the integration this House was made for."""
    topics: Topics
    """Our own topic scheme, `hearthd/<node>/...`."""
    clock: Clock
    zone: tzinfo | None
    """The time zone of the house; None is the machine's."""
    metrics: Metrics
    store: Keyed
    state_dir: Path
    """Where the daemon's state lies, for whoever measures the disk."""

    # the bus outside ------------------------------------------------------------------------------------
    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        ...

    async def caught_up(self) -> None:
        """Wait until what the broker had for us when it connected, retained or stored, was handed over."""
        ...

    def subscribe(
        self,
        topic_filter: str,
        handler: Callable[[Message], None],
        *,
        qos: int = 0,
        every: bool = False,
        manual_ack: bool = False,
    ) -> Callable[[], None]:
        """Call `handler` with what is published on `topic_filter`, now and after every reconnect.

        Under load only the newest message of a topic is handed over, unless `every` message counts (commands,
        events); those are kept in order in a bounded queue. With `manual_ack` the handler (or what it starts)
        calls `message.ack()` once the message cannot be lost any more. A handler that raises is logged and
        counted. Subscribing twice to one filter is one subscription at the broker. Returns what ends it.
        """
        ...

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
        """Send a message; while the broker is away it waits (retained: the newest of its topic).

        `ttl` in seconds bounds how long it may wait, here and (MQTT 5) at the broker. `on_ack` is called when
        the broker has it.
        """
        ...

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
        """Publish on a topic of ours, QoS 1, in the envelope of all our messages: `v`, `ts`, `trace`.

        `trace` is that of what led to it; empty: nothing did, and it is given one of its own.
        """
        ...

    def command(
        self, topic: str, payload: str | bytes, *, qos: int = 0, retain: bool = False, ttl: float
    ) -> None:
        """Send a message to a device now or not at all: it never waits and is never sent again by itself.

        Raises:
            TransientError: the broker is away.
        """
        ...

    # the home -------------------------------------------------------------------------------------------
    def add_entity(self, entity: Entity, *, suggested_area: str | None = None) -> None:
        """Make an entity of ours known, or replace its description; actions on it come to us.

        `suggested_area` is the *name* of an area; an unknown one is created. The `home:` section overrides.

        Raises:
            IntegrationError: its id is taken by another integration, or is not `domain.object_id`.
        """
        ...

    def remove_entity(self, entity_id: str) -> None:
        """Forget an entity of ours; an unknown id is ignored.

        Raises:
            IntegrationError: it is another integration's; so with `report` and `set_available`.
        """
        ...

    def report(
        self,
        entity_id: str,
        value: str | None,
        attributes: Mapping[str, Any] = NOTHING,
        *,
        replayed: bool = False,
        confirms: bool = True,
    ) -> None:
        """Set what an entity of ours last said: state and *all* attributes.

        `replayed`: it is a retained report, so nothing has happened just now. `confirms=False`: the report is
        our own assumption (an optimistic device) and proves nothing.
        """
        ...

    def set_available(self, entity_id: str, available: bool | None) -> None:  # noqa: FBT001
        """Set whether an entity of ours can be reached (None: unknown)."""
        ...

    def entity(self, entity_id: str) -> Entity | None:
        """The entity of that id, whoever owns it."""
        ...

    def entities(self) -> Iterable[Entity]:
        """Every entity of the house."""
        ...

    def areas(self) -> Iterable[Area]:
        """Every area of the house."""
        ...

    def floors(self) -> Iterable[Floor]:
        """Every floor of the house."""
        ...

    def state(self, entity_id: str) -> State:
        """What the entity last said; an empty State for an unknown one."""
        ...

    def problem(self, key: str, text: str | None) -> None:
        """Show `text` under `key` in `hearthd devices --problems`, or clear it with None."""
        ...

    # the path -------------------------------------------------------------------------------------------
    def emit(self, event: Event) -> None:
        """Tell the house something happened."""
        ...

    def awaited_entries(self) -> tuple[EntryFilter, ...]:
        """Which entries of the journal the rules wait for; another tuple as soon as they are other rules."""
        ...

    async def do(self, action: Action, *, stored: Callable[[], None] | None = None) -> tuple[Outcome, ...]:
        """Take `action` down the one path; returns every step's outcome when all are settled.

        Outcomes on the way are `OutcomeChanged` events. `stored` is called as soon as the action cannot be
        lost any more. Never raises for anything the asker did.
        """
        ...

    async def say(self, utterance: Utterance) -> Reply:
        """Answer what a person said, acting if it asks for that. Never raises for anything that is said."""
        ...

    async def approve(self, approval: str, *, who: str, trust: Trust, channel: str, yes: bool) -> str | None:
        """Answer a waiting question; the reason (to be spoken) why that was not possible, None if it was."""
        ...

    def told(self, outcome: Outcome) -> None:
        """Note that the bus has heard of `outcome`, so that a restart need not tell it again."""
        ...

    def genuine(self, topic: str, payload: Mapping[str, Any]) -> bool:
        """Whether `payload`, received on `topic`, is signed by the local user of the command line."""
        ...

    def pin_matches(self, pin: str) -> bool:
        """Whether `pin` is the configured one; False while none is."""
        ...

    def pending(self) -> tuple[dict[str, Any], ...]:
        """The actions that wait for approval."""
        ...

    def ask(self, what: str, arguments: Mapping[str, Any], *, trust: Trust = Trust.ROOM) -> Awaitable[Any]:
        """The daemon's answer to a look at it (`devices`, `why`, `health`, `hearable` ...), JSON-ready.

        `trust` is that of whoever asks; the few questions that change something need an authenticated person.
        """
        ...

    # work -----------------------------------------------------------------------------------------------
    def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` in the background until shutdown, restarted with back-off when it raises."""
        ...

    def once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background to its end; what it raises is logged."""
        ...


class Integration(Generic[C]):
    """Base of integrations. Override the hooks you need; `__init__` only stores."""

    Config: ClassVar[type[Section]] = Section
    """The model of this integration's section in config.yaml."""
    listens: ClassVar[tuple[type[Event], ...]] = ()
    """The events that `process` wants."""

    def __init__(self, config: C, house: House) -> None:
        self.config = config
        self.house = house

    async def init(self) -> None:
        """Start. Called once, before any event or action."""

    async def process(self, event: Event) -> None:
        """Handle one event of the types in `listens`."""

    async def shutdown(self) -> None:
        """Stop. Called once, also after a failed `init`; a few seconds at most."""

    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        """What `hearthd` may be asked about this integration, by name; each gives something JSON-ready."""
        return {}

    def tells(self) -> Mapping[str, Teller]:
        """The intents of people that we know something about, by name, such as `OpsUptime`.

        The first of the integrations that does not give None has answered. A few seconds at most.
        """
        return {}

    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        """Services of ours that are for no entity, as `<our domain>.<what>`: who plans, and who does.

        A manifest may name another first word, or several, under `services`.

        The planner takes the Action and gives a Plan, whose steps are ours and say how far they reach; it
        raises ActionError where nothing can be done. The doer sees one step through: it calls back once that
        is under way, and returns what came of it, in words, within a time that it bounds itself.
        """
        return {}


def provides(*services: str, risk: Risk | None = None) -> Callable[[F], F]:
    """Mark a method as what carries out `services` for the entities of its integration.

    A service that is not one of ours (`agent.actions.services`) needs a `risk`. The method returns when the
    command is on its way; it raises ActionError with a speakable reason when it cannot be, TransientError
    when a later try might.
    """

    def mark(method: F) -> F:
        method.__provides__ = (services, risk)  # type: ignore[attr-defined]
        return method

    return mark


def provided_by(integration: Integration[Any]) -> Iterable[tuple[str, Handler, Risk | None]]:
    """Every (service, handler, risk) that `integration` declares."""
    for _, method in inspect.getmembers(integration, inspect.ismethod):
        services, risk = getattr(method, "__provides__", ((), None))
        for service in services:
            yield service, method, risk
