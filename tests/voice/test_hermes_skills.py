"""What skills ask the base station for: sessions, notifications, and what is said in them."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.voice import speech
from tests.voice.hermes_house import at, hermes_house
from tests.voice.living import Listening
from tests.voice.rhasspy import Satellite

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    async with hermes_house(tmp_path_factory.mktemp("hermes")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house) -> AsyncIterator[Satellite]:
    async with at(house, "kitchen") as satellite:
        yield satellite


async def test_a_notification_is_said_and_over(kitchen):
    notification = {"type": "notification", "text": "the washing is done"}
    kitchen.send(
        "dialogueManager/startSession", {"siteId": "kitchen", "init": notification, "customData": "w"}
    )
    ended = await kitchen.next("dialogueManager/sessionEnded")

    assert kitchen.played
    assert "asr/startListening" not in kitchen.topics()
    assert (ended["customData"], ended["termination"]["reason"]) == ("w", "nominal")


async def test_what_can_wait_waits_for_the_session_before_it(kitchen):
    kitchen.wake(sessionId="first")
    await kitchen.next("asr/startListening")
    later = {"type": "action", "text": "which one", "canBeEnqueued": True}
    kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": later})
    queued = await kitchen.next("dialogueManager/sessionQueued")
    kitchen.send("dialogueManager/endSession", {"sessionId": "first"})
    started = await kitchen.next("dialogueManager/sessionStarted")
    await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": started["sessionId"]})
    await kitchen.next("dialogueManager/sessionEnded")

    assert started["sessionId"] == queued["sessionId"]


async def test_what_cannot_wait_is_left_out(kitchen):
    kitchen.wake(sessionId="first")
    await kitchen.next("asr/startListening")
    init = {"type": "action", "text": "now or never", "canBeEnqueued": False}
    kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": init})
    kitchen.send("dialogueManager/endSession", {"sessionId": "first"})
    await kitchen.next("dialogueManager/sessionEnded")
    await kitchen.next("hotword/toggleOn")

    assert not kitchen.played


async def test_no_more_than_eight_wait(kitchen):
    kitchen.wake(sessionId="first")
    await kitchen.next("asr/startListening")
    for _ in range(9):
        init = {"type": "notification", "text": ""}
        kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": init})
    error = await kitchen.next("error/dialogueManager")
    kitchen.send("dialogueManager/endSession", {"sessionId": "first"})
    for _ in range(9):
        await kitchen.next("dialogueManager/sessionEnded")

    assert (error["siteId"], error["error"]) == ("kitchen", "8 sessions wait already")


async def test_a_skill_can_go_on_with_a_session(kitchen):
    kitchen.wake(sessionId="mine")
    await kitchen.next("asr/startListening")
    more = {"sessionId": "mine", "text": "which room", "customData": "rooms"}
    kitchen.send("dialogueManager/continueSession", more)
    said = await kitchen.next("tts/say")
    await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": "mine", "text": "as you like"})
    last = await kitchen.next("tts/say")
    ended = await kitchen.next("dialogueManager/sessionEnded")

    assert (said["text"], last["text"]) == ("which room", "as you like")
    assert (ended["customData"], ended["termination"]["reason"]) == ("rooms", "nominal")


async def test_text_for_a_session_is_as_good_as_said(house, kitchen):
    kitchen.wake(sessionId="typed")
    await kitchen.next("asr/startListening")
    kitchen.send(
        "nlu/query", {"input": "turn on the kitchen light", "siteId": "kitchen", "sessionId": "typed"}
    )

    await house.becomes("light.kitchen", "on")
    ended = await kitchen.next("dialogueManager/sessionEnded")
    assert ended["termination"] == {"reason": "nominal"}


async def test_an_answer_to_a_question_is_listened_for(kitchen):
    kitchen.wake(sessionId="asked")
    await kitchen.next("asr/startListening")
    kitchen.send("nlu/query", {"input": "set a timer", "siteId": "kitchen", "sessionId": "asked"})
    question = await kitchen.next("tts/say")
    await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": "asked"})
    await kitchen.next("dialogueManager/sessionEnded")

    assert "?" in question["text"]


async def test_a_session_for_certain_intents_is_left_to_who_asked_for_them(house, kitchen):
    before = house.state("light.kitchen")
    init = {"type": "action", "canBeEnqueued": True, "intentFilter": ["HassTurnOff"]}
    kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": init, "customData": "c"})
    started = await kitchen.next("dialogueManager/sessionStarted")
    await kitchen.next("asr/startListening")
    kitchen.hear(speech.command("turn off the kitchen light", wake=None))
    intent = await kitchen.next("intent/HassTurnOff")
    kitchen.send("dialogueManager/endSession", {"sessionId": started["sessionId"]})
    await kitchen.next("dialogueManager/sessionEnded")

    assert (intent["sessionId"], intent["customData"]) == (started["sessionId"], "c")
    assert house.state("light.kitchen") == before


async def test_what_is_not_recognised_is_left_to_who_wants_that(kitchen):
    init = {"type": "action", "canBeEnqueued": True, "sendIntentNotRecognized": True}
    kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": init})
    session = (await kitchen.next("dialogueManager/sessionStarted"))["sessionId"]
    await kitchen.next("asr/startListening")
    kitchen.send("nlu/query", {"input": "the cat sat on the mat", "sessionId": session})
    told = await kitchen.next("dialogueManager/intentNotRecognized")
    kitchen.send("dialogueManager/endSession", {"sessionId": session})
    await kitchen.next("dialogueManager/sessionEnded")

    assert (told["input"], told["sessionId"]) == ("the cat sat on the mat", session)
