"""One subscription for each topic, however many entities share it; each message is parsed once.

The last message of a topic is kept, so that an entity that joins later need not wait for the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.api import House, Message

LARGEST_KEPT = 65_536
"""Bytes of a message that is kept for later comers."""


class Listener(Protocol):
    """Who hears messages; `topic` is the filter by which they came."""

    def __call__(self, topic: str, message: Message, /) -> None:
        """Take `message`."""
        ...


@dataclass(slots=True)
class _Topic:
    end: Callable[[], None] = lambda: None
    listeners: dict[str, Listener] = field(default_factory=dict)
    last: Message | None = None
    fan: tuple[Listener, ...] | None = None
    """The listeners in a form that may change while they are told; made when it is needed."""


class Listening:
    """Who listens on which topic."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._topics: dict[str, _Topic] = {}

    def __len__(self) -> int:
        return len(self._topics)

    def join(self, topic: str, name: str, listener: Listener, *, qos: int) -> None:
        """Let `listener` hear `topic` from now on, and the last message of it as a replayed one."""
        known = self._topics.get(topic)
        if known is None:
            known = self._topics[topic] = _Topic()
            known.listeners[name] = listener
            known.end = self._house.subscribe(topic, self._handler(topic, known), qos=qos)
            return
        known.listeners[name] = listener
        known.fan = None
        if known.last is not None:
            if not known.last.retain:
                known.last = Message(known.last.topic, known.last.payload, retain=True)
            listener(topic, known.last)

    def leave(self, topic: str, name: str) -> None:
        """Let the listener called `name` hear `topic` no more."""
        known = self._topics.get(topic)
        if known is None or known.listeners.pop(name, None) is None:
            return
        known.fan = None
        if not known.listeners:
            del self._topics[topic]
            known.end()

    def names(self, topic: str) -> tuple[str, ...]:
        """Who listens on exactly `topic`."""
        known = self._topics.get(topic)
        return () if known is None else tuple(known.listeners)

    def close(self) -> None:
        """Leave all topics."""
        topics, self._topics = self._topics, {}
        for known in topics.values():
            known.end()

    def _handler(self, topic: str, known: _Topic) -> Callable[[Message], None]:
        keeps = "+" not in topic and "#" not in topic

        def heard(message: Message) -> None:
            if keeps:
                known.last = message if 0 < len(message.payload) <= LARGEST_KEPT else None
            if known.fan is None:
                known.fan = tuple(known.listeners.values())
            for listener in known.fan:
                listener(topic, message)

        return heard
