"""The services of the base station without a session: understanding, speech to text and to sound."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from integrations.voice.hermes.messages import Say
from integrations.voice.hermes.wire import Wire
from tests.voice import speech
from tests.voice.hermes_house import at, hermes_house
from tests.voice.living import Listening
from tests.voice.rhasspy import Satellite, wav

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


async def listen(house: Listening, satellite: Satellite, **more: Any) -> None:
    """Have somebody listen to a satellite without a session."""
    satellite.send("asr/startListening", {"siteId": satellite.site, **more})
    await house.house.until(lambda: house.voice._ear._satellites)


async def test_a_bare_question_is_answered_and_nothing_done(house, kitchen):
    await house.house.do("light.turn_off", {"entity": "light.kitchen"})
    await house.becomes("light.kitchen", "off")
    kitchen.send(
        "nlu/query",
        {"input": "turn on the kitchen light", "siteId": "kitchen", "id": "q1", "intentFilter": None},
    )
    answer = await kitchen.next("nlu/intentParsed")
    intent = await kitchen.next("intent/HassTurnOn")

    assert (answer["id"], answer["intent"]["intentName"]) == ("q1", "HassTurnOn")
    assert intent["slots"] == answer["slots"]
    assert house.state("light.kitchen") == "off"


async def test_what_is_not_understood_is_said_to_be_so(kitchen):
    kitchen.send("nlu/query", {"input": "the cat sat on the mat", "siteId": "kitchen", "id": "q2"})

    assert (await kitchen.next("nlu/intentNotRecognized")) == {
        "input": "the cat sat on the mat",
        "siteId": "kitchen",
        "id": "q2",
        "sessionId": None,
    }


async def test_anybody_may_ask_what_a_text_would_mean(house):
    await house.house.do("light.turn_off", {"entity": "light.kitchen"})
    await house.becomes("light.kitchen", "off")
    asked = {"id": "u1", "text": "turn on the lights", "area": "Kitchen"}
    house.house.publish(house.house.topic("query", "understood"), asked)
    await house.house.until(lambda: house.house.on(house.house.topic("answer", "u1")))

    answer = house.house.on(house.house.topic("answer", "u1"))[0]["answer"]
    assert [one["name"] for one in answer["intents"]] == ["HassTurnOn"]
    assert house.state("light.kitchen") == "off"


async def test_what_a_model_heard_of_a_thing_that_is_not_here_is_not_understood(house):
    answer = await house.voice.house.ask("understood", {"text": "bananas"})

    assert answer == {"text": "bananas", "intents": []}


async def test_text_is_said_where_it_is_wanted_and_told_to_be_over_once_it_was_played(kitchen):
    kitchen.plays = False
    kitchen.send("tts/say", {"text": "good night", "siteId": "kitchen", "id": "t1", "volume": 0.5})
    async with asyncio.timeout(10):
        while not kitchen.played:
            await asyncio.sleep(0.01)
    early = "tts/sayFinished" in kitchen.topics()
    request = next(topic for topic, _ in kitchen.seen if "playBytes" in topic).rpartition("/")[2]
    kitchen.send("audioServer/kitchen/playFinished", {"id": request})
    finished = await kitchen.next("tts/sayFinished")

    assert not early
    assert finished["id"] == "t1"


async def test_speech_becomes_text_without_a_session(house, kitchen):
    await listen(house, kitchen, sessionId="only text")
    kitchen.hear(speech.command("turn on the kitchen light", wake=None))
    captured = await kitchen.next("asr/textCaptured")

    assert (captured["text"], captured["sessionId"]) == ("turn on the kitchen light", "only text")
    assert house.state("light.kitchen") == "off"


async def test_listening_ends_when_it_is_told_to(house, kitchen):
    await listen(house, kitchen, stopOnSilence=False)
    kitchen.hear(speech.command("turn on the kitchen light", wake=None, tail=0.3))
    kitchen.send("asr/stopListening", {"siteId": "kitchen"})

    assert (await kitchen.next("asr/textCaptured"))["text"] == "turn on the kitchen light"


async def test_frames_that_are_no_sound_are_told_once(house, kitchen):
    await listen(house, kitchen, sessionId="noise")
    kitchen.send("audioServer/kitchen/audioFrame", b"RIFF this is not")
    kitchen.send("audioServer/kitchen/audioFrame", wav(bytes(80_000)))
    error = await kitchen.next("error/asr")
    kitchen.send("asr/stopListening", {"siteId": "kitchen"})
    await kitchen.next("asr/textCaptured")

    assert (error["sessionId"], error["error"]) == ("noise", "it is no WAV file")
    assert kitchen.topics().count("error/asr") == 1


@pytest.mark.parametrize("site", ["kitchen/playBytes", "+", "#", "a\nb", "", "x" * 101])
async def test_a_site_that_could_not_stand_in_a_topic_is_refused(house, kitchen, site):
    refused = house.house.daemon.metrics.counters.get("hermes.refused", 0)
    kitchen.send("tts/say", {"text": "hello", "siteId": site})
    await house.house.until(lambda: house.house.daemon.metrics.counters.get("hermes.refused", 0) > refused)

    assert not any("playBytes" in topic for topic in kitchen.topics())


async def test_what_is_retained_is_no_wish_of_this_moment(house, kitchen):
    kitchen.send("tts/kept", {"text": "old"}, retain=True)
    await kitchen.next("tts/kept")
    wire, said = Wire(house.voice.house), []
    wire.hear("tts/+", Say, lambda wish, level: said.append((level, wish.text)))
    kitchen.send("tts/kept", b"", retain=True)
    kitchen.send("tts/fresh", {"text": "new"})
    await house.house.until(lambda: said)
    wire.close()

    assert said == [("fresh", "new")]


async def test_a_frame_that_is_retained_is_no_sound_of_this_moment(house, kitchen):
    kitchen.send("audioServer/kitchen/audioFrame", b"nothing that could be played", retain=True)
    await listen(house, kitchen, sessionId="now")
    kitchen.send("asr/stopListening", {"siteId": "kitchen"})
    await kitchen.next("asr/textCaptured")
    kitchen.send("audioServer/kitchen/audioFrame", b"", retain=True)

    assert "error/asr" not in kitchen.topics()
