"""Whose turn it is to be said, what is left out, and when the house is silent."""

import asyncio
from datetime import datetime

import pytest

from agent.api import ConfigError
from integrations.voice.speaking import Said
from tests.voice.loudspeaker import Room, Tones, room, until


async def test_stop_forgets_what_waits_and_what_comes_later_is_said(hearing):
    async with room(Tones()) as here:
        waiting = [here.speaker.say(text, "en", announcement=True) for text in ("10", "10")]
        await until(lambda: here.speaking)
        here.speaker.stop()

        assert await asyncio.gather(*waiting) == [Said.STOPPED, Said.STOPPED]
        assert await here.speaker.say("0.1", "en") is Said.DONE


async def test_stop_ends_a_synthesiser_that_is_at_it(hearing):
    voice = Tones()
    voice.hangs = True
    async with room(voice) as here:
        said = here.speaker.say("1", "en")
        await until(lambda: voice.asked)

        here.speaker.stop()

        assert await asyncio.wait_for(said, 1) is Said.STOPPED
    assert here.speaking == []


async def test_while_somebody_speaks_to_us_announcements_wait_and_replies_are_forgotten(hearing):
    async with room(Tones()) as here:
        here.speaker.listening(on=True)
        reply, announcement = (
            here.speaker.say("0.1", "en"),
            here.speaker.say("0.1", "en", announcement=True),
        )
        here.speaker.listening(on=True)
        assert await reply is Said.STOPPED
        assert not announcement.done()

        here.speaker.listening(on=False)

        assert await announcement is Said.DONE


async def test_a_sound_is_played_while_somebody_speaks_to_us_and_the_ear_stays_open(hearing):
    async with room(volume=100) as here:
        here.speaker.listening(on=True)

        assert await here.speaker.sound("woke") is Said.DONE
    await until(lambda: hearing.peak > 5_000)
    assert here.speaking == []


async def test_a_sound_that_comes_too_late_is_left_out(hearing):
    async with room(Tones()) as here:
        speech = here.speaker.say("1.3", "en")
        await until(lambda: here.speaking)
        late = here.speaker.sound("understood")

        assert [await speech, await late] == [Said.DONE, Said.REPLACED]


async def test_of_replies_only_the_newest_waits_and_announcements_keep_their_place(hearing):
    voice = Tones()
    async with room(voice) as here:
        first = here.speaker.say("0.3", "en")
        await until(lambda: here.speaking)
        announced = here.speaker.say("0.1", "en", announcement=True)
        older, newer = here.speaker.say("0.11", "en"), here.speaker.say("0.12", "en")

        assert await older is Said.REPLACED
        assert await asyncio.gather(first, announced, newer) == [Said.DONE] * 3
    assert voice.asked == ["0.3", "0.1", "0.12"]


async def test_what_waits_is_bounded_and_the_oldest_is_left_out(hearing):
    async with room(Tones()) as here:
        first = here.speaker.say("10", "en")
        await until(lambda: here.speaking)
        announced = [here.speaker.say("0.1", "en", announcement=True) for _ in range(10)]

        assert [one.done() for one in announced] == [True] * 2 + [False] * 8
        assert not first.done()


async def test_who_does_not_want_it_any_more_is_not_kept_waiting(hearing):
    voice = Tones()
    async with room(voice) as here:
        first = here.speaker.say("0.2", "en")
        await until(lambda: here.speaking)
        here.speaker.say("5", "en").cancel()
        await first

        assert await here.speaker.say("0.1", "en") is Said.DONE
    assert "5" not in voice.asked


@pytest.mark.parametrize(
    ("utc", "volume"),
    [("20:29", 80), ("20:30", 5), ("23:00", 5), ("04:59", 5), ("05:00", 80)],
)
async def test_quiet_hours_are_of_the_house_and_may_run_over_midnight(utc, volume):
    now = datetime.fromisoformat(f"2026-06-01T{utc}:00+00:00")  # two hours later in the house

    here = Room(None, now, quiet={"start": "22:30", "end": "07:00", "volume": 5})

    assert here.speaker.volume == volume


@pytest.mark.parametrize(
    "settings", [{"volume": 0}, {"quiet": {"start": "13:00", "end": "15:00"}}], ids=["volume 0", "quiet"]
)
async def test_where_the_volume_is_0_nothing_is_made_and_nothing_played(programs, tmp_path, settings):
    programs("paplay", f"touch {tmp_path}/played")
    voice = Tones()
    async with room(voice, **settings) as here:
        assert await here.speaker.say("0.1", "en") is Said.SILENT
        assert await here.speaker.sound("failed") is Said.SILENT

    assert voice.asked == []
    assert not (tmp_path / "played").exists()


async def test_without_a_voice_nothing_is_said(programs):
    async with room(None) as here:
        assert await here.speaker.say("hello", "en") is Said.SILENT


async def test_sounds_may_be_off(programs):
    async with room(sounds=False) as here:
        assert await here.speaker.sound("woke") is Said.SILENT


async def test_a_voice_that_fails_does_not_end_the_work(programs):
    programs("paplay", "cat > /dev/null")
    voice = Tones()
    voice.fails = ConfigError("no voice")
    async with room(voice) as here:
        assert await here.speaker.say("0.1", "en") is Said.FAILED
        voice.fails = None
        assert await here.speaker.say("0.1", "en") is Said.DONE

    assert here.speaking == [True, False]
