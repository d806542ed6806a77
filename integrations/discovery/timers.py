"""What happens after a while unless something else comes first: a sensor expires, a motion is over."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from agent.api import House

MOST_OVER = 100
"""Dropped timers that may stay in the order until their time has come."""
LONGEST_NAP = 0.5
"""Seconds within which a timer that was set meanwhile is noticed."""


class Timers:
    """Timers by name; setting one again moves it."""

    def __init__(self, house: House) -> None:
        self._clock = house.clock
        self._due: dict[str, tuple[float, Callable[[], None]]] = {}
        self._order: list[tuple[float, int, str]] = []
        self._numbers = count()
        self._some = asyncio.Event()

    def set(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """Call `act` after `seconds`."""
        at = self._clock.monotonic() + seconds
        known = self._due.get(name)
        self._due[name] = (at, act)
        if known is None or at < known[0]:
            heapq.heappush(self._order, (at, next(self._numbers), name))
            self._some.set()

    def drop(self, name: str) -> None:
        """Forget a timer; an unknown one is ignored."""
        self._due.pop(name, None)
        if len(self._order) > 2 * len(self._due) + MOST_OVER:
            self._order = [one for one in self._order if one[2] in self._due]
            heapq.heapify(self._order)

    def fire(self) -> None:
        """Do all that is due."""
        now = self._clock.monotonic()
        while self._order and self._order[0][0] <= now:
            _, _, name = heapq.heappop(self._order)
            known = self._due.get(name)
            if known is None:
                continue
            at, act = known
            if at > now:
                heapq.heappush(self._order, (at, next(self._numbers), name))
                continue
            del self._due[name]
            act()

    async def run(self) -> None:
        """Do what is due when it is due, until cancelled."""
        while True:
            if not self._order:
                self._some.clear()
                await self._some.wait()
            wait = self._order[0][0] - self._clock.monotonic()
            await self._clock.sleep(max(0.0, min(wait, LONGEST_NAP)))
            self.fire()
