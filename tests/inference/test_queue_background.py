"""What nobody waits for makes way for whoever waits, and is asked again."""

import asyncio

import pytest

from agent.errors import TransientError
from agent.inference.queue import Queue
from agent.inference.runner import Limits, Prompt
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.inference.asking import ENDLESS, LIGHT
from tests.inference.queueing import BACKGROUND, CHAT, LIMITS, VOICE


async def working(one, text="work"):
    """A request in the background that the server is busy with."""
    task = await one.ask(text, BACKGROUND)
    await one.peer.until(lambda peer: peer.requests)
    return task


@pytest.mark.parametrize("priority", [VOICE, CHAT])
async def test_what_runs_in_the_background_makes_way_and_is_asked_again(asked, priority):
    one = asked()
    work = await working(one)
    urgent = await one.ask("now", priority)
    await one.peer.until(lambda peer: len(peer.requests) == 2)

    one.gate.let(3)

    assert ((await urgent).text, (await work).text) == ("you said now", "you said work")
    assert one.order == ["work", "now", "work"]
    assert one.metrics.counters["model.made_way"] == 1


async def test_for_one_only_one_makes_way(asked):
    one = asked(at_once=2)
    tasks = [await working(one, "first"), await working(one, "second")]
    await one.peer.until(lambda peer: len(peer.requests) == 2)
    tasks.append(await one.ask("now", VOICE))
    await one.peer.until(lambda peer: len(peer.requests) == 3)

    one.gate.let(5)
    await asyncio.gather(*tasks)

    assert one.order == ["first", "second", "now", "first"]


async def test_who_comes_before_a_turn_is_used_has_it(asked):
    one = asked()

    async def twice():
        await one.queue.ask(Prompt(said="first"), LIMITS)
        return await one.queue.ask(Prompt(said="then"), LIMITS)

    talking = asyncio.create_task(twice())
    await one.peer.until(lambda peer: peer.requests)
    work = await one.ask("work", BACKGROUND)

    one.gate.let(3)
    await asyncio.gather(talking, work)

    assert one.order == ["first", "then", "work"]


async def test_nothing_makes_way_for_what_nobody_waits_for_either(asked):
    one = asked()
    tasks = [await working(one), await one.ask("later", BACKGROUND)]

    one.gate.let(2)
    await asyncio.gather(*tasks)

    assert one.order == ["work", "later"]


async def test_what_somebody_waits_for_makes_way_for_nobody(asked):
    one = asked()
    tasks = [await one.ask("chat"), await one.ask("now", VOICE)]

    one.gate.let(2)
    await asyncio.gather(*tasks)

    assert one.order == ["chat", "now"]


async def test_what_was_begun_for_nobody_stays_once_somebody_waits_for_it(asked):
    one = asked()
    tasks = [await working(one, "same"), await one.ask("same", CHAT), await one.ask("now", VOICE)]

    one.gate.let(3)
    await asyncio.gather(*tasks)

    assert one.order == ["same", "now"]


async def test_what_made_way_is_over_at_its_deadline_all_the_same(asked):
    one = asked()
    work = await one.ask("work", BACKGROUND, Limits(deadline=0.3))
    await one.peer.until(lambda peer: peer.requests)
    await one.ask("now", VOICE)

    with pytest.raises(TransientError, match=r"within 0\.3 s"):
        await work


async def test_a_model_in_a_file_leaves_what_it_does_in_the_background(worker):
    runner = worker(context=131_072)
    queue = Queue(runner, clock=Clock(), metrics=Metrics())
    work = asyncio.create_task(queue.ask(LIGHT, ENDLESS, priority=BACKGROUND))
    async with asyncio.timeout(10):
        while runner.health().state != "ready":
            await asyncio.sleep(0.01)

    found = await queue.ask(Prompt(said="turn on"), Limits(max_tokens=5, deadline=5), priority=VOICE)

    assert (found.tokens, work.done(), runner.health().restarts) == (5, False, 0)
    work.cancel()
