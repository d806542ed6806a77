"""`hearthd record` as people start it, and what it wrote."""

import asyncio
import gzip
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.mqtt.config import MqttConfig
from agent.mqtt.listener import Listener
from agent.recording.format import Published, Recorded
from agent.recording.reader import Recording
from agent.recording.recorder import Recorder
from agent.recording.writer import Limits, Writer
from agent.runtime.clock import Clock
from tests.cli.program import Program, until


@contextmanager
def recording(program: Program, *arguments: str, **how: Any) -> Iterator["subprocess.Popen[str]"]:
    """`hearthd record` in a process of its own, listening."""
    log = program.folder / "record.log"
    with log.open("w") as out:
        process = program.begin("record", *arguments, stdout=out, stderr=subprocess.STDOUT, **how)
    try:
        until(lambda: "recording " in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(5)


@asynccontextmanager
async def recorded(port: int, path: Path, *filters: str, **config: Any) -> AsyncIterator[Recorder]:
    """The same in this process, for whoever need not kill it. It is all on disk when the block is over."""
    one = Writer(path, node="test", filters=filters or ("#",), clock=Clock(), limits=Limits())
    recorder = Recorder(writer=one, clock=Clock())
    listener = Listener(
        config=MqttConfig(port=port, **config),
        purpose="test",
        filters=filters or ("#",),
        heard=recorder.heard,
        full=recorder.full,
        lost=recorder.wake,
        clock=Clock(),
    )
    ready = asyncio.Event()
    one.open()
    running = asyncio.create_task(recorder.run(listener, ready=ready.set))
    try:
        await ready.wait()
        yield recorder
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        one.close()


async def heard(recorder: Recorder, number: int) -> None:
    """Wait until so many messages were heard."""
    await soon(lambda: recorder.messages >= number)


async def soon(claim: Callable[[], Any], limit: float = 10.0) -> None:
    """Wait until `claim()` holds."""
    async with asyncio.timeout(limit):
        while not claim():
            await asyncio.sleep(0.01)


@contextmanager
def speaker(port: int) -> Iterator[Client]:
    """Somebody who publishes."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def say(client: Client, topic: str, payload: Any, **how: Any) -> None:
    """Publish, and wait for the broker's word that it has it."""
    client.publish(topic, payload, **{"qos": 1, **how}).wait_for_publish(5)


def messages(path: Path) -> list[Published]:
    """The messages in a recording."""
    return [one for one in Recording(path) if isinstance(one, Published)]


def holds(path: Path, topic: str) -> bool:
    """Whether a message on `topic` is on disk."""
    return path.exists() and any(one.topic == topic for one in messages(path))


def writer(path: Path, **limits: Any) -> Writer:
    """A writer that has begun."""
    one = Writer(path, node="test", filters=("#",), clock=Clock(), limits=Limits(**limits))
    one.open()
    return one


def written(path: Path, *happened: Recorded, flushes: int = 1) -> Path:
    """A recording of what happened, in as many flushes."""
    one = writer(path)
    each = -(-len(happened) // flushes)
    for at in range(0, len(happened), max(each, 1)):
        for happening in happened[at : at + each]:
            one.add(happening)
        one.flush()
    one.close()
    return path


def said(number: int, payload: bytes = b"on") -> Published:
    """Some message."""
    return Published(time=1_700_000_000.0 + number, topic=f"lamp/{number}", payload=payload)


def pieces(path: Path) -> list[bytes]:
    """The gzip members of a file."""
    raw = path.read_bytes()
    found = [
        gzip.compress(b"", 6, mtime=0)[:8] + one for one in raw.split(b"\x1f\x8b\x08\x00\x00\x00\x00\x00")
    ]
    return found[1:]
