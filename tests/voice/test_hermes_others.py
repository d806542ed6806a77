"""Others do what is said to satellites, or nobody does; and what is left when we end."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.voice.hermes_house import HERMES, at, hermes_house
from tests.voice.living import Listening, listening
from tests.voice.rhasspy import Satellite

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    hermes = {"enabled": True, "handle": False, "timeout": 2}
    async with hermes_house(tmp_path_factory.mktemp("hermes"), hermes=hermes, tts={"engine": "none"}) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house) -> AsyncIterator[Satellite]:
    async with at(house, "kitchen") as satellite:
        yield satellite


async def test_who_handles_intents_is_told_and_ends_the_session(house, kitchen):
    started = await kitchen.command("turn on the kitchen light")
    intent = await kitchen.next("intent/HassTurnOn")
    kitchen.send("dialogueManager/endSession", {"sessionId": intent["sessionId"], "text": "done by others"})
    said = await kitchen.next("tts/say")
    ended = await kitchen.next("dialogueManager/sessionEnded")

    assert said["text"] == "done by others"
    assert (ended["sessionId"], ended["termination"]["reason"]) == (started["sessionId"], "nominal")
    assert house.state("light.kitchen") == "off"


async def test_without_a_voice_a_session_goes_on_in_silence(kitchen):
    init = {"type": "action", "text": "which room", "canBeEnqueued": True}
    kitchen.send("dialogueManager/startSession", {"siteId": "kitchen", "init": init})
    error = await kitchen.next("error/tts")
    listening = await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": listening["sessionId"]})
    await kitchen.next("dialogueManager/sessionEnded")

    assert "no voice" in error["error"]
    assert not kitchen.played


async def test_when_nobody_handles_an_intent_the_session_ends_in_time(kitchen):
    await kitchen.command("turn on the kitchen light")
    await kitchen.next("intent/HassTurnOn")

    ended = await kitchen.next("dialogueManager/sessionEnded", 5)
    assert ended["termination"] == {"reason": "timeout"}


async def test_when_no_sound_comes_the_session_ends_in_time(kitchen):
    kitchen.wake()
    await kitchen.next("asr/startListening")

    ended = await kitchen.next("dialogueManager/sessionEnded", 5)
    assert ended["termination"] == {"reason": "timeout"}
    assert (await kitchen.next("hotword/toggleOn"))["siteId"] == "kitchen"


async def test_the_context_of_a_satellite_goes_with_the_intent(kitchen):
    await kitchen.command("turn on the kitchen light")
    intent = await kitchen.next("intent/HassTurnOn")
    kitchen.send("dialogueManager/endSession", {"sessionId": intent["sessionId"]})
    await kitchen.next("dialogueManager/sessionEnded")

    assert (intent["wakewordId"], intent["customData"]) == ("hey_jarvis", "hey_jarvis")
    [slot] = intent["slots"]
    assert slot["range"] == {"start": 12, "end": 25, "rawStart": 12, "rawEnd": 25}
    assert slot["rawValue"] == "kitchen light"


async def test_when_we_end_no_satellite_is_left_waiting(tmp_path):
    settings = HERMES | {"stt": {"engine": "none"}}
    async with listening(tmp_path, more=lambda _: settings) as house:
        satellite = Satellite(house.house.daemon.mqtt._config.port, "kitchen")
        await satellite.ready()
        satellite.wake()
        await satellite.next("asr/startListening")

    ended = await satellite.next("dialogueManager/sessionEnded")
    woken = await satellite.next("hotword/toggleOn")
    satellite.close()
    assert ended["termination"] == {"reason": "error"}
    assert woken["reason"] == "dialogueSession"
