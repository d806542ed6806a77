"""The parts of the ear that take values and give values: frames, turns of speech, where to begin, levels."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.voice.ear.endpointing import CHUNK, Endpointing, Patience, Turn, after_the_word
from integrations.voice.ear.inbox import MICROPHONE, Inbox, Sound
from integrations.voice.ear.link import LARGEST, Frames, packed, packed_audio
from integrations.voice.ear.vad import CHUNK_BYTES, Level, Loudness, open_vad, rms
from integrations.voice.ear.wake import open_wake, spoken
from tests.voice import speech

A_SECOND = round(1 / CHUNK)
espeak = pytest.mark.skipif(not speech.HAS_ESPEAK, reason="espeak-ng is not installed")

messages = st.dictionaries(
    st.text(max_size=8), st.text() | st.integers() | st.booleans() | st.none(), max_size=4
)
sounds = st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=300))


def turns(probabilities, **patience) -> list[tuple[float, Turn]]:
    """What happened, and after how many seconds."""
    endpointing = Endpointing(Patience(**patience))
    happened = []
    for number, probability in enumerate(probabilities, 1):
        if (turn := endpointing.feed(probability)) is not None:
            happened.append((round(number * CHUNK, 1), turn))
            if turn is not Turn.BEGAN:
                break
    return happened


def seconds(*spans: tuple[float, float]) -> list[float]:
    """Probabilities, each for so many seconds."""
    return [probability for probability, length in spans for _ in range(round(length * A_SECOND))]


@given(st.lists(messages | sounds, max_size=6), st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_what_is_packed_is_read_again_however_the_pipe_cuts_it(frames, cuts):
    data = b"".join(packed(one) if isinstance(one, dict) else packed_audio(*one) for one in frames)
    reader, read, at = Frames(), [], 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        read += reader.feed(data[at : at + size])
        at += size

    assert read == frames


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 200",
        struct.pack("!cI", b"J", LARGEST + 1),
        struct.pack("!cI", b"J", 2) + b"[]",
        struct.pack("!cI", b"J", 3) + b"{x}",
        struct.pack("!cI", b"J", 1) + b"\xff",
        struct.pack("!cI", b"A", 2) + b"ab",
    ],
)
def test_what_is_no_frame_is_refused(nonsense):
    with pytest.raises(ValueError):  # noqa: PT011  of several kinds
        list(Frames().feed(nonsense))


def test_what_is_too_large_for_a_frame_is_not_sent():
    with pytest.raises(ValueError, match="too many for a frame"):
        packed_audio(1, bytes(LARGEST))


def test_speech_begins_after_a_tenth_of_a_second_of_it():
    assert turns(seconds((0, 1), (1, 1))) == [(1.1, Turn.BEGAN)]


def test_a_click_is_no_speech():
    assert turns(seconds((0, 1), (1, 0.06), (0, 1), (1, 0.06), (0, 1))) == []


def test_speech_is_over_after_its_silence():
    assert turns(seconds((1, 1), (0, 2)), end=0.6) == [(0.1, Turn.BEGAN), (1.6, Turn.OVER)]


def test_a_pause_within_a_sentence_does_not_end_it():
    assert turns(seconds((1, 1), (0, 0.5), (1, 1), (0, 2)), end=0.6)[-1] == (3.1, Turn.OVER)


def test_a_quiet_syllable_does_not_end_a_sentence():
    assert turns(seconds((1, 1), (0.4, 1), (0, 2)), end=0.6)[-1] == (2.6, Turn.OVER)


def test_who_says_nothing_is_not_waited_for_for_ever():
    assert turns(seconds((0, 9)), nothing=5) == [(5.0, Turn.NOTHING)]


def test_who_never_stops_is_stopped():
    assert turns(seconds((1, 20)), longest=15) == [(0.1, Turn.BEGAN), (15.0, Turn.OVER)]


def test_after_a_cough_the_rest_of_the_time_is_waited():
    endpointing = Endpointing(Patience(nothing=5))
    for probability in seconds((0, 2), (1, 0.2), (0, 0.6)):
        endpointing.feed(probability)
    endpointing.again()

    left = [endpointing.feed(0) for _ in range(3 * A_SECOND)]
    assert left.index(Turn.NOTHING) * CHUNK == pytest.approx(2.2, abs=0.15)


@given(st.lists(st.floats(0, 1), max_size=700))
def test_an_utterance_always_comes_to_an_end(probabilities):
    patience = {"nothing": 5.0, "longest": 10.0}
    happened = turns([*probabilities, *[1.0] * 500], **patience)

    assert happened[-1][1] in {Turn.OVER, Turn.NOTHING}
    assert happened[-1][0] <= 15.1


def test_patience_leaves_unsaid_what_is_as_usual():
    assert Patience.of({"end": 0.9, "later": 1}) == Patience(end=0.9)


def test_after_a_pause_the_utterance_begins_in_the_pause():
    heard = seconds((0, 0.3), (1, 0.6), (0, 0.4))

    cut = after_the_word(heard, Patience())
    assert (cut.word_inside, heard[cut.start :]) == (False, [0] * (len(heard) - cut.start))


def test_the_first_word_may_be_said_before_the_wake_word_is_found():
    heard = seconds((0, 0.3), (1, 0.6), (0, 0.2), (1, 0.3))

    cut = after_the_word(heard, Patience())
    assert (cut.word_inside, len(heard) - cut.start) == (False, round(0.2 * A_SECOND) + round(0.3 * A_SECOND))


def test_without_a_pause_the_wake_word_is_taken_along():
    heard = seconds((0, 0.5), (1, 0.9))

    cut = after_the_word(heard, Patience(preroll=0.3))
    assert cut.word_inside
    assert (len(heard) - cut.start) * CHUNK == pytest.approx(1.2, abs=0.05)


@given(st.lists(st.floats(0, 1), max_size=60))
def test_an_utterance_begins_within_what_was_heard(probabilities):
    assert 0 <= after_the_word(probabilities, Patience()).start <= len(probabilities)


def test_the_hum_of_a_room_does_not_stand_out_and_a_voice_in_it_does():
    level = Level(over=1.4)
    hum = [level.stands_out(100 + number % 10) for number in range(300)]

    assert not any(hum[60:])
    assert level.stands_out(200)


def test_digital_silence_never_stands_out():
    level = Level(over=1.4)

    assert not any(level.stands_out(0) for _ in range(300))


def test_a_sound_that_stays_is_the_room_after_a_while():
    level = Level(over=1.4, window=60)
    for _ in range(60):
        level.stands_out(10)
    fan = [level.stands_out(500) for _ in range(200)]

    assert fan[0]
    assert not fan[-1]


def test_the_root_mean_square_of_a_square_is_its_height():
    assert rms(struct.pack("<4h", 1000, -1000, 1000, -1000)) == 1000


def test_commands_and_sound_come_in_the_order_in_which_they_were_sent():
    inbox = Inbox()
    inbox.sound(1, b"a")
    inbox.command({"do": "end"})
    inbox.sound(1, b"b")

    came = [inbox.next(0) for _ in range(4)]
    assert [one.pcm if isinstance(one, Sound) else one for one in came] == [b"a", {"do": "end"}, b"b", None]


def test_a_flood_of_sound_loses_its_beginning_and_no_command():
    inbox = Inbox()
    for number in range(40):
        inbox.sound(1, bytes([number]) * 32000)
    inbox.command({"do": "end"})

    came = [inbox.next(0) for _ in range(31)]
    assert [one.pcm[0] for one in came[:30] if isinstance(one, Sound)] == list(range(10, 40))
    assert came[30] == {"do": "end"}
    assert inbox.lost() == 10_000


def test_what_a_microphone_heard_five_seconds_ago_is_dropped():
    inbox = Inbox()
    inbox.sound(MICROPHONE, bytes(2560))
    inbox.sound(1, b"a satellite's")
    later = time.monotonic() + 5.1

    assert inbox.next(0, now=later).pcm == b"a satellite's"
    assert inbox.lost() == 80


def test_the_flood_of_one_stream_takes_nothing_from_another():
    inbox = Inbox()
    inbox.sound(2, b"kept")
    for _ in range(40):
        inbox.sound(1, bytes(32000))

    first = inbox.next(0)
    assert isinstance(first, Sound)
    assert first.pcm == b"kept"


@espeak
def test_somebody_who_speaks_is_told_from_noise():
    def share(pcm: bytes) -> float:
        vad = open_vad()
        found = [vad.feed(chunk) > 0.5 for chunk in speech.blocks(pcm, CHUNK_BYTES)]
        return sum(found) / len(found)

    assert share(speech.say("turn on the kitchen light")) > 0.8
    assert share(speech.noise(3, db=-30)) == 0


@espeak
def test_without_its_model_speech_is_told_by_its_loudness():
    vad = Loudness()
    sound = speech.noise(2, db=-60) + speech.say("good night")
    found = [vad.feed(chunk) for chunk in speech.blocks(sound, CHUNK_BYTES)]

    assert set(found[: 2 * A_SECOND - 1]) == {0.0}
    assert sum(found[2 * A_SECOND :]) > 10


@espeak
def test_the_wake_word_is_found_and_found_again_after_a_reset():
    wake = open_wake({"word": "hey_jarvis"})
    sound = speech.noise(1, db=-60) + speech.say("hey jarvis", voice="en-us+f4", rate=150) + speech.silence(1)
    first = [wake.feed(block) for block in speech.blocks(sound)]
    wake.reset()
    second = [wake.feed(block) for block in speech.blocks(sound)]
    wake.close()

    assert max(first) > 0.9
    assert second == pytest.approx(first, abs=0.05)


@espeak
def test_two_detectors_know_nothing_of_each_other():
    one, other = open_wake({"word": "hey_jarvis"}), open_wake({"word": "hey_jarvis"})
    sound = speech.say("hey jarvis", voice="en-us+f4", rate=150) + speech.silence(1)
    scores = [
        (one.feed(block), other.feed(noise))
        for block, noise in zip(speech.blocks(sound), speech.blocks(speech.noise(5)), strict=False)
    ]

    assert max(score for score, _ in scores) > 0.9
    assert max(score for _, score in scores) < 0.5


@pytest.mark.parametrize(
    ("word", "said"), [("hey_jarvis", "hey jarvis"), ("/etc/wake/Computer.tflite", "computer")]
)
def test_a_wake_word_is_written_as_it_is_said(word, said):
    assert spoken(word) == said
