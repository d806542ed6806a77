"""Assistants ask the house: speech to text, handling, text to speech, each over a connection of its own."""

from array import array

import pytest

from agent.api import Intent, TransientError
from integrations.voice.heard import Heard
from integrations.voice.wyoming.events import (
    Describe,
    Handled,
    Info,
    Ping,
    Recognize,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeVoice,
    Transcribe,
    Transcript,
)
from integrations.voice.wyoming.events import Intent as IntentEvent
from tests.voice import speech
from tests.voice.wyoming_peers import (
    COMMAND,
    Room,
    ask,
    asking,
    espeak,
    reply,
    send,
    serving,
    spoken,
    until,
)

needs_espeak = pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng")
LIGHT = Intent(name="HassTurnOn", slots={"name": "kitchen light", "brightness": 50})


# describe -----------------------------------------------------------------------------------------------
async def test_what_can_be_asked_of_us_is_described():
    async with serving(voice=espeak()) as port:
        info = Info.from_event(await ask(port, Describe(), "info"))

    kinds = (info.asr, info.handle, info.intent, info.tts)
    assert [kind[0].name for kind in kinds] == ["hearthd"] * 4
    assert info.asr[0].models[0].languages == info.tts[0].voices[0].languages == ["en"]


async def test_an_assistant_is_told_that_the_house_is_controlled_by_what_it_hands_over():
    async with serving() as port:
        info = Info.from_event(await ask(port, Describe(), "info"))

    assert info.handle[0].supports_home_control


async def test_a_house_without_a_voice_offers_none():
    async with serving() as port:
        info = Info.from_event(await ask(port, Describe(), "info"))

    assert info.tts == []


async def test_the_areas_of_satellites_are_described():
    async with serving(areas={"hall": "hallway", "desk": "office"}) as port:
        info = Info.from_event(await ask(port, Describe(), "info"))

    assert "areas: hallway, office" in (info.handle[0].description or "")


async def test_a_ping_is_answered_with_its_text():
    async with serving() as port:
        pong = await ask(port, Ping(text="there?"), "pong")

    assert pong.data == {"text": "there?"}


# speech to text -----------------------------------------------------------------------------------------
async def test_an_assistant_is_told_that_nobody_listens_and_is_not_kept_waiting():
    async with serving() as port, asking(port) as client:
        await send(client, *spoken(speech.silence(0.3)))
        error = (await until(client, "error"))[-1]
        after = await client.read_event()

    assert "the ear is being started" in error.data["text"]
    assert after is None


async def test_a_language_that_the_house_does_not_understand_is_refused():
    async with serving() as port, asking(port) as client:
        await send(client, Transcribe(language="de-DE"), *list(spoken(b""))[1:])
        error = (await until(client, "error"))[-1]

    assert error.data["text"] == "this house understands 'en', not 'de-DE'"


# text to act --------------------------------------------------------------------------------------------
async def test_what_was_said_is_done_and_the_reply_told():
    room = Room(reply("The light is on.", intents=(LIGHT,)))
    async with serving(room=room) as port:
        handled = Handled.from_event(await ask(port, Transcript(COMMAND), "handled"))

    assert room.said_[0][0] == Heard(text=COMMAND)
    assert handled.text == "The light is on."


async def test_what_nobody_understood_is_not_handled_and_says_so():
    async with serving(room=Room(reply("I did not understand that."))) as port:
        answer = await ask(port, Transcript("flurble"), "handled", "not-handled")

    assert (answer.type, answer.data["text"]) == ("not-handled", "I did not understand that.")


async def test_a_question_back_is_an_answer():
    async with serving(room=Room(reply("Which one?", expects_answer=True))) as port:
        answer = await ask(port, Transcript("turn on the light"), "handled", "not-handled")

    assert (answer.type, answer.data["context"]) == ("handled", {"expects_answer": True})


@pytest.mark.parametrize(
    ("context", "area"),
    [
        ({"satellite_id": "assist_satellite.kitchen"}, "kitchen"),
        ({"satellite_id": "assist_satellite.respeaker", "device_id": "e5d1"}, "office"),
        ({"area": "Kitchen"}, "kitchen"),
        ({"satellite_id": "assist_satellite.unheard_of"}, None),
        ({"satellite_id": ["kitchen"]}, None),
        ("kitchen", None),
        (None, None),
    ],
)
async def test_the_area_is_that_of_the_satellite(context, area):
    room = Room()
    async with serving(room=room, areas={"kitchen": "kitchen", "e5d1": "office"}) as port:
        await ask(port, Transcript(COMMAND, context=context), "handled")

    assert room.said_[0][1]["area"] == area


async def test_what_belongs_to_one_conversation_is_one_session():
    room = Room()
    async with serving(room=room) as port:
        for conversation in ("01ABC", "01ABC", "01XYZ"):
            await ask(port, Transcript(COMMAND, context={"conversation_id": conversation}), "handled")

    sessions = [how["session"] for _, how in room.said_]
    assert sessions == ["wyoming 01ABC", "wyoming 01ABC", "wyoming 01XYZ"]


async def test_an_intent_is_told_with_its_entities():
    async with serving(room=Room(reply("Done.", intents=(LIGHT,)))) as port:
        intent = IntentEvent.from_event(await ask(port, Recognize(COMMAND), "intent"))

    assert intent.name == "HassTurnOn"
    assert {one.name: one.value for one in intent.entities} == {"name": "kitchen light", "brightness": 50}


async def test_several_intents_are_told_between_their_start_and_stop():
    room = Room(reply("Done.", intents=(LIGHT, Intent(name="HassTurnOff"))))
    async with serving(room=room) as port, asking(port) as client:
        await send(client, Recognize("turn on the light and turn off the fan"))
        events = await until(client, "intents-stop")

    assert [event.type for event in events] == ["intents-start", "intent", "intent", "intents-stop"]


async def test_what_is_no_intent_is_not_recognized():
    async with serving(room=Room(reply("I did not understand that."))) as port:
        answer = await ask(port, Recognize("flurble"), "intent", "not-recognized")

    assert answer.type == "not-recognized"


async def test_what_is_recognized_is_not_done():
    room = Room()
    async with serving(room=room) as port:
        await ask(port, Recognize(COMMAND), "intent")

    assert room.said_ == []


# text to speech -----------------------------------------------------------------------------------------
@needs_espeak
async def test_text_becomes_speech():
    async with serving(voice=espeak()) as port, asking(port) as client:
        await send(client, Synthesize("The kitchen light is on.", voice=SynthesizeVoice(language="en")))
        start, *chunks, _stop = await until(client, "audio-stop")

    pcm = b"".join(chunk.payload or b"" for chunk in chunks)
    assert (start.type, start.data["width"]) == ("audio-start", 2)
    assert 0.8 < len(pcm) / 2 / start.data["rate"] < 4
    assert max(array("h", pcm)) > 2_000


@needs_espeak
async def test_a_text_that_is_still_being_written_is_spoken_by_sentences():
    async with serving(voice=espeak()) as port, asking(port) as client:
        await send(client, SynthesizeStart(), SynthesizeChunk("The light is on. And the "))
        early = await until(client, "audio-stop")
        await send(client, SynthesizeChunk("door is open"), Synthesize("twice"), SynthesizeStop())
        late = await until(client, "synthesize-stopped")

    assert [event.type for event in (*early, *late)].count("audio-start") == 2


@needs_espeak
async def test_no_text_is_no_sound():
    async with serving(voice=espeak()) as port, asking(port) as client:
        await send(client, Synthesize("  "))
        events = await until(client, "audio-stop")

    assert [event.type for event in events] == ["audio-start", "audio-stop"]


async def test_a_house_without_a_voice_says_so():
    async with serving() as port:
        error = await ask(port, Synthesize("hello"), "error", "audio-stop")

    assert "this house has no voice" in error.data["text"]


async def test_a_port_that_somebody_else_has_is_named():
    async with serving() as port:
        with pytest.raises(TransientError, match=f"cannot listen on 127.0.0.1:{port}: another program"):
            async with serving(port=port):
                pass
