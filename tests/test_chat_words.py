"""An answer in words: what is told to the model, and what is told of its answer."""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chatting import HONEST, Chatty, aloud, system
from tests.house import House
from tests.talking import Talk, simulated_home
from tests.tiering import NOTHING, ONLY, intents, lit, serve, states

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


# what is said ----------------------------------------------------------------------------------------------
async def test_an_answer_is_spoken_plainly_and_shown_as_it_is(talk):
    async with Chatty("**Penguins**:\n- swim\x1b[2J\n- do not fly").open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say(NOTHING)

    assert reply["text"] == "Penguins: swim[2J, do not fly"
    assert reply["shown"] == "**Penguins**:\n- swim[2J\n- do not fly"


@pytest.mark.parametrize("claim", ["I've turned on the kitchen light.", "Done!", "已为您打开客厅的灯。"])
async def test_who_claims_to_have_acted_is_not_quoted(talk, claim):
    async with Chatty(claim).open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say(NOTHING)

    assert (reply["text"], reply["tier"]) == (HONEST, "none")


@pytest.mark.parametrize(
    "words",
    [intents(("HassTurnOff", {"area": "kitchen"})), "turn off the kitchen lights", "yes", "unlock it"],
)
async def test_nothing_that_a_model_says_is_read_or_learned(talk, words):
    await lit(talk)
    before = talk.house.on(talk.house.topic("outcome"))
    async with Chatty(words).open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say(NOTHING)

    assert (reply["intents"], reply["outcomes"], states(talk)) == ([], [], {"on"})
    assert talk.house.daemon.listening._learned.phrases() == []
    assert talk.house.on(talk.house.topic("outcome")) == before


async def test_repeat_repeats_it(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        await talk.say(NOTHING)
        reply = await talk.say("repeat that")

    assert reply["text"] == "Penguins cannot fly."


# what the model is told ------------------------------------------------------------------------------------
async def test_the_model_is_told_what_it_cannot_do_and_that_always_in_the_same_words(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        await talk.say(NOTHING)
        await Talk(talk.house, f"session-{next(_ids)}").say("my uncle once sang about the hills")
        first, second = peer.chats

    assert system(first) == system(second)
    assert "Never say that something was done" in system(first)
    assert "with the tag en" in system(first)


async def test_one_that_speaks_is_told_to_be_short(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        await aloud(talk)
        await talk.say(NOTHING)
        spoken, typed = map(system, peer.chats)

    assert ("spoken aloud" in spoken, "spoken aloud" in typed) == (True, False)
    assert spoken.splitlines()[0] == typed.splitlines()[0]


async def test_the_model_hears_what_it_said_before_and_nothing_that_the_house_did(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        await talk.say(NOTHING)
        await talk.say("is the front door locked")
        await talk.say("and my uncle once sang about the hills")

    told = peer.chats[-1].said
    assert told.startswith(f"Earlier in this conversation:\nPerson: {NOTHING}\nYou: Penguins cannot fly.\n")
    assert told.endswith("Now the person says: and my uncle once sang about the hills")
    assert "door" not in told


async def test_the_model_hears_only_the_end_of_a_long_conversation(talk):
    async with Chatty(lambda request: f"{request.said[-20:]} " * 40).open() as peer:
        serve(talk.house, **peer.models())
        for _ in range(6):
            await talk.say(NOTHING)

    assert max(len(one.said) for one in peer.chats) < 2_000


async def test_another_conversation_is_not_told(talk):
    async with Chatty().open() as peer:
        serve(talk.house, **peer.models())
        await talk.say(NOTHING)
        await Talk(talk.house, f"session-{next(_ids)}").say(NOTHING)

    assert [one.said for one in peer.chats] == [NOTHING, NOTHING]


async def test_in_chinese_it_is_asked_and_answered_in_chinese(talk):
    async with Chatty("企鹅不会飞。").open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say("我奶奶写过一首关于大海的诗", language="zh-CN")

    assert (reply["text"], reply["tier"]) == ("企鹅不会飞。", "provider")
    assert "绝不要说某件事已经做了" in system(peer.chats[0])


async def test_another_language_is_asked_for_by_its_tag(talk):
    async with Chatty("Pinguine fliegen nicht.").open() as peer:
        serve(talk.house, **peer.models())
        reply = await talk.say("meine Oma schrieb einmal ein Gedicht", language="de")

    assert reply["text"] == "Pinguine fliegen nicht."
    assert "with the tag de" in system(peer.chats[0])
