"""Time that goes by as it is told to: whoever sleeps is woken in order, each at his own time, one by one.

Between two wakings everything that can go on without time going by goes on, so the same happens each time.
"""

import asyncio
import heapq
import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from typing_extensions import override

from agent.runtime.clock import Clock

TURNS = 8
"""Turns of the event loop in which a chain of callbacks comes to rest."""
ROUNDING = 1e-6
"""Seconds since 1970 are no more exact than this."""


async def loop_settled() -> None:
    """Let what is ready to run in this event loop run."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class VirtualClock(Clock):
    """A clock at `now`, standing still.

    `settled` waits until everything has gone on that can without time: with a store or threads at work, the
    turns of the event loop that are waited for otherwise do not tell.
    """

    def __init__(self, now: datetime, *, settled: Callable[[], Awaitable[None]] = loop_settled) -> None:
        self._epoch = now.timestamp()
        self._monotonic = 0.0
        self._settled = settled
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    @override
    def time(self) -> float:
        return self._epoch + self._monotonic

    @override
    def monotonic(self) -> float:
        return self._monotonic

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` of this clock's time have gone by."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        # However short it is, it takes time: who sleeps again and again does not keep it from going by.
        due = max(self._monotonic + seconds, math.nextafter(self._monotonic, math.inf))
        heapq.heappush(self._sleepers, (due, self._count, woken))
        await woken

    def next_waking(self) -> float:
        """Seconds until the next sleeper wants to be woken; infinite if nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return max(0.0, self._sleepers[0][0] - self._monotonic) if self._sleepers else float("inf")

    async def advance(self, to: float) -> None:
        """Let time go by until `to` (seconds since the epoch), waking by waking; a time that was is now.

        When it returns, everything has gone on that could.
        """
        await self._settled()
        until = to - self._epoch
        while self._monotonic + (left := self.next_waking()) <= until + ROUNDING:
            self.skip(left)
            heapq.heappop(self._sleepers)[2].set_result(None)
            await self._settled()
        self.skip(until - self._monotonic)

    def skip(self, seconds: float) -> None:
        """Let `seconds` go by at once, as if everybody had been away: nobody is woken yet."""
        self._monotonic += max(0.0, seconds)

    def jump(self, seconds: float) -> None:
        """Put the wall clock forward or back; nobody's sleep gets shorter."""
        self._epoch += seconds
