"""A sleep that can be cut short."""

import asyncio
from collections.abc import Awaitable

from agent.runtime.clock import Clock


class AlarmClock:
    """For a loop that looks at what is due, and again when something new is due sooner."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """End the sleep, or the next one at once."""
        self._rung.set()

    async def until(self, due: float | None) -> None:
        """Sleep until `due` on the clock that never jumps, or until it rings; None: until it rings."""
        if due is None:
            await self._rung.wait()
        else:
            await first(self._clock.sleep(max(due - self._clock.monotonic(), 0.0)), self._rung.wait())
        self._rung.clear()


async def first(*awaited: Awaitable[object]) -> None:
    """Wait for whichever of `awaited` comes first; the others are cancelled."""
    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(_end_of(one), name="wait") for one in awaited]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


async def _end_of(one: Awaitable[object]) -> None:
    await one
