"""The real ear, a process of its own as the daemon would start it, and what it tells."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from integrations.voice.ear.link import Frames, packed, packed_audio
from tests.voice import speech

ROOT = Path(__file__).parents[2]
ROOMS = (
    "kitchen",
    "bedroom",
    "garage",
    "nursery",
    "bathroom",
    "office",
    "hallway",
    "attic",
    "basement",
    "porch",
)
PHRASES = tuple(
    phrase.format(room)
    for room in ROOMS
    for phrase in (
        "turn on the {} light",
        "turn off the {} light",
        "dim the {} lights",
        "open the {} door",
        "close the {} door",
        "what's the temperature in the {}",
        "set the thermostat to twenty one degrees",
        "good night",
    )
)
VOSK = {"engine": "vosk", "model": str(speech.MODEL), "language": "en"}
WAKE = {"word": "hey_jarvis", "threshold": 0.5}

Event = Mapping[str, Any]


class EarProcess:
    """Commands and sound go in, `events` and `audio` come out."""

    def __init__(
        self,
        *,
        source: Mapping[str, Any] | None = None,
        wake: Mapping[str, Any] | None = WAKE,
        vad: Mapping[str, Any] | None = None,
        recogniser: Mapping[str, Any] = VOSK,
        phrases: tuple[str, ...] = PHRASES,
    ) -> None:
        self.events: list[Event] = []
        self.audio: list[tuple[int, bytes]] = []
        self.running = True
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "integrations.voice.ear"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._streams = 0
        self.do("open", source=source, wake=wake, vad=vad or {}, recogniser=recogniser)
        if phrases:
            self.do("words", phrases=phrases, jsgf="", names=["kitchen", "zanzibar lamp"])

    def do(self, command: str, **fields: Any) -> None:
        """Send a command."""
        self._send(packed({"do": command, **fields}))

    def play(self, stream: int, pcm: bytes, *, paced: bool = False) -> None:
        """Send sound, at once or as fast as it is spoken."""
        start = time.monotonic()
        for number, block in enumerate(speech.blocks(pcm)):
            if paced:
                threading.Event().wait(start + (number + 1) * 0.08 - time.monotonic())
            self._send(packed_audio(stream, block))

    def satellite(self, pcm: bytes = b"", *, wake: bool = False, paced: bool = False) -> int:
        """A new stream, and the sound that it sends first."""
        self._streams += 1
        self.do("stream", stream=self._streams, wake=wake)
        self.play(self._streams, pcm, paced=paced)
        return self._streams

    def until(self, claim: Callable[[Event], object], *, limit: float = 15.0) -> Event:
        """The first event of which `claim` holds, as soon as there is one."""
        with self._changed:
            self._changed.wait_for(lambda: not self.running or any(map(claim, self.events)), limit)
            found = next(filter(claim, self.events), None)
        assert found is not None, f"not told; it told {self.events}"
        return found

    def until_over_or(self, claim: Callable[[Event], object], *, limit: float = 15.0) -> None:
        """Wait for such an event, or for the end of the process."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self.running or any(map(claim, self.events)), limit)

    def told(self, event: str, *, stream: int | None = None, **fields: Any) -> Event:
        """The first event of this name (one of "a|b"), of this stream, with these fields; waits for it."""
        return self.until(
            lambda told: (
                told["event"] in event.split("|")
                and (stream is None or told.get("stream") == stream)
                and fields.items() <= told.items()
            )
        )

    def result(self, stream: int) -> Event:
        """How the first utterance of a stream ended."""
        return self.told("heard|silence", stream=stream)

    def names(self, stream: int) -> list[str]:
        """The names of the events of a stream up to now, without partial texts."""
        with self._changed:
            events = list(self.events)
        return [
            told["event"] for told in events if told.get("stream") == stream and told["event"] != "partial"
        ]

    def close(self) -> int:
        """End it as the daemon does; its exit status."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, frame: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(frame)
        self.process.stdin.flush()

    def _read(self) -> None:
        frames = Frames()
        assert self.process.stdout is not None
        while data := self.process.stdout.read1(1 << 16):
            with self._changed:
                for frame in frames.feed(data):
                    if isinstance(frame, tuple):
                        self.audio.append(frame)
                    else:
                        self.events.append(frame)
                self._changed.notify_all()
        with self._changed:
            self.running = False
            self._changed.notify_all()
