"""How often a rule may go off: `count` within a while, `debounce`, `throttle`; one gate for each rule.

Pure but for its own small memory: the last `count` times and two moments. Times are seconds of a clock that
never jumps. In this order: enough firings are counted, then it must have been quiet, then it may not be too
soon after the last time.
"""

from collections import deque
from dataclasses import dataclass

from agent.durations import told


@dataclass(frozen=True, slots=True)
class Open:
    """It goes off now."""


@dataclass(frozen=True, slots=True)
class Shut:
    """It does not go off, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It goes off at `until`, if it is not set off again before."""

    until: float
    reason: str


Passage = Open | Shut | Waiting
_OPEN = Open()


class Gate:
    """One rule's gate."""

    __slots__ = ("_count", "_counted", "_debounce", "_due", "_last", "_throttle", "_within")

    def __init__(
        self,
        *,
        count: int | None = None,
        within: float | None = None,
        debounce: float | None = None,
        throttle: float | None = None,
    ) -> None:
        self._count, self._within = count or 1, within or 0.0
        self._debounce, self._throttle = debounce, throttle
        self._counted: deque[float] = deque(maxlen=self._count)
        self._due: float | None = None
        self._last: float | None = None

    @property
    def due(self) -> float | None:
        """When `release` is to be called; None if nothing waits."""
        return self._due

    def offer(self, now: float) -> Passage:
        """A trigger fired at `now`."""
        if self._count > 1:
            short = self._short(now)
            if short is not None:
                return short
        if self._debounce is not None:
            self._due = now + self._debounce
            return Waiting(self._due, f"it waits until it has been quiet for {told(self._debounce)}")
        return self._pass(now)

    def release(self, now: float) -> Passage:
        """The time of what waits has come."""
        if self._due is None:
            return Shut("nothing waits")
        if now < self._due:
            return Waiting(self._due, f"it waits until it has been quiet for {told(self._debounce or 0.0)}")
        self._due = None
        return self._pass(now)

    def forget(self) -> None:
        """What waits does not go off after all: what must be so was not, when its time came."""
        self._due = None

    @property
    def waits_for_quiet(self) -> bool:
        """Whether it goes off only once it has been quiet."""
        return self._debounce is not None

    def _short(self, now: float) -> Shut | None:
        counted = self._counted
        while counted and counted[0] <= now - self._within:
            counted.popleft()
        counted.append(now)
        if len(counted) < self._count:
            return Shut(f"it was set off {len(counted)} of {self._count} times within {told(self._within)}")
        counted.clear()
        return None

    def _pass(self, now: float) -> Passage:
        if self._throttle is not None:
            if self._last is not None and now < self._last + self._throttle:
                ago = told(max(round(now - self._last, 1), 0.1))
                return Shut(f"it went off {ago} ago, and not again within {told(self._throttle)}")
            self._last = now
        return _OPEN
