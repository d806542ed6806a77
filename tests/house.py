"""A running house to try things in: the real assembly on a real broker, heard from outside."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from agent import config as configuration
from agent.app import Daemon, run

NODE = "test"
OF_THE_MACHINE = ("host", "systemd_units")
"""Integrations that would tell a test of the machine that it runs on, and run only where it names them."""
_ids = itertools.count()


class House:
    """The daemon, and somebody else on its bus."""

    def __init__(self, daemon: Daemon, client: Client) -> None:
        self.daemon = daemon
        self.client = client
        self.heard: list[tuple[str, bytes, bool]] = []

    def publish(self, topic: str, payload: Any, *, retain: bool = False, qos: int = 1) -> None:
        """Publish as a device or another program would."""
        raw = payload if isinstance(payload, str | bytes) or payload is None else orjson.dumps(payload)
        self.client.publish(topic, raw, qos=qos, retain=retain)

    def topic(self, *levels: str) -> str:
        """One of the daemon's own topics."""
        return "/".join(("hearthd", NODE, *levels))

    def on(self, topic: str) -> list[Any]:
        """Everything heard on a topic so far."""
        return [_read(payload) for heard, payload, _ in self.heard if heard == topic]

    async def until(self, claim: Any, limit: float = 5.0) -> Any:
        """Wait until `claim()` holds and return what it gives."""
        async with asyncio.timeout(limit):
            while not (found := claim()):
                await asyncio.sleep(0.01)
            return found

    async def do(self, service: str, target: Any, data: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Ask for a service over the bus; returns the id."""
        action_id = more.pop("id", f"a{next(_ids)}")
        self.publish(
            self.topic("do"),
            {"id": action_id, "service": service, "target": target, "data": data or {}, **more},
        )
        return action_id

    def outcomes(self, action_id: str) -> list[dict[str, Any]]:
        """What was published about an action."""
        return [one for one in self.on(self.topic("outcome")) if one["id"] == action_id]

    async def ended(self, action_id: str, limit: float = 10.0) -> dict[str, Any]:
        """The last outcome of an action's only step."""
        return await self.until(
            lambda: next((one for one in self.outcomes(action_id) if one["final"]), None), limit
        )

    async def statuses(self, action_id: str, limit: float = 10.0) -> list[str]:
        """Every status of an action's only step, in order."""
        await self.ended(action_id, limit)
        return [one["status"] for one in self.outcomes(action_id)]


@asynccontextmanager
async def living(
    port: int, state_dir: Path, values: Mapping[str, Any] | Path | None = None, *, hear: bool = True
) -> AsyncIterator[House]:
    """The daemon on the broker at `port`, with `values` as its configuration, or what is in that file."""
    loaded = configuration.with_values(
        configuration.read(values)
        if isinstance(values, Path)
        else configuration.from_values(values or {}, source="test"),
        {
            "node": {"name": NODE, "state_dir": str(state_dir)},
            "mqtt": {"host": "127.0.0.1", "port": port},
            **({} if _wants_journal(values) else {"journal": {"enabled": False}}),
            "plugins": {one: {"enabled": False} for one in OF_THE_MACHINE if not _configures(values, one)},
        },
        source="test",
    )
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Daemon] = loop.create_future()
    client = Client(CallbackAPIVersion.VERSION2)
    listening = asyncio.Event()
    house = House(None, client)  # type: ignore[arg-type]  # set below, before anybody sees it
    client.on_message = lambda _c, _d, m: house.heard.append((m.topic, m.payload, m.retain))
    client.on_subscribe = lambda *_: loop.call_soon_threadsafe(listening.set)
    # Nagle's algorithm against delayed acknowledgements would add 40 ms to what is measured here.
    client.on_socket_open = lambda _c, _d, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    if hear:
        client.subscribe("#", qos=1)
        await listening.wait()
    running = asyncio.create_task(run(loaded, opened.set_result))
    try:
        await asyncio.wait([opened, running], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        house.daemon = await opened
        yield house
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        client.disconnect()
        client.loop_stop()


def _wants_journal(values: Mapping[str, Any] | Path | None) -> bool:
    """Whether a test wants a journal; the one of the machine that it runs on would tell it anything."""
    return isinstance(values, Mapping) and "journal" in values


def _configures(values: Mapping[str, Any] | Path | None, plugin: str) -> bool:
    """Whether a test wants what looks at the machine that it runs on."""
    return isinstance(values, Mapping) and plugin in values.get("plugins", {})


def _read(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except ValueError:
        return payload
