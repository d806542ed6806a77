"""The parts of the base station by themselves: frames, slots, what is ours on the bus."""

import array
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.voice.heard import Heard
from integrations.voice.hermes.asr import tokens_of
from integrations.voice.hermes.frames import MOST_FRAME, Frames
from integrations.voice.hermes.intents import slots_of
from integrations.voice.hermes.messages import Query, StartSession, is_level, read
from integrations.voice.hermes.wire import Echoes
from tests.voice.rhasspy import wav


async def sound_of(frames: Frames) -> bytes:
    frames.end()
    return b"".join([piece async for piece in frames.pieces()])


# frames ----------------------------------------------------------------------------------------------------
async def test_frames_follow_each_other():
    frames = Frames()
    frames.put(wav(b"\1\0" * 1024))
    frames.put(wav(b"\2\0" * 1024))

    assert await sound_of(frames) == b"\1\0" * 1024 + b"\2\0" * 1024


async def test_frames_of_another_rate_and_two_channels_become_ours():
    tone = array.array("h")
    for at in range(8_820):
        tone.extend([round(8_000 * math.sin(2 * math.pi * 440 * at / 44_100))] * 2)
    frames = Frames()
    for start in range(0, len(tone), 4_410):
        frames.put(wav(tone[start : start + 4_410].tobytes(), rate=44_100, channels=2))
    heard = array.array("h", await sound_of(frames))

    assert len(heard) == pytest.approx(3_200, abs=40)
    assert max(heard) == pytest.approx(8_000, rel=0.05)


async def test_five_seconds_wait_at_most():
    frames = Frames()
    for _ in range(70):
        frames.put(wav(bytes(3_200)))

    assert frames.dropped == pytest.approx(2, abs=0.11)
    assert len(await sound_of(frames)) == pytest.approx(5 * 32_000, abs=3_200)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "no WAV"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (wav(bytes(MOST_FRAME)), "a frame of"),
        (wav(bytes(100), rate=4_000), "rate"),
        (wav(bytes(100), rate=44_101), "rate"),
        (wav(bytes(102), channels=3), "channels"),
    ],
)
def test_a_frame_that_is_no_sound_is_refused(frame, reason):
    with pytest.raises(ValueError, match=reason):
        Frames().put(frame)


@given(st.binary(max_size=200))
def test_no_frame_does_more_harm_than_to_be_refused(payload):
    with suppress(ValueError):
        Frames().put(b"RIFF\0\0\0\0WAVE" + payload)


async def test_after_the_end_nothing_is_taken():
    frames = Frames()
    frames.end()
    frames.put(wav(bytes(100)))

    assert await sound_of(frames) == b""


# intents ---------------------------------------------------------------------------------------------------
def test_a_slot_says_where_it_was_said():
    [slot] = slots_of({"name": "Kitchen Light"}, "turn on the kitchen light")

    assert slot == {
        "entity": "name",
        "slotName": "name",
        "rawValue": "kitchen light",
        "value": {"kind": "Unknown", "value": "Kitchen Light"},
        "confidence": 1.0,
        "range": {"start": 12, "end": 25, "rawStart": 12, "rawEnd": 25},
    }


def test_a_number_is_one_and_what_was_not_said_in_these_words_is_nowhere():
    [slot] = slots_of({"brightness": 50}, "half as bright")

    assert (slot["value"], slot["rawValue"], slot["range"]) == ({"kind": "Number", "value": 50}, "50", None)


@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=8) | st.integers() | st.none()),
    st.text(max_size=40),
)
def test_a_range_is_that_of_the_raw_value(slots, text):
    for slot in slots_of(slots, text):
        if slot["range"] is not None:
            assert text[slot["range"]["start"] : slot["range"]["end"]] == slot["rawValue"]


def test_tokens_stand_where_they_were_said():
    heard = Heard(text="lights on on", words=(("lights", 0.9), ("on", 0.8), ("on", 0.7)), confidence=0.7)

    assert [(one["rangeStart"], one["rangeEnd"], one["confidence"]) for one in tokens_of(heard)] == [
        (0, 6, 0.9),
        (7, 9, 0.8),
        (10, 12, 0.7),
    ]


# messages --------------------------------------------------------------------------------------------------
def test_null_is_the_same_as_nothing():
    found = read(
        Query, {"input": "hi", "siteId": None, "sessionId": None, "intentFilter": None, "lang": None}
    )

    assert found == Query(input="hi")


@pytest.mark.parametrize("found", [None, [], {}, {"init": 1}, {"init": {"type": "notification", "text": 5}}])
def test_what_is_no_message_is_refused_in_one_line(found):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read(StartSession, found)


@given(st.text())
def test_a_level_of_a_topic_has_no_other_levels_in_it(text):
    assert not is_level(text) or not set(text) & set("/+#\0\n")


# our own messages ------------------------------------------------------------------------------------------
async def test_what_we_sent_is_ours_as_often_as_we_sent_it():
    echoes = Echoes()
    echoes.sent("hermes/tts/say", b"{}")

    assert not echoes.returned("hermes/tts/say", b"{ }")
    assert echoes.returned("hermes/tts/say", b"{}")
    assert not echoes.returned("hermes/tts/say", b"{}")
