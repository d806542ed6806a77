"""Servers that people get their messages from, as far as a sender sees them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any


class WebServer:
    """Takes what is posted. It may be told to fail, or to say nothing."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.asked = 0
        self.status = 200
        self.answers = asyncio.Event()
        self.answers.set()
        self._server: asyncio.Server
        self.port = 0

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.answers.set()
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    @property
    def messages(self) -> list[str]:
        return [one["message"] for one in self.got]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {key.lower(): value.strip() for key, _, value in (one.partition(":") for one in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked += 1
        posted = head[0].startswith("POST")
        status = self.status if posted else 200
        await self.answers.wait()
        if status == 200 and posted:
            self.got.append(json.loads(body))
            self.headers.append(headers)
            self.paths.append(head[0].split()[1])
        writer.write(
            f"HTTP/1.1 {status} So\r\nContent-Length: 2\r\nLocation: /elsewhere\r\n"
            "Connection: close\r\n\r\n{}".encode()
        )
        writer.close()


class MailServer:
    """Takes mail as RFC 5321 wants it, from anybody."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.recipients: list[str] = []
        self.port = 0
        self._server: asyncio.Server

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.got.append(message_from_bytes(raw[:-3]))
            elif verb == b"RCPT":
                self.recipients.append(line.decode().strip())
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")
            if verb == b"QUIT":
                break
        writer.close()


@asynccontextmanager
async def serving(server: Any) -> AsyncIterator[Any]:
    """`server` for as long as the block runs."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def settings(to: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A configuration in which these people get messages."""
    return {"plugins": {"notify": {"to": to, **more}}}


async def send(house: Any, message: str = "the bins", **data: Any) -> str:
    """Ask for a message over the bus; returns the id of the action."""
    return await house.do("notify.send", {}, {"message": message, **data})
