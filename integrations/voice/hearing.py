"""The ear from outside: a process that listens, what it is told, and what it tells.

It holds every library that could hang or crash. When it ends, whoever supervises `work` starts another, which
is told again all that still holds.
"""

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import structlog

from agent.api import TransientError
from integrations.voice.collected import Collected
from integrations.voice.ear.link import Frames, packed, packed_audio
from integrations.voice.elsewhere import Elsewhere
from integrations.voice.heard import Heard

log = structlog.get_logger(__name__)
MICROPHONE = 0
"""The number of the microphone's stream."""
MOST_UNREAD = 1 << 20
"""Bytes that may wait for a busy ear, half a minute of speech; audio beyond that is dropped."""
SIGN_OF_LIFE = 90.0
"""Seconds; it tells its memory every 30."""
LONGEST = 60.0
"""Seconds that a satellite may speak."""
AFTERWARDS = 10.0
"""Seconds that the ear may take to say what it was."""
LAST_WORDS = 300
GRACE = 2.0
_CHUNK = 1 << 16
OnEvent = Callable[[Mapping[str, Any]], None]
OnPartial = Callable[[str], None]


class Ear:
    """One ear, alive as long as `work` runs."""

    def __init__(
        self, opening: Mapping[str, Any], on_event: OnEvent, elsewhere: Elsewhere | None = None
    ) -> None:
        """Store what it needs.

        Args:
            opening: the first thing that it is told: source, wake word, recogniser.
            on_event: is called with every event that is of no satellite.
            elsewhere: makes text of speech, for an ear that has no recogniser.
        """
        self._elsewhere = elsewhere
        self._opening = opening
        self._on_event = on_event
        self._words: Mapping[str, Any] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._satellites: dict[int, asyncio.Queue[Mapping[str, Any]]] = {}
        self._numbers = itertools.count(MICROPHONE + 1)
        self._alive = 0.0

    # telling --------------------------------------------------------------------------------------------
    def learn(self, words: Mapping[str, Any]) -> None:
        """What people may say in this house: `phrases`, `jsgf` and `names`."""
        self._words = {"do": "words", **words}
        self.tell(**self._words)

    def tell(self, **command: Any) -> None:
        """Tell it something; while it is not there nobody hears that."""
        self._write(packed(command))

    def _write(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            # A pipe that is closed says so where its events are read.
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(data)

    # satellites -----------------------------------------------------------------------------------------
    async def transcribe(
        self,
        audio: AsyncIterator[bytes],
        *,
        on_partial: OnPartial | None = None,
        whole: bool = True,
        on_woke: OnPartial | None = None,
        on_speech: Callable[[], None] | None = None,
        only: Sequence[str] | None = None,
    ) -> Heard | None:
        """What is said in `audio`, 16 kHz mono PCM; None if that is nothing that could be understood.

        Args:
            audio: pieces of up to a second, as they come.
            on_partial: is called with what it sounds like up to now.
            whole: all of `audio` is one thing that is said; otherwise the first pause ends it.
            on_woke: is called with the wake word, which is waited for without end; None: all is speech.
            on_speech: is called when somebody begins to speak.
            only: the few things that may be said, None: whatever the house understands.

        Raises:
            TransientError: the ear is not there, ended, or took too long.
        """
        if self._process is None:
            raise TransientError("nobody listens: the ear is being started")
        number = next(self._numbers)
        events: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._satellites[number] = events
        few = None if only is None else list(only)
        self.tell(do="stream", stream=number, wake=on_woke is not None, only=few)
        passing = asyncio.create_task(
            self._pass_on(number, audio, LONGEST if on_woke is None else None), name="voice.satellite"
        )
        collected = Collected(whole=whole)
        try:
            async with asyncio.timeout(LONGEST + AFTERWARDS if on_woke is None else None) as limit:
                while True:
                    event = await events.get()
                    match event["event"]:
                        case "woke" if on_woke is not None:
                            on_woke(event["word"])
                            limit.reschedule(asyncio.get_running_loop().time() + LONGEST + AFTERWARDS)
                        case "speech" if on_speech is not None:
                            on_speech()
                        case "partial" if on_partial is not None:
                            on_partial(event["text"])
                        case "lost":
                            raise TransientError("the ear ended while somebody spoke")
                    if collected.take(event):
                        return collected.heard()
        except TimeoutError:
            raise TransientError(f"nothing was made of it within {LONGEST + AFTERWARDS:g} s") from None
        finally:
            del self._satellites[number]
            if not passing.done():
                passing.cancel()
                self.tell(do="cancel", stream=number)
                self.tell(do="end", stream=number)
            with contextlib.suppress(asyncio.CancelledError):
                await passing

    async def _pass_on(self, number: int, audio: AsyncIterator[bytes], longest: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest):
                async for pcm in audio:
                    self._pass(number, pcm)
        self.tell(do="end", stream=number, mark=True)

    def _pass(self, number: int, pcm: bytes) -> None:
        pipe = self._process.stdin if self._process is not None else None
        if pipe is not None and pipe.transport.get_write_buffer_size() < MOST_UNREAD:
            self._write(packed_audio(number, pcm))

    # the process ----------------------------------------------------------------------------------------
    async def work(self) -> None:
        """Have an ear until cancelled.

        Raises:
            TransientError: it ended by itself, or hung.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "integrations.voice.ear"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._process = process
        said: list[str] = []
        try:
            self.tell(**self._opening)
            if self._words is not None:
                self.tell(**self._words)
            await self._listen_to(process, said)
        finally:
            self._process = None
            self._on_event({"event": "ended"})
            for events in self._satellites.values():
                events.put_nowait({"event": "lost"})
            await _ended(process)
        raise TransientError(f"the ear ended with {process.returncode}: {' '.join(said) or 'without a word'}")

    async def _listen_to(self, process: asyncio.subprocess.Process, said: list[str]) -> None:
        loop = asyncio.get_running_loop()
        self._alive = loop.time()
        errors = asyncio.create_task(_last_words(process, said), name="voice.last_words")
        try:
            reading = asyncio.create_task(self._events_of(process), name="voice.events")
            while not reading.done():
                left = self._alive + SIGN_OF_LIFE - loop.time()
                if left <= 0:
                    reading.cancel()
                    raise TransientError(f"the ear gave no sign of life for {SIGN_OF_LIFE:g} s")
                await asyncio.wait({reading}, timeout=left)
            await reading
            await asyncio.wait({errors}, timeout=GRACE)
        finally:
            errors.cancel()

    async def _events_of(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101  # it was asked for
        frames = Frames()
        while data := await process.stdout.read(_CHUNK):
            self._alive = asyncio.get_running_loop().time()
            for frame in frames.feed(data):
                if isinstance(frame, dict):
                    self._hear(frame)
                elif self._elsewhere is not None:
                    self._elsewhere.sound(*frame, self._hear_elsewhere)

    def _hear(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "recorded":
            if self._elsewhere is not None:
                self._elsewhere.recorded(event["stream"], self._hear_elsewhere)
            if (events := self._satellites.get(event["stream"])) is not None:
                events.put_nowait(event)
            return
        stream = event.get("stream", MICROPHONE)
        if stream == MICROPHONE:
            self._on_event(event)
        elif (events := self._satellites.get(stream)) is not None:
            events.put_nowait(event)

    def _hear_elsewhere(self, event: Mapping[str, Any]) -> None:
        self._hear({**event, "elsewhere": True})


async def _last_words(process: asyncio.subprocess.Process, said: list[str]) -> None:
    """Keep the last line that it complains in: the end of a traceback, or of what a library says."""
    assert process.stderr is not None  # noqa: S101  # it was asked for
    rest = b""
    while data := await process.stderr.read(_CHUNK):
        *lines, rest = (rest + data)[-_CHUNK:].split(b"\n")
        for line in filter(None, (one.decode(errors="replace").strip() for one in lines)):
            said[:] = ["".join(char if char.isprintable() else "?" for char in line[:LAST_WORDS])]
            log.debug("ear.said", line=said[0])


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Let it end, or end it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
