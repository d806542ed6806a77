"""The ear as a process: commands and sound come in on stdin, events go out on stdout; see `link.py`.

Three threads, and one of them works: stdin and the microphone are read by one each, which only fill the
inbox. What can abort or hang (native libraries, models out of a stranger's folder) can so do it here, and
the daemon starts another one.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from integrations.voice.ear.endpointing import Patience
from integrations.voice.ear.inbox import MICROPHONE, Inbox, Sound
from integrations.voice.ear.link import Frames, packed, packed_audio
from integrations.voice.ear.microphone import Microphone
from integrations.voice.ear.recognisers import Recogniser, RecogniserError, open_recogniser
from integrations.voice.ear.streams import Senses, Stream
from integrations.voice.ear.vad import Loudness, Vad, VadError, open_vad
from integrations.voice.ear.wake import WakeError, WakeWord, open_wake
from integrations.voice.ear.watching import Meter, loudness

_MEMORY_EVERY: Final = 30.0
_OVERRUN_EVERY: Final = 1.0

Message = Mapping[str, Any]


class Ear:
    """All of it: opened by the first command, and working until it is told to close or nobody is there."""

    def __init__(self, out: int) -> None:
        """Create; `out` is the file descriptor that takes the events."""
        self._out = out
        self._writing = threading.Lock()
        self._inbox = Inbox()
        self._streams: dict[int, Stream] = {}
        self._senses: Senses | None = None
        self._wake: Message | None = None
        self._microphone: Microphone | None = None
        self._meter: Meter | None = None
        self._lost = 0.0
        self._overrun_told = self._memory_told = time.monotonic()
        self._open = True
        self._commands: Mapping[str, Callable[[Message], None]] = {
            "open": self._do_open,
            "words": self._do_words,
            "listen": lambda message: self._on(message, lambda stream: stream.listen(at=time.monotonic())),
            "cancel": lambda message: self._on(message, Stream.cancel),
            "expect": lambda message: self._on(message, lambda stream: stream.expect(message["phrases"])),
            "mute": lambda message: self._on(message, lambda stream: stream.mute(on=message["on"])),
            "stream": self._do_stream,
            "end": self._do_end,
            "over": self._do_over,
            "watch": self._do_watch,
            "close": self._do_close,
            "fail": self._do_fail,
        }

    def run(self) -> None:
        """Work until it is over."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        try:
            while self._open:
                self._tend()
                match self._inbox.next(_OVERRUN_EVERY):
                    case None:
                        pass
                    case Sound() as sound:
                        self._hear(sound)
                    case message:
                        self._obey(message)
        finally:
            if self._microphone is not None:
                self._microphone.close()

    def tell(self, event: str, **fields: Any) -> None:
        """Send an event."""
        self._write(packed({"event": event, **fields}))

    def _write(self, frame: bytes) -> None:
        with self._writing:
            left = memoryview(frame)
            while left:
                left = left[os.write(self._out, left) :]

    def _read(self) -> None:
        frames = Frames()
        try:
            while data := os.read(0, 1 << 16):
                for frame in frames.feed(data):
                    if isinstance(frame, tuple):
                        self._inbox.sound(*frame)
                    else:
                        self._inbox.command(frame)
        except ValueError as error:
            self._inbox.command({"do": "fail", "reason": f"what came on stdin can't be read: {error}"})
        finally:
            self._inbox.command({"do": "close"})

    def _hear(self, sound: Sound) -> None:
        stream = self._streams.get(sound.stream)
        if stream is None:
            return
        stream.hear(sound.pcm, at=sound.at)
        if sound.stream == MICROPHONE and self._meter is not None and self._meter.due(sound.pcm):
            speech, wake = stream.level()
            self.tell("level", **loudness(sound.pcm), speech=round(speech, 2), wake=round(wake, 2))

    def _obey(self, message: Message) -> None:
        do = str(message.get("do"))
        if do not in self._commands:
            raise ValueError(f"there is no command {do!r}; there are {', '.join(self._commands)}")
        self._commands[do](message)

    def _on(self, message: Message, act: Callable[[Stream], None]) -> None:
        number = int(message["stream"])
        if (stream := self._streams.get(number)) is not None:
            act(stream)

    def _do_open(self, message: Message) -> None:
        began = time.monotonic()
        settings = message["recogniser"]
        recogniser = None
        if settings["engine"] != "none":
            try:
                recogniser = open_recogniser(settings)
            except RecogniserError as error:
                self.tell("failed", what="recogniser", reason=str(error))
        self._wake = message.get("wake")
        senses = self._senses = Senses(
            recogniser=recogniser,
            patience=Patience.of(message.get("vad")),
            vad=self._vad,
            tell=self.tell,
            word=str(self._wake["word"]) if self._wake else "",
            threshold=float(self._wake.get("threshold", 0.5)) if self._wake else 1.0,
            pass_on=self._pass_on if settings["engine"] == "none" else None,
        )
        wake = self._open_wake()
        source = message.get("source")
        if source is not None:
            self._streams[MICROPHONE] = Stream(MICROPHONE, senses, wake=wake)
        self._ready(recogniser, settings, wake=wake is not None, load_ms=1000 * (time.monotonic() - began))
        if source is not None:
            self._microphone = Microphone(source, inbox=self._inbox, tell=self.tell)
            self._microphone.start()

    def _ready(self, recogniser: Recogniser | None, settings: Message, *, wake: bool, load_ms: float) -> None:
        self.tell(
            "ready",
            engine=recogniser.name if recogniser else "none",
            model=settings.get("model"),
            words=recogniser.words if recogniser else 0,
            memory_mb=_memory_mb(),
            load_ms=round(load_ms),
            wake=self._senses.word if wake and self._senses else None,
            why=recogniser.why if recogniser else "",
        )

    def _do_words(self, message: Message) -> None:
        senses = self._opened()
        missing: dict[str, list[str]] = {}
        if senses.recogniser is not None:
            # With the wake word among them, one that runs into its command is told from it.
            word = [" ".join(senses.wake_words)] if senses.word else []
            try:
                missing = senses.recogniser.vocabulary(
                    [*message["phrases"], *word], message["jsgf"], [*message["names"], *word]
                )
            except RecogniserError as error:
                self.tell("failed", what="recogniser", reason=str(error))
            unknown = [each for each in senses.wake_words if missing.pop(each, None) is not None]
            senses.knows_word = senses.recogniser.name == "vosk" and not unknown
        self.tell("vocabulary", missing=missing)

    def _do_stream(self, message: Message) -> None:
        number = int(message["stream"])
        if (before := self._streams.pop(number, None)) is not None:
            before.cancel()
            before.close()
        waits = bool(message.get("wake"))
        self._streams[number] = Stream(
            number,
            self._opened(),
            wake=self._open_wake() if waits else None,
            at_once=not waits,
            only=message.get("only"),
        )

    def _do_end(self, message: Message) -> None:
        number = int(message["stream"])
        if (stream := self._streams.pop(number, None)) is not None:
            stream.end(at=time.monotonic())
            stream.close()
        if message.get("mark"):
            # What a stream told before its end may have come from the middle of it.
            self.tell("ended", stream=number)

    def _do_over(self, message: Message) -> None:
        """The microphone's sound ended; half a sentence of one that was lost is nothing to act on."""
        stream = self._streams[MICROPHONE]
        if message["lost"]:
            stream.cancel()
        else:
            stream.pause(at=time.monotonic())

    def _do_watch(self, message: Message) -> None:
        self._meter = Meter() if message["on"] else None

    def _do_close(self, _message: Message) -> None:
        self._open = False

    def _do_fail(self, message: Message) -> None:
        raise ValueError(message["reason"])

    def _opened(self) -> Senses:
        if self._senses is None:
            raise ValueError("the ear is not open yet")
        return self._senses

    def _open_wake(self) -> WakeWord | None:
        if self._wake is None:
            return None
        try:
            return open_wake(self._wake)
        except WakeError as error:
            self.tell("failed", what="wake", reason=str(error))
            self._wake = None
            return None

    def _vad(self) -> Vad:
        try:
            return open_vad()
        except VadError as error:
            self.tell("failed", what="vad", reason=str(error))
            return Loudness()

    def _pass_on(self, stream: int, pcm: bytes) -> None:
        self._write(packed_audio(stream, pcm))

    def _tend(self) -> None:
        """Now and then: what nobody asks for."""
        now = time.monotonic()
        for stream in self._streams.values():
            stream.tend(now=now)
        if now - self._overrun_told >= _OVERRUN_EVERY and (lost := self._inbox.lost()):
            self._overrun_told = now
            self._lost += lost
            self.tell("overrun", lost_ms=round(lost), total_ms=round(self._lost))
        if now - self._memory_told >= _MEMORY_EVERY:
            self._memory_told = now
            self.tell("memory", memory_mb=_memory_mb(), cpu_s=round(time.process_time(), 2))


def _memory_mb() -> float:
    """What of this process is in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def main() -> None:
    """Be the ear of whoever started this."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Ctrl-C reaches all processes of a terminal: the daemon says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        Ear(out).run()
    # Native threads may hold what a tidy end would wait for.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
