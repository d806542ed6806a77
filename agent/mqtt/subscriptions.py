"""Who wants which messages, and what the broker must be asked for it.

Brokers deliver one copy for each subscription that fits. MQTT 5 says by a number which one a copy is for: so
each handler is called once however many filters overlap.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from agent.mqtt.message import Message
from agent.mqtt.trie import FilterTree, has_wildcard

EXACT = 1
"""The number of all filters without wildcards: at most one of them fits a topic."""
NUMBERS = 2**21 - 3
"""How many other numbers there are: what fits into three bytes."""
IN_A_PACKET = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """A handler and how it wants its messages."""

    handler: Callable[[Message], None]
    every: bool
    manual_ack: bool
    qos: int


@dataclass(slots=True, kw_only=True, eq=False)
class _Subscription:
    topic_filter: str
    number: int
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One SUBSCRIBE packet: filters with their QoS, and the number of the subscription if it has one.

    The third part of a filter asks the broker to keep the retain flag as it was sent: a command that is
    to be retained shows as such at once, not only when it is replayed.
    """

    filters: Sequence[tuple[str, int, bool]]
    number: int | None


class Subscriptions:
    """All that is subscribed in this life."""

    def __init__(self) -> None:
        self._tree: FilterTree[_Subscription] = FilterTree()
        self._numbers: dict[int, str] = {}

    def add(self, topic_filter: str, route: Route) -> None:
        """Feed `route` from `topic_filter`.

        Raises:
            ValueError: that is no topic filter.
        """
        subscription = self._tree.get(topic_filter)
        if subscription is None:
            subscription = _Subscription(topic_filter=topic_filter, number=0)
            self._tree[topic_filter] = subscription
            subscription.number = self._number(topic_filter)
        subscription.routes = (*subscription.routes, route)

    def remove(self, topic_filter: str, route: Route) -> bool:
        """Feed `route` no more; True if nobody wants `topic_filter` now."""
        subscription = self._tree.get(topic_filter)
        if subscription is None or route not in subscription.routes:
            return False
        subscription.routes = tuple(one for one in subscription.routes if one is not route)
        if subscription.routes:
            return False
        del self._tree[topic_filter]
        self._numbers.pop(subscription.number, None)
        return True

    def routes(self, topic: str, numbers: Sequence[int]) -> Sequence[Route]:
        """Whom a message is for that came for the subscriptions of `numbers` (none: not known)."""
        found = self._tree.match(topic)
        if numbers:
            found = tuple(one for one in found if one.number in numbers)
        if len(found) == 1:
            return found[0].routes
        return [route for one in found for route in one.routes]

    def filters(self) -> list[str]:
        """Every filter."""
        return self._tree.filters()

    def requests(self, filters: Iterable[str], *, numbered: bool) -> Iterator[Request]:
        """The packets that ask for those of `filters` that are wanted; `numbered` if the broker can do it."""
        batches: dict[int | None, list[tuple[str, int, bool]]] = {}
        for topic_filter in filters:
            if (one := self._tree.get(topic_filter)) is not None:
                qos = max(route.qos for route in one.routes)
                as_published = any(route.manual_ack for route in one.routes)
                batch_of = batches.setdefault(one.number if numbered else None, [])
                batch_of.append((topic_filter, qos, as_published))
        for number, batch in batches.items():
            for start in range(0, len(batch), IN_A_PACKET):
                yield Request(filters=batch[start : start + IN_A_PACKET], number=number)

    def unwanted(self, filters: Iterable[str]) -> Iterator[Sequence[str]]:
        """Those of `filters` that nobody wants any more, a packet full at a time."""
        ended = [topic_filter for topic_filter in filters if topic_filter not in self._tree]
        for start in range(0, len(ended), IN_A_PACKET):
            yield ended[start : start + IN_A_PACKET]

    def _number(self, topic_filter: str) -> int:
        """The same in every life, so that what the broker stored for the last one is understood."""
        if not has_wildcard(topic_filter):
            return EXACT
        number = 2 + crc32(topic_filter.encode()) % NUMBERS
        while self._numbers.setdefault(number, topic_filter) != topic_filter:
            number = 2 + (number - 1) % NUMBERS
        return number
