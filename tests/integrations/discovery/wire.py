"""A house with its real registry and a wire instead of a broker: what is published is heard at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.api import Action, Cause, House, Message, Step, Target, TransientError, Trust
from agent.core.actions import NOTHING, Risk
from agent.core.home import Entity, State
from agent.home.registry import Home, HomeConfig
from agent.mqtt.topics import Topics
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.problems import Problems
from integrations.discovery import Discovery, Settings
from tests.integrations.discovery.announce import NOON, message


class StillClock(Clock):
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = NOON.timestamp()

    def time(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.seconds += seconds
        await asyncio.sleep(0)


class Kept:
    """Keys and values."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    async def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def put(self, key: str, value: Any) -> None:
        self.values[key] = value


class Wire(House):
    """What discovery touches of a house."""

    def __init__(self, kept: Kept | None = None) -> None:
        self.owner = "discovery"
        self.topics = Topics("node")
        self.clock = StillClock()
        self.metrics = Metrics()
        self.store: Any = kept or Kept()
        self.home = Home(config=HomeConfig(), bus=Bus(), clock=self.clock)
        self.problems = Problems(clock=self.clock)
        self.up = True
        self.subscribed: list[str] = []
        self.sent: list[tuple[str, str, int, bool]] = []
        self.reports: list[tuple[str, str | None, bool, bool]] = []
        self.work: dict[str, Callable[[], Awaitable[None]]] = {}
        self._handlers: dict[str, list[Callable[[Message], None]]] = {}

    def subscribe(
        self, topic_filter: str, handler: Callable[[Message], None], **_: Any
    ) -> Callable[[], None]:
        self.subscribed.append(topic_filter)
        self._handlers.setdefault(topic_filter, []).append(handler)

        def end() -> None:
            self.subscribed.remove(topic_filter)
            self._handlers[topic_filter].remove(handler)

        return end

    def put(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        """Deliver a message from a device."""
        heard = message(topic, payload, retain=retain)
        for topic_filter, handlers in list(self._handlers.items()):
            levels, wanted = topic.split("/"), topic_filter.split("/")
            if len(levels) == len(wanted) and all(
                one in ("+", other) for one, other in zip(wanted, levels, strict=True)
            ):
                for handler in list(handlers):
                    handler(heard)

    def announce(self, where: str, config: Any) -> None:
        """Deliver a retained discovery message."""
        self.put(f"homeassistant/{where}/config", config, retain=True)

    def command(self, topic: str, payload: Any, *, qos: int = 0, retain: bool = False, ttl: float) -> None:
        assert ttl > 0
        if not self.up:
            raise TransientError("the broker is away")
        self.sent.append((topic, payload, qos, retain))

    def add_entity(self, entity: Entity, *, suggested_area: str | None = None) -> None:
        self.home.add(entity, suggested_area=suggested_area)

    def remove_entity(self, entity_id: str) -> None:
        self.home.remove(entity_id)

    def report(
        self,
        entity_id: str,
        value: str | None,
        attributes: Mapping[str, Any] = NOTHING,
        *,
        replayed: bool = False,
        confirms: bool = True,
    ) -> None:
        self.reports.append((entity_id, value, replayed, confirms))
        self.home.report(entity_id, value, attributes, replayed=replayed, confirms=confirms)

    def set_available(self, entity_id: str, available: bool | None) -> None:  # noqa: FBT001
        self.home.set_available(entity_id, available)

    def entity(self, entity_id: str) -> Entity | None:
        return self.home.get(entity_id)

    def state(self, entity_id: str) -> State:
        return self.home.state(entity_id)

    def problem(self, key: str, text: str | None) -> None:
        self.problems.note(self.owner, key, text)

    def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.work[name] = work

    @property
    def ids(self) -> set[str]:
        """The entities that are known."""
        return {entity.id for entity in self.home.entities()}

    def wrong(self) -> dict[str, str]:
        """Every problem there is."""
        return {one["where"]: one["problem"] for one in self.problems.as_json()}


async def discovering(wire: Wire) -> Discovery:
    """Discovery, started in the house of `wire`."""
    discovery = Discovery(Settings(), wire)
    await discovery.init()
    return discovery


def step(service: str, entity: str, **data: Any) -> Step:
    """What the executor hands to a provider."""
    action = Action(
        id="1",
        service=service,
        target=Target(entity=(entity,)),
        cause=Cause(kind="cli", who="test"),
        trust=Trust.HUMAN,
        born=datetime.fromtimestamp(NOON.timestamp(), UTC),
        ttl=5,
    )
    return Step(action=action, entity=entity, owner="discovery", risk=Risk.REVERSIBLE, data=data)
