"""From the thread that gets sound to the one that reads it: bounded, converted, cut into blocks.

Whoever gets the sound (PortAudio's thread, one that reads a pipe) only appends and is never kept waiting;
the reader converts. When nobody reads, the oldest is dropped and counted: what was said last matters most.
"""

import threading
from collections.abc import Callable
from typing import Final

from integrations.voice.ear.sources.conversion import Converter
from integrations.voice.ear.sources.source import BLOCK, SourceError

QUEUE: Final = 5.0  # seconds that are kept for a reader who is busy
FIRST: Final = 5.0  # seconds that a source may take to give its first sound
SILENT: Final = 2.5  # seconds without any sound, not even silence, after which it counts as dead


class Incoming:
    """The sound of one source: `put` and `end` from its thread, `read` from ours."""

    def __init__(self, *, rate: int, channels: int, first: float = FIRST) -> None:
        self._converter = Converter(rate, channels)
        self._frame = 2 * channels
        self._a_second = rate * self._frame
        self._limit = int(QUEUE * rate) * self._frame
        self._patience = first
        self._changed = threading.Condition()
        self._queue = bytearray()
        self._dropped = 0
        self._end: str | None = None
        self._ready = bytearray()

    @property
    def lost(self) -> int:
        """Milliseconds dropped since the last look."""
        with self._changed:
            dropped, self._dropped = self._dropped, 0
        return round(1000 * dropped / self._a_second)

    def put(self, pcm: bytes) -> None:
        """Sound has come, s16 in the source's own rate and channels; it need not be whole frames.

        After an end it is ignored.
        """
        with self._changed:
            if self._end is not None:
                return
            self._queue += pcm
            if (excess := len(self._queue) - self._limit) > 0:
                excess += -excess % self._frame
                del self._queue[:excess]
                self._dropped += excess
            self._changed.notify()

    def end(self, reason: str) -> None:
        """No more will come; the first reason counts. What came before can still be read."""
        with self._changed:
            if self._end is None:
                self._end = reason
            self._changed.notify()

    def wait(self, seconds: float) -> str | None:
        """Wait until there is sound or an end: the reason of an end without any sound, else None."""
        with self._changed:
            self._changed.wait_for(self._anything, seconds)
            return None if self._queue else self._end

    def read(self, *, dead: Callable[[float], str]) -> bytes:
        """The next block.

        Args:
            dead: says what is wrong when nothing came for so many seconds.

        Raises:
            SourceError: with the reason of the end, or with that of `dead`.
        """
        while len(self._ready) < BLOCK:
            self._ready += self._converter.feed(self._take(dead))
        block = bytes(self._ready[:BLOCK])
        del self._ready[:BLOCK]
        return block

    def _take(self, dead: Callable[[float], str]) -> bytes:
        with self._changed:
            came = self._changed.wait_for(self._anything, self._patience)
            whole = len(self._queue) // self._frame * self._frame
            if whole:
                self._patience = SILENT
                taken = bytes(self._queue[:whole])
                del self._queue[:whole]
                return taken
            if came and self._end is not None:
                raise SourceError(self._end)
            # Nothing, or less than a frame, in all that time.
            raise SourceError(dead(self._patience))

    def _anything(self) -> bool:
        return len(self._queue) >= self._frame or self._end is not None
