"""Text becomes sound: by the real espeak-ng, or not within a bounded time and with one clear message."""

import asyncio
import time
from pathlib import Path

import pytest

from agent.api import ConfigError, TransientError
from integrations.voice.speaking import TtsSettings
from integrations.voice.speaking.espeak import EspeakVoice
from tests.voice import speech
from tests.voice.synthesisers import Problems, opened

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)


def lives(pid: Path) -> bool:
    """Whether the process whose number is in the file `pid` is there, and has not ended."""
    try:
        stat = Path(f"/proc/{pid.read_text().strip()}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


# espeak-ng ------------------------------------------------------------------------------------------------
@needs_espeak
async def test_espeak_speaks_english():
    audio = await opened().synthesise("The kitchen light is on.", "en")

    assert audio.rate == 22_050
    assert 0.8 < audio.seconds < 4
    assert max(audio.pcm) > 0


@needs_espeak
async def test_espeak_speaks_chinese_with_a_chinese_voice():
    voice = EspeakVoice(TtsSettings())

    audio = await voice.synthesise("客厅的灯开了", "zh-CN")

    assert voice.voice("zh-CN") == "cmn"
    assert 0.5 < audio.seconds < 4


@needs_espeak
async def test_a_faster_voice_takes_less_time():
    slow = await opened(speed=100).synthesise("The kitchen light is on.", "en")
    fast = await opened(speed=300).synthesise("The kitchen light is on.", "en")

    assert fast.seconds < 0.6 * slow.seconds


@needs_espeak
@pytest.mark.parametrize("setting", [{"pitch": 90}, {"voice": "en-us+f3"}, {"voice": {"en": "de"}}])
async def test_a_setting_of_the_voice_is_heard(setting):
    usual = await opened().synthesise("The kitchen light is on.", "en")
    other = await opened(**setting).synthesise("The kitchen light is on.", "en")

    assert other.pcm != usual.pcm


@needs_espeak
async def test_text_is_no_option_and_no_shell_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = f"-w {tmp_path}/evil.wav --version $(touch {tmp_path}/evil) `touch {tmp_path}/evil`; touch evil"

    audio = await opened().synthesise(evil, "en")

    assert audio.seconds > 3
    assert list(tmp_path.iterdir()) == []


@needs_espeak
async def test_markup_is_read_out_and_not_obeyed():
    pause = await EspeakVoice(TtsSettings()).synthesise('<break time="30s"/> hello', "en")

    assert 1.5 < pause.seconds < 10


@needs_espeak
async def test_a_very_long_text_is_said_as_far_as_it_is_bounded():
    whole = await opened().synthesise("the light is on " * 125, "en")  # 2,000 characters
    more = await opened().synthesise("the light is on " * 5_000, "en")

    assert more.seconds == pytest.approx(whole.seconds, rel=0.02)


@needs_espeak
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
