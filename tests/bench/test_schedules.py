"""Schedules: 1,000 kills in a virtual month; what 10,000 of them cost, and how punctual they are."""

import asyncio
import gc
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import psutil
import pytest

from agent.automations.schedule_section import ScheduleConfig
from agent.automations.schedules import Schedules
from agent.automations.sun import Place
from agent.runtime.clock import Clock
from agent.runtime.store import opened
from tests.automations.mortality import Month, expected

BERLIN = ZoneInfo("Europe/Berlin")
MANY = 10_000


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_1000_kills(tmp_path):
    month = Month(tmp_path, seed=7, kills=1200)
    await month.run()
    lost = month.lost(expected(month.start.timestamp(), month.alive[-1][1] - 3600))
    again = sum(month.world.begun.values()) - len(month.world.silently)
    print(f"\n{month.killed} kills, {len(month.world.done)} firings done, {len(month.said)} timers said")
    print(f"handed on again, said to be so, under the same id: {again}")
    print(f"lost: {len(lost)} (goal 0)")
    print(f"doubled: {len(month.doubled())} (goal 0)")

    assert month.killed >= 1000
    assert (lost, month.doubled()) == ([], [])


def written(number: int) -> ScheduleConfig:
    """Schedules of every kind, at most minutes of the day."""
    minute, hour = number % 60, number // 60 % 24
    times = (
        {"cron": f"{minute} {hour} * * *"},
        {"cron": f"{minute} {hour} * * mon-fri"},
        {"every": f"{number + 3600}s"},
        {"sun": "sunset", "offset": f"-{number % 120}m"},
        {"at": f"2060-01-01T{hour:02}:{minute:02}"},
    )
    return ScheduleConfig.model_validate(
        {"id": f"job-{number}", "do": "turn on the light"} | times[number % 5]
    )


def rss() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_10000_schedules(tmp_path):
    late: list[float] = []
    clock = Clock()

    async def fire(firing):
        late.append(clock.time() - firing.scheduled.timestamp())

    async with opened(tmp_path / "state.db") as store:

        def new() -> Schedules:
            place = Place(latitude=52.5, longitude=13.4)
            return Schedules(store=store, clock=clock, zone=BERLIN, place=place, fire=fire)

        configured = [written(number) for number in range(MANY)]
        before, started = rss(), time.perf_counter()
        schedules = new()
        await schedules.load()
        await schedules.replace(configured)
        first = time.perf_counter() - started
        memory = rss() - before
        started = time.perf_counter()
        schedules = new()
        await schedules.load()
        await schedules.replace(configured)
        again = time.perf_counter() - started
        print(f"\n{MANY} schedules: {first:.2f} s the first time, {again:.2f} s at a restart (goal 2 s)")
        print(f"memory: {memory:.1f} MB more (goal 60 MB)")

        running = asyncio.create_task(schedules.run())
        for number in range(1000):
            when = clock.now() + timedelta(seconds=3 + number // 100)
            await schedules.at(f"timer-{number}", when.replace(microsecond=0), None)
        while len(late) < 1000:
            await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.wait([running])
    late.sort()
    print(f"firing error, 100 each second, recorded and handed on: p50 {late[500] * 1000:.1f} ms,", end=" ")
    print(f"p99 {late[990] * 1000:.1f} ms (goal 50 ms)")

    assert first < 10
