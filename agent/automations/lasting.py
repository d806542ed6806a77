"""What must last before it counts (`for: 10m`): one wait for each trigger and entity, ended by what ends it.

Pure but for its own bounded memory. Times are seconds of a clock that never jumps.
"""

import heapq
from dataclasses import dataclass
from itertools import count

from agent.automations.fired import Fired, Lasting, NotFired
from agent.automations.index import Heard, Watch

MOST = 10_000
Key = tuple[str, int, str]
"""The rule, the place of the trigger in it, and what it saw it in."""


@dataclass(frozen=True, slots=True)
class _Wait:
    due: float
    turn: int
    watch: Watch
    fired: Fired


class Waits:
    """All that is waiting to have lasted."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._waits: dict[Key, _Wait] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._turns = count()

    def __len__(self) -> int:
        return len(self._waits)

    @property
    def due(self) -> float | None:
        """When something next has lasted; None if nothing waits."""
        while self._heap and not self._holds(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def heard(self, heard: Heard, subject: str, now: float) -> str | None:
        """Start, start anew or end a wait, as `heard` of `subject` says; why it ended or cannot start."""
        key = (heard.watch.rule, heard.watch.number, subject)
        match heard.answer:
            case Lasting(seconds=seconds, fired=fired):
                return self._start(key, _Wait(now + seconds, next(self._turns), heard.watch, fired))
            case NotFired(reason=reason, ends=True):
                return reason if self._waits.pop(key, None) else None
        return None

    def forget(self, rule: str) -> None:
        """Nothing of `rule` waits any more."""
        for key in [key for key in self._waits if key[0] == rule]:
            del self._waits[key]

    def lasted(self, now: float) -> list[Heard]:
        """What has lasted long enough by `now`, the earliest first; it is told once."""
        found = []
        while (due := self.due) is not None and due <= now:
            _, _, key = heapq.heappop(self._heap)
            wait = self._waits.pop(key)
            found.append(Heard(wait.watch, wait.fired))
        return found

    def _start(self, key: Key, wait: _Wait) -> str | None:
        if key not in self._waits and len(self._waits) >= self._most:
            return f"{self._most} rules wait for something to last; one more is too many"
        self._waits[key] = wait
        heapq.heappush(self._heap, (wait.due, wait.turn, key))
        if len(self._heap) > 2 * len(self._waits) + 64:
            self._heap = [(one.due, one.turn, name) for name, one in self._waits.items()]
            heapq.heapify(self._heap)
        return None

    def _holds(self, entry: tuple[float, int, Key]) -> bool:
        wait = self._waits.get(entry[2])
        return wait is not None and wait.turn == entry[1]
