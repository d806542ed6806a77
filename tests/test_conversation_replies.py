"""What is said back is what a person would say, and no more than what happened."""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.house import House
from tests.talking import Talk, put, simulated_home

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
_sessions = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replying(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("replies")) as house:
        yield house


@pytest.fixture
def talk(replying) -> Talk:
    return Talk(replying, f"replies-{next(_sessions)}")


async def test_a_yes_is_answered_with_what_became_of_it(talk):
    await put(talk, "lock.front_door", "locked")
    await talk.say("unlock the front door")
    done = await talk.say("yes")

    assert done["text"] == "Unlocked the front door"
    assert [one["status"] for one in done["outcomes"]] == ["confirmed"]


async def test_a_no_leaves_the_door_locked(talk):
    await put(talk, "lock.front_door", "locked")
    await talk.say("unlock the front door")
    denied = await talk.say("no")

    assert (denied["text"], denied["outcomes"]) == ("I leave it, as you said", [])
    assert talk.state("lock.front_door") == "locked"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hello", "Hello"),
        ("is anyone home", "I do not know who is at home"),
        ("what's the humidity in the kids room", "There is no humidity sensor in the kids room"),
    ],
)
async def test_it_is_said_as_a_person_would(talk, said, answer):
    assert (await talk.say(said))["text"] == answer


async def test_why_is_answered_honestly(talk):
    reply = await talk.say("why did you turn off the lights")

    assert reply["text"].startswith("I have done nothing to")


async def test_a_word_that_names_no_option_leaves_the_question_open(talk):
    asked = await talk.say("turn on a light in the living room")
    unclear = await talk.say("the purple one")
    done = await talk.say("the floor lamp")

    assert (asked["expects_answer"], unclear["expects_answer"]) == (True, True)
    assert unclear["text"] == "I did not get which one"
    assert {one["target"] for one in done["outcomes"]} == {"light.floor_lamp"}


async def test_a_command_that_is_not_understood_is_no_bad_answer(talk):
    await talk.say("turn on a light in the living room")
    reply = await talk.say("set the washing up to delicate")

    assert reply["text"] == "I did not understand that"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("turn on the coffee machine", "Turned on the coffee machine"),
        ("turn on the tv", "Turned on the television"),
        ("turn on an office light", "Turned on the light"),
        ("turn on the kitchen lights", "Turned on the lights"),
        ("arm the alarm", "Armed the house alarm"),
    ],
)
async def test_what_was_switched_is_called_what_it_is(talk, said, told):
    assert (await talk.say(said))["text"] == told


async def test_when_something_last_happened_is_told_as_a_time(talk):
    await put(talk, "lock.front_door", "locked")
    await talk.say("unlock the front door")
    await talk.say("yes")
    reply = await talk.say("when did the front door unlock")

    assert reply["text"].startswith("Last at ")


async def test_a_place_said_once_at_the_end_holds_for_both(talk):
    done = await talk.say("turn on the light and the fan in the bedroom")

    assert [one["target"] for one in done["outcomes"]] == ["light.bedroom_light", "fan.bedroom_ceiling_fan"]


async def test_nothing_but_what_is_on_is_told_to_be_on(talk):
    await put(talk, "switch.oven", "on")
    await put(talk, "switch.coffee_machine", "off")
    await put(talk, "light.kitchen_ceiling", "off")
    await put(talk, "light.kitchen_counter", "off")
    reply = await talk.say("what is on in the kitchen")

    assert reply["text"] == "The oven"
    assert reply["outcomes"] == []
