"""Time as a dependency: nobody else asks the system what time it is."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The real time. Tests hand in one of their own."""

    def now(self) -> datetime:
        """The wall-clock time, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """The wall-clock time in seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed point; never jumps."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
