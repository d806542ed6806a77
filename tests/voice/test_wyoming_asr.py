"""Speech becomes text for others: the real ear, asked by the protocol's own client."""

import asyncio
from array import array

import pytest
import pytest_asyncio

from agent.api import Intent
from integrations.voice.wyoming.events import AudioChunk, AudioStart, AudioStop, Synthesize, Transcript
from tests.voice import speech
from tests.voice.wyoming_peers import (
    COMMAND,
    FORM,
    Room,
    ask,
    asking,
    command,
    espeak,
    hearing,
    reply,
    send,
    serving,
    spoken,
    until,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng"),
]
LIGHT = Intent(name="HassTurnOn", slots={"name": "kitchen light", "brightness": 50})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ear():
    """One for all, as satellites share it."""
    async with hearing() as running:
        yield running


async def test_speech_becomes_text(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        await send(client, *spoken(command()))
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == COMMAND


async def test_text_is_told_while_somebody_still_speaks_and_adds_up_to_the_whole(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        *before, _stop = spoken(command())
        await send(client, *before)
        early = await until(client, "transcript-chunk")
        await send(client, _stop)
        late = await until(client, "transcript-stop")

    assert early[0].type == "transcript-start"
    chunks = [event.data["text"] for event in (*early, *late) if event.type == "transcript-chunk"]
    assert "".join(chunks) == COMMAND


@pytest.mark.parametrize("form", [(44_100, 2, 2), (16_000, 4, 1), (22_050, 3, 1)])
async def test_sound_of_any_usual_form_is_understood(ear, form, tmp_path):
    rate, width, channels = form
    wav = speech.write_wav(tmp_path / "said.wav", command(), rate=rate, channels=channels).read_bytes()[44:]
    async with serving(ear=ear) as port, asking(port) as client:
        pcm = _widened(wav, width)
        await send(client, *spoken(pcm, form={"rate": rate, "width": width, "channels": channels}))
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == COMMAND


async def test_half_a_frame_at_the_end_of_a_chunk_is_kept_for_the_next(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        pcm = command()
        odd = (AudioChunk(**FORM, audio=pcm[start : start + 3_199]) for start in range(0, len(pcm), 3_199))
        await send(client, *odd, AudioStop())
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == COMMAND


async def test_sound_without_an_end_is_cut_and_nobody_listens_to_it_any_more(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        start, chunk = AudioStart(**FORM), AudioChunk(**FORM, audio=bytes(320_000))
        await send(client, start, *([chunk] * 8))
        error = (await until(client, "error"))[-1]
        assert await client.read_event() is None

    assert error.data["text"] == "it sent more than 75 s of sound without an end"
    assert ear._satellites == {}


async def test_a_client_that_hangs_up_while_it_speaks_leaves_nobody_listening(ear):
    async with serving(ear=ear) as port:
        async with asking(port) as client:
            *before, _stop = spoken(command())
            await send(client, *before)
            await until(client, "transcript-start")
        async with asyncio.timeout(5):
            while ear._satellites:
                await asyncio.sleep(0.01)

    assert ear._satellites == {}


async def test_a_second_sentence_on_the_same_connection_is_text_too(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        await send(client, *spoken(command()))
        await until(client, "transcript-stop")
        await send(client, *spoken(command("open the garage door")))
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == "open the garage door"


async def test_pauses_between_two_parts_of_one_recording_end_nothing(ear):
    pcm = command("turn on the kitchen light") + speech.silence(1.5) + command("open the garage door")
    async with serving(ear=ear) as port, asking(port) as client:
        await send(client, *spoken(pcm))
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == "turn on the kitchen light open the garage door"


async def test_silence_is_no_text(ear):
    async with serving(ear=ear) as port, asking(port) as client:
        await send(client, *spoken(speech.silence(1.0)))
        transcript = (await until(client, "transcript"))[-1]

    assert transcript.data["text"] == ""


async def test_how_sure_a_word_was_heard_comes_back_with_the_text_that_an_assistant_hands_on(ear):
    room = Room()
    async with serving(ear=ear, room=room) as port:
        async with asking(port) as client:
            await send(client, *spoken(command()))
            await until(client, "transcript")
        await ask(port, Transcript(COMMAND), "handled")

    assert [word for word, _ in room.said_[0][0].words] == COMMAND.split()


async def test_a_pipeline_of_an_assistant_goes_through_three_connections(ear):
    room = Room(reply("The light is on.", intents=(LIGHT,), outcomes=()))
    async with serving(ear=ear, room=room, voice=espeak()) as port:
        async with asking(port) as client:
            await send(client, *spoken(command()))
            text = (await until(client, "transcript"))[-1].data["text"]
        handled = await ask(port, Transcript(text, language="en"), "handled")
        sound = await ask(port, Synthesize(handled.data["text"]), "audio-stop")

    assert sound.data["timestamp"] > 500


def _widened(pcm: bytes, width: int) -> bytes:
    """s16 samples as those of another width."""
    samples = array("h", pcm)
    match width:
        case 1:
            return bytes((sample >> 8) + 128 for sample in samples)
        case 2:
            return pcm
        case _:
            return b"".join(
                (sample << 8 * (width - 2)).to_bytes(width, "little", signed=True) for sample in samples
            )
