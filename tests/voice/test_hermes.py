"""Satellites of Rhasspy 2 and the base station that we are for them: a real broker, the daemon, the ear."""

import asyncio
import io
import shutil
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from integrations.voice.hermes.messages import Say
from integrations.voice.hermes.wire import Wire
from tests.voice import speech
from tests.voice.living import Listening, listening
from tests.voice.rhasspy import Satellite, wav

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]
HERMES = {
    "microphone": None,
    "hermes": {"enabled": True},
    "areas": {"tablet": "Living Room"},
    "listening": {"nothing": 1},
}


async def attentive(house: Listening) -> None:
    """Wait until the ear knows what may be said."""

    async def ready() -> bool:
        facts = await house.voice.house.ask("voice", {})
        return {"engine", "missing"} <= set(facts)

    async with asyncio.timeout(20):
        while not await ready():
            await asyncio.sleep(0.05)


async def listen(house: Listening, satellite: Satellite, **more: Any) -> None:
    """Have somebody listen to a satellite without a session."""
    satellite.send("asr/startListening", {"siteId": satellite.site, **more})
    await house.house.until(lambda: house.voice._ear._satellites)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    async with listening(tmp_path_factory.mktemp("hermes"), more=lambda _: HERMES) as one:
        await attentive(one)
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house) -> AsyncIterator[Satellite]:
    satellite = Satellite(house.house.daemon.mqtt._config.port, "kitchen")
    await satellite.ready()
    yield satellite
    satellite.close()


# a session from the wake word to its end -------------------------------------------------------------------
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
    tablet = Satellite(house.house.daemon.mqtt._config.port, "tablet")
    await tablet.ready()
    await tablet.command("turn on the fan")
    await tablet.next("dialogueManager/sessionEnded")
    tablet.close()

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


# what skills ask for ---------------------------------------------------------------------------------------
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


# the services by themselves --------------------------------------------------------------------------------
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
