"""A month in seconds: a clock that jumps from one waking to the next, and schedules living by it."""

import asyncio
import contextlib
import heapq
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import override

from agent.automations.jobs import Firing
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.schedules import Schedules
from agent.automations.sun import Place
from agent.runtime.clock import Clock
from agent.runtime.store import Store, opened

BERLIN = ZoneInfo("Europe/Berlin")
HOME = Place(latitude=52.5, longitude=13.4)


class VirtualClock(Clock):
    """Whoever sleeps on it is woken by `pass_`, in order, each at his own time."""

    def __init__(self, now: datetime) -> None:
        self._time = now.timestamp()
        self._monotonic = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    @override
    def time(self) -> float:
        return self._time

    @override
    def monotonic(self) -> float:
        return self._monotonic

    @override
    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._monotonic + seconds, self._count, woken))
        await woken

    def jump(self, seconds: float) -> None:
        """Put the wall clock forward or back; nobody's sleep gets shorter."""
        self._time += seconds

    def next_waking(self) -> float:
        """Seconds until the next sleeper wants to be woken."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] - self._monotonic if self._sleepers else float("inf")

    def advance(self, seconds: float) -> None:
        """Let `seconds` go by, and wake who slept that long."""
        self._time += seconds
        self._monotonic += seconds
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


async def settled(store: Store) -> None:
    """Everything that can go on without time going by has gone on."""
    quiet = 0
    while quiet < 8:
        if store._committing is not None:
            await asyncio.wait([store._committing])
            quiet = 0
        else:
            await asyncio.sleep(0)
            quiet += 1


class Life:
    """One life of the schedules: what it was told to do, and what it did."""

    def __init__(self, store: Store, clock: VirtualClock, **options: Any) -> None:
        self.store = store
        self.clock = clock
        self.fired: list[Firing] = []
        self.times: list[datetime] = []
        self.hold: dict[str, asyncio.Event] = {}
        """Jobs whose firings end when the event is set."""
        self.fail: dict[str, Exception] = {}
        chosen = {"zone": BERLIN, "place": HOME, "look_every": 60.0, "fire": self.fire} | options
        self.schedules = Schedules(store=store, clock=clock, **chosen)

    async def fire(self, firing: Firing) -> None:
        self.fired.append(firing)
        self.times.append(self.clock.now())
        if firing.job in self.hold:
            await self.hold[firing.job].wait()
        if firing.job in self.fail:
            raise self.fail[firing.job]

    async def pass_(self, seconds: float) -> None:
        """Let time go by, waking by waking."""
        await settled(self.store)
        left = seconds
        while (step := self.clock.next_waking()) <= left:
            self.clock.advance(step)
            left -= step
            await settled(self.store)
        self.clock.advance(left)
        await settled(self.store)

    def row(self, name: str) -> Any:
        return next(one for one in self.schedules.jobs() if one.id == name)

    def scheduled(self, zone: Any = BERLIN) -> list[str]:
        """The times of what was fired, as a clock on the wall shows them."""
        return [f"{one.scheduled.astimezone(zone):%m-%d %H:%M}" for one in self.fired]


class House:
    """A state folder whose daemon is started and killed."""

    def __init__(self, folder: Path, now: str) -> None:
        self.path = folder / "state.db"
        self.clock = VirtualClock(datetime.fromisoformat(now).replace(tzinfo=BERLIN).astimezone(UTC))

    @contextlib.asynccontextmanager
    async def living(self, *jobs: dict[str, Any], **options: Any) -> AsyncIterator[Life]:
        """The schedules run for as long as the block does, and then end in the middle of whatever they do."""
        async with opened(self.path) as store:
            holding = options.pop("holding", ())
            life = Life(store, self.clock, **options)
            life.hold = {job: asyncio.Event() for job in holding}
            await life.schedules.load()
            await life.schedules.replace(configs(*jobs))
            running = asyncio.create_task(life.schedules.run())
            try:
                await settled(store)
                yield life
            finally:
                running.cancel()
                await asyncio.wait([running])


def configs(*jobs: dict[str, Any]) -> Sequence[ScheduleConfig]:
    return [ScheduleConfig.model_validate({"id": "job", "do": "turn on the light"} | one) for one in jobs]
