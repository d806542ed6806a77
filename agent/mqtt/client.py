"""Our client of the broker: it connects, comes back, and puts everything right again after every connect.

subscriptions -> `online` -> retained states -> what waited. Nobody has to know that the broker was away, but
for commands: those are sent now or not at all.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from agent.core.events import BrokerConnected, BrokerLost, MessageRefused
from agent.errors import TransientError
from agent.mqtt.config import MqttConfig
from agent.mqtt.inbox import Inbox
from agent.mqtt.link import Link
from agent.mqtt.message import Message, check_qos, last_of
from agent.mqtt.outbox import Outbox, Outgoing
from agent.mqtt.packets import Publication
from agent.mqtt.reconnect import Reconnecting
from agent.mqtt.sender import Sender
from agent.mqtt.subscriber import Subscriber
from agent.mqtt.subscriptions import EXACT, Route
from agent.mqtt.topics import Topics
from agent.mqtt.trie import check_topic
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.watchdog import Beat, awaited, idle

log = structlog.get_logger(__name__)
WELCOME_WITHIN, FIRST_WELCOME_WITHIN = 10.0, 2.0
"""Seconds for the broker to accept us; the second, while we do not know which version it speaks."""
RESUMED_AT_MOST = 5.0


@dataclass(slots=True, kw_only=True)
class _Connection:
    """What belongs to one connection and dies with it."""

    link: Link
    since: float


class Mqtt:
    """The broker, as the daemon sees it."""

    def __init__(
        self, *, config: MqttConfig, topics: Topics, bus: Bus, clock: Clock, metrics: Metrics
    ) -> None:
        self._config = config
        self._topics = topics
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._client_id = config.client_id or f"hearthd-{topics.node}"
        self._reconnecting = Reconnecting(config, self._client_id)
        self._status = topics("status")
        self._marker = topics("marker")
        self._all_heard = topics("marker", "all")
        self._subscriber = Subscriber()
        self._outbox = Outbox(most=config.most_waiting, clock=clock, metrics=metrics)
        self._sender = Sender(
            outbox=self._outbox, before=self._subscriber.send_changes, clock=clock, metrics=metrics
        )
        self._inbox = Inbox(most=config.most_waiting, roomy=self._read_on, clock=clock, metrics=metrics)
        self._link: Link | None = None
        self._connection: _Connection | None = None
        self._nonce = b""
        """Ours on its way through the broker: until it is back, what comes was stored while we were away."""
        self._welcome: asyncio.Future[tuple[str, int | None] | None] | None = None
        self._lost = asyncio.Event()
        self._caught = asyncio.Event()
        self._answered = asyncio.Event()
        self._read = 0
        metrics.gauge("mqtt.waiting_in", lambda: len(self._inbox))
        metrics.gauge("mqtt.waiting_out", lambda: len(self._outbox))
        self.subscribe(self._all_heard, lambda _: self._caught.set(), qos=1, every=True)

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._connection is not None

    async def answered(self) -> None:
        """Wait until the first try to connect is over: our subscriptions stand, or there is no broker."""
        await self._answered.wait()

    async def caught_up(self) -> None:
        """Wait until what the broker had for us at this connection, retained or stored, was handed over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RESUMED_AT_MOST):
                await self._caught.wait()

    def subscribe(
        self,
        topic_filter: str,
        handler: Callable[[Message], None],
        *,
        qos: int = 0,
        every: bool = False,
        manual_ack: bool = False,
    ) -> Callable[[], None]:
        """Call `handler` with what comes on `topic_filter`, see `House.subscribe`. Returns what ends it.

        Raises:
            ValueError: the filter is none, or `qos` is neither 0 nor 1.
        """
        check_qos(qos)
        route = Route(handler=handler, every=every, manual_ack=manual_ack, qos=qos)
        return self._subscriber.add(topic_filter, route)

    def on_sent(self, listener: Callable[[str, bytes], None] | None) -> None:
        """Let `listener` see what goes out; None: nobody."""
        self._sender.listener = listener

    def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        ttl: float | None = None,
        correlation: bytes | None = None,
        on_ack: Callable[[], None] | None = None,
    ) -> None:
        """Send a message, now or when the broker is back, see `House.publish`.

        Raises:
            ValueError: nothing can be published on `topic`, or `qos` is neither 0 nor 1.
        """
        check_topic(topic)
        check_qos(qos)
        one = Outgoing(
            topic=topic,
            payload=payload.encode() if isinstance(payload, str) else payload,
            qos=qos,
            retain=retain,
            deadline=None if ttl is None else self._clock.monotonic() + ttl,
            correlation=correlation,
            on_ack=on_ack,
        )
        if retain:
            self._outbox.remember(one)
        self._sender.publish(one)

    def command(
        self, topic: str, payload: str | bytes, *, qos: int = 0, retain: bool = False, ttl: float
    ) -> None:
        """Send a message to a device now or not at all, see `House.command`.

        Raises:
            TransientError: the broker is away, or so slow that it would have to wait.
            ValueError: nothing can be published on `topic`, or `qos` is neither 0 nor 1.
        """
        check_topic(topic)
        check_qos(qos)
        connection = self._connection
        if connection is None:
            raise TransientError(f"the broker at {self._where} is away: nothing was sent to {topic!r}")
        if not self._sender.has_room(qos):
            raise TransientError(f"the broker at {self._where} does not keep up: nothing sent to {topic!r}")
        one = Outgoing(
            topic=topic,
            payload=payload.encode() if isinstance(payload, str) else payload,
            qos=qos,
            retain=retain,
            deadline=self._clock.monotonic() + ttl,
            once=True,
        )
        self._sender.send(connection.link, one)

    async def run(self, beat: Beat = idle) -> None:
        """Connect, and again whenever the connection is lost; cancelling leaves one as it is: see `close`."""
        while True:
            beat()
            if self._connection is None and not await self._connect():
                self._answered.set()
            else:
                await awaited(self._lost, beat)
            await self._clock.sleep(self._reconnecting.delay())

    async def close(self, within: float = 2.0) -> None:
        """Publish `stopped`, send what waits and disconnect; after `within` seconds it ends in any case."""
        connection = self._connection
        if connection is not None:
            self.publish(self._status, "stopped", retain=True)
            try:
                async with asyncio.timeout(within):
                    await self._sender.settled.wait()
                    await connection.link.close()
            except TimeoutError:
                log.warning("mqtt.closed_unsent", waiting=self._sender.unfinished)
        self._connection = None
        self._sender.stop()
        if self._link is not None:
            self._link.abort()
            self._link = None

    # connecting -----------------------------------------------------------------------------------------
    @property
    def _where(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    async def _connect(self) -> bool:
        self._lost.clear()
        self._welcome = asyncio.get_running_loop().create_future()
        link = self._link = Link(
            config=self._config,
            client_id=self._client_id,
            protocol=self._reconnecting.protocol,
            will=(self._status, "offline"),
            owner=self,
        )
        try:
            await link.open()
        except (OSError, TimeoutError) as error:
            link.abort()
            self._reconnecting.failed(str(error) or "no answer in time")
            return False
        except asyncio.CancelledError:
            link.abort()
            raise
        patience = WELCOME_WITHIN if self._reconnecting.proven else FIRST_WELCOME_WITHIN
        await asyncio.wait([self._welcome], timeout=patience)
        if not self._welcome.done():
            link.abort()
            self._reconnecting.unanswered()
            return False
        refused = self._welcome.result()
        if refused is None:
            return True
        self._reconnecting.refused(*refused)
        return False

    # what the Link reports ------------------------------------------------------------------------------
    def up(self, link: Link, *, session: bool, receive_maximum: int, identifiers: bool) -> None:
        """Put everything right again after a connect."""
        self._reconnecting.succeeded()
        self._connection = _Connection(link=link, since=self._clock.monotonic())
        self._sender.start(link, min(self._config.most_in_flight, receive_maximum))
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_result(None)
        link.send_subscribe([(self._marker, 1, False)], identifier=EXACT if identifiers else None)
        if session:
            self._nonce = nonce = secrets.token_hex(8).encode()
            link.send(self._marker, nonce, qos=1, retain=False, expiry=60)
            asyncio.get_running_loop().call_later(RESUMED_AT_MOST, self._caught_up, nonce)
        self._subscriber.start(link, identifiers=identifiers)
        self._caught.clear()
        self._sender.send(link, Outgoing(topic=self._all_heard, payload=b"", qos=1, retain=False))
        self._sender.send(link, Outgoing(topic=self._status, payload=b"online", qos=1, retain=True))
        self._outbox.repeat_retained()
        self._sender.pump()
        log.info("mqtt.connected", broker=self._where, protocol=self._reconnecting.protocol, resumed=session)
        self._metrics.count("mqtt.connects")
        self._bus.publish(BrokerConnected(at=self._clock.now(), resumed=session))
        if self._subscriber.settled:
            self._answered.set()

    def down(self, link: Link, *, reason: str, code: int | None) -> None:
        """Remember what the broker did not acknowledge, and let `run` go on."""
        if link is not self._link:
            return
        self._link = None
        connection, self._connection = self._connection, None
        if connection is None:
            if self._welcome is not None and not self._welcome.done():
                self._welcome.set_result((reason, code))
            return
        self._nonce = b""
        self._sender.stop()
        self._subscriber.stop()
        lived = self._clock.monotonic() - connection.since
        self._reconnecting.lost(reason=reason, code=code, lived=lived)
        self._metrics.count("mqtt.disconnects")
        self._bus.publish(BrokerLost(at=self._clock.now(), reason=reason))
        self._lost.set()

    def received(self, link: Link, found: Publication) -> None:
        """Sort a publication to those who wait for it. Each copy is for the filters it came for."""
        self._read += 1
        topic = found.topic
        if self._nonce and topic == self._marker:
            self._caught_up(found.payload)
        routes = self._subscriber.routes(topic, found.subscriptions)
        ack: Callable[[], None] | None = partial(link.send_ack, found.packet) if found.qos else None
        if not routes:
            if ack is not None:
                ack()
            return
        manual = sum(route.manual_ack for route in routes) if ack is not None else 0
        if ack is not None and manual > 1:
            ack = last_of(manual, ack)
        message = Message(
            topic,
            found.payload,
            qos=found.qos,
            retain=found.retain,
            resumed=bool(self._nonce),
            response_topic=found.response_topic,
            correlation=found.correlation,
            expiry=found.expiry,
            ack=ack if manual else None,
        )
        self._inbox.put((topic, found.subscriptions), message, routes, None if manual else ack)

    def oversized(self, topic: str, size: int) -> None:
        """Count, log and tell what was skipped."""
        self._metrics.count("mqtt.oversized")
        reason = f"it has {size} bytes; up to {self._config.max_payload} would do"
        log.warning("mqtt.message_refused", topic=topic, bytes=size, reason=reason)
        self._bus.publish(MessageRefused(at=self._clock.now(), topic=topic, reason=reason))

    def batch_read(self) -> None:
        """Handle what was read; stop reading while there is no room for more."""
        self._metrics.count("mqtt.messages", self._read)
        self._read = 0
        if self._inbox.full and self._link is not None:
            self._metrics.count("mqtt.pauses")
            self._link.pause()
        self._inbox.drain()

    def acknowledged(self, link: Link, packet: int, *, refused: str | None) -> None:
        """The broker has a message of ours, or refuses it."""
        if link is self._link:
            self._sender.acknowledged(packet, refused=refused)

    def subscribed(self, link: Link, packet: int, refused: Sequence[str | None]) -> None:
        """The broker has answered a request of ours for topics."""
        if self._connection is not None and self._connection.link is link:
            self._subscriber.answered(packet, refused)
            if self._subscriber.settled:
                self._answered.set()

    # inside ---------------------------------------------------------------------------------------------
    def _read_on(self) -> None:
        if self._link is not None:
            self._link.resume()

    def _caught_up(self, nonce: bytes) -> None:
        if nonce == self._nonce:
            self._nonce = b""
