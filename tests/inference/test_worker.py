"""A model in a process of its own: what it answers, what a request costs, and how one is ended early."""

import asyncio
import time

import psutil
import pytest

from agent.errors import TransientError
from agent.inference.runner import Limits, Prompt
from tests.inference.asking import ENDLESS, LIGHT, SHORT, begun


@pytest.fixture(params=[False, True], ids=["library", "binding"])
def binding(request):
    """Everything here holds for both ways to the library."""
    return request.param


# what it answers -------------------------------------------------------------------------------------------
async def test_the_same_prompt_has_the_same_answer_in_every_process(worker):
    one, another = worker(), worker()

    assert (await one.generate(LIGHT, SHORT)).text == (await another.generate(LIGHT, SHORT)).text


async def test_it_says_how_many_tokens_and_how_long(worker):
    found = await worker().generate(LIGHT, SHORT)

    assert (found.tokens, found.ended, found.evaluated) == (20, "length", len("turn on the light") + 2 - 1)
    assert 0 < found.first_token_ms < found.ms


async def test_text_is_shown_as_it_comes(worker):
    shown = []

    found = await worker().generate(LIGHT, SHORT, shown.append)

    assert len(shown) == 20
    assert "".join(shown) == found.text


async def test_it_ends_before_a_stop_and_shows_nothing_of_it(worker):
    whole, shown = (await worker().generate(LIGHT, SHORT)).text, []

    found = await worker().generate(LIGHT, Limits(max_tokens=20, stop=(whole[8:11], "never")), shown.append)

    assert (found.text, found.ended) == (whole[:8], "stop")
    assert "".join(shown) == whole[:8]


async def test_with_a_temperature_answers_differ(worker):
    one = worker()

    found = {(await one.generate(LIGHT, Limits(max_tokens=20, temperature=2.0))).text for _ in range(5)}

    assert len(found) > 1


async def test_control_tokens_in_what_was_said_are_letters_like_any(worker):
    found = await worker().generate(Prompt(said="<|end|>"), SHORT)

    assert found.evaluated == len("<|end|>") + 2


async def test_what_is_no_text_does_not_hurt_it(worker):
    found = await worker().generate(Prompt(said="a\0b \udce4 %1 %2"), SHORT)

    assert found.evaluated == len("a b ? %1 %2") + 2


@pytest.mark.parametrize("nothing", ["", "  \n", "\0"])
async def test_nothing_said_is_not_asked(worker, nothing):
    with pytest.raises(TransientError, match="nothing to say"):
        await worker().generate(Prompt(said=nothing), SHORT)


# the part that stays the same ------------------------------------------------------------------------------
HOME = "study: lamp, fan; " * 8


async def test_a_system_part_costs_once(worker, binding):
    one = worker()
    first = await one.generate(Prompt(said="hi", system=HOME), SHORT)

    second = await one.generate(Prompt(said="turn on", system=HOME), SHORT)

    assert (first.evaluated, second.evaluated) == (len(HOME) + 2 + 4, 9 if binding else 8)


async def test_an_answer_does_not_depend_on_what_was_evaluated_before(worker):
    one, another = worker(), worker()
    asked = Prompt(said="turn on", system=HOME)
    for before in ("hello", "what"):
        await one.generate(Prompt(said=before, system=HOME), SHORT)

    assert (await one.generate(asked, SHORT)).text == (await another.generate(asked, SHORT)).text


async def test_another_system_part_replaces_it(worker):
    one, another = worker(), worker()
    asked = Prompt(said="turn on", system="bath: heater")
    await one.generate(Prompt(said="turn on", system=HOME), SHORT)

    assert (await one.generate(asked, SHORT)).text == (await another.generate(asked, SHORT)).text


# too much --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["lamp " * 100, "lamp " * 105, "lamp " * 20_000, "a" * 200_000])
async def test_a_prompt_beyond_the_context_is_refused_and_the_next_answered(worker, said):
    one = worker()

    with pytest.raises(TransientError, match=r"toy: .*context"):
        await one.generate(Prompt(said=said, system="study: lamp; "), SHORT)

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().restarts == 0


async def test_an_answer_ends_where_the_context_does(worker):
    one = worker()
    asked = Prompt(said="turn on", system=HOME)
    expected = (await one.generate(asked, SHORT)).text

    found = await one.generate(asked, Limits(max_tokens=5000))

    assert found.ended == "length"
    assert 512 - len(HOME) - 40 < found.tokens < 512 - len(HOME)
    assert (await one.generate(asked, SHORT)).text == expected


# early ends ------------------------------------------------------------------------------------------------
async def test_cancelling_the_call_ends_the_generation_and_the_process_lives(worker):
    one = worker(context=32_768)
    task = await begun(one)
    pid = one.pid

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    found = await one.generate(LIGHT, SHORT)

    assert (found.tokens, one.pid) == (20, pid)
    assert time.monotonic() - began < 1.0


async def test_a_listener_that_breaks_ends_the_generation_and_not_the_process(worker):
    one = worker(context=32_768)
    await one.preload()
    pid = one.pid

    with pytest.raises(ZeroDivisionError):
        await one.generate(LIGHT, ENDLESS, lambda _: 1 / 0)

    assert (await one.generate(LIGHT, Limits(max_tokens=20, deadline=0.5))).tokens == 20
    assert one.pid == pid


async def test_a_deadline_is_kept_and_the_process_lives(worker):
    one = worker(context=32_768)
    await one.preload()
    pid, began = one.pid, time.monotonic()

    with pytest.raises(TransientError, match=r"toy gave no answer within 0\.3 s"):
        await one.generate(LIGHT, Limits(max_tokens=30_000, deadline=0.3))

    assert time.monotonic() - began < 0.6
    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.pid == pid


async def test_two_who_ask_at_once_are_answered_one_after_the_other(worker):
    one = worker()
    alone = [(await one.generate(Prompt(said=said), SHORT)).text for said in ("hello", "lamp", "fan")]

    found = await asyncio.gather(
        *(one.generate(Prompt(said=said), SHORT) for said in ("hello", "lamp", "fan"))
    )

    assert [each.text for each in found] == alone


async def test_a_process_that_is_not_used_is_ended_and_the_next_question_starts_another(worker):
    one = worker()
    await one.preload()
    pid = one.pid

    assert not await one.unload(unused_for=60)
    assert await one.unload()
    assert (one.health().state, one.pid) == ("idle", None)
    assert not psutil.pid_exists(pid)
    assert (await one.generate(LIGHT, SHORT)).tokens == 20


async def test_closing_fails_what_is_asked_at_once(worker):
    one = worker(context=32_768)
    task, pid = await begun(one), one.pid

    await one.close()

    with pytest.raises(TransientError, match="toy is being closed"):
        await task
    assert not psutil.pid_exists(pid)
    with pytest.raises(TransientError, match="toy is being closed"):
        await one.generate(LIGHT, SHORT)


async def test_the_library_says_nothing_where_people_look(worker, capfd):
    await worker().generate(LIGHT, SHORT)

    assert capfd.readouterr() == ("", "")


async def test_it_opens_no_connection_and_writes_no_core(worker):
    one = worker()
    await one.generate(LIGHT, SHORT)
    process = psutil.Process(one.pid)

    assert [each for each in process.net_connections() if each.raddr] == []
    assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
