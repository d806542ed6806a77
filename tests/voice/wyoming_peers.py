"""A Wyoming server of ours on a real ear and a real voice, and the library's own client that asks it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from wyoming.client import AsyncTcpClient
from wyoming.event import async_write_event
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from agent.api import Intent, Reply
from integrations.voice.elsewhere import Elsewhere
from integrations.voice.heard import Heard
from integrations.voice.hearing import Ear
from integrations.voice.speaking import TtsSettings, open_voice
from integrations.voice.wyoming.events import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Event,
    Eventable,
    PipelineStage,
    Transcribe,
)
from integrations.voice.wyoming.section import WyomingSettings
from integrations.voice.wyoming.server import WyomingServer
from tests.voice import ear_process, speech

ASR, HANDLE, TTS, WAKE = (PipelineStage(name) for name in ("asr", "handle", "tts", "wake"))
FORM = {"rate": 16_000, "width": 2, "channels": 1}
COMMAND = "turn on the kitchen light"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def reply(text: str = "Done.", *, intents: tuple[Intent, ...] = (), **more: Any) -> Reply:
    given = {"id": "r1", "session": "s", "shown": text, "language": "en", **more}
    return Reply(text=text, intents=intents, **given)


@dataclass
class Room:
    """Whoever is asked what to do about what was said: here it is noted, and answered as is wanted."""

    answer: Reply = field(default_factory=lambda: reply(intents=(Intent(name="HassTurnOn"),)))
    said_: list[tuple[Heard, dict[str, Any]]] = field(default_factory=list)
    open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What alone may be answered, by conversation."""

    async def said(self, heard: Heard, **how: Any) -> Reply:
        self.said_.append((heard, how))
        return self.answer

    def expected(self, session: str) -> tuple[str, ...] | None:
        return self.open.pop(session, None)

    async def understood(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"intents": [{"name": one.name, "slots": one.slots} for one in self.answer.intents]}


class Deaf:
    """An ear that is just being started, as every ear is at first."""

    def __new__(cls) -> Ear:  # type: ignore[misc]
        return Ear({"do": "open"}, lambda _: None)


@asynccontextmanager
async def hearing(
    recogniser: Mapping[str, Any] = ear_process.VOSK, elsewhere: Elsewhere | None = None
) -> AsyncIterator[Ear]:
    """A real ear, ready."""
    ready = asyncio.Event()

    def hear(event: Mapping[str, Any]) -> None:
        if event["event"] == "vocabulary":
            ready.set()

    opening = {"do": "open", "source": None, "wake": ear_process.WAKE, "vad": {}, "recogniser": recogniser}
    ear = Ear(opening, hear, elsewhere)
    ear.learn({"phrases": list(ear_process.PHRASES), "jsgf": "", "names": ["kitchen"]})
    work = asyncio.create_task(ear.work())
    try:
        await asyncio.wait_for(ready.wait(), 15)
        yield ear
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def espeak() -> Any:
    return open_voice(
        TtsSettings(engine="espeak"),
        monotonic=asyncio.get_running_loop().time,
        problem=lambda _key, _text: None,
    )


@asynccontextmanager
async def serving(
    *,
    ear: Ear | None = None,
    room: Room | None = None,
    voice: Any = None,
    areas: Mapping[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[int]:
    """A server, on the port that is given."""
    port = free_port()
    room = room or Room()
    server = WyomingServer(
        WyomingSettings.model_validate({"enabled": True, "port": port, **settings}),
        hearing=ear or Deaf(),
        talking=room,
        understood=room.understood,
        voice=voice,
        areas=areas or {},
        language="en",
    )
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(5):
            while not server.listening and not task.done():
                await asyncio.sleep(0.005)
        if task.done():
            task.result()
        yield port
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5)


@asynccontextmanager
async def asking(port: int) -> AsyncIterator[AsyncTcpClient]:
    async with AsyncTcpClient("127.0.0.1", port, connect_timeout=5, read_timeout=10) as client:
        yield client


async def send(client: AsyncTcpClient, *events: Eventable) -> None:
    for event in events:
        await client.write_event(event.event())


async def until(client: AsyncTcpClient, *kinds: str) -> list[Event]:
    """What comes, up to the first event of one of `kinds`."""
    found: list[Event] = []
    while (event := await client.read_event()) is not None:
        found.append(event)
        if event.type in kinds:
            return found
    raise AssertionError(f"it hung up after {found}")


async def ask(port: int, event: Eventable, *kinds: str) -> Event:
    """The answer to one event on a connection of its own."""
    async with asking(port) as client:
        await send(client, event)
        return (await until(client, *kinds))[-1]


def spoken(pcm: bytes, *, form: Mapping[str, int] = FORM, seconds: float = 0.1) -> Iterable[Eventable]:
    """`pcm` as an assistant sends it."""
    frame = form["width"] * form["channels"]
    size = round(form["rate"] * seconds) * frame
    yield Transcribe(language="en")
    yield AudioStart(**form)
    for start in range(0, len(pcm), size):
        yield AudioChunk(**form, audio=pcm[start : start + size])
    yield AudioStop()


def command(text: str = COMMAND) -> bytes:
    return speech.silence(0.3) + speech.say(text, voice="en-us+f4") + speech.silence(0.5)


class SatellitePeer:
    """A satellite: what it is told, and what it sends."""

    def __init__(self, **told: Any) -> None:
        self.told = told
        self.events: list[Event] = []
        self.connections = 0
        self.writer: asyncio.StreamWriter | None = None

    def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncEventHandler:
        peer = self
        peer.connections += 1
        peer.writer = writer

        class Handler(AsyncEventHandler):
            async def handle_event(self, event: Event) -> bool:
                peer.events.append(event)
                if event.type == "describe":
                    about = {"name": "peer", "attribution": {"name": "", "url": ""}, "installed": True}
                    about |= {"description": None, "version": None, **peer.told}
                    await self.write_event(Event("info", {"satellite": about}))
                if event.type == "ping":
                    await self.write_event(Event("pong", event.data))
                return True

        return Handler(reader, writer)

    async def send(self, *events: Eventable) -> None:
        assert self.writer is not None
        for event in events:
            await async_write_event(event.event(), self.writer)

    async def until(self, kind: str, *, times: int = 1) -> Event:
        async with asyncio.timeout(10):
            while True:
                found = [event for event in self.events if event.type == kind]
                if len(found) >= times:
                    return found[times - 1]
                await asyncio.sleep(0.01)

    def kinds(self) -> list[str]:
        """What it was told, every kind once in a row."""
        kinds = [event.type for event in self.events if event.type != "ping"]
        return [kind for number, kind in enumerate(kinds) if number == 0 or kinds[number - 1] != kind]


@asynccontextmanager
async def standing(peer: SatellitePeer, port: int) -> AsyncIterator[None]:
    server = AsyncTcpServer("127.0.0.1", port)
    await server.start(peer.handler)
    try:
        yield
    finally:
        await server.stop()
        await asyncio.sleep(0)


def sound(pcm: bytes) -> Iterable[AudioChunk]:
    return (AudioChunk(**FORM, audio=pcm[start : start + 3_200]) for start in range(0, len(pcm), 3_200))
