"""Satellites of Rhasspy 2 in conversation: an open question, short sounds, and what is announced."""

import io
import shutil
import wave
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from integrations.voice.speaking import sound
from tests.voice import speech
from tests.voice.hermes_house import at, hermes_house
from tests.voice.living import Listening
from tests.voice.rhasspy import Satellite

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]
UNSURE = "en-gb+linda"
"""A voice that a house which wants to be very sure asks back."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    folder = tmp_path_factory.mktemp("hermes")
    async with hermes_house(folder, hermes={"enabled": True}, sure=0.99) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house) -> AsyncIterator[Satellite]:
    async with at(house, "kitchen") as satellite:
        yield satellite


def pcm(wav: bytes) -> tuple[bytes, int]:
    with wave.open(io.BytesIO(wav)) as file:
        return file.readframes(file.getnframes()), file.getframerate()


async def asked(kitchen: Satellite) -> None:
    """Wait until it was asked whether that was meant, and is listened to again."""
    kitchen.wake()
    await kitchen.next("asr/startListening")
    kitchen.hear(speech.command("turn on the kitchen light", wake=None, voice=UNSURE))
    await kitchen.next("asr/textCaptured")
    await kitchen.next("asr/startListening")


# a question that is open -----------------------------------------------------------------------------------
async def test_while_a_question_is_open_its_answer_is_heard(house, kitchen):
    await asked(kitchen)
    kitchen.hear(speech.command("yes", wake=None))
    captured = await kitchen.next("asr/textCaptured")
    await kitchen.next("dialogueManager/sessionEnded")

    assert captured["text"] == "yes"
    await house.becomes("light.kitchen", "on")


async def test_while_a_question_is_open_nothing_else_is_heard(house, kitchen):
    fan = house.state("fan.living_room")
    await asked(kitchen)
    kitchen.hear(speech.command("turn on the living room fan", wake=None))
    captured = await kitchen.next("asr/textCaptured")
    kitchen.wake(sessionId="another")
    await kitchen.next("dialogueManager/sessionStarted", where=lambda one: one["sessionId"] == "another")
    kitchen.send("dialogueManager/endSession", {"sessionId": "another"})
    await kitchen.next("dialogueManager/sessionEnded", where=lambda one: one["sessionId"] == "another")

    assert "fan" not in captured["text"]
    assert house.state("fan.living_room") == fan


# short sounds ----------------------------------------------------------------------------------------------
async def test_it_is_heard_that_it_woke(kitchen):
    before = len(kitchen.played)
    kitchen.wake(sessionId="woke")
    await kitchen.next("asr/startListening")
    kitchen.send("dialogueManager/endSession", {"sessionId": "woke"})
    await kitchen.next("dialogueManager/sessionEnded")

    assert [pcm(wav)[0] for wav in kitchen.played[before:]] == [sound("woke").pcm]


async def test_it_is_heard_that_something_was_done_before_the_words(kitchen):
    kitchen.wake()
    await kitchen.next("asr/startListening")
    before = len(kitchen.played)
    kitchen.hear(speech.command("is the garage door open", wake=None))
    await kitchen.next("dialogueManager/sessionEnded")
    [(said, rate)] = map(pcm, kitchen.played[before:])

    assert said.startswith(sound("understood", rate).pcm)
    assert len(said) > 2 * len(sound("understood", rate).pcm)


async def test_it_is_heard_that_nothing_was_understood(kitchen):
    kitchen.wake()
    session = (await kitchen.next("dialogueManager/sessionStarted"))["sessionId"]
    await kitchen.next("asr/startListening")
    before = len(kitchen.played)
    kitchen.send("nlu/query", {"input": "flurble the wibble", "sessionId": session})
    await kitchen.next("dialogueManager/sessionEnded")
    said, rate = pcm(kitchen.played[before])

    assert said.startswith(sound("failed", rate).pcm)


async def test_where_nobody_spoke_nothing_is_heard(kitchen):
    kitchen.wake()
    await kitchen.next("asr/startListening")
    before = len(kitchen.played)
    kitchen.hear(speech.silence(3))
    await kitchen.next("dialogueManager/sessionEnded")

    assert kitchen.played[before:] == []


async def test_a_site_may_switch_its_sounds_off_and_on(kitchen):
    async def woken(session: str) -> int:
        before = len(kitchen.played)
        kitchen.wake(sessionId=session)
        await kitchen.next("asr/startListening")
        kitchen.send("dialogueManager/endSession", {"sessionId": session})
        await kitchen.next("dialogueManager/sessionEnded")
        return len(kitchen.played) - before

    kitchen.send("feedback/sound/toggleOff", {"siteId": "kitchen"})
    off = await woken("off")
    kitchen.send("feedback/sound/toggleOn", {"siteId": "kitchen"})
    on = await woken("on")

    assert (off, on) == (0, 1)


# announcements ---------------------------------------------------------------------------------------------
async def rings(house: Listening, session: str, area: str | None = None) -> None:
    """Set a timer that comes at once."""
    body = {"text": "set a timer for one second", "session": session, "area": area}
    house.house.publish(house.house.topic("ask"), {key: one for key, one in body.items() if one})


async def test_a_timer_is_told_at_the_site_that_it_was_set_at(house, kitchen):
    spoken = len(house.spoken())
    await rings(house, "hermes kitchen")
    said = await kitchen.next("tts/say")
    await kitchen.next("tts/sayFinished", where=lambda one: one["id"] == said["id"])
    ended = await kitchen.next("dialogueManager/sessionEnded")

    assert said["siteId"] == "kitchen"
    assert "timer" in said["text"]
    assert ended["termination"] == {"reason": "nominal"}
    assert len(house.spoken()) == spoken


async def test_a_timer_is_told_at_the_sites_of_its_area(house):
    async with at(house, "tablet") as tablet:
        tablet.wake(sessionId="known")
        await tablet.next("asr/startListening")
        tablet.send("dialogueManager/endSession", {"sessionId": "known"})
        await tablet.next("dialogueManager/sessionEnded")
        spoken = len(house.spoken())
        await rings(house, "somebody", "living_room")
        said = await tablet.next("tts/say")
        await tablet.next("dialogueManager/sessionEnded")

    assert said["siteId"] == "tablet"
    assert len(house.spoken()) == spoken


async def test_an_announcement_waits_for_the_end_of_a_session(house, kitchen):
    kitchen.wake(sessionId="first")
    await kitchen.next("asr/startListening")
    await rings(house, "hermes kitchen")
    await kitchen.next("dialogueManager/sessionQueued")
    kitchen.send("dialogueManager/endSession", {"sessionId": "first"})
    ended = await kitchen.next("dialogueManager/sessionEnded")
    said = await kitchen.next("tts/say")
    await kitchen.next("dialogueManager/sessionEnded")

    assert ended["sessionId"] == "first"
    assert "timer" in said["text"]


async def test_a_timer_of_a_site_that_is_not_there_is_told_by_our_own_loudspeaker_too(house):
    spoken = len(house.spoken())
    await rings(house, "hermes attic")

    await house.house.until(lambda: len(house.spoken()) > spoken + 10_000, 15)


async def test_a_site_that_never_tells_what_it_played_is_believed_the_second_time(house):
    async with at(house, "shed") as shed:
        shed.plays = False
        spoken = len(house.spoken())
        await rings(house, "hermes shed")
        await house.house.until(lambda: len(house.spoken()) > spoken + 10_000, 15)
        await house.house.until(lambda: house.voice._speaker._scope is None, 10)
        spoken = len(house.spoken())
        await rings(house, "hermes shed")
        await shed.next("tts/sayFinished")
        await shed.next("tts/sayFinished")
        await shed.next("dialogueManager/sessionEnded")

    assert len(shed.played) == 2
    assert len(house.spoken()) == spoken
