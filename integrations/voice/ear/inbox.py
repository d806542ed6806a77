"""What waits for the ear's one working thread: commands and sound, in the order in which they came.

Sound that nobody got round to is dropped, the oldest first: what was said last matters most. That of a
microphone is dropped when it waited for five seconds; a satellite may send a whole sentence at once, so what
counts there is how much of it waits. Commands are never dropped.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MICROPHONE: Final = 0  # the number of the stream whose sound comes at its own pace
WAITS: Final = 5.0  # seconds that its sound may wait
_HOLDS: Final = 30 * 32000  # bytes that may wait of any stream


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of a stream, and when it came (`time.monotonic`)."""

    stream: int
    pcm: bytes
    at: float


class Inbox:
    """Filled by the threads that read, emptied by the one that works."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._order: deque[int | Mapping[str, Any]] = deque()
        self._sound: defaultdict[int, deque[Sound]] = defaultdict(deque)
        self._held: defaultdict[int, int] = defaultdict(int)
        self._lost = 0.0

    def command(self, message: Mapping[str, Any]) -> None:
        """A command came."""
        with self._changed:
            self._order.append(message)
            self._changed.notify()

    def sound(self, stream: int, pcm: bytes) -> None:
        """Sound of a stream came."""
        now = time.monotonic()
        with self._changed:
            self._sound[stream].append(Sound(stream, pcm, now))
            self._held[stream] += len(pcm)
            self._order.append(stream)
            self._drop_old(stream, now)
            self._changed.notify()

    def lose(self, ms: float) -> None:
        """Sound was dropped before it came here."""
        with self._changed:
            self._lost += ms

    def lost(self) -> float:
        """Milliseconds of sound dropped since the last look."""
        with self._changed:
            lost, self._lost = self._lost, 0.0
            return lost

    def next(self, limit: float, *, now: float | None = None) -> Sound | Mapping[str, Any] | None:
        """What is to be done next; None if nothing came within `limit` seconds (`now` is for tests)."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._order, limit):
                return None
            now = time.monotonic() if now is None else now
            while self._order:
                first = self._order.popleft()
                if not isinstance(first, int):
                    return first
                self._drop_old(first, now)
                if waiting := self._sound[first]:
                    sound = waiting.popleft()
                    self._held[first] -= len(sound.pcm)
                    return sound
            return None

    def _drop_old(self, stream: int, now: float) -> None:
        waiting = self._sound[stream]
        oldest = now - WAITS if stream == MICROPHONE else 0.0
        while waiting and (waiting[0].at < oldest or self._held[stream] > _HOLDS):
            gone = waiting.popleft()
            self._held[stream] -= len(gone.pcm)
            self._lost += len(gone.pcm) / 32
