"""What was received and waits for its handlers: first what counts message by message, then the states.

Of a state only the newest waits; nothing else is ever replaced or dropped: when there is no room the socket
is not read. Handlers run in slices of a few milliseconds, so that the event loop stays quick.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from agent.mqtt.message import Message
from agent.mqtt.subscriptions import Route
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
SLICE = 0.004
"""Seconds for which handlers may run before the loop gets its turn."""


Waiting = tuple[Message, Sequence[Route], Callable[[], None] | None]


class Inbox:
    """Two bounded queues and who empties them. `roomy` is called when there is room again."""

    def __init__(self, *, most: int, roomy: Callable[[], None], clock: Clock, metrics: Metrics) -> None:
        self._most = most
        self._roomy = roomy
        self._clock = clock
        self._metrics = metrics
        self._every: deque[Waiting] = deque()
        self._newest: dict[object, Waiting] = {}
        self._scheduled = False
        self._was_full = False

    def __len__(self) -> int:
        return len(self._every) + len(self._newest)

    @property
    def full(self) -> bool:
        """Whether nothing more should be put in."""
        if len(self._every) >= self._most or len(self._newest) >= self._most:
            self._was_full = True
            return True
        return False

    def put(
        self, key: object, message: Message, routes: Sequence[Route], ack: Callable[[], None] | None
    ) -> None:
        """Queue `message` for `routes`; `ack` is called when they are done with it.

        A state replaces the waiting one of the same `key`.
        """
        if any(route.every for route in routes):
            self._every.append((message, routes, ack))
            return
        older = self._newest.get(key)
        self._newest[key] = (message, routes, ack)
        if older is not None:
            self._metrics.count("mqtt.superseded")
            if older[2] is not None:
                older[2]()

    def drain(self) -> None:
        """Call handlers for one slice of time; what is left follows in the loop's next turns."""
        until = self._clock.monotonic() + SLICE
        every, newest = self._every, self._newest
        while every or newest:
            self._hand_over(*(every.popleft() if every else newest.pop(next(iter(newest)))))
            if self._clock.monotonic() > until:
                break
        if self._was_full and len(every) < self._most // 2 + 1 and len(newest) < self._most // 2 + 1:
            self._was_full = False
            self._roomy()
        if (every or newest) and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._again)

    def _again(self) -> None:
        self._scheduled = False
        self.drain()

    def _hand_over(self, message: Message, routes: Sequence[Route], ack: Callable[[], None] | None) -> None:
        """Call the handlers. A fence: one that raises is logged and counted, the others get theirs."""
        for route in routes:
            try:
                route.handler(message)
            except Exception:
                self._metrics.count("mqtt.handler_failures")
                log.exception("mqtt.handler_failed", topic=message.topic, payload=message.payload[:200])
                message.ack()  # never acknowledged, it would hold one of the broker's few places for good
        if ack is not None:
            ack()
