"""In-process publish and subscribe, by event type.

Publishing never blocks and never fails. Each subscriber has its own bounded queue, so that order is kept per
subscriber. Of the states of an entity only the newest is kept; anything else that does not fit is counted and
logged, never dropped in silence.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, TypeVar

import structlog

from agent.core.awaited import EntryFilter
from agent.core.events import Event, StateChanged

log = structlog.get_logger(__name__)
E = TypeVar("E", bound=Event)


class Subscription(Generic[E]):
    """An async iterator over the events of some types, oldest first."""

    def __init__(self, name: str, types: tuple[type[E], ...], size: int, *, every: bool = False) -> None:
        self._every = every
        self.name = name
        self.types = types
        self.dropped = 0
        self._size = size
        self._events: OrderedDict[object, E] = OrderedDict()
        self._more = asyncio.Event()

    def offer(self, event: E) -> None:
        """Queue `event`; a state replaces the queued one of its entity, keeping the state it started from."""
        key: object = event.number
        if isinstance(event, StateChanged) and not self._every:
            key = event.entity
            older = self._events.pop(key, None)
            if isinstance(older, StateChanged):
                # Both together are news if one of them was.
                both = event.replayed and older.replayed
                event = replace(event, old=older.old, replayed=both)
        if len(self._events) >= self._size:
            _, lost = self._events.popitem(last=False)
            self.dropped += 1
            log.warning(
                "bus.event_dropped", subscriber=self.name, kind=type(lost).__name__, total=self.dropped
            )
        self._events[key] = event
        self._more.set()

    def __len__(self) -> int:
        return len(self._events)

    async def __aiter__(self) -> AsyncIterator[E]:
        while True:
            while not self._events:
                self._more.clear()
                await self._more.wait()
            yield self._events.popitem(last=False)[1]


class Bus:
    """Where events are published."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription[Event]] = []
        self._wanted: dict[type[Event], tuple[Subscription[Event], ...]] = {}
        self.entries: tuple[EntryFilter, ...] = ()
        """Which entries of the journal the rules wait for: all of them would be too many to publish."""

    def wants(self, kind: type[Event]) -> bool:
        """Whether anybody would hear an event of `kind`: spares building events for nobody."""
        return bool(self._listeners(kind))

    def publish(self, event: Event) -> None:
        """Hand `event` to every current subscription of its type."""
        for subscription in self._listeners(type(event)):
            subscription.offer(event)

    @contextmanager
    def subscribe(
        self, name: str, *types: type[E], size: int = 10_000, every: bool = False
    ) -> Iterator[Subscription[E]]:
        """Collect events of `types` for as long as the block runs; `name` says who listens.

        `every`: each state of an entity counts, also those that a newer one has replaced.
        """
        subscription = Subscription(name, types, size, every=every)
        self._subscriptions.append(subscription)  # type: ignore[arg-type]  # it is only offered its own types
        self._wanted.clear()
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)  # type: ignore[arg-type]
            self._wanted.clear()

    def depths(self) -> dict[str, int]:
        """How many events wait for each subscriber."""
        return {subscription.name: len(subscription) for subscription in self._subscriptions}

    def _listeners(self, kind: type[Event]) -> tuple[Subscription[Event], ...]:
        if kind not in self._wanted:
            self._wanted[kind] = tuple(one for one in self._subscriptions if issubclass(kind, one.types))
        return self._wanted[kind]
