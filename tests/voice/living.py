"""A house that listens: the whole daemon, with a microphone that the test speaks into."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.home.housefile import read_house
from integrations.voice.microphone import State
from tests.house import House, living
from tests.integrations.simulating import there
from tests.mosquitto import Mosquitto
from tests.voice import speech

HOUSE = """
areas: [{id: kitchen, name: Kitchen}, {id: living_room, name: Living Room}]
entities:
  - {id: light.kitchen, name: Kitchen Light, area: kitchen, state: "off"}
  - {id: fan.living_room, name: Living Room Fan, area: living_room, state: "off"}
  - {id: cover.garage, name: Garage Door, area: kitchen, state: closed, attributes: {device_class: garage}}
"""
AT_ONCE = 0.8
"""Seconds of sound that are sent in one go; the ear keeps up with many times real time."""


class Room:
    """A peer that sends sound over TCP, as `microphone: {stream: ...}` wants it."""

    def __init__(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        self._heard_by = asyncio.Event()
        self._turn = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Let somebody listen, at the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Be gone, in mid-sentence if need be."""
        if self._server is not None:
            self._server.close()
        self._heard_by.clear()
        for writer in [*self._writers]:
            writer.transport.abort()

    async def say(self, pcm: bytes) -> None:
        """Make a sound, about as fast as the ear takes it."""
        await self._heard_by.wait()
        size = round(AT_ONCE * 2 * speech.RATE)
        async with self._turn:
            for start in range(0, len(pcm), size):
                for writer in [*self._writers]:
                    writer.write(pcm[start : start + size])
                    await writer.drain()
                await asyncio.sleep(AT_ONCE / 4)

    async def _serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._heard_by.set()
        try:
            # A microphone is never silent for the program that reads it.
            while True:
                async with self._turn:
                    writer.write(speech.silence(0.08))
                    await writer.drain()
                await asyncio.sleep(0.08)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()


class Listening:
    """The house and its room."""

    def __init__(self, house: House, room: Room, said: Path) -> None:
        self.house = house
        self.room = room
        self._said = said
        self._seen = 0

    async def command(self, text: str, *, wake: str | None = "hey jarvis", **more: Any) -> None:
        """Say the wake word and a command."""
        await self.room.say(speech.command(text, wake=wake, **more))

    async def next(self, topic: str, limit: float = 20.0) -> dict[str, Any]:
        """What is told next on a topic, after what this gave before."""
        wanted = self.house.topic(topic)

        def found() -> int | None:
            later = range(self._seen, len(self.house.heard))
            return next((one for one in later if self.house.heard[one][0] == wanted), None)

        await self.house.until(lambda: found() is not None, limit)
        at = found()
        assert at is not None
        self._seen = at + 1
        return dict(json.loads(self.house.heard[at][1]))

    async def becomes(self, entity: str, state: str, limit: float = 20.0) -> None:
        """Wait until an entity is in a state."""
        await self.house.until(lambda: self.state(entity) == state, limit)

    def state(self, entity: str) -> str | None:
        return self.house.daemon.home.state(entity).value

    @property
    def voice(self) -> Any:
        return self.house.daemon.hosted["voice"].integration

    async def settled(self, state: State = State.IDLE) -> None:
        """Wait until the microphone is in a state; what was told before is over."""
        states = self.house.topic("voice", "state")
        await self.house.until(
            lambda: [one["state"] for one in self.house.on(states)][-1:] == [state.value], 20
        )
        self._seen = len(self.house.heard)

    async def problem(self, words: str) -> None:
        """Wait until a problem with these words is shown."""
        async with asyncio.timeout(20):
            while words not in str(await self.voice.house.ask("problems", {})):
                await asyncio.sleep(0.05)

    def spoken(self) -> bytes:
        """What came out of the loudspeaker: WAV files, one after the other."""
        return self._said.read_bytes() if self._said.exists() else b""


@asynccontextmanager
async def listening(
    folder: Path, *, more: Callable[[Room], Mapping[str, Any]] = lambda _: {}
) -> AsyncIterator[Listening]:
    """A daemon that listens to a room; `more` goes into its `voice:` section."""
    file, said = folder / "house.yaml", folder / "said"
    file.write_text(HOUSE)
    house_file = read_house(file)
    room = Room()
    await room.open()
    voice = {
        "area": "Kitchen",
        "microphone": {"stream": f"tcp://127.0.0.1:{room.port}"},
        "stt": {"engine": "vosk", "model": str(speech.MODEL)},
        "speaker": {"command": ["sh", "-c", 'cat >>"$0"', str(said)], "sounds": False},
    }
    values = {
        "plugins": {"demo_house": {"enabled": True, "house": str(file)}},
        "home": house_file.home_section(),
        "health": {"announce": False},
        "voice": {**voice, **more(room)},
    }
    with tempfile.TemporaryDirectory() as state_dir:
        broker = Mosquitto().start()
        try:
            async with living(broker.port, Path(state_dir), values) as house:
                await there(house, len(house_file.entities))
                yield Listening(house, room, said)
        finally:
            await room.close()
            broker.close()
