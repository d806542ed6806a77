"""What rules hear of the broker: each message once, however many of their filters it fits.

A broker sends a copy for each filter that fits (MQTT 5), or one for all of them. Of the filters that fit a
topic the one that was subscribed first counts, and only what comes for that one is heard. A filter that
nobody wants any more is kept for a moment: until the broker knows the one that takes its place, messages come
for the old one alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from operator import attrgetter

from agent.mqtt.client import Mqtt
from agent.mqtt.message import Message
from agent.mqtt.trie import FilterTree
from agent.runtime.clock import Clock

KEPT_FOR = 2.0
"""Seconds for which a filter that is not wanted any more stays subscribed."""
_age = attrgetter("age")


@dataclass(slots=True, eq=False)
class _Ear:
    """A subscription: the lowest `age` counts. `leaves`: when it is given up, if nobody wants it again."""

    age: tuple[bool, int]
    end: Callable[[], None] | None = None
    leaves: float | None = None


class Ears:
    """The subscriptions of all rules. `heard` is called with each message."""

    def __init__(self, *, mqtt: Mqtt, clock: Clock, heard: Callable[[Message], None]) -> None:
        self._mqtt = mqtt
        self._clock = clock
        self._heard = heard
        self._ears: FilterTree[_Ear] = FilterTree()
        self._leaving: dict[str, _Ear] = {}
        self._ages = count()

    @property
    def due(self) -> float | None:
        """When `let_go` has something to do; None: nothing is given up."""
        return min((ear.leaves for ear in self._leaving.values() if ear.leaves is not None), default=None)

    def want(self, filters: Iterable[str]) -> None:
        """Hear what comes on `filters`, and soon nothing else."""
        wanted = dict.fromkeys(filters)
        leaves = self._clock.monotonic() + KEPT_FOR
        for topic_filter in self._ears.filters():
            ear = self._ears.get(topic_filter)
            if topic_filter not in wanted and ear is not None and topic_filter not in self._leaving:
                ear.leaves = leaves
                self._leaving[topic_filter] = ear
        for topic_filter in wanted:
            self._leaving.pop(topic_filter, None)
            if topic_filter not in self._ears:
                ear = _Ear(self._age(topic_filter))
                self._ears[topic_filter] = ear
                ear.end = self._mqtt.subscribe(topic_filter, partial(self._came, ear), qos=1, every=True)

    def let_go(self) -> None:
        """Give up what has not been wanted for long enough."""
        now = self._clock.monotonic()
        for topic_filter, ear in list(self._leaving.items()):
            if ear.leaves is not None and ear.leaves <= now:
                del self._leaving[topic_filter]
                del self._ears[topic_filter]
                if ear.end is not None:
                    ear.end()

    def _age(self, topic_filter: str) -> tuple[bool, int]:
        """Of a shared subscription's messages others get some: it counts where no other filter fits."""
        return topic_filter.startswith("$share/"), next(self._ages)

    def _came(self, ear: _Ear, message: Message) -> None:
        found = self._ears.match(message.topic)
        if found and (found[0] if len(found) == 1 else min(found, key=_age)) is ear:
            self._heard(message)
