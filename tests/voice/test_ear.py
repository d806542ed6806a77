"""The ear as it runs: a real process, real networks, the real recogniser, and espeak-ng for a person."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.voice import speech
from tests.voice.ear_process import EarProcess
from tests.voice.speech import VOICES, babble, command, noise, say, silence

pytestmark = pytest.mark.skipif(not speech.HAS_ESPEAK, reason="espeak-ng is not installed")

KITCHEN = "turn on the kitchen light"
THERMOSTAT = "set the thermostat to twenty one degrees"


@pytest.fixture(scope="module")
def ear() -> Iterator[EarProcess]:
    """One ear for all tests of satellites: streams do not know of each other."""
    with EarProcess() as running:
        yield running


@pytest.fixture(scope="module")
def said(ear) -> int:
    """A stream in which somebody called and commanded."""
    stream = ear.satellite(command(THERMOSTAT), wake=True)
    ear.result(stream)
    return stream


def test_it_says_what_it_hears_with(ear):
    ready = ear.told("ready")

    assert (ready["engine"], ready["wake"], ready["words"] > 200) == ("vosk", "hey_jarvis", True)


def test_it_needs_less_than_120_mb_of_memory(ear):
    assert ear.told("ready")["memory_mb"] < 120


def test_words_of_names_that_the_model_does_not_know_are_told(ear):
    assert "zanzibar" in ear.told("vocabulary")["missing"]


def test_its_own_wake_word_is_no_name_that_is_missing(ear):
    assert "jarvis" not in ear.told("vocabulary")["missing"]


@pytest.mark.parametrize("voice", VOICES)
def test_a_command_after_the_wake_word_is_heard_without_it(ear, voice):
    stream = ear.satellite(command(KITCHEN, voice=voice), wake=True)

    assert ear.result(stream).get("text") == KITCHEN


def test_a_command_is_told_step_by_step(ear, said):
    assert ear.names(said) == ["woke", "speech", "heard"]


def test_each_word_comes_with_how_sure_it_is(ear, said):
    heard = ear.result(said)

    assert [word for word, _ in heard["words"]] == THERMOSTAT.split()
    assert heard["confidence"] == min(sure for _, sure in heard["words"]) > 0.5


def test_what_was_said_so_far_is_told_while_they_speak(ear, said):
    assert ear.told("partial", stream=said)["text"].startswith("set")


@pytest.mark.parametrize("gap", [0.0, 0.15, 0.4, 2.0])
def test_a_pause_after_the_wake_word_may_be_short_or_long(ear, gap):
    stream = ear.satellite(command("open the garage door", gap=gap), wake=True)

    assert ear.result(stream).get("text") == "open the garage door"


def test_the_wake_word_may_run_into_the_command(ear):
    said = silence(0.5) + say("hey jarvis turn on the kitchen light", voice="en-us+f4") + silence(1.2)

    assert ear.result(ear.satellite(said, wake=True)).get("text") == KITCHEN


def test_a_command_in_noise_is_heard(ear):
    said = command("what's the temperature in the nursery")
    noisy = speech.mixed(said, noise(20, colour="pink"), snr=15)

    assert ear.result(ear.satellite(noisy, wake=True)).get("text") == "what's the temperature in the nursery"


def test_after_a_command_the_wake_word_is_waited_for_again(ear):
    stream = ear.satellite(command(KITCHEN) + command("open the garage door"), wake=True)

    assert ear.told("heard", stream=stream, text="open the garage door")


def test_without_the_wake_word_nothing_is_listened_to(ear):
    stream = ear.satellite(command(KITCHEN, wake=None) + babble(10) + speech.music(10), wake=True)
    ear.do("end", stream=stream)
    ear.result(stream)

    assert ear.names(stream) == ["silence"]


def test_who_calls_and_then_says_nothing_is_waited_for_five_seconds(ear):
    stream = ear.satellite(
        silence(0.5) + say("hey jarvis", voice="en-us+f4", rate=150) + silence(6), wake=True
    )

    assert ear.result(stream) == {"event": "silence", "stream": stream, "why": "nothing"}


def test_what_the_house_has_no_words_for_is_no_text(ear):
    said = command("spaghetti carbonara mississippi hamburger", gap=0.5)

    result = ear.result(ear.satellite(said, wake=True))

    assert result.get("why") == "unclear" or result["unknown"] or result["confidence"] < 0.7


def test_what_is_said_to_a_satellite_needs_no_wake_word(ear):
    assert ear.result(ear.satellite(command(KITCHEN, wake=None))).get("text") == KITCHEN


def test_a_satellite_that_ends_its_sound_has_said_all(ear):
    stream = ear.satellite(say(KITCHEN, voice="en-us+john"))
    ear.do("end", stream=stream)

    assert ear.result(stream).get("text") == KITCHEN


def test_a_satellite_that_sent_nothing_is_told_so(ear):
    stream = ear.satellite()
    ear.do("end", stream=stream)

    assert ear.result(stream)["why"] == "nothing"


def test_several_satellites_are_understood_at_the_same_time(ear):
    first, second = ear.satellite(), ear.satellite()
    sounds = [list(speech.blocks(command(text, wake=None))) for text in (KITCHEN, "good night")]
    for one, other in zip(*sounds, strict=False):
        ear.play(first, one)
        ear.play(second, other)
    ear.do("end", stream=first)
    ear.do("end", stream=second)

    assert [ear.result(first).get("text"), ear.result(second).get("text")] == [KITCHEN, "good night"]


def test_an_open_question_has_few_answers(ear):
    stream = ear.satellite(wake=True)
    ear.do("expect", stream=stream, phrases=["yes", "no", "cancel"])
    ear.do("listen", stream=stream)
    ear.play(stream, silence(0.3) + say("yes", voice="en-us+f4") + silence(1))

    assert ear.result(stream).get("text") == "yes"


def test_a_question_that_is_over_leaves_the_house_as_it_was(ear):
    stream = ear.satellite(wake=True)
    ear.do("expect", stream=stream, phrases=["yes", "no", "cancel"])
    ear.do("expect", stream=stream, phrases=None)
    ear.play(stream, command(KITCHEN))

    assert ear.result(stream).get("text") == KITCHEN


def test_the_first_word_is_not_cut_when_the_button_is_pressed_late(ear):
    said = say("good night", voice="en-us+f4")
    stream = ear.satellite(silence(1.6) + said[:6400], wake=True)
    ear.do("listen", stream=stream)
    ear.play(stream, said[6400:] + silence(1))

    assert ear.result(stream).get("text") == "good night"


def test_listening_can_be_given_up(ear):
    stream = ear.satellite(wake=True)
    ear.do("listen", stream=stream)
    ear.play(stream, say(KITCHEN))
    ear.do("cancel", stream=stream)

    assert ear.result(stream)["why"] == "cancelled"


def test_while_we_speak_ourselves_nothing_is_listened_to(ear):
    stream = ear.satellite(wake=True)
    ear.do("listen", stream=stream)
    ear.do("mute", stream=stream, on=True)
    ear.play(stream, command(KITCHEN, wake=None))
    ear.do("mute", stream=stream, on=False)
    ear.play(stream, silence(0.4) + say("good night", voice="en-us+f4") + silence(1))

    assert ear.result(stream).get("text") == "good night"


def test_the_echo_of_our_last_word_is_not_listened_to(ear):
    stream = ear.satellite(wake=True)
    ear.do("mute", stream=stream, on=True)
    ear.do("mute", stream=stream, on=False)
    ear.do("listen", stream=stream)
    ear.play(stream, say("stop", voice="en-us+f4")[: 2 * 4800].ljust(2 * 4800, b"\0") + silence(6))

    assert ear.result(stream)["why"] == "nothing"


def test_the_wake_word_is_heard_while_we_speak_and_what_follows_too(ear):
    stream = ear.satellite(wake=True)
    ear.do("mute", stream=stream, on=True)
    ear.play(stream, command(KITCHEN))
    ear.do("mute", stream=stream, on=False)

    assert ear.result(stream).get("text") == KITCHEN


def test_sound_that_nobody_gets_round_to_is_dropped_and_told(ear):
    stream = ear.satellite(silence(200), wake=True)

    assert ear.told("overrun")["lost_ms"] > 0
    ear.do("end", stream=stream)
    assert ear.result(stream)


def test_it_ends_when_nobody_is_there_to_hear():
    ear = EarProcess()
    ear.told("vocabulary")

    assert ear.close() == 0


def test_ctrl_c_in_the_terminal_is_for_the_daemon(ear):
    os.kill(ear.process.pid, signal.SIGINT)

    assert ear.result(ear.satellite(command(KITCHEN, wake=None))).get("text") == KITCHEN


def test_a_satellite_may_make_a_pause_and_go_on(ear):
    stream = ear.satellite(command(KITCHEN, wake=None) + command("open the garage door", wake=None))
    ear.do("end", stream=stream)

    assert ear.told("heard", stream=stream, text=KITCHEN)
    assert ear.told("heard", stream=stream, text="open the garage door")


def test_the_end_of_a_satellite_is_always_answered(ear):
    stream = ear.satellite(command(KITCHEN, wake=None))
    ear.told("heard", stream=stream)
    ear.do("end", stream=stream)

    assert ear.told("silence", stream=stream)["why"] == "nothing"
