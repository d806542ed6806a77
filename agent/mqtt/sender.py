"""From the outbox to the broker: at once while there is room, paced after a time away, until acknowledged."""

import asyncio
from collections.abc import Callable

import structlog

from agent.mqtt.link import Link
from agent.mqtt.outbox import Outbox, Outgoing
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
BURST, PAUSE = 200, 0.01
"""So many messages of a backlog are sent at a time, and then so many seconds nothing."""


class Sender:
    """Sends over the Link of the moment. `before` is called ahead of each message."""

    def __init__(self, *, outbox: Outbox, before: Callable[[], None], clock: Clock, metrics: Metrics) -> None:
        self._outbox = outbox
        self._before = before
        self._clock = clock
        self._metrics = metrics
        self._link: Link | None = None
        self._room = 0
        self._in_flight: dict[int, Outgoing] = {}
        self._pumping: asyncio.TimerHandle | None = None
        self.listener: Callable[[str, bytes], None] | None = None
        """Sees what goes out, to know it again when it comes back."""
        self.settled = asyncio.Event()
        """The broker has all that was ever published, or there is no broker."""

    def start(self, link: Link, room: int) -> None:
        """Send over `link`, with at most `room` messages not yet acknowledged."""
        self._link = link
        self._room = room

    def stop(self) -> None:
        """The link is gone: what it did not bring to the broker waits for the next one."""
        self._link = None
        self._outbox.put_back(one for one in self._in_flight.values() if not one.once)
        self._in_flight.clear()
        if self._pumping is not None:
            self._pumping.cancel()
            self._pumping = None
        self.settled.set()

    @property
    def unfinished(self) -> int:
        """How many messages are not with the broker yet."""
        return len(self._outbox) + len(self._in_flight)

    def has_room(self, qos: int = 1) -> bool:
        """Whether a message can be sent now."""
        link = self._link
        return link is not None and not link.clogged and (not qos or len(self._in_flight) < self._room)

    def publish(self, one: Outgoing) -> None:
        """Send `one` now, or behind what waits."""
        self.settled.clear()
        if self._link is not None and not len(self._outbox) and self.has_room():
            self.send(self._link, one)
        else:
            self._outbox.put(one)
            self._pump_soon()

    def send(self, link: Link, one: Outgoing) -> None:
        """Send `one` at once."""
        self._before()
        if self.listener is not None:
            self.listener(one.topic, one.payload)
        packet = link.send(
            one.topic,
            one.payload,
            qos=one.qos,
            retain=one.retain,
            expiry=one.expiry(self._clock.monotonic()),
            correlation=one.correlation,
        )
        if one.qos:
            self._in_flight[packet] = one
        elif one.on_ack is not None:
            asyncio.get_running_loop().call_soon(one.on_ack)

    def acknowledged(self, packet: int, *, refused: str | None) -> None:
        """The broker has a message, or refuses it: either way it is done with."""
        one = self._in_flight.pop(packet, None)
        if one is None:
            return
        if refused is not None:
            self._metrics.count("mqtt.publications_refused")
            log.error("mqtt.publication_refused", topic=one.topic, reason=refused)
        elif one.on_ack is not None:
            asyncio.get_running_loop().call_soon(one.on_ack)
        if len(self._outbox):
            self._pump_soon()
        elif not self._in_flight:
            self.settled.set()

    def pump(self) -> None:
        """Send what waits, at a pace that neither the broker nor our own loop chokes on."""
        if self._pumping is not None:
            self._pumping.cancel()
            self._pumping = None
        if self._link is None:
            return
        for _ in range(BURST):
            if not self.has_room():
                break
            one = self._outbox.take()
            if one is None:
                return
            self.send(self._link, one)
        self._pump_soon(PAUSE)

    def _pump_soon(self, after: float = 0.0) -> None:
        if self._link is not None and self._pumping is None:
            self._pumping = asyncio.get_running_loop().call_later(after, self.pump)
