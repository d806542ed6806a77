"""Time that passes when a test says so."""

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from agent.runtime.clock import Clock


class FakeClock(Clock):
    """A clock that stands still until `pass_` is called."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._now = now

    def pass_(self, seconds: float) -> None:
        """Let `seconds` go by."""
        self._now += timedelta(seconds=seconds)

    @override
    def time(self) -> float:
        return self._now.timestamp()

    @override
    def monotonic(self) -> float:
        return self._now.timestamp()
