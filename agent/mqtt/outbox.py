"""What we publish and the broker does not have yet, and the retained states it should have.

Of a retained topic the newest waits, of the rest a bounded queue in order; what has outlived its `ttl` is
dropped. Nothing here is ever a command: those are sent at once or not at all.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

import structlog

from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One publication; `deadline` is on the monotonic clock."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    deadline: float | None = None
    correlation: bytes | None = None
    on_ack: Callable[[], None] | None = None
    once: bool = False
    """It is never sent a second time."""

    def expiry(self, now: float) -> int | None:
        """Whole seconds left to live, as MQTT 5 counts them."""
        return None if self.deadline is None else max(1, ceil(self.deadline - now))


class Outbox:
    """The queue towards the broker."""

    def __init__(self, *, most: int, clock: Clock, metrics: Metrics) -> None:
        self._most = most
        self._clock = clock
        self._metrics = metrics
        self._waiting: OrderedDict[object, Outgoing] = OrderedDict()
        self._retained: OrderedDict[str, Outgoing] = OrderedDict()
        self._number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, one: Outgoing) -> None:
        """Queue `one` behind the rest, in the place of an older retained one of its topic."""
        key = self._key(one)
        self._waiting.pop(key, None)
        if len(self._waiting) >= self._most:
            _, lost = self._waiting.popitem(last=False)
            self._metrics.count("mqtt.unsent_dropped")
            log.warning("mqtt.publication_dropped", topic=lost.topic, waiting=self._most, reason="queue full")
        self._waiting[key] = one

    def put_back(self, unacknowledged: Iterable[Outgoing]) -> None:
        """Queue what the broker never acknowledged before everything else, in its old order."""
        for one in reversed(list(unacknowledged)):
            key = self._key(one)
            if key not in self._waiting:
                self._waiting[key] = one
                self._waiting.move_to_end(key, last=False)

    def take(self) -> Outgoing | None:
        """The next one to send, None if there is none."""
        while self._waiting:
            _, one = self._waiting.popitem(last=False)
            if not self.expired(one):
                return one
            self._metrics.count("mqtt.unsent_expired")
        return None

    def expired(self, one: Outgoing) -> bool:
        """Whether its time is over."""
        return one.deadline is not None and one.deadline <= self._clock.monotonic()

    def remember(self, one: Outgoing) -> None:
        """Keep a retained publication so that it can be repeated; an empty one takes the topic back."""
        self._retained.pop(one.topic, None)
        if not one.payload:
            return
        if len(self._retained) >= self._most:
            forgotten, _ = self._retained.popitem(last=False)
            self._metrics.count("mqtt.retained_forgotten")
            log.warning("mqtt.retained_forgotten", topic=forgotten, kept=self._most)
        self._retained[one.topic] = one

    def repeat_retained(self) -> None:
        """Queue every remembered retained publication again, unless a newer one waits already."""
        for topic, one in list(self._retained.items()):
            if self.expired(one):
                del self._retained[topic]
            elif self._key(one) not in self._waiting:
                self._waiting[self._key(one)] = Outgoing(
                    topic=topic, payload=one.payload, qos=one.qos, retain=True, deadline=one.deadline
                )

    def _key(self, one: Outgoing) -> object:
        if one.retain:
            return one.topic
        self._number += 1
        return self._number
