"""Text becomes sound: by the real espeak-ng, or not within a bounded time and with one clear message."""

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.api import ConfigError, TransientError
from integrations.voice.speaking import Audio, TtsSettings, Voice, choice, open_voice
from integrations.voice.speaking.audio import read_wav
from integrations.voice.speaking.cache import Cache, CachedVoice
from integrations.voice.speaking.espeak import EspeakVoice
from integrations.voice.speaking.text import LONGEST, speakable
from integrations.voice.speaking.voices import REST, FirstOf

espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


class Problems:
    """What the house would show."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None]] = []

    def __call__(self, key: str, text: str | None) -> None:
        self.told.append((key, text))


def opened(problems: Problems | None = None, **settings: object) -> Voice:
    voice = open_voice(
        TtsSettings.model_validate(settings), monotonic=time.monotonic, problem=problems or Problems()
    )
    assert voice is not None
    return voice


def lives(pid: Path) -> bool:
    """Whether the process whose number is in the file `pid` is there, and has not ended."""
    try:
        stat = Path(f"/proc/{pid.read_text().strip()}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder in which alone programs are found, and how to put one there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, script: str) -> Path:
        program = folder / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(0o755)
        return program

    return put


# espeak-ng ------------------------------------------------------------------------------------------------
@espeak
async def test_espeak_speaks_english():
    audio = await opened().synthesise("The kitchen light is on.", "en")

    assert audio.rate == 22_050
    assert 0.8 < audio.seconds < 4
    assert max(audio.pcm) > 0


@espeak
async def test_espeak_speaks_chinese_with_a_chinese_voice():
    voice = EspeakVoice(TtsSettings())

    audio = await voice.synthesise("客厅的灯开了", "zh-CN")

    assert voice.voice("zh-CN") == "cmn"
    assert 0.5 < audio.seconds < 4


@espeak
async def test_a_faster_voice_takes_less_time():
    slow = await opened(speed=100).synthesise("The kitchen light is on.", "en")
    fast = await opened(speed=300).synthesise("The kitchen light is on.", "en")

    assert fast.seconds < 0.6 * slow.seconds


@espeak
@pytest.mark.parametrize("setting", [{"pitch": 90}, {"voice": "en-us+f3"}, {"voice": {"en": "de"}}])
async def test_a_setting_of_the_voice_is_heard(setting):
    usual = await opened().synthesise("The kitchen light is on.", "en")
    other = await opened(**setting).synthesise("The kitchen light is on.", "en")

    assert other.pcm != usual.pcm


@espeak
async def test_text_is_no_option_and_no_shell_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = f"-w {tmp_path}/evil.wav --version $(touch {tmp_path}/evil) `touch {tmp_path}/evil`; touch evil"

    audio = await opened().synthesise(evil, "en")

    assert audio.seconds > 3
    assert list(tmp_path.iterdir()) == []


@espeak
async def test_markup_is_read_out_and_not_obeyed():
    pause = await EspeakVoice(TtsSettings()).synthesise('<break time="30s"/> hello', "en")

    assert 1.5 < pause.seconds < 10


@espeak
async def test_a_very_long_text_is_said_as_far_as_it_is_bounded():
    whole = await opened().synthesise("the light is on " * 125, "en")  # 2,000 characters
    more = await opened().synthesise("the light is on " * 5_000, "en")

    assert more.seconds == pytest.approx(whole.seconds, rel=0.02)


@espeak
async def test_a_language_that_espeak_does_not_have_is_one_clear_message():
    with pytest.raises(ConfigError, match=r"espeak-ng has no voice 'xx'.*espeak-ng --voices"):
        await opened().synthesise("hello", "xx")


@pytest.mark.parametrize("language", ["", "-w/tmp/x", "../../etc/passwd", "en us", "e" * 50])
async def test_what_is_no_language_gets_to_no_program(programs, language, tmp_path):
    programs("espeak-ng", f"touch {tmp_path}/ran")

    with pytest.raises(ConfigError, match="is no language"):
        await opened().synthesise("hello", language)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("text", ["", "   ", "...", "\n\t", "\x00\x01"])
async def test_nothing_to_say_is_silence_and_no_error(text):
    assert (await opened().synthesise(text, "en")).pcm == b""


# bounded --------------------------------------------------------------------------------------------------
async def test_a_missing_espeak_is_one_clear_message(programs):
    problems = Problems()
    voice = opened(problems)

    for _ in range(2):
        with pytest.raises(ConfigError, match=r"espeak-ng is not installed; `apt install espeak-ng`"):
            await voice.synthesise("hello", "en")

    assert len(problems.told) == 1


async def test_a_synthesiser_that_hangs_costs_a_bounded_time(programs, tmp_path):
    programs("espeak-ng", f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    began = time.monotonic()

    with pytest.raises(TransientError, match="espeak-ng says nothing for 500ms"):
        await opened(timeout="500ms").synthesise("hello", "en")

    assert time.monotonic() - began < 2
    assert not lives(tmp_path / "pid")


async def test_a_synthesiser_that_fails_is_told_by_its_own_words(programs):
    programs("espeak-ng", "cat >/dev/null; echo one >&2; echo the data are gone >&2; exit 3")

    with pytest.raises(TransientError, match="espeak-ng fails: the data are gone"):
        await opened().synthesise("hello", "en")


async def test_a_synthesiser_that_never_reads_is_no_reason_to_hang(programs):
    programs("espeak-ng", "exit 7")

    with pytest.raises(TransientError, match="it ended with 7"):
        await opened().synthesise("hello " * 300, "en")


async def test_what_is_no_sound_is_not_played(programs):
    programs("espeak-ng", "cat >/dev/null; echo '<html>'")

    with pytest.raises(TransientError, match="something else than sound: it is no WAV file"):
        await opened().synthesise("hello", "en")


async def test_a_synthesiser_that_never_stops_writing_is_cut(programs):
    programs(
        "espeak-ng",
        r"printf 'RIFF\0\0\0\200WAVEfmt \020\0\0\0\001\0\001\0\042\126\0\0'; "
        r"printf 'D\254\0\0\002\0\020\0data\0\0\0\200'; cat /dev/zero",
    )

    audio = await opened().synthesise("hello", "en")

    assert audio.seconds < 15 * 60


async def test_whoever_stops_waiting_ends_the_synthesiser(programs, tmp_path):
    programs("espeak-ng", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    asked = asyncio.ensure_future(opened().synthesise("hello", "en"))
    async with asyncio.timeout(5):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            await asyncio.sleep(0.01)

    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    assert not lives(tmp_path / "pid")


async def test_the_text_stands_on_no_command_line(programs, tmp_path):
    programs("espeak-ng", f"cat > {tmp_path}/text; tr '\\0' ' ' < /proc/$$/cmdline > {tmp_path}/argv; exit 1")

    with pytest.raises(TransientError):
        await opened().synthesise("my secret is 4711", "en")

    assert (tmp_path / "text").read_text() == "my secret is 4711"
    assert "--stdin" in (tmp_path / "argv").read_text()
    assert "4711" not in (tmp_path / "argv").read_text()


async def test_secrets_of_the_daemon_are_not_handed_to_programs(programs, tmp_path, monkeypatch):
    monkeypatch.setenv("HEARTHD_PASSWORD", "4711")
    monkeypatch.setenv("PULSE_SERVER", "unix:/here")
    programs("espeak-ng", f"env > {tmp_path}/env; exit 1")

    with pytest.raises(TransientError):
        await opened().synthesise("hello", "en")

    assert "4711" not in (tmp_path / "env").read_text()
    assert "PULSE_SERVER=unix:/here" in (tmp_path / "env").read_text()


# the text -------------------------------------------------------------------------------------------------
def test_what_synthesisers_would_take_for_commands_is_not_in_the_text():
    assert speakable("[[h@l'oU]] \x01+50s there\x1b[0m\r\nyou\x00 \ud800") == "h@l'oU +50s there 0m you"


def test_a_long_text_ends_at_a_word():
    said = speakable("kitchen " * 400)

    assert LONGEST - 8 <= len(said) <= LONGEST
    assert said.endswith("kitchen")


def test_a_long_text_without_spaces_is_cut_all_the_same():
    assert len(speakable("灯" * 5_000)) == LONGEST


# kept -----------------------------------------------------------------------------------------------------
class Counting:
    """A voice elsewhere, that counts how often it is asked, and may be told to fail."""

    def __init__(self, name: str = "counting", seconds: float = 1.0) -> None:
        self.name = name
        self.asked = 0
        self.fails: Exception | None = None
        self._pcm = b"\1\0" * int(16_000 * seconds)

    async def synthesise(self, text: str, language: str) -> Audio:  # noqa: ARG002  # it is all the same to it
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return Audio(pcm=self._pcm, rate=16_000)


async def test_what_was_said_once_is_not_made_again():
    counting = Counting()
    voice = CachedVoice(counting, Cache(), style="")

    first = await voice.synthesise("hello", "en")
    again = await voice.synthesise("hello", "en")

    assert again is first
    assert counting.asked == 1


@espeak
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


# one after the other --------------------------------------------------------------------------------------
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


@espeak
async def test_a_language_without_a_model_is_spoken_by_the_next_voice_and_no_problem(tmp_path, programs):
    programs("piper", "exit 1")
    (tmp_path / "bin" / "espeak-ng").symlink_to("/usr/bin/espeak-ng")
    problems = Problems()
    voice = opened(problems, model={"en": str(tmp_path / "en.onnx")})

    audio = await voice.synthesise("客厅的灯开了", "zh-CN")

    assert audio.seconds > 0.5
    assert problems.told == []


@espeak
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
