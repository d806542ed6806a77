"""Which voice speaks: as it is configured, and the next one where that fails."""

import time

import pytest
from pydantic import ValidationError

from agent.api import TransientError
from integrations.voice.speaking import TtsSettings, choice, open_voice
from integrations.voice.speaking.voices import REST, FirstOf
from tests.voice import speech
from tests.voice.synthesisers import Counting, Problems, opened

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)


class Watch:
    """A time that stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_where_one_voice_fails_the_next_one_speaks_and_that_is_told_once():
    far, near, problems = Counting("far"), Counting("near"), Problems()
    far.fails = TransientError("far is not there")
    voice = FirstOf((far, near), monotonic=Watch(), problem=problems)

    for _ in range(3):
        assert (await voice.synthesise("hello", "en")).seconds == 1

    assert problems.told == [("tts", "far is not there; near speaks instead")]
    assert far.asked == 1  # it rests, and costs nobody its time-out again


async def test_a_voice_that_failed_is_tried_again_later_and_that_it_is_well_is_told():
    far, near, problems, watch = Counting("far"), Counting("near"), Problems(), Watch()
    far.fails = TransientError("far is not there")
    voice = FirstOf((far, near), monotonic=watch, problem=problems)
    await voice.synthesise("hello", "en")
    far.fails = None

    watch.now += REST + 1
    await voice.synthesise("hello", "en")

    assert near.asked == 1
    assert problems.told[-1] == ("tts", None)


@needs_espeak
async def test_a_language_without_a_model_is_spoken_by_the_next_voice_and_no_problem(tmp_path, programs):
    programs("piper", "exit 1")
    (tmp_path / "bin" / "espeak-ng").symlink_to("/usr/bin/espeak-ng")
    problems = Problems()
    voice = opened(problems, model={"en": str(tmp_path / "en.onnx")})

    audio = await voice.synthesise("客厅的灯开了", "zh-CN")

    assert audio.seconds > 0.5
    assert problems.told == []


@needs_espeak
async def test_the_name_of_a_voice_is_only_told_to_the_engine_that_is_asked_first(unused_tcp_port):
    problems = Problems()
    voice = opened(problems, url=f"tcp://127.0.0.1:{unused_tcp_port}", voice="en_US-amy-low")

    audio = await voice.synthesise("The light is on.", "en")

    assert audio.seconds > 0.5
    assert "espeak-ng speaks instead" in str(problems.told[0][1])


@pytest.mark.parametrize(
    ("settings", "engines"),
    [
        ({}, ("espeak",)),
        ({"engine": "none"}, ()),
        ({"engine": "espeak", "url": "tcp://h:1"}, ("espeak",)),
        ({"url": "tcp://h:1"}, ("wyoming", "espeak")),
        ({"model": "/m.onnx"}, ("piper", "espeak")),
        ({"model": "/m.onnx", "url": "tcp://h:1"}, ("wyoming", "piper", "espeak")),
    ],
)
def test_the_engine_follows_from_what_is_configured(programs, settings, engines):
    programs("piper", "")

    assert choice(TtsSettings.model_validate(settings))[0] == engines


def test_piper_is_not_chosen_where_it_is_not_installed_and_that_is_said(programs):
    engines, why = choice(TtsSettings.model_validate({"model": "/m.onnx"}))

    assert engines == ("espeak",)
    assert "piper is not installed" in why


def test_without_an_engine_there_is_no_voice():
    assert open_voice(TtsSettings(engine="none"), monotonic=time.monotonic, problem=Problems()) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"engine": "piper"}, "needs 'model'"),
        ({"engine": "wyoming"}, "needs 'url'"),
        ({"url": "http://h:1"}, "tcp://192.168.1.20:10200 would be right"),
        ({"url": "tcp://h"}, "would be right"),
        ({"url": "tcp://h:99999"}, "would be right"),
        ({"model": "voices/en.onnx"}, "would be right"),
        ({"voice": "-w"}, "voice"),
        ({"voice": {"english please": "en"}}, "voice"),
        ({"speed": 10}, "speed"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(ValidationError, match=says):
        TtsSettings.model_validate(settings)
