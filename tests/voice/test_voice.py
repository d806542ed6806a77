"""From what is said into a microphone to the deed, and back: the whole daemon, the ear, a real broker."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.voice.microphone import State
from tests.voice import speech
from tests.voice.living import Listening, listening

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    async with listening(tmp_path_factory.mktemp("voice")) as one:
        await one.settled()
        yield one


async def test_a_command_after_the_wake_word_is_done(house):
    await house.command("turn on the kitchen light")
    heard = await house.next("voice/heard")
    outcome = await house.next("outcome")

    assert heard["text"] == "turn on the kitchen light"
    assert outcome["cause"] == {"kind": "voice", "who": "microphone", "utterance": heard["text"]}
    await house.becomes("light.kitchen", "on")


async def test_what_it_does_is_told_as_it_does_it(house):
    await house.settled()
    await house.command("turn off the kitchen light")

    assert (await house.next("voice/state"))["state"] == "listening"
    assert "turn" in (await house.next("voice/partial"))["text"]
    assert (await house.next("voice/state"))["state"] == "thinking"
    await house.becomes("light.kitchen", "off")


async def test_the_answer_is_said_aloud(house):
    await house.settled()
    before = len(house.spoken())
    await house.command("is the garage door open")
    await house.next("voice/heard")

    await house.house.until(lambda: len(house.spoken()) > before + 10_000, 20)


async def test_here_is_where_the_microphone_is(house):
    await house.settled()
    await house.command("turn on the lights")
    await house.next("voice/heard")

    await house.becomes("light.kitchen", "on")


async def test_without_the_wake_word_nothing_is_listened_to(house):
    await house.settled()
    await house.command("turn off the kitchen light", wake=None)
    await house.command("turn on the living room fan")

    assert (await house.next("voice/heard"))["text"] == "turn on the living room fan"
    assert house.state("light.kitchen") == "on"


async def test_a_button_can_stand_for_the_wake_word(house):
    await house.settled()
    house.house.publish(house.house.topic("voice", "listen"), {})
    await house.settled(State.LISTENING)
    await house.command("turn off the kitchen light", wake=None)

    await house.becomes("light.kitchen", "off")


async def test_what_is_disruptive_waits_and_is_not_approved_by_the_voice_that_asked(house):
    await house.settled()
    await house.command("open the garage door")
    asked = await house.next("outcome")
    await house.settled()
    house.house.publish(house.house.topic("voice", "listen"), {})
    await house.settled(State.LISTENING)
    await house.command("yes", wake=None)
    await house.next("voice/heard")

    assert (asked["action"], asked["status"]) == ("cover.open_cover", "pending")
    assert house.state("cover.garage") == "closed"


async def test_nothing_said_after_the_wake_word_is_nothing_done(house):
    await house.settled()
    house.house.publish(house.house.topic("voice", "listen"), {})
    await house.settled(State.LISTENING)
    await house.room.say(speech.silence(6))

    await house.settled()


async def test_an_ear_that_dies_is_followed_by_another(house):
    await house.settled()
    old = house.voice._ear._process.pid
    os.kill(old, signal.SIGSEGV)
    await house.house.until(
        lambda: house.voice._ear._process is not None and house.voice._ear._process.pid != old, 20
    )
    await house.settled(State.OFF)
    await house.settled()
    await house.command("turn off the living room fan")

    await house.becomes("fan.living_room", "off")


async def test_a_microphone_that_is_gone_is_told_and_heard_again_when_it_is_back(house):
    await house.settled()
    await house.room.close()
    await house.settled(State.OFF)
    await house.problem("network microphone")
    await house.room.open()
    await house.settled()
    await house.command("turn on the living room fan")

    await house.becomes("fan.living_room", "on")


async def test_text_can_be_said_aloud(house):
    before = len(house.spoken())
    house.house.publish(house.house.topic("voice", "say"), {"text": "dinner is ready"})

    await house.house.until(lambda: len(house.spoken()) > before + 10_000, 20)


# words that were not heard surely --------------------------------------------------------------------------
async def test_what_was_not_heard_surely_is_asked_back_for(tmp_path):
    async with listening(tmp_path, more=lambda _: {"sure": 0.99}) as house:
        await house.settled()
        await house.command("turn on the kitchen light", voice="en-gb+linda")
        heard = await house.next("voice/heard")
        reply = await house.next("reply")

        assert heard["confidence"] < 0.99
        assert (reply["expects_answer"], house.state("light.kitchen")) == (True, "off")
        assert "?" in reply["text"]

        await house.settled(State.LISTENING)
        await house.command("yes", wake=None)

        await house.becomes("light.kitchen", "on")


# our own voice ---------------------------------------------------------------------------------------------
async def test_the_wake_word_silences_us(tmp_path):
    players = tmp_path / "players"
    talks = {"command": ["sh", "-c", f"cat >/dev/null; echo $$ >>{players}; exec sleep 60"]}
    async with listening(tmp_path, more=lambda _: {"speaker": talks}) as house:
        await house.settled()
        house.house.publish(house.house.topic("voice", "say"), {"text": "this is a long story " * 20})
        await house.house.until(lambda: players.exists() and players.read_text().endswith("\n"), 15)
        talking = Path("/proc", players.read_text().split()[0])
        await house.command("turn on the kitchen light")

        await house.house.until(lambda: not talking.exists(), 15)
        await house.becomes("light.kitchen", "on")


# what may be missing ---------------------------------------------------------------------------------------
async def test_without_a_model_the_house_goes_on_and_says_what_is_wrong(tmp_path):
    async with listening(
        tmp_path, more=lambda _: {"stt": {"engine": "vosk", "model": str(tmp_path / "none")}}
    ) as house:
        await house.problem(str(tmp_path / "none"))
        await house.house.do("light.turn_on", {"entity": "light.kitchen"})

        await house.becomes("light.kitchen", "on")
