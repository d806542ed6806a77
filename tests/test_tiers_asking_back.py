"""A model that is not sure asks before it acts; what it was right about, the house learns."""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.dialogue.learned import SETTLED_AFTER
from agent.dialogue.session import ANSWERED_WITHIN
from agent.engines.reader import Reader
from agent.engines.tiny import shipped
from tests.house import House
from tests.talking import Talk, put, simulated_home
from tests.tiering import OFF, Speaker, lit, model, reader_of, speaker, states

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not shipped.file().exists(), reason="the model was not trained yet: make model"),
]
BARS = ("act", "ask", "machine_act", "machine_ask")
NEVER_SURE = dict.fromkeys(BARS, 0.9999999) | {"guess": 0.0}
ALWAYS_SURE = dict.fromkeys(BARS, 0.0) | {"guess": 0.0}
BEDROOM = "we need the bedroom lights off"
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("unsure")) as house:
        yield house


@pytest.fixture(scope="module")
def reader(house) -> Reader:
    return reader_of(house)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one(house, reader, tmp_path_factory) -> AsyncIterator[Speaker]:
    """Somebody whom the model never understands for sure."""
    async with speaker(house, reader, tmp_path_factory.mktemp("one"), **NEVER_SURE) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def unsure(one) -> Speaker:
    """The same, with the kitchen lights on, asked whether they are to go off."""
    await lit(Talk(one.house, ""))
    one.session = f"unsure-{next(_ids)}"
    one.asked = await one.say(OFF, one.session)
    return one


def kitchen(speaker: Speaker) -> set[str | None]:
    return states(Talk(speaker.house, ""))


def state(speaker: Speaker, entity: str) -> str | None:
    return speaker.house.daemon.home.state(entity).value


# Shall I ...? ---------------------------------------------------------------------------------------------
async def test_what_may_be_meant_is_asked_and_not_done(unsure):
    assert unsure.asked.expects_answer
    assert "Shall I turn off" in unsure.asked.text
    assert (unsure.asked.outcomes, kitchen(unsure)) == ((), {"on"})


async def test_the_question_tells_who_guessed_and_what(unsure):
    assert unsure.asked.tier.value == "model"
    assert [one.name for one in unsure.asked.intents] == ["HassTurnOff"]


async def test_a_yes_does_it(unsure):
    reply = await unsure.say("yes", unsure.session)

    assert kitchen(unsure) == {"off"}
    assert (reply.tier.value, {one.status.value for one in reply.outcomes}) == ("model", {"confirmed"})


async def test_a_no_leaves_it(unsure):
    reply = await unsure.say("no", unsure.session)
    later = await unsure.say("yes", unsure.session)

    assert (reply.outcomes, later.outcomes, kitchen(unsure)) == ((), (), {"on"})
    assert not reply.expects_answer


async def test_something_else_is_heard_as_itself_and_drops_the_question(unsure):
    await put(Talk(unsure.house, ""), "light.desk_lamp", "off")
    reply = await unsure.say("turn on the desk lamp", unsure.session)
    later = await unsure.say("yes", unsure.session)

    assert (reply.tier.value, state(unsure, "light.desk_lamp")) == ("grammar", "on")
    assert (later.outcomes, kitchen(unsure)) == ((), {"on"})


async def test_a_question_in_between_is_answered_and_drops_it_too(unsure):
    reply = await unsure.say("is the front door locked", unsure.session)
    later = await unsure.say("yes", unsure.session)

    assert reply.text[:2] in ("Ye", "No")
    assert (later.outcomes, kitchen(unsure)) == ((), {"on"})


async def test_a_yes_that_comes_too_late_does_nothing(unsure):
    unsure.clock.pass_(ANSWERED_WITHIN)
    reply = await unsure.say("yes", unsure.session)

    assert (reply.outcomes, kitchen(unsure)) == ((), {"on"})


async def test_a_yes_of_somebody_else_does_nothing(unsure):
    reply = await unsure.say("yes", "somebody else")

    assert (reply.outcomes, kitchen(unsure)) == ((), {"on"})


async def test_what_would_do_nothing_here_is_not_offered(one):
    reply = await one.say("we need the cellar lights off", "cellar")

    assert (reply.expects_answer, reply.outcomes) == (False, ())


async def test_an_offer_that_needs_approval_still_needs_it_after_the_yes(one):
    await put(Talk(one.house, ""), "cover.garage_door", "closed", current_position=0)
    asked = await one.say("we need the garage door open", "garage")
    if "Shall I" not in asked.text:
        pytest.skip("this version of the model has no idea what is meant")
    reply = await one.say("yes", "garage")
    await one.say("no", "garage")

    assert [done.status.value for done in reply.outcomes] == ["pending"]
    assert state(one, "cover.garage_door") == "closed"


# learning -------------------------------------------------------------------------------------------------
@pytest_asyncio.fixture(loop_scope="module")
async def learner(house, reader, tmp_path) -> AsyncIterator[Speaker]:
    """Somebody whom the model understands, in a house that learns; the lights are on."""
    talk = Talk(house, "")
    await lit(talk)
    await lit(talk, lights=("light.bedroom_light", "light.bedside_lamp"))
    async with speaker(house, reader, tmp_path, **ALWAYS_SURE) as learner:
        yield learner


async def test_what_a_model_understood_is_learned_and_then_costs_nothing(learner):
    first = await learner.say(OFF)
    learner.stands(SETTLED_AFTER)
    before = model(learner.house).answered
    second = await learner.say(BEDROOM)

    assert (first.tier.value, second.tier.value) == ("model", "grammar")
    assert model(learner.house).answered == before
    assert state(learner, "light.bedroom_light") == "off"
    assert [one["phrase"] for one in learner.learned.phrases()] == ["we need the {area} lights off"]


async def test_a_proposal_is_used_once_it_is_accepted(learner):
    learner.mode = "ask"
    await learner.say(OFF)
    learner.stands(SETTLED_AFTER)
    [proposed] = learner.learned.phrases()
    early = await learner.say(BEDROOM)
    await learner.learned.accept(proposed["id"])
    late = await learner.say(BEDROOM)

    assert proposed["state"] == "proposed"
    assert (early.tier.value, late.tier.value) == ("model", "grammar")


async def test_what_is_undone_is_not_learned(learner):
    await learner.say(OFF)
    undone = await learner.say("undo")
    learner.stands(SETTLED_AFTER)

    assert {one.status.value for one in undone.outcomes} == {"confirmed"}
    assert (learner.learned.phrases(), kitchen(learner)) == ([], {"on"})


async def test_what_is_undone_later_is_forgotten(learner):
    await learner.say(OFF)
    learner.stands(SETTLED_AFTER)
    used = await learner.say(BEDROOM)
    await learner.say("undo")
    again = await learner.say(BEDROOM)

    assert (used.tier.value, again.tier.value) == ("grammar", "model")
    assert learner.learned.phrases() == []


async def test_a_house_that_is_not_to_learn_does_not(learner):
    learner.mode = "off"
    await learner.say(OFF)
    learner.stands(SETTLED_AFTER)

    assert learner.learned.phrases() == []
    assert (await learner.say(OFF)).tier.value == "model"


async def test_what_was_asked_first_and_said_yes_to_is_learned(one):
    await lit(Talk(one.house, ""))
    await one.say(OFF, "learns")
    await one.say("yes", "learns")
    one.stands(SETTLED_AFTER)
    [known] = one.learned.phrases()
    await one.learned.forget(known["id"])

    assert known["phrase"] == "we need the {area} lights off"
