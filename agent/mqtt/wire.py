"""The bytes of one connection, in asyncio: paho decodes and watches the keep-alive, we read and write.

One read for many packets, one write for all that a loop turn sends; publications never become paho's objects.
This is what reaches into paho 2.2, and the place to look at when another version comes.
"""

import asyncio
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any, Literal

from paho.mqtt import MQTTException
from paho.mqtt.client import Client, WebsocketConnectionError
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from typing_extensions import override

from agent.mqtt.packets import PUBACK, PUBLISH, Framer

READ = WRITE = 65_536
MOST_UNSENT = 4 * 1024 * 1024
"""Bytes that may wait for the socket before publications are held back."""
READS_IN_A_ROW = 16
CONNECTING_WITHIN = 10.0
HUNG_UP_WITHIN = 0.5


class Wire(Client):
    """A connection that is opened once. Everything but the opening happens in the event loop."""

    def __init__(
        self,
        *,
        client_id: str,
        protocol: Literal["5", "3.1.1"],
        transport: Literal["tcp", "websockets"],
        encrypted: bool,
        longest: int,
        lasting: bool = True,
    ) -> None:
        self.modern = protocol == "5"
        self._asyncio = asyncio.get_running_loop()
        self._attached = False
        self._paused = False
        self._ended = False
        self._flushing = False
        self._writing = False
        self._unsent = bytearray()
        self._all_sent = asyncio.Event()
        self._closed = asyncio.Event()
        self._framer = Framer(longest=longest)
        self._tick: asyncio.TimerHandle | None = None
        self._half_open: socket.socket | None = None
        self._plain = transport == "tcp" and not encrypted
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if self.modern else not lasting,
            protocol=MQTTProtocolVersion.MQTTv5 if self.modern else MQTTProtocolVersion.MQTTv311,
            transport=transport,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.max_inflight_messages_set(0)

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
            # A broker that hangs up has read it; one that ends before it has, as our own may, sends the will.
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if self._paused else HUNG_UP_WITHIN):
                    await self._closed.wait()
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

    # what a Link adds -----------------------------------------------------------------------------------
    def _connect(self) -> None:
        """Open the connection, blocking, and send CONNECT."""
        raise NotImplementedError

    def _take_publication(self, command: int, body: bytes, length: int) -> None:
        """Handle a PUBLISH packet."""
        raise NotImplementedError

    def _take_acknowledgement(self, body: bytes) -> None:
        """Handle a PUBACK packet."""
        raise NotImplementedError

    def _batch_taken(self) -> None:
        """All that one read brought is handled."""
        raise NotImplementedError

    def _down(self, reason: str, code: int | None) -> None:
        """The connection ended, and not because we wanted it."""
        raise NotImplementedError

    # bytes ----------------------------------------------------------------------------------------------
    @override
    def _create_socket(self) -> Any:
        try:
            return super()._create_socket()
        except (OSError, ValueError, WebsocketConnectionError):
            if self._half_open is not None:
                self._half_open.close()
            raise

    @override
    def _create_socket_connection(self) -> socket.socket:
        self._half_open = super()._create_socket_connection()
        return self._half_open

    @override
    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        context = self._ssl_context
        if context is None:
            raise ValueError("TLS without a context")
        wrapped = context.wrap_socket(tcp_sock, server_hostname=self._host, do_handshake_on_connect=False)
        self._half_open = wrapped
        wrapped.settimeout(self._connect_timeout)
        wrapped.do_handshake()
        return wrapped

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

    @override
    def _sock_close(self) -> None:
        sock = self._sock
        if sock is not None and self._attached:
            self._attached = False
            self._closed.set()
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
            self._down(reason, code)

    @override
    def _packet_queue(
        self,
        command: int,  # paho's own signature
        packet: bytes | bytearray,
        mid: int,
        qos: int,
        info: object = None,
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
            if not self._ended:
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
                    self._take_publication(command, body, length)
                elif command == PUBACK:
                    self._take_acknowledgement(body)
                else:
                    self._take_packet(command, body)
                if self._sock is None:
                    return
        except (MQTTException, IndexError, KeyError, ValueError) as error:
            self._end(f"the broker sent something malformed: {error}")
            return
        self._batch_taken()

    def _take_packet(self, command: int, body: bytes) -> None:
        """Let paho decode what is no publication."""
        self._in_packet["command"] = command
        self._in_packet["packet"] = bytearray(body)
        self._in_packet["remaining_length"] = len(body)
        if self._packet_handle() != MQTTErrorCode.MQTT_ERR_SUCCESS and self._sock is not None:
            raise ValueError(f"packet {command:#04x}")
