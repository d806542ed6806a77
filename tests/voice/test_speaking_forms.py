"""What synthesisers are given and give: text without commands in it, and sound in WAV files."""

import pytest

from integrations.voice.speaking import Audio
from integrations.voice.speaking.audio import read_wav
from integrations.voice.speaking.text import LONGEST, speakable


# the text -------------------------------------------------------------------------------------------------
def test_what_synthesisers_would_take_for_commands_is_not_in_the_text():
    assert speakable("[[h@l'oU]] \x01+50s there\x1b[0m\r\nyou\x00 \ud800") == "h@l'oU +50s there 0m you"


def test_a_long_text_ends_at_a_word():
    said = speakable("kitchen " * 400)

    assert LONGEST - 8 <= len(said) <= LONGEST
    assert said.endswith("kitchen")


def test_a_long_text_without_spaces_is_cut_all_the_same():
    assert len(speakable("灯" * 5_000)) == LONGEST


# WAV ------------------------------------------------------------------------------------------------------
def test_a_wav_file_is_what_it_was():
    audio = Audio(pcm=b"\1\0\2\0" * 100, rate=22_050, channels=2)

    assert read_wav(audio.wav()) == audio


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (b"", "no WAV"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (Audio(pcm=b"\0\0", rate=16_000).wav().replace(b"\x10\0data", b"\x18\0data"), "3 bytes"),
        (Audio(pcm=b"\0\0", rate=100).wav(), "100 samples a second"),
        (Audio(pcm=b"\0\0" * 6, rate=16_000, channels=6).wav(), "6 channels"),
    ],
)
def test_a_wav_file_that_cannot_be_played_says_why(written, says):
    with pytest.raises(ValueError, match=says):
        read_wav(written)
