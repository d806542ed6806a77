"""What nothing understood is answered in words where a model was chosen for that, and leads to no more."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.engines.tiny import shipped
from tests.chatting import HONEST, Chatty, aloud, budget
from tests.house import House
from tests.inference.server import Peer, answer, said
from tests.talking import Talk, simulated_home
from tests.tiering import NOTHING, ONLY, behind, intents, lit, model, serve, states

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("chat")) as house:
        yield house


@pytest.fixture
def talk(house) -> Talk:
    serve(house, **ONLY)
    return Talk(house, f"session-{next(_ids)}")


# who is asked ----------------------------------------------------------------------------------------------
async def test_what_nothing_understood_is_answered_in_words_by_the_model_that_is_for_that(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say(NOTHING)

    assert (reply["text"], reply["tier"]) == ("Penguins cannot fly.", "provider")
    assert (reply["intents"], reply["outcomes"], reply["expects_answer"]) == ([], [], False)
    assert [one.said for one in peer.chats] == [NOTHING]


async def test_a_model_that_was_not_chosen_for_that_answers_nothing(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **{**peer.models(), "roles": {}, "primary": "chatty"})
        reply = await talk.say(NOTHING)

    assert (reply["text"], reply["tier"], peer.chats) == (HONEST, "none", [])


async def test_a_sentence_that_is_understood_is_never_chatted_about(talk):
    await lit(talk)
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say("turn off the kitchen lights")

    assert (reply["tier"], states(talk), peer.requests) == ("grammar", {"off"}, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("turn on the flux capacitor", "There is no flux capacitor"),
        ("restart nginx", "Nothing that runs here does that"),
        ("install the htop package", "I install no packages"),
        ("open the window and dance on the table", ""),
        ("", "I heard nothing"),
        ("x" * 400, "That is too long"),
    ],
)
async def test_what_the_house_knows_and_does_not_do_is_not_chatted_about(talk, text, told):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say(text)

    assert (reply["text"].startswith(told), peer.chats) == (True, [])


async def test_what_a_model_takes_for_a_wish_and_is_not_sure_of_is_not_chatted_about(talk):
    unsure = said(intents(("HassTurnOn", {"name": "garage door"})))
    async with Chatty().open() as peer, Peer(unsure).open() as other:
        serve(talk.house, **peer.models(providers={"other": behind(other)}, primary="other"))
        reply = await talk.say("we would like the garage door to be wide open")
        again = await talk.say(NOTHING)

    assert (reply["expects_answer"], again["text"], peer.chats) == (True, HONEST, [])


async def test_what_was_not_heard_surely_is_asked_for_again(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        reply = await aloud(talk, doubted=frozenset({"grandmother"}))

    assert (reply.tier, peer.chats) == ("none", [])


async def test_no_answer_to_a_question_of_the_house_is_small_talk(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        asked = await talk.say("turn on the light")
        reply = await talk.say(NOTHING)

    assert (asked["expects_answer"], reply["expects_answer"], peer.chats) == (True, True, [])


# what it may cost -----------------------------------------------------------------------------------------
BUDGETS = {
    "voice": {"max_tokens": 31, "temperature": 0.1, "deadline": 7},
    "screen": {"max_tokens": 333, "temperature": 0.9, "deadline": 9},
}


async def test_an_answer_has_the_budget_of_the_interface(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models(budgets=BUDGETS))
        await talk.say(NOTHING)
        await aloud(talk)

    assert [budget(one) for one in peer.chats] == [(333, 0.9), (31, 0.1)]


async def test_a_late_answer_is_the_honest_no_at_its_deadline(talk):
    async with Chatty(held=True).open() as peer:
        serve(talk.house, **peer.models(budgets={"screen": {"deadline": 0.3}}))
        reply = await talk.say(NOTHING)
        await peer.until(lambda one: one.chats)
        peer.now.set()

    assert (reply["text"], reply["tier"]) == (HONEST, "none")
    assert 200 < reply["ms"] < 2000


async def test_what_is_said_aloud_comes_first(talk):
    async with Chatty(held=True).open() as peer:
        models = peer.models()
        models["providers"]["chatty"]["at_once"] = 1
        serve(talk.house, **models)
        others = [Talk(talk.house, f"session-{next(_ids)}") for _ in range(2)]
        typed = [asyncio.create_task(others[0].say("my uncle knew a song"))]
        await peer.until(lambda one: one.chats)
        typed.append(asyncio.create_task(others[1].say("my aunt knew a dance")))
        await talk.house.until(lambda: _waiting(talk) == 1)
        spoken = asyncio.create_task(aloud(talk, "my cousin knew a trick"))
        await talk.house.until(lambda: _waiting(talk) == 2)
        peer.now.set()
        await asyncio.gather(spoken, *typed)

    assert [one.said.split()[1] for one in peer.chats] == ["uncle", "cousin", "aunt"]


def _waiting(talk: Talk) -> int:
    return talk.house.daemon.models._served["chatty"].queue.waiting


async def test_who_leaves_is_not_answered(talk):
    async with Chatty(held=True).open() as peer:
        serve(talk.house, **peer.models())
        asking = asyncio.create_task(aloud(talk))
        await peer.until(lambda one: one.chats)
        asking.cancel()
        await talk.house.until(lambda: talk.house.daemon.models._served["chatty"].queue.quiet)
        peer.now.set()

    assert model(talk.house, "chatty").answered == 1


async def test_who_waits_for_an_answer_in_words_holds_up_no_command(talk):
    await lit(talk)
    async with Chatty(held=True).open() as peer:
        serve(talk.house, **peer.models())
        chat = asyncio.create_task(talk.say(NOTHING))
        await peer.until(lambda one: one.chats)
        reply = await talk.say("turn off the kitchen lights")
        waits = not chat.done()
        peer.now.set()
        later = await chat

    assert (reply["tier"], states(talk), waits) == ("grammar", {"off"}, True)
    assert later["text"] == "Penguins cannot fly."


# faults ----------------------------------------------------------------------------------------------------
async def test_a_server_that_fails_leaves_the_honest_no(talk):
    async with Peer(answer({"error": "out of order"}, "400 Bad Request")).open() as peer:
        serve(talk.house, **ONLY, providers={"chatty": behind(peer)}, roles={"chat": "chatty"})
        reply = await talk.say(NOTHING)

    assert (reply["text"], reply["tier"]) == (HONEST, "none")


async def test_a_server_that_is_left_alone_for_a_while_is_not_waited_for(talk):
    async with Peer(None).open() as gone:
        pass
    serve(talk.house, **ONLY, providers={"chatty": behind(gone)}, roles={"chat": "chatty"})
    serve(
        talk.house,
        **ONLY,
        providers={"chatty": behind(gone)},
        roles={"chat": "chatty"},
        budgets={"screen": {"deadline": 0.2}, "intent": {"deadline": 0.2}},
    )
    for _ in range(3):
        await talk.say(NOTHING)
    reply = await talk.say(NOTHING)

    assert (model(talk.house, "chatty").state, reply["text"]) == ("down", HONEST)
    assert reply["ms"] < 150


async def test_the_fallback_answers_for_one_that_fails(talk):
    async with Chatty("Hello.").open() as other, Peer(answer({}, "400 Bad Request")).open() as bad:
        providers = {"bad": behind(bad), "other": behind(other)}
        serve(talk.house, **ONLY, providers=providers, roles={"chat": "bad"}, fallback=["other"])
        reply = await talk.say(NOTHING)

    assert (reply["text"], reply["tier"]) == ("Hello.", "provider")


@pytest.mark.skipif(not shipped.file().exists(), reason="the model was not trained yet: make model")
async def test_a_model_in_a_file_is_asked_like_any_other_and_does_nothing(talk):
    await lit(talk)
    file = {"kind": "gpt4all", "path": str(shipped.file()), "context": 512}
    serve(talk.house, providers={"file": file}, primary="file", roles={"chat": "file"})
    reply = await talk.say(NOTHING)

    assert model(talk.house, "file").answered >= 1
    assert (reply["tier"] in ("provider", "none"), bool(reply["text"])) == (True, True)
    assert (reply["outcomes"], states(talk)) == ([], {"on"})
