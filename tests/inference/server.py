"""A server with OpenAI's interface, as others write them: the peer of our client."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Request:
    path: str
    headers: dict
    body: dict

    @property
    def said(self):
        return self.body["messages"][-1]["content"]


def answer(body, status="200 OK", *, headers=()):
    """An answer in one piece; `body` is made JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def said(text, *, reason="stop", tokens=3, **more):
    """What a model says, in one piece."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": reason, **more}
    return answer({"choices": [choice], "usage": {"completion_tokens": tokens}})


def chunk(text):
    """One chunk of an answer whose length nobody knows yet."""
    content = text.encode()
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def event(text=None, reason=None, **more):
    """One piece of a streamed answer."""
    choice = {"delta": {} if text is None else {"content": text}, "finish_reason": reason, **more}
    return chunk(f"data: {json.dumps({'choices': [choice]})}\r\n\r\n")


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = chunk("data: [DONE]\n\n") + b"0\r\n\r\n"


class Peer:
    """Answers each request with the next of `answers`, or with the last again; None never answers.

    An answer is bytes, or a coroutine function that is given the request and the writer.
    """

    def __init__(self, *answers):
        self.requests = []
        self.answers = list(answers)
        self.left = 0
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    async def until(self, claim, limit=5.0):
        """Wait until `claim` holds of this peer."""
        async with asyncio.timeout(limit):
            while not claim(self):
                await asyncio.sleep(0.002)

    async def _serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            self.requests.append(Request(first.split()[1], headers, body))
            following = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if following is None:
                await reader.read()
                self.left += 1
            elif isinstance(following, bytes):
                writer.write(following)
            else:
                await following(self.requests[-1], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left += 1
        finally:
            writer.close()

    @asynccontextmanager
    async def open(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
