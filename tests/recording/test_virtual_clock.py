"""Time that goes by as it is told to."""

import asyncio
from datetime import UTC, datetime

from agent.recording.virtual_clock import VirtualClock

NOW = datetime(2026, 10, 10, 12, tzinfo=UTC)


async def test_nobody_is_woken_before_his_time():
    clock = VirtualClock(NOW)
    sleeping = asyncio.create_task(clock.sleep(10))
    await clock.advance(NOW.timestamp() + 9.99)

    assert not sleeping.done()
    sleeping.cancel()


async def test_everybody_is_woken_in_order_and_at_his_own_time():
    clock = VirtualClock(NOW)
    woken: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        for name, seconds in (("c", 30), ("a", 10), ("b", 20), ("b2", 20)):
            tasks.create_task(sleep(name, seconds))
        await clock.advance(NOW.timestamp() + 30)

    assert woken == [("a", 10), ("b", 20), ("b2", 20), ("c", 30)]


async def test_who_sleeps_again_on_waking_is_woken_again_in_between():
    clock = VirtualClock(NOW)
    seen: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(60)
            seen.append(clock.time() - NOW.timestamp())

    ticking = asyncio.create_task(tick())
    await clock.advance(NOW.timestamp() + 86_400)
    ticking.cancel()

    assert seen == [60.0 * number for number in range(1, 1441)]


async def test_what_follows_from_a_waking_is_done_before_the_next():
    clock = VirtualClock(NOW)
    steps: list[str] = []
    event = asyncio.Event()

    async def first() -> None:
        await clock.sleep(1)
        event.set()

    async def follower() -> None:
        await event.wait()
        for number in range(3):
            await asyncio.sleep(0)
            steps.append(f"step {number}")

    async def second() -> None:
        await clock.sleep(1)
        steps.append("second")

    async with asyncio.TaskGroup() as tasks:
        for one in (first(), follower(), second()):
            tasks.create_task(one)
        await clock.advance(NOW.timestamp() + 1)

    assert steps == ["step 0", "step 1", "step 2", "second"]


async def test_a_time_that_was_is_now():
    clock = VirtualClock(NOW)
    await clock.advance(NOW.timestamp() - 100)

    assert (clock.now(), clock.monotonic()) == (NOW, 0.0)


async def test_a_cancelled_sleeper_keeps_nobody_waiting():
    clock = VirtualClock(NOW)
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    sleeping.cancel()
    await asyncio.wait([sleeping])

    assert clock.next_waking() == float("inf")


async def test_who_hardly_sleeps_does_not_stop_time():
    clock = VirtualClock(NOW)
    sleeping = asyncio.create_task(clock.sleep(1e-300))
    await clock.advance(NOW.timestamp() + 1)

    assert sleeping.done()


async def test_a_clock_that_is_put_back_makes_nobody_sleep_longer():
    clock = VirtualClock(NOW)
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    clock.jump(-3600)
    await clock.advance(NOW.timestamp() - 3600 + 10)

    assert sleeping.done()


async def test_over_many_small_steps_no_time_is_lost():
    clock = VirtualClock(NOW)
    for number in range(1, 20_000):
        await clock.advance(NOW.timestamp() + number * 0.1)

    assert abs(clock.monotonic() - 1999.9) < 1e-5
