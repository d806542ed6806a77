"""Satellites of Rhasspy 2 and the base station that we are for them: from the wake word to the end."""

import asyncio
import io
import os
import shutil
import signal
import wave
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


async def test_what_is_said_to_a_satellite_is_done(house, kitchen):
    await kitchen.command("turn on the kitchen light")

    await house.becomes("light.kitchen", "on")
    cause = (await house.next("outcome"))["cause"]
    assert (cause["kind"], cause["who"]) == ("voice", "kitchen")
    await kitchen.next("dialogueManager/sessionEnded")


async def test_a_session_is_told_step_by_step(kitchen):
    await kitchen.command("turn off the kitchen light")
    ended = await kitchen.next("dialogueManager/sessionEnded")
    await kitchen.next("hotword/toggleOn")

    assert kitchen.topics() == [
        "hotword/hey_jarvis/detected",
        "dialogueManager/sessionStarted",
        "hotword/toggleOff",
        "asr/startListening",
        "asr/textCaptured",
        "asr/stopListening",
        "hotword/toggleOn",
        "nlu/intentParsed",
        "intent/HassTurnOff",
        "hotword/toggleOff",
        "tts/say",
        "audioServer/kitchen/playBytes",
        "audioServer/kitchen/playFinished",
        "tts/sayFinished",
        "hotword/toggleOn",
        "asr/stopListening",
        "dialogueManager/sessionEnded",
        "hotword/toggleOn",
    ]
    assert ended["termination"] == {"reason": "nominal"}


async def test_an_intent_says_what_was_understood_and_how_surely(kitchen):
    started = await kitchen.command("turn on the kitchen light")
    captured = await kitchen.next("asr/textCaptured")
    intent = await kitchen.next("intent/HassTurnOn")
    await kitchen.next("dialogueManager/sessionEnded")

    assert intent["input"] == captured["text"] == "turn on the kitchen light"
    assert intent["intent"] == {"intentName": "HassTurnOn", "confidenceScore": 1.0}
    assert (intent["siteId"], intent["sessionId"]) == ("kitchen", started["sessionId"])
    assert intent["asrConfidence"] == captured["likelihood"]
    assert [one["value"] for one in intent["asrTokens"][0]] == captured["text"].split()
    assert {one["slotName"]: one["value"]["value"].casefold() for one in intent["slots"]} in (
        {"name": "kitchen light"},
        {"area": "kitchen", "domain": "light"},
    )


async def test_the_reply_is_sent_to_be_played(kitchen):
    await kitchen.command("is the garage door open")
    said = await kitchen.next("tts/say")
    await kitchen.next("tts/sayFinished", where=lambda one: one["id"] == said["id"])

    with wave.open(io.BytesIO(kitchen.played[-1])) as sound:
        assert sound.getnframes() > sound.getframerate() / 2
    assert said["siteId"] == "kitchen"
    assert said["text"] == "No, closed"
    await kitchen.next("dialogueManager/sessionEnded")


async def test_here_is_the_area_that_is_called_like_the_site(house, kitchen):
    await kitchen.command("turn off the lights")
    await kitchen.next("dialogueManager/sessionEnded")

    assert house.house.on(house.house.topic("voice", "heard"))[-1]["area"] == "kitchen"
    await house.becomes("light.kitchen", "off")


async def test_here_is_the_area_that_is_configured_for_the_site(house):
    async with at(house, "tablet") as tablet:
        await tablet.command("turn on the fan")
        await tablet.next("dialogueManager/sessionEnded")

    assert house.house.on(house.house.topic("voice", "heard"))[-1]["area"] == "Living Room"
    await house.becomes("fan.living_room", "on")


async def test_what_is_disruptive_waits_for_approval(house, kitchen):
    await kitchen.command("open the garage door")
    outcome = await house.next("outcome")
    while outcome["action"] != "cover.open_cover":
        outcome = await house.next("outcome")
    await kitchen.next("dialogueManager/sessionEnded")

    assert outcome["status"] == "pending"
    assert house.state("cover.garage") == "closed"


async def test_silence_ends_a_session(kitchen):
    kitchen.wake()
    await kitchen.next("asr/startListening")
    kitchen.hear(speech.silence(3))
    captured = await kitchen.next("asr/textCaptured")
    ended = await kitchen.next("dialogueManager/sessionEnded")

    assert captured["text"] == ""
    assert ended["termination"] == {"reason": "intentNotRecognized"}
    assert "nlu/intentNotRecognized" in kitchen.topics()


async def test_the_wake_word_ends_what_goes_on_and_begins_anew(kitchen):
    kitchen.wake(sessionId="first")
    await kitchen.next("asr/startListening")
    kitchen.wake(sessionId="second")
    ended = await kitchen.next("dialogueManager/sessionEnded")
    started = await kitchen.next("dialogueManager/sessionStarted")
    await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": "second"})
    await kitchen.next("dialogueManager/sessionEnded")

    assert (ended["sessionId"], ended["termination"]["reason"]) == ("first", "abortedByUser")
    assert started["sessionId"] == "second"


async def test_a_satellite_is_not_heard_while_nobody_listens_to_it(house, kitchen):
    frames = "hermes/audioServer/kitchen/audioFrame"

    def subscribed() -> bool:
        return bool(house.house.daemon.mqtt._subscriber.routes(frames, ()))

    before = subscribed()
    kitchen.wake(sessionId="heard")
    await kitchen.next("asr/startListening")
    meanwhile = subscribed()
    kitchen.send("dialogueManager/endSession", {"sessionId": "heard"})
    await kitchen.next("dialogueManager/sessionEnded")

    assert (before, meanwhile, subscribed()) == (False, True, False)


async def test_sixty_four_sites_talk_at_a_time(kitchen):
    for number in range(65):
        kitchen.wake(siteId=f"site {number}", sessionId=f"talk {number}")
    error = await kitchen.next("error/dialogueManager")
    for number in range(64):
        kitchen.send("dialogueManager/endSession", {"sessionId": f"talk {number}"})
    await kitchen.next("dialogueManager/sessionEnded", where=lambda one: one["sessionId"] == "talk 63")

    assert (error["siteId"], error["error"]) == ("site 64", "64 sites talk already")


async def test_two_satellites_are_listened_to_at_a_time(house, kitchen):
    async with at(house, "tablet") as tablet:
        await asyncio.gather(
            kitchen.command("turn on the kitchen light"), tablet.command("turn off the living room fan")
        )
        theirs = await tablet.next("asr/textCaptured", where=lambda one: one["siteId"] == "tablet")
        ours = await kitchen.next("asr/textCaptured", where=lambda one: one["siteId"] == "kitchen")
        for one in (kitchen, tablet):
            site = one.site
            await one.next("dialogueManager/sessionEnded", where=lambda ended, s=site: ended["siteId"] == s)

    assert (ours["text"], theirs["text"]) == ("turn on the kitchen light", "turn off the living room fan")


async def test_an_ear_that_dies_ends_the_session_and_the_next_one_is_heard(house, kitchen):
    kitchen.wake()
    await kitchen.next("asr/startListening")
    await house.house.until(lambda: house.voice._ear._satellites)
    kitchen.hear(speech.silence(0.3))
    old = house.voice._ear._process.pid
    os.kill(old, signal.SIGKILL)
    error = await kitchen.next("error/asr")
    ended = await kitchen.next("dialogueManager/sessionEnded")
    await house.house.until(lambda: getattr(house.voice._ear._process, "pid", old) != old, 15)
    await kitchen.command("turn on the kitchen light")
    captured = await kitchen.next("asr/textCaptured")
    await kitchen.next("dialogueManager/sessionEnded")

    assert "ear" in error["error"]
    assert ended["termination"] == {"reason": "error"}
    assert captured["text"] == "turn on the kitchen light"
