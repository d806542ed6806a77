"""Who is asked when: the urgent first, the same only once, nobody beyond his deadline."""

import asyncio
import time

import pytest

from agent.errors import TransientError
from agent.inference.runner import Limits, Prompt
from tests.inference.queueing import BACKGROUND, CHAT, LIMITS, VOICE, Asked, Gate
from tests.inference.server import DONE, STREAM, Peer, answer, event, said


# order -----------------------------------------------------------------------------------------------------
async def test_voice_comes_before_chat_before_background_and_within_one_the_first(asked):
    one = asked()
    tasks = [await one.busy()]
    for text, priority in [("b1", BACKGROUND), ("c1", CHAT), ("b2", BACKGROUND), ("v1", VOICE), ("c2", CHAT)]:
        tasks.append(await one.ask(text, priority))

    one.gate.let(6)
    await asyncio.gather(*tasks)

    assert one.order == ["busy", "v1", "c1", "c2", "b1", "b2"]


async def test_a_server_that_takes_two_at_once_gets_two(asked):
    one = asked(at_once=2)
    tasks = [await one.ask(text) for text in "abc"]

    await one.peer.until(lambda peer: len(peer.requests) == 2)

    assert one.queue.waiting == 1
    one.gate.let(3)
    await asyncio.gather(*tasks)


async def test_one_who_leaves_the_queue_is_not_asked_for(asked):
    one = asked()
    busy, gone, last = await one.busy(), await one.ask("gone"), await one.ask("last")

    gone.cancel()
    one.gate.let(2)
    await asyncio.gather(busy, last)

    assert one.order == ["busy", "last"]


async def test_one_who_leaves_while_he_is_asked_for_makes_room(asked):
    one = asked()
    busy, last = await one.busy(), await one.ask("last")

    busy.cancel()
    await one.peer.until(lambda peer: len(peer.requests) == 2)
    one.gate.let(2)

    assert (await last).text == "you said last"


# back-pressure ---------------------------------------------------------------------------------------------
async def test_a_full_queue_refuses_at_once(asked):
    one = asked(most_waiting=1)
    await one.busy()
    await one.ask("waits")

    with pytest.raises(TransientError, match="the model is busy; too many are waiting"):
        await (await one.ask("too many"))


async def test_in_a_full_queue_the_urgent_takes_the_place_of_the_least_urgent(asked):
    one = asked(most_waiting=2)
    busy, first, last = await one.busy(), await one.ask("b1", BACKGROUND), await one.ask("b2", BACKGROUND)

    urgent = await one.ask("now", VOICE)

    with pytest.raises(TransientError, match="something more urgent came"):
        await last
    one.gate.let(3)
    await asyncio.gather(busy, first, urgent)
    assert one.order == ["busy", "now", "b1"]


async def test_a_deadline_counts_while_one_waits(asked):
    one, began = asked(), time.monotonic()
    await one.busy()

    with pytest.raises(TransientError, match=r"server gave no answer within 0\.2 s"):
        await (await one.ask("waits", limits=Limits(deadline=0.2)))

    assert time.monotonic() - began < 0.5
    assert one.order == ["busy"]
    assert one.metrics.counters["model.late"] == 1


# the same question -----------------------------------------------------------------------------------------
async def test_the_same_question_in_flight_is_asked_once(asked):
    one = asked()
    tasks = [await one.ask("hello"), await one.ask(" hello\n"), await one.ask("hello")]

    one.gate.let()

    assert {found.text for found in await asyncio.gather(*tasks)} == {"you said hello"}
    assert one.order == ["hello"]


async def test_if_the_first_leaves_another_takes_over(asked):
    one = asked()
    first, second = await one.ask("hello"), await one.ask("hello")
    await one.peer.until(lambda peer: peer.requests)

    first.cancel()
    one.gate.let(2)

    assert (await second).text == "you said hello"
    assert one.order == ["hello", "hello"]


async def test_if_a_sharer_leaves_the_others_do_not_notice(asked):
    one = asked()
    first, second = await one.ask("hello"), await one.ask("hello")

    second.cancel()
    one.gate.let()

    assert (await first).text == "you said hello"


async def test_a_sharer_with_little_time_fails_alone(asked):
    one = asked()
    first, hasty = await one.ask("hello"), await one.ask("hello", limits=Limits(deadline=0.1))

    with pytest.raises(TransientError, match=r"within 0\.1 s"):
        await hasty

    one.gate.let()
    assert (await first).text == "you said hello"


async def test_an_urgent_sharer_hurries_a_question_that_waits(asked):
    one = asked()
    tasks = [await one.busy(), await one.ask("same", BACKGROUND), await one.ask("chat", CHAT)]
    tasks.append(await one.ask("same", VOICE))

    one.gate.let(3)
    await asyncio.gather(*tasks)

    assert one.order == ["busy", "same", "chat"]


# what is remembered ----------------------------------------------------------------------------------------
async def told(one, text, limits=LIMITS):
    one.gate.let()
    return await one.queue.ask(Prompt(said=text), limits)


async def test_an_answer_is_remembered(asked):
    one = asked()
    first = await told(one, "turn on  the light")

    assert await told(one, " turn on the light ") == first
    assert one.order == ["turn on  the light"]


async def test_the_model_is_told_what_was_said_letter_by_letter(asked):
    one = asked()

    await told(one, " turn on  the light")

    assert one.order == [" turn on  the light"]


async def test_capitals_make_another_question_for_names_are_copied(asked):
    one = asked()
    await told(one, "ada")

    assert (await told(one, "Ada")).text == "you said Ada"


async def test_another_form_makes_another_question(asked):
    one = asked()
    one.gate.let(3)

    for form in ("a.form:On", "a.form:Off", "a.form:On"):
        await one.queue.ask(Prompt(said="lamp", form=form), LIMITS)

    assert one.order == ["lamp", "lamp"]


async def test_what_was_answered_about_another_house_is_forgotten(asked):
    version = [1]
    one = asked(version=lambda: version[0])
    await told(one, "hello")

    version[0] = 2
    await told(one, "hello")

    assert one.order == ["hello", "hello"]


async def test_only_so_many_are_remembered_and_the_one_used_last_longest(asked):
    one = asked(remembered=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await told(one, text)

    assert one.order == ["a", "b", "c", "b"]


async def test_an_answer_that_may_differ_is_not_remembered(asked):
    one = asked()
    for _ in range(2):
        await told(one, "hello", Limits(temperature=0.8, deadline=5))

    assert one.order == ["hello", "hello"]


async def test_a_failure_is_not_remembered():
    async with Peer(answer({}, "400 Bad Request"), said("hi")).open() as peer:
        one = Asked(peer, Gate())
        with pytest.raises(Exception, match="answers 400"):
            await told(one, "hello")

        assert (await told(one, "hello")).text == "hi"


async def test_a_remembered_answer_is_shown_too():
    shown = []
    async with Peer(STREAM + event("h") + event("i") + DONE).open() as peer:
        queue = Asked(peer, Gate()).queue
        for _ in range(2):
            await queue.ask(Prompt(said="hello"), LIMITS, on_text=shown.append)

    assert shown == ["h", "i", "hi"]
    assert len(peer.requests) == 1
