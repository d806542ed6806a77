"""Clients for the tests, and waiting for conditions."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from agent.mqtt.client import Mqtt
from agent.mqtt.config import MqttConfig
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

_numbers = itertools.count()


def fresh() -> str:
    """A name that no other test uses."""
    return f"t{next(_numbers)}"


class Node:
    """One client with all that it needs."""

    def __init__(self, port: int, name: str, **config: Any) -> None:
        self.topics = Topics(name)
        self.bus = Bus()
        self.metrics = Metrics()
        self.mqtt = Mqtt(
            config=MqttConfig(port=port, **config),
            topics=self.topics,
            bus=self.bus,
            clock=Clock(),
            metrics=self.metrics,
        )
        self.running: asyncio.Task[None] | None = None

    def run(self) -> None:
        self.running = asyncio.get_running_loop().create_task(self.mqtt.run())

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])
        await self.mqtt.close()

    def collect(self, topic_filter: str, **how: Any) -> list[Message]:
        got: list[Message] = []
        self.mqtt.subscribe(topic_filter, got.append, **how)
        return got


async def until(claim: Callable[[], Any], limit: float = 10.0) -> None:
    """Wait until `claim()` holds."""
    async with asyncio.timeout(limit):
        while not claim():  # it may look at anything
            await asyncio.sleep(0.005)


async def settled(node: Node) -> None:
    """Wait until the broker has handled all that `node` asked of it so far."""
    done: list[None] = []
    node.mqtt.publish(node.topics("settled"), "", on_ack=lambda: done.append(None))
    await until(lambda: done)


@asynccontextmanager
async def node(port: int, name: str = "", *, connected: bool = True, **config: Any) -> AsyncIterator[Node]:
    """A running client, closed at the end."""
    one = Node(port, name or fresh(), **config)
    one.run()
    try:
        if connected:
            await until(lambda: one.mqtt.connected)
            await one.mqtt.answered()
        yield one
    finally:
        await one.stop()


class Proxy:
    """A TCP relay that can be cut, and that counts the SUBSCRIBE packets' bytes going up."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0
        self.left: int | None = None
        """Bytes that still go down before the connection is cut."""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, back]
        await asyncio.gather(self._pipe(reader, back, down=False), self._pipe(there, writer, down=True))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, down: bool) -> None:
        try:
            while data := await reader.read(4096):
                if down and self.left is not None:
                    data, self.left = data[: self.left], self.left - len(data)
                writer.write(data)
                await writer.drain()
                if down and self.left is not None and self.left <= 0:
                    self.left = None
                    self.cut()
        except OSError:
            pass
        finally:
            writer.close()
