"""One POST of JSON over HTTP/1.1, and its answer as it comes: all that a model's server needs.

No redirects, no proxies, no cookies, one connection for each request; a certificate is always verified.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agent.errors import TransientError

LONGEST_LINE = 1 << 18
LONGEST_BODY = 1 << 23
_OK, _MULTIPLE_CHOICES = 200, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The beginning of an answer; the rest is read from it."""

    status: int
    headers: Mapping[str, str]
    _reader: asyncio.StreamReader = field(repr=False)

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return _OK <= self.status < _MULTIPLE_CHOICES

    async def body(self) -> bytes:
        """The whole of the rest."""
        found = bytearray()
        async for part in self._parts():
            found += part
        return bytes(found)

    async def lines(self) -> AsyncIterator[bytes]:
        """The rest, line by line."""
        rest = b""
        async for part in self._parts():
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield line.strip()
        yield rest.strip()

    async def _parts(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._chunks() if self._chunked else self._plain():
            taken += len(part)
            if taken > LONGEST_BODY:
                raise TransientError("the server's answer does not end")
            yield part

    @property
    def _chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    async def _plain(self) -> AsyncIterator[bytes]:
        length = self.headers.get("content-length", "")
        left = int(length) if length.isdecimal() else LONGEST_BODY + 1
        while left > 0 and (part := await self._reader.read(min(left, 1 << 16))):
            left -= len(part)
            yield part
        if left > 0 and length:
            raise TransientError("the server's answer is cut off")

    async def _chunks(self) -> AsyncIterator[bytes]:
        while length := int((await self._reader.readuntil(b"\n")).split(b";")[0], 16):
            if length < 0 or length > LONGEST_BODY:
                raise ValueError(length)
            yield (await self._reader.readexactly(length + 2))[:-2]


@asynccontextmanager
async def post(url: str, body: bytes, headers: Mapping[str, str]) -> AsyncIterator[Response]:
    """The answer to `body`; the connection ends with the block.

    Raises:
        TransientError: nobody answers, or not in HTTP; one line that does not tell the headers.
    """
    there = urlsplit(url)
    host = there.hostname or ""
    secure = ssl.create_default_context() if there.scheme == "https" else None
    port = there.port or (443 if secure else 80)
    try:
        reader, writer = await asyncio.open_connection(host, port, ssl=secure, limit=LONGEST_LINE)
    except ssl.SSLError as error:
        raise TransientError(f"{host}:{port} has no certificate that we trust: {error.reason}") from None
    except OSError as error:
        raise TransientError(f"{host}:{port} can't be reached: {error.strerror or error}") from None
    try:
        writer.write(_request(there.path or "/", there.netloc.rpartition("@")[2], headers, body))
        await writer.drain()
        yield await _response(reader)
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
        raise TransientError(f"{host}:{port} broke off: {_named(error)}") from None
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await writer.wait_closed()


def _request(path: str, host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = {
        "Host": host,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _response(reader: asyncio.StreamReader) -> Response:
    protocol, _, rest = (await reader.readuntil(b"\n")).decode("latin-1").partition(" ")
    if not protocol.startswith("HTTP/1."):
        raise ValueError("that is not HTTP")
    headers: dict[str, str] = {}
    while line := (await reader.readuntil(b"\n")).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
        if len(headers) > 100:  # noqa: PLR2004
            raise ValueError("too many headers")
    return Response(status=int(rest.split()[0]), headers=headers, _reader=reader)


def _named(error: Exception) -> str:
    match error:
        case asyncio.IncompleteReadError() | ConnectionError():
            return "the connection was closed"
        case OSError():
            return error.strerror or "the connection failed"
        case _:
            return "that is not the HTTP we speak"
