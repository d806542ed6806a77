"""An assistant and a satellite at a whole house: the daemon, the broker, the ear, and its devices."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from integrations.voice.wyoming.events import Played, Recognize, RunPipeline, Synthesize, Transcript
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
            while "kitchen light" not in (one.voice._ear._words or {}).get("names", ()):
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


# what is announced -----------------------------------------------------------------------------------------
async def rings(house, *, session: str, area: str | None) -> None:
    """Wait until a timer that was set there has come."""
    seen = len(house.house.on(house.house.topic("ring")))
    body = {"text": "set a timer for one second", "session": session, "area": area}
    house.house.publish(house.house.topic("ask"), {key: one for key, one in body.items() if one})
    await house.house.until(lambda: len(house.house.on(house.house.topic("ring"))) > seen, 15)


async def test_a_timer_is_told_by_the_satellite_that_it_was_set_at(house, desk):
    await desk.until("run-satellite")
    before, said = len(desk.events), len(house.spoken())
    await desk.send(RunPipeline(ASR, TTS), *sound(command("set a timer for five seconds")))
    await desk.send(*sound(speech.silence(1.0)))
    await house.house.until(lambda: kinds(desk, before).count("audio-stop") == 1, 15)
    await desk.send(Played())
    await house.house.until(lambda: kinds(desk, before).count("audio-stop") == 2, 15)
    await desk.send(Played())

    assert house.house.on(house.house.topic("ring"))[-1]["session"] == "wyoming desk"
    assert len(house.spoken()) == said


async def test_a_timer_is_told_by_the_satellites_of_its_area(house, desk):
    before, said = len(desk.events), len(house.spoken())
    await rings(house, session="somebody", area="kitchen")
    await house.house.until(lambda: "audio-stop" in kinds(desk, before), 15)
    await desk.send(Played())

    # Our own loudspeaker stands in the kitchen, too.
    await house.house.until(lambda: len(house.spoken()) > said + 10_000, 15)


@pytest.mark.parametrize("area", ["living_room", None])
async def test_a_timer_of_where_no_satellite_is_is_told_by_our_own_loudspeaker(house, desk, area):
    before, said = len(desk.events), len(house.spoken())
    await rings(house, session="somebody else", area=area)
    await house.house.until(lambda: len(house.spoken()) > said + 10_000, 15)

    assert "audio-start" not in kinds(desk, before)


async def test_a_timer_of_a_satellite_that_is_gone_is_told_by_our_own_loudspeaker(house, desk):
    said, connections = len(house.spoken()), desk.connections
    desk.writer.close()
    await rings(house, session="wyoming desk", area="living_room")
    await house.house.until(lambda: len(house.spoken()) > said + 10_000, 15)
    await house.house.until(lambda: desk.connections > connections, 15)


def kinds(desk: SatellitePeer, before: int) -> list[str]:
    return [event.type for event in desk.events[before:]]
