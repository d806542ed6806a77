"""An assistant and a satellite at a whole house: the daemon, the broker, the ear, and its devices."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from integrations.voice.wyoming.events import Recognize, RunPipeline, Synthesize, Transcript
from tests.voice import speech
from tests.voice.living import Listening, listening
from tests.voice.wyoming_peers import (
    ASR,
    TTS,
    SatellitePeer,
    ask,
    asking,
    command,
    free_port,
    send,
    sound,
    spoken,
    standing,
    until,
)

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]
PORT, SATELLITE = free_port(), free_port()
WYOMING = {
    "microphone": None,
    "areas": {"e5d1": "Living Room", "desk": "Kitchen"},
    "wyoming": {
        "enabled": True,
        "port": PORT,
        "satellites": [{"name": "desk", "url": f"tcp://127.0.0.1:{SATELLITE}"}],
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[SatellitePeer]:
    peer = SatellitePeer()
    async with standing(peer, SATELLITE):
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(desk, tmp_path_factory) -> AsyncIterator[Listening]:
    async with listening(tmp_path_factory.mktemp("wyoming"), more=lambda _: WYOMING) as one:
        async with asyncio.timeout(20):
            while not {"engine", "missing"} <= set(await one.voice.house.ask("voice", {})):
                await asyncio.sleep(0.05)
            # The ear learns the names of things that came late.
            while "turn on the kitchen light" not in str(one.voice._ear._words):
                await asyncio.sleep(0.05)
        yield one


async def test_what_is_said_to_an_assistant_is_done_and_answered_aloud(house):
    async with asking(PORT) as client:
        await send(client, *spoken(command("turn on the kitchen light")))
        text = (await until(client, "transcript"))[-1].data["text"]
    handled = await ask(PORT, Transcript(text, language="en"), "handled", "not-handled")
    end = await ask(PORT, Synthesize(handled.data["text"]), "audio-stop")

    assert handled.type == "handled"
    assert end.data["timestamp"] > 300
    await house.becomes("light.kitchen", "on")


async def test_here_is_the_area_that_a_satellite_of_an_assistant_is_called_like(house):
    context = {"satellite_id": "assist_satellite.kitchen", "conversation_id": "01A"}
    await ask(PORT, Transcript("turn off the lights", context=context), "handled")

    await house.becomes("light.kitchen", "off")


async def test_here_is_the_area_that_is_configured_for_a_device(house):
    await ask(PORT, Transcript("turn on the fan", context={"device_id": "e5d1"}), "handled")

    await house.becomes("fan.living_room", "on")


async def test_a_satellite_that_is_called_like_no_area_is_understood_all_the_same(house):
    context = {"satellite_id": "assist_satellite.respeaker"}
    await ask(PORT, Transcript("turn off the living room fan", context=context), "handled")

    await house.becomes("fan.living_room", "off")


async def test_what_nobody_understands_is_not_handled(house):
    answer = await ask(PORT, Transcript("flurble the wibble"), "handled", "not-handled")

    assert answer.type == "not-handled"
    assert answer.data["text"]


async def test_an_intent_is_told_as_the_house_understood_it(house):
    intent = await ask(PORT, Recognize("turn on the living room fan"), "intent", "not-recognized")

    assert intent.data["name"] == "HassTurnOn"
    assert house.state("fan.living_room") == "off"


async def test_what_whoever_is_in_the_room_may_not_do_waits_for_somebody_who_may(house):
    await ask(PORT, Transcript("open the garage door"), "handled", "not-handled")
    outcomes = house.house.topic("outcome")
    await house.house.until(lambda: any(one["status"] == "pending" for one in house.house.on(outcomes)))

    assert house.state("cover.garage") == "closed"


async def test_what_is_said_to_a_satellite_is_done_in_its_area_with_the_trust_of_a_room(house, desk):
    await desk.until("run-satellite")
    await desk.send(RunPipeline(ASR, TTS), *sound(command("turn on the light") + speech.silence(1.0)))
    await desk.until("audio-stop")

    await house.becomes("light.kitchen", "on")
    cause = house.house.on(house.house.topic("outcome"))[-1]["cause"]
    assert (cause["kind"], cause["who"]) == ("voice", "desk")
