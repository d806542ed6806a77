"""Satellites wait, and the house connects to them: a peer made with the protocol's own server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from wyoming.event import Event, async_write_event

from agent.api import Intent
from integrations.voice.wyoming.events import (
    AudioStop,
    Detection,
    Ping,
    Played,
    RunPipeline,
)
from tests.voice import speech
from tests.voice.wyoming_peers import (
    ASR,
    COMMAND,
    HANDLE,
    TTS,
    WAKE,
    Room,
    SatellitePeer,
    command,
    espeak,
    free_port,
    hearing,
    reply,
    serving,
    sound,
    standing,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng"),
]
LIGHT = Intent(name="HassTurnOn", slots={"name": "kitchen light"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ear():
    """One for all, as satellites share it."""
    async with hearing() as running:
        yield running


@asynccontextmanager
async def satellite(
    ear: Any,
    *,
    room: Room | None = None,
    voice: Any = None,
    area: str | None = None,
    areas: Any = None,
    told: Any = None,
) -> AsyncIterator[SatellitePeer]:
    """A satellite that the house has connected to."""
    peer, port = SatellitePeer(**(told or {})), free_port()
    configured = {"name": "desk", "url": f"tcp://127.0.0.1:{port}", "area": area}
    async with (
        standing(peer, port),
        serving(ear=ear, room=room, voice=voice, areas=areas, satellites=[configured]),
    ):
        await peer.until("run-satellite")
        yield peer


SAID = command() + speech.silence(1.0) if speech.HAS_ESPEAK else b""


async def test_a_satellite_is_asked_what_it_is_and_told_to_run(ear):
    async with satellite(ear) as peer:
        assert peer.kinds() == ["describe", "run-satellite"]


async def test_what_is_said_to_a_satellite_is_done_and_answered_aloud(ear):
    room = Room(reply("The light is on.", intents=(LIGHT,)))
    async with satellite(ear, room=room, voice=espeak()) as peer:
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        await peer.until("audio-stop")

        assert room.said_[0][0].text == COMMAND
        assert peer.kinds()[2:] == [
            *("transcribe", "voice-started", "voice-stopped", "transcript"),
            *("synthesize", "audio-start", "audio-chunk", "audio-stop"),
        ]


async def test_the_end_of_speech_is_heard_by_the_house(ear):
    async with satellite(ear) as peer:
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))

        assert (await peer.until("transcript")).data["text"] == COMMAND


async def test_the_end_of_speech_may_be_told_by_the_satellite(ear):
    async with satellite(ear) as peer:
        await peer.send(RunPipeline(ASR, HANDLE), *sound(command()[:-15_000]), AudioStop())

        assert (await peer.until("transcript")).data["text"] == COMMAND


async def test_a_pipeline_that_ends_with_text_does_nothing(ear):
    room = Room()
    async with satellite(ear, room=room, voice=espeak()) as peer:
        await peer.send(RunPipeline(ASR, ASR), *sound(SAID))
        await peer.until("transcript")
        await peer.send(RunPipeline(ASR, ASR), *sound(SAID))
        await peer.until("transcript", times=2)

    assert room.said_ == []


async def test_a_satellite_that_was_woken_may_just_begin_to_send(ear):
    async with satellite(ear) as peer:
        await peer.send(Detection("hey_jarvis"), *sound(SAID))

        assert (await peer.until("transcript")).data["text"] == COMMAND


async def test_sound_that_nobody_asked_for_is_nobodys_command(ear):
    room = Room()
    async with satellite(ear, room=room) as peer:
        await peer.send(*sound(SAID), RunPipeline(ASR, HANDLE), *sound(speech.silence(0.5)), AudioStop())
        await peer.until("error")

    assert room.said_ == []


async def test_nothing_said_is_an_error_that_the_satellite_knows(ear):
    async with satellite(ear) as peer:
        await peer.send(RunPipeline(ASR, TTS), *sound(speech.silence(0.5)), AudioStop())

        assert (await peer.until("error")).data["code"] == "stt-no-text-recognized"


async def test_a_satellite_without_a_wake_word_of_its_own_is_woken_by_ours(ear):
    called = speech.command(COMMAND)
    async with satellite(ear) as peer:
        await peer.send(RunPipeline(WAKE, HANDLE), *sound(called))
        detection = await peer.until("detection")
        transcript = await peer.until("transcript")

    assert detection.data["name"] == "hey_jarvis"
    assert transcript.data["text"] == COMMAND


async def test_a_satellite_that_always_sends_is_listened_to_again_after_a_reply(ear):
    room = Room(reply("Done.", intents=(LIGHT,)))
    async with satellite(ear, room=room, voice=espeak()) as peer:
        await peer.send(RunPipeline(ASR, TTS, restart_on_end=True), *sound(SAID))
        await peer.until("audio-stop")
        await peer.send(*sound(SAID), Played())
        await peer.until("transcribe", times=2)
        await peer.send(*sound(SAID))
        await peer.until("transcript", times=2)

    # What came while it was answering, its own voice among it, was not heard.
    assert len(room.said_) == 2


@pytest.mark.parametrize(
    ("settings", "area"),
    [
        ({"area": "office"}, "office"),
        ({"areas": {"desk": "study"}}, "study"),
        ({"areas": {"Office": "office"}, "told": {"area": "Office"}}, "office"),
        ({"told": {"area": "Nowhere"}}, None),
    ],
)
async def test_the_area_is_the_configured_one_or_that_which_the_satellite_tells(ear, settings, area):
    room = Room()
    async with satellite(ear, room=room, **settings) as peer:
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))
        await peer.until("transcript")
        async with asyncio.timeout(5):
            while not room.said_:
                await asyncio.sleep(0.01)

    assert (room.said_[0][1]["area"], room.said_[0][1]["who"]) == (area, "desk")


async def test_a_question_back_makes_a_satellite_that_can_listen_again(ear):
    room = Room(reply("Which one?", expects_answer=True))
    async with satellite(ear, room=room, voice=espeak(), told={"supports_trigger": True}) as peer:
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        await peer.until("audio-stop")
        await peer.send(Played())

        assert (await peer.until("run-pipeline")).data["start_stage"] == "asr"


async def test_a_ping_of_a_satellite_is_answered(ear):
    async with satellite(ear) as peer:
        await peer.send(Ping(text="x"))

        assert (await peer.until("pong")).data == {"text": "x"}


async def test_a_satellite_that_hangs_up_is_connected_to_again(ear):
    async with satellite(ear) as peer:
        assert peer.writer is not None
        peer.writer.close()

        await peer.until("run-satellite", times=2)


async def test_a_satellite_that_sends_nonsense_is_connected_to_again(ear):
    async with satellite(ear) as peer:
        assert peer.writer is not None
        peer.writer.write(b'{"type": "run-pipeline", "data": {"start_stage": "tea"}}\n')

        await peer.until("run-satellite", times=2)


async def test_a_satellite_that_is_not_there_is_connected_to_as_soon_as_it_is(ear):
    peer, port = SatellitePeer(), free_port()
    satellites = [{"name": "desk", "url": f"tcp://127.0.0.1:{port}"}]
    async with serving(ear=ear, satellites=satellites):
        await asyncio.sleep(0.1)
        async with standing(peer, port):
            assert await peer.until("run-satellite")


async def test_a_house_that_ends_tells_its_satellites(ear):
    peer, port = SatellitePeer(), free_port()
    async with standing(peer, port):
        satellites = [{"name": "desk", "url": f"tcp://127.0.0.1:{port}"}]
        async with serving(ear=ear, satellites=satellites):
            await peer.until("run-satellite")

        assert await peer.until("pause-satellite")


async def test_a_pipeline_that_does_not_begin_with_sound_is_refused(ear):
    async with satellite(ear) as peer:
        await peer.send(RunPipeline(TTS, TTS))

        assert (await peer.until("error")).data["text"] == "a pipeline begins with wake or asr, not tts"


async def test_fields_of_any_kind_end_one_connection_at_most(ear):
    """`serving` sees to it that the house still runs."""
    async with satellite(ear) as peer:
        for kind in ("info", "ping", "detection", "run-pipeline", "audio-chunk", "audio-stop", "played"):
            for junk in (None, -1, 2**62, "", [], {"area": []}):
                before = peer.connections
                fields = ("satellite", "text", "start_stage", "end_stage", "restart_on_end", "rate", "name")
                assert peer.writer is not None
                await async_write_event(Event(kind, dict.fromkeys(fields, junk)), peer.writer)
            if kind in {"run-pipeline", "audio-chunk"}:
                peer.writer.close()
                await peer.until("run-satellite", times=before + 1)

        await peer.send(Ping(text="still there"))
        assert await peer.until("pong")
