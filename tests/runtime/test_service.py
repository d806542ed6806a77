"""Supervision: what fails is begun again, with pauses that grow and are forgotten after a good while."""

import asyncio
from contextlib import suppress

import pytest
from typing_extensions import override

from agent.runtime.metrics import Metrics
from agent.runtime.service import DELAYS, Service, cancelled, supervise
from tests.fakes import FakeClock


class Sleepless(FakeClock):
    """A clock whose sleeps take no time and are remembered."""

    def __init__(self):
        super().__init__()
        self.slept = []

    @override
    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.pass_(seconds)
        await asyncio.sleep(0)


async def pauses(lives):
    """The pauses after lives that last so many seconds and then fail (or, negative, just end)."""
    clock, metrics, left = Sleepless(), Metrics(), list(lives)

    async def work():
        if not left:
            raise asyncio.CancelledError
        lived = left.pop(0)
        clock.pass_(abs(lived))
        if lived >= 0:
            raise ValueError(lived)

    with suppress(asyncio.CancelledError):
        await supervise(Service(name="test", run=work), clock=clock, metrics=metrics)
    assert metrics.counters["service.restarts"] == len(lives)
    return clock.slept


async def test_the_pause_grows_with_every_failure_in_a_row_up_to_the_longest():
    assert await pauses([0] * 8) == [*DELAYS, DELAYS[-1], DELAYS[-1]]


async def test_after_a_good_while_the_pauses_begin_anew():
    assert await pauses([0, 0, 0, DELAYS[-1] + 1, 0]) == [0.5, 1.0, 2.0, 0.5, 1.0]


async def test_work_that_just_ends_is_begun_again_too():
    assert await pauses([-0.1, -0.1]) == [0.5, 1.0]


async def test_cancelling_ends_it_and_is_not_taken_for_a_failure():
    metrics, running = Metrics(), asyncio.Event()

    async def work():
        running.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(supervise(Service(name="test", run=work), clock=Sleepless(), metrics=metrics))
    await running.wait()
    await cancelled(task, within=1)

    assert task.cancelled()
    assert metrics.counters == {}


async def test_what_ends_the_process_is_not_caught():
    async def work():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await supervise(Service(name="test", run=work), clock=Sleepless(), metrics=Metrics())


async def test_a_task_that_will_not_end_is_waited_for_so_long_and_no_longer():
    released = asyncio.Event()

    async def stubborn():
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancelled(task, within=0.05)
    still = not task.done()
    released.set()
    await task

    assert still
