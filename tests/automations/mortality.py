"""A month in the life of a house whose daemon is killed at random, and the books that must balance after it.

A kill is an end at any of the points where the world outside can tell the difference: before a change is on
disk, after it is and before anybody heard of it, before, in the middle of, and after a deed. What is on disk
is what was committed; all else is gone.
"""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from agent.automations.jobs import Firing
from agent.automations.schedules import Schedules
from agent.runtime.store import Store
from tests.automations.virtual import BERLIN, HOME, VirtualClock, configs, settled

JOBS: tuple[dict[str, Any], ...] = (
    {"id": "all", "every": "40m", "missed": "run-all", "max_late": "3d"},
    {"id": "once", "cron": "15 */2 * * *", "missed": "run-once", "max_late": "3d"},
    {"id": "none", "cron": "5 * * * *", "missed": "skip"},
    {"id": "night", "cron": "30 2 * * *", "missed": "run-all", "max_late": "3d"},
    {"id": "dusk", "sun": "sunset", "offset": "-20m", "missed": "run-once", "max_late": "3d"},
)


class Killed(BaseException):
    """The end, at once."""


class MortalStore(Store):
    """A store whose process may end at each change, and is then dead for whoever is left."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        super().__init__(path)
        self._chance = chance
        self.points = 10**9
        self.dead = False

    @override
    def _open(self) -> None:
        super()._open()
        # A process is killed here, not the power: what the system was given is as good as on disk.
        assert self._connection is not None
        self._connection.execute("PRAGMA synchronous=OFF")

    def point(self) -> None:
        """Somewhere the end may come."""
        self.points -= 1
        if self.dead or self.points <= 0:
            self.dead = True
            raise Killed

    @override
    async def write(self, change: Any) -> Any:
        self.point()
        done = await super().write(change)
        self.point()
        return done


class World:
    """What is outside and is not killed: it does a thing once, by its id, like the ledger of actions."""

    def __init__(self, store: MortalStore) -> None:
        self._store = store
        self.done: dict[str, Firing] = {}
        self.begun: Counter[str] = Counter()
        self.silently: Counter[str] = Counter()
        self.unrecorded = 0

    async def fire(self, firing: Firing) -> None:
        self._store.point()
        self.begun[firing.id] += 1
        self.silently[firing.id] += not firing.again
        await asyncio.sleep(0)
        self._store.point()
        self.done.setdefault(firing.id, firing)
        self._store.point()


class Month:
    """Lives, one after the other; about `kills` of them end in a kill."""

    def __init__(self, folder: Path, *, seed: int, kills: int, days: int = 30) -> None:
        self._chance = random.Random(seed)
        self._kills = kills
        self._days = days
        self.start = datetime(2026, 10, 10, 12, tzinfo=BERLIN).astimezone(UTC)
        self.clock = VirtualClock(self.start)
        self.store = MortalStore(folder / "state.db", self._chance)
        self.world = World(self.store)
        self.alive: list[tuple[float, float]] = []
        self.said: dict[str, float] = {}
        self.killed = 0

    async def run(self) -> None:
        """Live the month."""
        await self.store.open()
        try:
            # What is written in the file is known from the first moment on.
            first = self._schedules()
            await first.load()
            await first.replace(configs(*JOBS))
            end = self.clock.time() + self._days * 86_400
            each = self._days * 86_400 / self._kills
            while self.clock.time() < end:
                await self._life(until=min(self.clock.time() + self._chance.expovariate(1 / each), end))
                if self._chance.random() < 0.4:
                    self.clock.advance(self._chance.choice((5, 60, 1800, 3 * 3600)))
            # A last life without an end shows what is left.
            self._days = 0
            await self._life(until=self.clock.time() + 3 * 3600, immortal=True)
        finally:
            await self.store.close()

    async def _life(self, *, until: float, immortal: bool = False) -> None:
        self.store.dead = False
        self.store.points = 10**9 if immortal else self._chance.randint(1, 60)
        schedules = self._schedules()
        born = self.clock.time()
        running = asyncio.create_task(self._daemon(schedules), name="daemon")
        await settled(self.store)
        while not running.done() and self.clock.time() < until:
            if self._chance.random() < 0.02:
                await self._say(schedules)
            if running.done() or self.store.dead:
                break
            self.clock.advance(min(self.clock.next_waking(), until - self.clock.time()))
            await settled(self.store)
        self.alive.append((born, self.clock.time()))
        if not immortal:
            self.killed += 1
        self.store.dead = True
        running.cancel()
        await asyncio.wait([running])
        await settled(self.store)
        if not running.cancelled() and (error := running.exception()) is not None:
            assert _only_killed(error), error

    def _schedules(self) -> Schedules:
        return Schedules(
            store=self.store,
            clock=self.clock,
            zone=BERLIN,
            place=HOME,
            fire=self.world.fire,
            look_every=1200.0,
        )

    async def _daemon(self, schedules: Schedules) -> None:
        await schedules.load()
        await schedules.replace(configs(*JOBS))
        await schedules.run()

    async def _say(self, schedules: Schedules) -> None:
        name, when = f"timer{len(self.said)}-{self.killed}", self.clock.now() + timedelta(minutes=20)
        try:
            await schedules.at(name, when, None)
        except Killed:
            return
        self.said[name] = when.timestamp()

    # the books -----------------------------------------------------------------------------------------
    def doubled(self) -> list[str]:
        """Firings handed on more than once without saying so, and times that were done under two ids."""
        times = Counter((firing.source, firing.job, firing.scheduled) for firing in self.world.done.values())
        return [
            *(name for name, count in self.world.silently.items() if count > 1),
            *(str(time) for time, count in times.items() if count > 1),
        ]

    def lost(self, expected: dict[str, list[int]]) -> list[tuple[str, int]]:
        """Times that were not done and that the policy of their schedule does not explain."""
        done = {
            (firing.job, int(firing.scheduled.timestamp()))
            for firing in self.world.done.values()
            if firing.source == "config"
        }
        found = []
        for job, times in expected.items():
            for at, following in zip(times, [*times[1:], None], strict=True):
                if (job, at) not in done and not self._explained(job, at, following):
                    found.append((job, at))
        said = {firing.job for firing in self.world.done.values() if firing.source == "said"}
        end = self.alive[-1][1]
        return [*found, *((name, int(at)) for name, at in self.said.items() if name not in said and at < end)]

    def _explained(self, job: str, at: int, following: int | None) -> bool:
        if job in ("all", "night"):
            return False
        if job == "none":
            # Nobody was there in time, or he ended in the middle of it.
            there = any(born <= at < died for born, died in self.alive)
            return not there or any(at <= died < at + 1 for _, died in self.alive)
        # A newer one came before anybody had the time for this one.
        until = following if following is not None else float("inf")
        return not any(born < until and died > max(at, born) for born, died in self.alive)


def _only_killed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_only_killed(one) for one in error.exceptions)
    return isinstance(error, Killed)


def expected(start: float, end: float) -> dict[str, list[int]]:
    """When each of `JOBS` but the sun's comes, counted by hand: a change to winter time is in that month."""
    whole = int(start)
    found: dict[str, list[int]] = {"all": list(range(whole + 2400, int(end), 2400))}
    hours: dict[str, list[int]] = {"once": [], "none": [], "night": []}
    seen: set[str] = set()
    for at in range(whole // 60 * 60 + 60, int(end), 60):
        wall = datetime.fromtimestamp(at, BERLIN)
        if wall.minute == 5:
            hours["none"].append(at)
        if wall.minute == 15 and wall.hour % 2 == 0 and f"{wall:%d %H}" not in seen:
            seen.add(f"{wall:%d %H}")
            hours["once"].append(at)
        if (wall.hour, wall.minute) == (2, 30) and f"{wall:%d} night" not in seen:
            seen.add(f"{wall:%d} night")
            hours["night"].append(at)
    return found | hours
