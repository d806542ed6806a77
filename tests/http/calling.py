"""Whoever calls over HTTP: with aiohttp's client if they keep to the rules, with bare sockets if not."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.automations.ruled import ruled
from tests.house import House
from tests.mosquitto import free_port

PHONE = "the-key-of-the-phone"
PANEL = "the-key-of-the-panel"
KEYS = {"phone": PHONE, "panel": PANEL}
UNMEASURED = {"enabled": False}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> str:
        """Why not."""
        assert set(self.body) == {"error"}
        return self.body["error"]


class Web:
    """The house as it is called over HTTP."""

    def __init__(self, house: House, port: int, session: aiohttp.ClientSession) -> None:
        self.house = house
        self.port = port
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        host: str = "127.0.0.1",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """Send a request to one of our addresses."""
        sent = {**({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        url = f"http://{host}:{self.port}{path}"
        async with self._session.request(method, url, headers=sent, **more) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.call("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Answer:
        return await self.call("POST", path, **more)

    async def ask(self, text: str, *, key: str | None = None, **more: Any) -> Answer:
        return await self.post("/v1/ask", key=key, json={"text": text, **more})

    async def raw(self, sent: bytes, *, limit: float = 10.0) -> bytes:
        """Send bytes on a connection of their own, and return all that comes until we are hung up on."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent)
            async with asyncio.timeout(limit):
                return await everything(reader)
        finally:
            writer.close()

    async def listening(self, *, is_: bool = True) -> None:
        """Wait until somebody listens, or nobody does any more."""
        await self.house.until(lambda: self._told()["listening"] is is_, 15.0)

    @property
    def obstacle(self) -> str | None:
        return self._told()["obstacle"]

    def _told(self) -> dict[str, Any]:
        hosted = self.house.daemon.hosted["http"]
        running = hosted.as_json()["status"] == "running"
        return hosted.integration._told() if running else {"listening": False, "obstacle": None}


@asynccontextmanager
async def calling(house: House, port: int) -> AsyncIterator[Web]:
    """Somebody who calls a house that is there."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Web(house, port, session)


@asynccontextmanager
async def answering(
    port: int, folder: Path, rules: Sequence[Mapping[str, Any]] = (), *, api: Mapping[str, Any], **more: Any
) -> AsyncIterator[Web]:
    """The daemon with a few devices, `rules` and `api`, once it listens.

    It does not measure itself unless `more` says so: how well it is depends on what ran before.
    """
    own = api.get("port") or free_port()
    more = {"health": UNMEASURED, **more}
    async with (
        ruled(port, folder, rules, api={**api, "port": own}, **more) as house,
        calling(house, own) as web,
    ):
        await web.listening()
        yield web


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All that comes until we are hung up on, in whatever way."""
    found = b""
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            found += part
    return found


def chunked(*parts: bytes) -> bytes:
    """A body in pieces whose length nobody said before."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def request(body: bytes = b"", *headers: str, path: str = "/v1/ask", host: str = "localhost") -> bytes:
    """A request as bytes, with `headers` instead of a length if there are any."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", "Connection: close"]
    return "\r\n".join([*lines, *(headers or (f"Content-Length: {len(body)}",)), "", ""]).encode() + body
