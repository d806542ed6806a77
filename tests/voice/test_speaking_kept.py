"""What was said once is kept, within bounds."""

import pytest

from agent.api import TransientError
from integrations.voice.speaking import TtsSettings
from integrations.voice.speaking.cache import Cache, CachedVoice
from integrations.voice.speaking.espeak import EspeakVoice
from tests.voice import speech
from tests.voice.synthesisers import Counting

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)


async def test_what_was_said_once_is_not_made_again():
    counting = Counting()
    voice = CachedVoice(counting, Cache(), style="")

    first = await voice.synthesise("hello", "en")
    again = await voice.synthesise("hello", "en")

    assert again is first
    assert counting.asked == 1


@needs_espeak
async def test_what_is_kept_is_of_one_voice_and_speed():
    cache, text = Cache(), "hello there"
    slow, fast = (EspeakVoice(TtsSettings(speed=speed)) for speed in (100, 300))
    first = await CachedVoice(slow, cache, style="100").synthesise(text, "en")

    second = await CachedVoice(fast, cache, style="300").synthesise(text, "en")

    assert second.seconds < first.seconds


async def test_a_failure_is_not_kept():
    counting = Counting()
    voice = CachedVoice(counting, Cache(), style="")
    counting.fails = TransientError("busy")
    with pytest.raises(TransientError):
        await voice.synthesise("hello", "en")
    counting.fails = None

    audio = await voice.synthesise("hello", "en")

    assert audio.seconds == 1


async def test_what_is_kept_is_bounded_in_bytes_and_what_was_not_asked_for_longest_goes():
    counting, cache = Counting(), Cache(most=100_000)  # three of them
    voice = CachedVoice(counting, cache, style="")
    for text in ("one", "two", "three", "one", "four"):
        await voice.synthesise(text, "en")

    assert cache.bytes <= 100_000
    assert len(cache) == 3

    counting.asked = 0
    await voice.synthesise("one", "en")
    await voice.synthesise("two", "en")

    assert counting.asked == 1  # two had gone


async def test_one_long_text_does_not_drive_out_all_the_others():
    cache = Cache(most=100_000)
    await CachedVoice(Counting(), cache, style="").synthesise("short", "en")

    await CachedVoice(Counting("long", seconds=3), cache, style="").synthesise("long", "en")

    assert len(cache) == 1
