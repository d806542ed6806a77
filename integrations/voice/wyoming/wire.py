"""Events over a connection, bounded in size and time.

The library's own reader takes any length that a header promises and waits for it for ever, and ends on
nonsense as if the peer had hung up; it writes as long as the peer does not read. So we read here.
"""

import asyncio
import contextlib
from typing import Any, Self

import orjson

from integrations.voice.wyoming.events import Event, Eventable, async_write_event

MOST_HEADER = 64 * 1024
"""Bytes of the line that an event begins with."""
MOST_DATA = 256 * 1024
"""Bytes of what an event says beyond its header; the description of a large server is the longest."""
MOST_PAYLOAD = 1024 * 1024
"""Bytes of sound in one event: half a minute, where usual is a tenth of a second."""
WRITES_WITHIN = 10.0
"""Seconds in which a peer takes what it is sent at a time."""
CLOSES_WITHIN = 1.0


class WireError(Exception):
    """What came is no event, or the peer is gone; the text says what is wrong. Nothing more can be read."""


class Wire:
    """One connection, of either side."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        takes_within: float = WRITES_WITHIN,
    ) -> None:
        """Take a connection; `reader` has to have the limit of `MOST_HEADER`."""
        self._reader = reader
        self._writer = writer
        self._takes_within = takes_within
        peer = writer.get_extra_info("peername")
        self.host: str = peer[0] if peer else "unknown"
        """The address of the peer."""

    @classmethod
    async def connected(cls, host: str, port: int, *, within: float) -> Self:
        """A connection to a server.

        Raises:
            OSError: it is not there (TimeoutError: does not answer).
        """
        async with asyncio.timeout(within):
            return cls(*await asyncio.open_connection(host, port, limit=MOST_HEADER))

    async def read(self, *, within: float) -> Event | None:
        """The next event; None: the peer has hung up between two.

        Raises:
            WireError: what comes is no event, is too long, or is not there in time.
        """
        try:
            async with asyncio.timeout(within):
                return await self._event()
        except TimeoutError:
            raise WireError(f"no event came for {within:g} s") from None
        except asyncio.IncompleteReadError:
            raise WireError("it hung up in the middle of an event") from None
        except OSError as error:
            raise WireError(f"the connection is lost: {error.strerror or error}") from None

    async def write(self, *events: Eventable) -> None:
        """Send events.

        Raises:
            WireError: the peer is gone, or takes nothing.
        """
        try:
            async with asyncio.timeout(self._takes_within):
                for event in events:
                    await async_write_event(event.event(), self._writer)
        except TimeoutError:
            # What lies in the buffer would keep the connection open for ever.
            self._writer.transport.abort()
            raise WireError(f"it took nothing of what it was sent for {self._takes_within:g} s") from None
        except (OSError, RuntimeError) as error:
            raise WireError(f"the connection is lost: {error}") from None

    def hang_up(self) -> None:
        """Let nothing more come; what was written is still sent."""
        self._writer.close()

    async def close(self) -> None:
        """Hang up, with what is still unsent where the peer takes it soon."""
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSES_WITHIN):
                await self._writer.wait_closed()
        except OSError:  # also a TimeoutError
            self._writer.transport.abort()
        finally:
            # Whoever is cancelled here leaves nothing open either.
            if self._writer.transport.get_write_buffer_size():
                self._writer.transport.abort()

    async def _event(self) -> Event | None:
        try:
            line = await self._reader.readline()
        except ValueError:
            raise WireError(f"its header is longer than {MOST_HEADER} bytes") from None
        if not line:
            return None
        if not line.endswith(b"\n"):
            raise WireError("it hung up in the middle of an event")
        header = _object(line, "header")
        kind, data = header.get("type"), header.get("data")
        if not isinstance(kind, str):
            raise WireError(f"its header has the type {kind!r:.40}; a text would be right")
        if data is not None and not isinstance(data, dict):
            raise WireError(f"the data of its {kind:.40} is no JSON object")
        found = dict(data or {})
        if (size := _length(header, "data_length", MOST_DATA)) > 0:
            found |= _object(await self._reader.readexactly(size), "data")
        size = _length(header, "payload_length", MOST_PAYLOAD)
        payload = await self._reader.readexactly(size) if size else None
        return Event(type=kind, data=found, payload=payload)


def _object(text: bytes, what: str) -> dict[str, Any]:
    found = None
    with contextlib.suppress(orjson.JSONDecodeError):
        found = orjson.loads(text)
    if not isinstance(found, dict):
        raise WireError(f"its {what} is no JSON object: {text[:40]!r}")
    return found


def _length(header: dict[str, Any], name: str, most: int) -> int:
    given = header.get(name)
    if given is None:
        return 0
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= most:
        raise WireError(f"its {name} is {given!r:.40}; 0 to {most} is possible")
    return given
