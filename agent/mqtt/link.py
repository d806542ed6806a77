"""One connection to the broker: paho's protocol work inside asyncio, with our own reads and writes.

paho encodes, decodes and watches the keep-alive. Bytes are ours: one read for many packets, one write for all
that a loop turn sends, and publications are parsed without paho's objects. A Link lives once: up, then down.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from paho.mqtt import MQTTException
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, WebsocketConnectionError
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from pydantic import Field, SecretStr

from agent.mqtt.packets import PUBLISH, Framer, Publication, publication
from agent.section import Section

READ = 65_536
WRITE = 65_536
MOST_UNSENT = 4 * 1024 * 1024
"""Bytes that may wait for the socket before publications are held back."""
READS_IN_A_ROW = 16
CONNECTING_WITHIN = 10.0


class TlsConfig(Section):
    """The `mqtt.tls:` section. TLS 1.2 is the least that is spoken."""

    ca: str | None = None
    """File with the certificate authorities to trust; without it, those of the system."""
    certificate: str | None = None
    """File with our own certificate, if the broker asks for one."""
    key: str | None = None
    """File with the key of our certificate."""


class MqttConfig(Section):
    """The `mqtt:` section."""

    host: str = "127.0.0.1"
    """Name or address of the broker."""
    port: int = Field(default=1883, ge=1, le=65_535)
    """TCP port of the broker."""
    username: str | None = None
    """User name at the broker."""
    password: SecretStr | None = None
    """Password at the broker."""
    client_id: str = ""
    """Our name at the broker, unlike every other client's; empty: `hearthd-<node>`."""
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """Version of MQTT; `auto` begins with 5 and falls back to 3.1.1."""
    transport: Literal["tcp", "websockets"] = "tcp"
    """How packets travel."""
    path: str = "/mqtt"
    """Path of the websocket."""
    keepalive: int = Field(default=30, ge=5, le=3600)
    """Seconds of silence after which we ask whether the broker is still there."""
    tls: TlsConfig | None = None
    """Present: the connection is encrypted."""
    session_expiry: int = Field(default=3600, ge=0)
    """Seconds for which the broker keeps messages for us while we are away (MQTT 5)."""
    max_payload: int = Field(default=1024 * 1024, ge=1024)
    """Bytes of the longest message that is handed on; longer ones are counted and logged."""
    most_waiting: int = Field(default=10_000, ge=10)
    """Messages that may wait in each direction."""
    most_in_flight: int = Field(default=1000, ge=1, le=65_535)
    """Messages that may be under way to the broker without its acknowledgement."""


class Owner(Protocol):
    """Who a Link reports to, in the event loop."""

    def up(self, link: "Link", *, session: bool, receive_maximum: int, identifiers: bool) -> None:
        """The broker accepted us. `receive_maximum`: unacknowledged publications it takes."""

    def down(self, link: "Link", *, reason: str, code: int | None) -> None:
        """The connection ended; `code` is MQTT's reason code if the broker gave one."""

    def received(self, link: "Link", found: Publication) -> None:
        """A publication."""

    def oversized(self, topic: str, size: int) -> None:
        """A publication was skipped because it is longer than allowed."""

    def batch_read(self) -> None:
        """All that one read brought was reported."""

    def acknowledged(self, link: "Link", packet: int, *, refused: str | None) -> None:
        """The broker has the publication with that packet number, or says why it will not."""

    def subscribed(self, link: "Link", packet: int, refused: Sequence[str | None]) -> None:
        """The broker's answer to a SUBSCRIBE: for each filter None or why not."""


class Link(Client):
    """A connection that is opened once. Everything but `open` is called in the event loop."""

    def __init__(
        self,
        *,
        config: MqttConfig,
        client_id: str,
        protocol: Literal["5", "3.1.1"],
        will: tuple[str, str],
        owner: Owner,
    ) -> None:
        modern = protocol == "5"
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if modern else False,
            protocol=MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311,
            transport=config.transport,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.modern = modern
        self._config = config
        self._owner = owner
        self._asyncio = asyncio.get_running_loop()
        self._attached = False
        self._paused = False
        self._ended = False
        self._flushing = False
        self._writing = False
        self._unsent = bytearray()
        self._all_sent = asyncio.Event()
        self._framer = Framer(longest=config.max_payload)
        self._tick: asyncio.TimerHandle | None = None
        self._plain = config.transport == "tcp" and config.tls is None
        self.max_inflight_messages_set(0)
        self.will_set(*will, qos=1, retain=True)
        if config.username is not None:
            password = config.password.get_secret_value() if config.password else None
            self.username_pw_set(config.username, password)
        if config.transport == "websockets":
            self.ws_set_options(path=config.path)
        self.on_connect = self._connected
        self.on_disconnect = self._disconnected
        self.on_publish = self._published
        self.on_subscribe = self._subscribed

    # life -----------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Open the connection and ask the broker in; its answer comes to the owner.

        Raises:
            OSError: nobody there, wrong certificate, no websocket.
        """
        opened: asyncio.Future[None] = self._asyncio.create_future()

        def finish(error: OSError | None) -> None:
            if opened.cancelled():
                self._sock_close()
            elif error is not None:
                opened.set_exception(error)
            else:
                opened.set_result(None)

        def work() -> None:
            failure: OSError | None = None
            try:
                self._connect()
            except (OSError, ValueError, WebsocketConnectionError) as error:
                failure = error if isinstance(error, OSError) else OSError(str(error))
            try:
                self._asyncio.call_soon_threadsafe(finish, failure)
            except RuntimeError:  # the loop is closed: nobody waits any more
                self._sock_close()

        # A thread of its own: one that hangs in a name look-up must not hold up the end of the process.
        threading.Thread(target=work, name="mqtt.connect", daemon=True).start()
        async with asyncio.timeout(CONNECTING_WITHIN):
            await opened
        self._attach()

    async def close(self) -> None:
        """Say good-bye (the will is not sent) and close, once all that is unsent is sent."""
        if self._sock is not None and self._attached:
            self._ended = True
            self._send_disconnect()
            await self._all_sent.wait()
        self.abort()

    def abort(self) -> None:
        """Close at once; the owner hears nothing."""
        self._ended = True
        self._sock_close()

    def pause(self) -> None:
        """Stop reading: there is no room."""
        if not self._paused:
            self._paused = True
            if self._attached and self._sock is not None:
                self._asyncio.remove_reader(self._sock)

    def resume(self) -> None:
        """Read on."""
        if self._paused:
            self._paused = False
            if self._attached and self._sock is not None:
                self._asyncio.add_reader(self._sock, self._readable)
                self._asyncio.call_soon(self._readable)

    @property
    def clogged(self) -> bool:
        """Whether so much is unsent that publications should wait."""
        return len(self._unsent) > MOST_UNSENT

    # what is sent ---------------------------------------------------------------------------------------
    def send(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool,
        expiry: int | None = None,
        correlation: bytes | None = None,
    ) -> int:
        """Publish now; the number of the packet."""
        properties = None
        if self.modern and (expiry is not None or correlation is not None):
            properties = _properties(PacketTypes.PUBLISH)
            if expiry is not None:
                properties.MessageExpiryInterval = expiry
            if correlation is not None:
                properties.CorrelationData = correlation
        return self.publish(topic, payload, qos, retain, properties).mid

    def send_subscribe(self, filters: Sequence[tuple[str, int]], *, identifier: int | None) -> int:
        """Subscribe to filters with their QoS; the number of the packet."""
        properties = None
        if self.modern:
            if identifier is not None:
                properties = _properties(PacketTypes.SUBSCRIBE)
                properties.SubscriptionIdentifier = identifier
            options = [(one.encode(), SubscribeOptions(qos=qos)) for one, qos in filters]
            return self._send_subscribe(False, options, properties)[1]  # noqa: FBT003  # paho's own signature
        return self._send_subscribe(False, [(one.encode(), qos) for one, qos in filters])[1]  # noqa: FBT003

    def send_ack(self, packet: int) -> None:
        """Acknowledge a publication of QoS 1; nothing happens if this connection is over."""
        if self._sock is not None:
            self._send_puback(packet)

    # bytes ----------------------------------------------------------------------------------------------
    def _connect(self) -> None:
        config = self._config
        if config.tls is not None:
            context = ssl.create_default_context(cafile=config.tls.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if config.tls.certificate:
                context.load_cert_chain(config.tls.certificate, config.tls.key)
            self.tls_set_context(context)
        if self.modern:
            properties = _properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = config.session_expiry
            self.connect(config.host, config.port, config.keepalive, clean_start=False, properties=properties)
        else:
            self.connect(config.host, config.port, config.keepalive)

    def _attach(self) -> None:
        sock = self._sock
        if sock is None:
            raise ConnectionError("closed while connecting")
        if (raw := self._raw_socket()) is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._attached = True
        self._asyncio.add_reader(sock, self._readable)
        self._flush()
        self._tick = self._asyncio.call_later(1.0, self._ticked)

    def _raw_socket(self) -> socket.socket | None:
        sock: Any = self._sock
        inner = getattr(sock, "_socket", sock)
        return inner if isinstance(inner, socket.socket) else None

    def _ticked(self) -> None:
        if self._paused:
            # What the broker answers lies unread in the socket: silence proves nothing now.
            self._last_bytes_received = time.monotonic()
            self._ping_t = 0.0
        self.loop_misc()
        if self._sock is not None:
            self._tick = self._asyncio.call_later(1.0, self._ticked)

    def _sock_close(self) -> None:
        sock = self._sock
        if sock is not None and self._attached:
            self._attached = False
            if self._tick is not None:
                self._tick.cancel()
            self._asyncio.remove_reader(sock)
            self._asyncio.remove_writer(sock)
        self._unsent.clear()
        self._all_sent.set()
        super()._sock_close()

    def _end(self, reason: str, code: int | None = None) -> None:
        self._sock_close()
        if not self._ended:
            self._ended = True
            self._owner.down(self, reason=reason, code=code)

    def _packet_queue(
        self,
        command: int,  # noqa: ARG002  # paho's own signature
        packet: bytes | bytearray,
        mid: int,  # noqa: ARG002
        qos: int,  # noqa: ARG002
        info: object = None,  # noqa: ARG002
    ) -> MQTTErrorCode:
        """Take the place of paho's queue: join what one loop turn sends."""
        self._unsent += packet
        self._all_sent.clear()
        if self._attached and not self._flushing and not self._writing:
            self._flushing = True
            self._asyncio.call_soon(self._flush)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _flush(self) -> None:
        self._flushing = False
        while self._unsent and self._sock is not None:
            try:
                sent = self._sock_send(self._unsent if self._plain else self._unsent[:WRITE])
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self._end(f"cannot send: {error}")
                return
            if sent == 0:
                break
            del self._unsent[:sent]
            self._last_msg_out = time.monotonic()
        if not self._unsent:
            self._all_sent.set()
        self._watch_writable(bool(self._unsent))

    def _watch_writable(self, wanted: bool) -> None:  # noqa: FBT001
        if self._sock is None or not self._attached or wanted == self._writing:
            return
        self._writing = wanted
        if wanted:
            self._asyncio.add_writer(self._sock, self._flush)
        else:
            self._asyncio.remove_writer(self._sock)

    def _readable(self) -> None:
        for _ in range(1 if self._plain else READS_IN_A_ROW):
            if self._sock is None or self._paused:
                return
            try:
                data = self._sock_recv(READ)
            except BlockingIOError:
                break
            except OSError as error:
                self._end(f"connection lost: {error}")
                return
            if not data:
                self._end("the broker closed the connection")
                return
            self._take(data)
        else:
            if not self._plain:
                self._asyncio.call_soon(self._readable)
        if self._plain and (raw := self._raw_socket()) is not None:
            # Linux forgets this option; without it a delayed ACK meets Nagle at the broker and costs 40 ms.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _take(self, data: bytes) -> None:
        self._last_bytes_received = time.monotonic()
        try:
            for command, body, length in self._framer.feed(data):
                if command & 0xF0 == PUBLISH:
                    self._take_publication(publication(command, body, length, modern=self.modern))
                else:
                    self._take_packet(command, body)
                if self._sock is None:
                    return
        except (MQTTException, IndexError, KeyError, ValueError) as error:
            self._end(f"the broker sent something malformed: {error}")
            return
        self._owner.batch_read()

    def _take_publication(self, found: Publication) -> None:
        if found.size > self._config.max_payload:
            if found.qos:
                self.send_ack(found.packet)
            self._owner.oversized(found.topic, found.size)
        else:
            self._owner.received(self, found)

    def _take_packet(self, command: int, body: bytes) -> None:
        """Let paho decode what is no publication."""
        self._in_packet["command"] = command
        self._in_packet["packet"] = bytearray(body)
        self._in_packet["remaining_length"] = len(body)
        if self._packet_handle() != MQTTErrorCode.MQTT_ERR_SUCCESS and self._sock is not None:
            raise ValueError(f"packet {command:#04x}")

    # paho's callbacks -----------------------------------------------------------------------------------
    def _connected(
        self, _c: Client, _u: object, flags: ConnectFlags, reason: ReasonCode, found: Properties | None
    ) -> None:
        if reason.is_failure:
            self._end(f"{reason}", reason.value)
            return
        known: Any = found
        self._owner.up(
            self,
            session=flags.session_present,
            receive_maximum=getattr(known, "ReceiveMaximum", 65_535),
            identifiers=self.modern and getattr(known, "SubscriptionIdentifierAvailable", 1) == 1,
        )

    def _disconnected(
        self, _c: Client, _u: object, flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        told = flags.is_disconnect_packet_from_server
        self._end(f"{reason}", reason.value if told else None)

    def _published(self, _c: Client, _u: object, mid: int, reason: ReasonCode, _p: Properties | None) -> None:
        self._owner.acknowledged(self, mid, refused=str(reason) if reason.is_failure else None)

    def _subscribed(
        self, _c: Client, _u: object, mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._owner.subscribed(self, mid, [str(one) if one.is_failure else None for one in reasons])


def _properties(kind: int) -> Any:
    return Properties(kind)  # type: ignore[no-untyped-call]
