"""Satellites in conversation: a question that is open there, short sounds, and what is announced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from agent.api import Intent
from integrations.voice.speaking import sound as short
from integrations.voice.wyoming.events import AudioStop, Played, RunPipeline, Transcribe
from integrations.voice.wyoming.satellites import Satellite
from integrations.voice.wyoming.section import WyomingSatellite
from tests.voice import speech
from tests.voice.wyoming_peers import (
    ASR,
    COMMAND,
    HANDLE,
    TTS,
    WAKE,
    Room,
    SatellitePeer,
    asking,
    command,
    espeak,
    free_port,
    hearing,
    reply,
    send,
    serving,
    sound,
    spoken,
    standing,
    until,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng"),
]
SAID = command() + speech.silence(1.0) if speech.HAS_ESPEAK else b""
OTHER = command("what time is it") + speech.silence(1.0) if speech.HAS_ESPEAK else b""
"""That is none of the answers, nor like one of them."""
YES = command("yes") + speech.silence(1.0) if speech.HAS_ESPEAK else b""
ANSWERS = ("yes", "no", "cancel")
LIGHT = Intent(name="HassTurnOn", slots={"name": "kitchen light"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ear():
    """One for all, as satellites share it."""
    async with hearing() as running:
        yield running


@asynccontextmanager
async def connected(
    ear: Any, *, room: Room | None = None, voice: Any = None, **settings: Any
) -> AsyncIterator[tuple[SatellitePeer, Satellite]]:
    """A satellite that we are connected to, and what we know of it."""
    peer, port = SatellitePeer(), free_port()
    satellite = Satellite(
        WyomingSatellite.model_validate({"name": "desk", "url": f"tcp://127.0.0.1:{port}", **settings}),
        hearing=ear,
        talking=room or Room(),
        voice=voice,
        areas={},
        language="en",
    )
    async with standing(peer, port):
        work = asyncio.create_task(satellite.work())
        try:
            await peer.until("run-satellite")
            yield peer, satellite
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


def played(peer: SatellitePeer) -> bytes:
    """All that was sent to be played."""
    return b"".join(event.payload for event in peer.events if event.type == "audio-chunk")


# a question that is open -----------------------------------------------------------------------------------
async def test_while_a_question_is_open_only_its_answers_are_heard(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, HANDLE), *sound(OTHER))
        await peer.until("error")

    assert room.said_ == []


async def test_what_is_taken_for_an_answer_and_is_none_is_doubted(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))
        await peer.until("transcript")
        [(heard, _)] = room.said_

    assert heard.text in ANSWERS
    assert (heard.confidence < 0.5, heard.unknown) == (True, True)


async def test_an_answer_to_an_open_question_is_heard(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, HANDLE), *sound(YES))

        assert (await peer.until("transcript")).data["text"] == "yes"


async def test_after_one_try_anything_may_be_said_again(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, HANDLE), *sound(OTHER))
        await peer.until("error")
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))

        assert (await peer.until("transcript")).data["text"] == COMMAND


async def test_what_does_nothing_is_no_answer(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, ASR), *sound(SAID))
        await peer.until("transcript")

    assert room.open == {"wyoming desk": ANSWERS}


async def test_an_answer_needs_no_wake_word_where_it_is_ours(ear):
    room = Room(reply("Which one?", intents=(LIGHT,), expects_answer=True))
    async with connected(ear, room=room, voice=espeak()) as (peer, _):
        await peer.send(RunPipeline(WAKE, TTS, restart_on_end=True), *sound(speech.command(COMMAND)))
        await peer.until("audio-stop")
        await peer.send(Played())
        await peer.until("transcribe", times=2)
        room.answer = reply("Done.", intents=(LIGHT,))
        await peer.send(*sound(SAID))
        await peer.until("transcript", times=2)
        await peer.until("audio-stop", times=2)
        await peer.send(Played())
        await peer.until("detect", times=2)

    # Then it waits for the wake word again.
    assert [heard.text for heard, _ in room.said_] == [COMMAND, COMMAND]


async def test_an_assistant_that_tells_its_conversation_is_asked_in_it(ear):
    room = Room(open={"wyoming 01A": ANSWERS})
    context = {"conversation_id": "01A"}
    async with serving(ear=ear, room=room) as port, asking(port) as client:
        await send(client, Transcribe(language="en", context=context), *list(spoken(command("yes")))[1:])
        answer = (await until(client, "transcript"))[-1].data["text"]
    async with serving(ear=ear, room=room) as port, asking(port) as client:
        await send(client, Transcribe(language="en", context=context), *list(spoken(command()))[1:])
        other = (await until(client, "transcript"))[-1].data["text"]

    assert (answer, other, room.open) == ("yes", COMMAND, {})


# short sounds ----------------------------------------------------------------------------------------------
async def test_what_was_not_understood_sounds_like_it(ear):
    room = Room(open={"wyoming desk": ANSWERS})
    async with connected(ear, room=room) as (peer, _):
        await peer.send(RunPipeline(ASR, TTS), *sound(OTHER))
        await peer.until("audio-stop")

        assert peer.kinds()[-4:] == ["error", "audio-start", "audio-chunk", "audio-stop"]
        assert played(peer) == short("failed").pcm


async def test_when_nobody_spoke_there_is_no_sound(ear):
    async with connected(ear) as (peer, _):
        await peer.send(RunPipeline(ASR, TTS), *sound(speech.silence(1)), AudioStop())
        await peer.until("error")
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))
        await peer.until("transcript")

    assert played(peer) == b""


async def test_a_satellite_that_plays_nothing_is_sent_no_sound(ear):
    async with connected(ear, room=Room(open={"wyoming desk": ANSWERS})) as (peer, _):
        await peer.send(RunPipeline(ASR, HANDLE), *sound(OTHER))
        await peer.until("error")
        await peer.send(RunPipeline(ASR, HANDLE), *sound(SAID))
        await peer.until("transcript")

    assert played(peer) == b""


async def test_a_failure_is_heard_before_its_words(ear):
    room = Room(reply("No such thing."))
    async with connected(ear, room=room, voice=espeak()) as (peer, _):
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        start = await peer.until("audio-start")
        await peer.until("audio-stop")

    tone = short("failed", start.data["rate"]).pcm
    assert played(peer).startswith(tone)
    assert len(played(peer)) > 2 * len(tone)


async def test_what_was_understood_sounds_only_where_that_is_wanted(ear):
    room = Room(reply("", intents=(LIGHT,)))
    async with connected(ear, room=room, sounds=["understood"]) as (peer, _):
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        await peer.until("audio-stop")

    assert played(peer) == short("understood").pcm


# announcements ---------------------------------------------------------------------------------------------
async def test_an_announcement_is_played_by_a_satellite_that_nobody_speaks_with(ear):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        announced = asyncio.ensure_future(satellite.announce("Your tea is ready", "en"))
        await peer.until("audio-stop")
        await peer.send(Played())

        assert await asyncio.wait_for(announced, 2)
        assert peer.kinds()[2:] == ["audio-start", "audio-chunk", "audio-stop"]


async def test_an_announcement_waits_for_the_end_of_what_is_said(ear):
    room = Room(reply("The light is on.", intents=(LIGHT,)))
    async with connected(ear, room=room, voice=espeak()) as (peer, satellite):
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID[: len(SAID) // 2]))
        await peer.until("voice-started")
        announced = asyncio.ensure_future(satellite.announce("Your tea is ready", "en"))
        await peer.send(*sound(SAID[len(SAID) // 2 :]))
        await peer.until("audio-stop")
        await peer.send(Played())
        await peer.until("audio-stop", times=2)
        await peer.send(Played())

        assert await asyncio.wait_for(announced, 5)
        assert peer.kinds()[-7:] == [
            *("synthesize", "audio-start", "audio-chunk", "audio-stop"),
            *("audio-start", "audio-chunk", "audio-stop"),
        ]


async def test_our_own_announcement_is_nobodys_command(ear):
    room = Room()
    async with connected(ear, room=room, voice=espeak()) as (peer, satellite):
        await peer.send(RunPipeline(ASR, HANDLE, restart_on_end=True))
        await peer.until("transcribe")
        announced = asyncio.ensure_future(satellite.announce(COMMAND, "en"))
        # It has told that it plays by what it has ended with; here that is not so, and it still may.
        await asyncio.wait({announced}, timeout=0.1)
        assert announced.done()
        await peer.send(RunPipeline(ASR, TTS, restart_on_end=True))
        await peer.until("transcribe", times=2)
        announced = asyncio.ensure_future(satellite.announce(COMMAND, "en"))
        await peer.until("audio-stop")
        await peer.send(*sound(SAID), Played())
        await announced
        await peer.send(*sound(YES))
        await peer.until("voice-stopped")

    assert COMMAND not in [heard.text for heard, _ in room.said_]


async def test_whoever_wakes_a_satellite_while_it_announces_is_heard(ear):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        announced = asyncio.ensure_future(satellite.announce("Your tea is ready", "en"))
        await peer.until("audio-stop")
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        transcript = await peer.until("transcript")
        await peer.send(Played())
        await announced

    assert transcript.data["text"] == COMMAND


async def test_whoever_interrupts_a_reply_is_heard_from_the_first_word(ear):
    room = Room(reply("The light is on.", intents=(LIGHT,)))
    async with connected(ear, room=room, voice=espeak()) as (peer, _):
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))
        await peer.until("audio-stop")
        await peer.send(RunPipeline(ASR, TTS), *sound(SAID))

        assert (await peer.until("transcript", times=2)).data["text"] == COMMAND


@pytest.mark.parametrize("end", [HANDLE, ASR])
async def test_a_satellite_without_a_loudspeaker_announces_nothing(ear, end):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        await peer.send(RunPipeline(ASR, end), *sound(SAID))
        await peer.until("transcript")

        assert not await satellite.announce("Your tea is ready", "en")
        assert played(peer) == b""


async def test_a_satellite_that_never_played_anything_is_not_believed_to_have(ear):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        assert not await satellite.announce("Tea", "en")

        assert played(peer)


async def test_a_satellite_that_is_gone_announces_nothing(ear):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        assert peer.writer is not None
        peer.writer.close()
        await peer.until("run-satellite", times=1)
        async with asyncio.timeout(5):
            while satellite._mouth is not None:
                await asyncio.sleep(0.01)

        assert not await satellite.announce("Your tea is ready", "en")


async def test_a_satellite_that_goes_while_it_announces_is_not_believed(ear):
    async with connected(ear, voice=espeak()) as (peer, satellite):
        await peer.send(Played())
        announced = asyncio.ensure_future(satellite.announce("Tea", "en"))
        await peer.until("audio-stop")
        assert peer.writer is not None
        peer.writer.close()

        assert not await asyncio.wait_for(announced, 8)


async def test_a_house_without_a_voice_announces_nothing(ear):
    async with connected(ear) as (_, satellite):
        assert not await satellite.announce("Your tea is ready", "en")
