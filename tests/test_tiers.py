"""From a free phrase to a deed: which tier understands it, and that none does what nobody asked for."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.engines.tiny import shipped
from tests.house import House
from tests.inference.server import Peer, answer, said
from tests.talking import Talk, put, simulated_home
from tests.tiering import (
    LIGHTS,
    NOTHING,
    OFF,
    ON,
    ONLY,
    Held,
    behind,
    intents,
    lights_off,
    lit,
    model,
    serve,
    states,
    statuses,
    utterance,
)

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not shipped.file().exists(), reason="the model was not trained yet: make model"),
]
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("tiers")) as house:
        yield house


@pytest.fixture
def talk(house) -> Talk:
    serve(house)
    return Talk(house, f"session-{next(_ids)}")


# the shipped model ----------------------------------------------------------------------------------------
async def test_a_free_phrase_is_done_and_the_reply_says_that_a_model_understood_it(talk):
    await lit(talk)
    reply = await talk.say(OFF)

    assert (reply["tier"], statuses(reply)) == ("model", {"confirmed"})
    assert states(talk) == {"off"}


async def test_what_a_template_fits_costs_no_model_anything(talk):
    await lit(talk)
    before = model(talk.house).answered
    reply = await talk.say("turn off the kitchen lights")

    assert (reply["tier"], model(talk.house).answered) == ("grammar", before)


async def test_the_same_again_is_remembered_and_done_again(talk):
    await talk.say(ON)
    await lit(talk, "off")
    before = model(talk.house).answered
    reply = await talk.say(ON)

    assert (reply["tier"], model(talk.house).answered) == ("model", before)
    assert "on" in states(talk)


@pytest.mark.parametrize(
    "text",
    [
        NOTHING,
        "have you got the kitchen lights on",
        "did anybody kill the kitchen lights",
        "how come we need the kitchen lights off",
        "I was wondering whether the kitchen lights are still on",
        "we don't need the kitchen lights off",
        "we do not want the kitchen lights off",
        "whatever you do the kitchen lights must not go off",
        "nobody said that the kitchen lights should go off",
        "it would be wrong to have the kitchen lights off",
        "we need the cellar lights off",
    ],
)
async def test_what_is_asked_told_or_not_wanted_reaches_the_model_and_is_not_done(talk, text):
    await lit(talk)
    before = model(talk.house).answered
    reply = await talk.say(text)

    assert model(talk.house).answered > before
    assert (reply["outcomes"], states(talk)) == ([], {"on"})


async def test_what_lets_somebody_in_is_never_done_on_a_guess(talk):
    await put(talk, "cover.garage_door", "closed", current_position=0)
    async with Peer(said(intents(("HassTurnOn", {"name": "garage door"})))).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer)})
        asked = await talk.say("we would like the garage door to be wide open")
        agreed = await talk.say("yes")

    assert asked["text"] == "I am not sure that I understood. Shall I open the garage door?"
    assert (asked["expects_answer"], statuses(asked)) == (True, set())
    assert (agreed["tier"], statuses(agreed)) == ("provider", {"pending"})
    assert talk.state("cover.garage_door") == "closed"
    await talk.say("no")


# while "which one?" is open --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "we need the kitchen lights off",
        "leave the desk lamp alone",
        "could the desk lamp go off",
        "switch the desk lamp of",
    ],
)
async def test_a_sentence_of_its_own_is_no_answer_to_which_one(talk, text):
    lamps = {"light.kitchen_ceiling", "light.kitchen_counter", "light.desk_lamp"}
    for lamp in lamps:
        await put(talk, lamp, "on", brightness=100)
    asked = await talk.say("it's too dark in here")
    await talk.say(text)
    home = talk.house.daemon.home

    assert asked["expects_answer"]
    assert {home.state(one).attributes.get("brightness") for one in lamps} <= {100, None}


async def test_what_is_no_answer_to_which_one_is_read_by_the_model(talk):
    await lit(talk)
    await talk.say("it's too dark in here")
    reply = await talk.say(OFF)

    assert (reply["tier"], states(talk)) == ("model", {"off"})


# a configured model ---------------------------------------------------------------------------------------
async def test_without_the_shipped_model_the_configured_one_is_asked(talk):
    await lit(talk)
    async with Peer(said(lights_off())).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer)})
        reply = await talk.say(OFF)

    assert (reply["tier"], statuses(reply), states(talk)) == ("provider", {"confirmed"}, {"off"})


async def test_what_the_shipped_model_does_not_know_the_configured_one_may(talk):
    await lit(talk)
    async with Peer(said(lights_off())).open() as peer:
        serve(talk.house, providers={"big": behind(peer)})
        text = "my grandmother always said that kitchen lights keep the sea awake"
        before = model(talk.house).answered
        reply = await talk.say(text)

    assert (reply["tier"], states(talk)) == ("provider", {"off"})
    assert model(talk.house).answered > before


async def test_what_the_shipped_model_is_sure_of_goes_nowhere_else(talk):
    await lit(talk)
    async with Peer(said(lights_off())).open() as peer:
        serve(talk.house, providers={"big": behind(peer)})
        reply = await talk.say(OFF)

    assert (reply["tier"], peer.requests) == ("model", [])


async def test_no_name_of_the_house_leaves_it(talk):
    async with Peer(said(intents())).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer)})
        await talk.say(OFF)
        told = str(peer.requests[0].body).casefold()

    assert "kitchen lights" in told
    assert "counter light" not in told
    assert "bedside" not in told


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"",
        b"\x00\xff" * 50,
        answer(b"<html>down for maintenance</html>"),
        answer({}, "500 Internal Server Error"),
        answer({}, "401 Unauthorized"),
        said(""),
        said("Sure! I turned off the kitchen lights for you."),
        said('{"intents": [{"intent": "HassTurnOff", "slots": {"area": "kitchen"'),
        said(intents(("HassTurnOff", {"area": "bedroom", "domain": "light"}))),
        said(intents(("HassTurnOff", {"name": "oven"}))),
        said(intents(("shell.run", {"command": "off"}))),
        said(lights_off() + intents(("HassTurnOn", {"area": "kitchen", "domain": "light"}))),
    ],
    ids=[
        *("silence", "hang-up", "bytes", "html", "error", "key", "empty", "prose", "cut"),
        *("other-place", "other-thing", "no-intent", "two-answers"),
    ],
)
async def test_a_server_that_fails_or_talks_nonsense_leads_to_an_honest_no(talk, given):
    await lit(talk)
    async with Peer(given).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer)}, budgets={"intent": {"deadline": 0.6}})
        reply = await talk.say(OFF)

    assert (reply["tier"], reply["outcomes"], states(talk)) == ("none", [], {"on"})
    assert reply["text"] == "I did not understand that"
    assert reply["ms"] < 2000
    assert len(peer.requests) >= 1


async def test_who_talks_nonsense_is_followed_by_the_fallback_once(talk):
    await lit(talk)
    junk = said("Sure! I turned off the kitchen lights for you.")
    async with Peer(junk).open() as first, Peer(said(lights_off())).open() as second, Peer().open() as third:
        given = {"one": behind(first), "two": behind(second), "three": behind(third)}
        serve(talk.house, **ONLY, providers=given, primary="one", fallback=["two", "three"])
        reply = await talk.say(OFF)

    assert (reply["tier"], statuses(reply), states(talk)) == ("provider", {"confirmed"}, {"off"})
    assert [len(one.requests) for one in (first, second, third)] == [1, 1, 0]


async def test_two_that_talk_nonsense_are_enough(talk):
    await lit(talk)
    peers = [Peer(said("Certainly!")) for _ in range(3)]
    async with peers[0].open() as first, peers[1].open() as second, peers[2].open() as third:
        given = {"one": behind(first), "two": behind(second), "three": behind(third)}
        serve(talk.house, **ONLY, providers=given, primary="one", fallback=["two", "three"])
        reply = await talk.say(OFF)

    assert (reply["text"], states(talk)) == ("I did not understand that", {"on"})
    assert [len(one.requests) for one in peers] == [1, 1, 0]


async def test_a_server_that_is_not_there_leads_to_an_honest_no(talk):
    await lit(talk)
    async with Peer(None).open() as gone:
        pass
    serve(talk.house, **ONLY, providers={"big": behind(gone)}, budgets={"intent": {"deadline": 0.6}})
    reply = await talk.say(OFF)

    assert (reply["tier"], reply["outcomes"], states(talk)) == ("none", [], {"on"})
    assert model(talk.house, "big").failed == 1


async def test_the_server_s_answer_to_a_question_is_no_act(talk):
    await lit(talk)
    async with Peer(said(lights_off())).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer)})
        reply = await talk.say("any chance that the kitchen lights are off by now?")

    assert (reply["outcomes"], states(talk), len(peer.requests)) == ([], {"on"}, 1)


async def test_without_any_model_the_answer_is_an_honest_no(talk):
    await lit(talk)
    serve(talk.house, **ONLY)
    reply = await talk.say(OFF)

    assert (reply["tier"], reply["outcomes"], states(talk)) == ("none", [], {"on"})
    assert [one.name for one in talk.house.daemon.models.health()] == []


# who comes first ------------------------------------------------------------------------------------------
async def test_who_speaks_aloud_is_answered_before_those_who_wrote_earlier(talk):
    listening, first = talk.house.daemon.listening, Held(intents())
    async with Peer(first, said(intents())).open() as peer:
        serve(talk.house, **ONLY, providers={"big": behind(peer, at_once=1)})
        queue = talk.house.daemon.models._served["big"].queue
        async with asyncio.TaskGroup() as tasks:
            for number, (words, channel) in enumerate(
                (("one ran", "bus"), ("two ran", "bus"), ("three ran", "bus"), ("four ran", "voice"))
            ):
                said_so = utterance(f"number {words} to the sea", session=f"v{next(_ids)}", channel=channel)
                tasks.create_task(listening.say(said_so))
                await talk.house.until(lambda n=number: len(peer.requests) + queue.waiting == n + 1)
            first.now.set()

    assert [one.said.split()[2] for one in peer.requests] == ["one", "four", "two", "three"]


# nothing of this leaves anything behind -------------------------------------------------------------------
async def test_after_all_that_a_template_still_fits(talk):
    await lit(talk)
    reply = await talk.say("turn off the kitchen lights")

    assert {one["target"] for one in reply["outcomes"]} == set(LIGHTS)
