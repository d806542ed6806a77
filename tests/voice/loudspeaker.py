"""A speaker at work, voices to give it, and a microphone that hears what is played."""

import asyncio
import math
import subprocess
import threading
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integrations.voice.speaking import Audio, Speaker, SpeakerSettings, Voice
from tests.voice.pulse import Pulse

LOUD = 300
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def tone(seconds: float, *, rate: int = 16_000) -> Audio:
    """A sine with a peak of 10,000."""
    wave = (10_000 * math.sin(math.tau * 500 * at / rate) for at in range(int(seconds * rate)))
    return Audio(pcm=array("h", map(int, wave)).tobytes(), rate=rate)


class Tones:
    """A voice elsewhere: what it says is how many seconds it hums."""

    name = "tones"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.hangs = False

    async def synthesise(self, text: str, language: str) -> Audio:  # noqa: ARG002  # it hums in all languages
        self.asked.append(text)
        if self.hangs:
            await asyncio.sleep(60)
        if self.fails is not None:
            raise self.fails
        return tone(float(text))


class Microphone:
    """Hears what is played."""

    def __init__(self, server: Pulse) -> None:
        self.server = server
        self._process = subprocess.Popen(
            ["parecord", "--device=house.monitor", "--raw", "--rate=16000", "--channels=1", "--format=s16le",
             "--latency-msec=20"],
            env=server.all_environment,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self.pcm = bytearray()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while block := self._process.stdout.read1(4_096):
            self.pcm += block

    @property
    def samples(self) -> "array[int]":
        return array("h", bytes(self.pcm[: len(self.pcm) // 2 * 2]))

    @property
    def peak(self) -> int:
        return max(map(abs, self.samples), default=0)

    @property
    def sounding(self) -> float:
        """How long there was sound, without the gaps in it."""
        return sum(abs(one) > LOUD for one in self.samples) / 16_000

    def wait_for_silence(self) -> None:
        """Forget what was heard, as soon as a while is silent."""
        limit = time.monotonic() + 8
        while len(self.pcm) < 1_600 or self.peak > LOUD:
            assert time.monotonic() < limit, "the microphone hears something all the time, or nothing at all"
            self.pcm = bytearray()
            threading.Event().wait(0.08)
        self.pcm = bytearray()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def until(claim: Callable[[], object], *, within: float = 8.0) -> None:
    async with asyncio.timeout(within):
        while not claim():
            await asyncio.sleep(0.01)


class Room:
    """A speaker at work, and what it told of."""

    def __init__(self, voice: Voice | None, now: datetime, **settings: object) -> None:
        self.problems: list[tuple[str, str | None]] = []
        self.speaking: list[bool] = []
        self.speaker = Speaker(
            SpeakerSettings.model_validate(settings),
            voice,
            now=lambda: now,
            zone=ZoneInfo("Europe/Berlin"),
            problem=lambda key, text: self.problems.append((key, text)),
            on_speaking=self.speaking.append,
        )


@asynccontextmanager
async def room(
    voice: Voice | None = None, *, now: datetime = NOON, **settings: object
) -> AsyncIterator[Room]:
    found = Room(voice, now, **settings)
    work = asyncio.create_task(found.speaker.work())
    try:
        yield found
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
