"""Does not knock at a door again and again that stays shut."""

from agent.errors import TransientError
from agent.runtime.clock import Clock


class Breaker:
    """After so many failures in a row nobody asks for a while; then one may try."""

    def __init__(self, name: str, *, clock: Clock, failures: int = 3, pause: float = 30.0) -> None:
        self._name = name
        self._clock = clock
        self._allowed = failures
        self._pause = pause
        self._failures = 0
        self._until = 0.0
        self.reason = ""
        """Why the last one failed; empty after one that did not."""

    @property
    def open(self) -> bool:
        """Whether nobody may ask now."""
        return self.tripped and self._clock.monotonic() < self._until

    @property
    def tripped(self) -> bool:
        """Whether it failed so often, and has not answered since: it may be asked, but nobody knows more."""
        return self._failures >= self._allowed

    def enter(self) -> None:
        """Come to ask.

        Raises:
            TransientError: nobody may.
        """
        if self.open:
            left = self._until - self._clock.monotonic()
            raise TransientError(f"{self._name} is left alone for {left:.0f} s: {self.reason}")
        if self.tripped:
            # One tries; the others wait for what becomes of it.
            self._until = self._clock.monotonic() + self._pause

    def succeeded(self) -> None:
        """It answered."""
        self._failures, self.reason = 0, ""

    def failed(self, reason: str) -> None:
        """It did not, or not as it should."""
        self._failures += 1
        self._until = self._clock.monotonic() + self._pause
        self.reason = reason
