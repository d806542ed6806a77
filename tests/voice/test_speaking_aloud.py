"""What comes out of a loudspeaker, by a microphone that hears it."""

import asyncio
import time

import pytest

from integrations.voice.speaking import Said, TtsSettings, open_voice
from tests.voice import speech
from tests.voice.loudspeaker import LOUD, Tones, room, until
from tests.voice.pulse import pulse

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)


@needs_espeak
async def test_a_reply_is_heard_in_the_room(hearing):
    voice = open_voice(TtsSettings(), monotonic=time.monotonic, problem=lambda *_: None)
    async with room(voice, volume=100) as here:
        said = await here.speaker.say("The kitchen light is on.", "en")

    assert said is Said.DONE
    assert hearing.sounding > 0.4
    assert hearing.peak > 3_000


async def test_the_ear_is_told_while_we_speak(hearing):
    async with room(Tones()) as here:
        await here.speaker.say("0.2", "en")

    assert here.speaking == [True, False]


@pytest.mark.parametrize(("volume", "peak"), [(100, 10_000), (50, 2_500)])
async def test_half_the_volume_is_a_quarter_of_the_amplitude(hearing, volume, peak):
    async with room(Tones(), volume=volume) as here:
        await here.speaker.say("0.3", "en")
    await until(lambda: hearing.sounding > 0.2)

    assert hearing.peak == pytest.approx(peak, rel=0.1)


async def test_one_thing_is_said_after_the_other(hearing):
    async with room(Tones(), volume=100) as here:
        both = [here.speaker.say(text, "en", announcement=True) for text in ("0.3", "0.4")]
        await asyncio.gather(*both)
    await until(lambda: hearing.sounding > 0.55)

    assert hearing.peak == pytest.approx(10_000, rel=0.1)  # and not the sum of two
    assert here.speaking == [True, False, True, False]


async def test_stop_ends_the_sound_within_100_ms(hearing):
    async with room(Tones(), volume=100) as here:
        said = here.speaker.say("10", "en")
        await until(lambda: hearing.sounding > 0.3)

        here.speaker.stop()
        heard_at_stop = len(hearing.samples)

        assert await said is Said.STOPPED
        await until(lambda: len(hearing.samples) > heard_at_stop + 8_000)
    last = max(number for number, one in enumerate(hearing.samples) if abs(one) > LOUD)
    assert (last - heard_at_stop) / 16_000 < 0.1


async def test_a_server_that_dies_in_mid_sentence_costs_that_sentence_only(tmp_path, monkeypatch):
    with pulse(tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        async with room(Tones(), command=["paplay", "--raw", "--rate={rate}", "--channels=1"]) as here:
            said = here.speaker.say("10", "en")
            await until(lambda: here.speaking)
            server.kill()
            assert await asyncio.wait_for(said, 8) is Said.FAILED
            server.start()

            assert await here.speaker.say("0.1", "en") is Said.DONE
    assert here.speaking == [True, False, True, False]
    assert [text is None for _, text in here.problems] == [False, True]
