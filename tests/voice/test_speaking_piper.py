"""Speech by piper: the real program with a voice made here, and a stand-in that shows how it is called."""

import json
import math
import shutil
import struct
import time
from pathlib import Path

import pytest

from agent.api import ConfigError, TransientError
from integrations.voice.speaking import Audio, TtsSettings, open_voice
from integrations.voice.speaking.piper import PiperVoice

WAV = Audio(pcm=b"\1\2" * 4_000, rate=22_050).wav()


# the real one ---------------------------------------------------------------------------------------------
def _number(value: int) -> bytes:
    low = bytes([value & 127 | (128 if value > 127 else 0)])
    return low + _number(value >> 7) if value > 127 else low


def _field(number: int, value: int | str | bytes) -> bytes:
    """A field of a protobuf message."""
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    raw = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(raw)) + raw


def _node(operator: str, inputs: str, output: str, attribute: bytes = b"") -> bytes:
    names = b"".join(_field(1, name) for name in inputs.split())
    return _field(1, names + _field(2, output) + _field(4, operator) + attribute)


def _attribute(name: str, value: int) -> bytes:
    return _field(5, _field(1, name) + _field(3, value) + _field(20, 2))


def _tensor(name: str, dims: list[int], kind: int, raw: bytes) -> bytes:
    return _field(
        5, b"".join(_field(1, one) for one in dims) + _field(2, kind) + _field(8, name) + _field(9, raw)
    )


def _value(number: int, name: str, kind: int, dims: list[int | str]) -> bytes:
    shape = b"".join(_field(1, _field(2 if isinstance(one, str) else 1, one)) for one in dims)
    return _field(number, _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape))))


def model(folder: Path) -> Path:
    """A voice of piper in 2 KB, which hums 256 samples for each character."""
    real, whole = 1, 7
    ramp = struct.pack("<256f", *(math.tau * at / 64 for at in range(256)))
    graph = b"".join((
        _node("Cast", "input", "numbers", _attribute("to", real)),
        _node("Reshape", "numbers column", "one_each"),
        _node("Mul", "one_each ramp", "phases"),
        _node("Sin", "phases", "waves"),
        _node("ReduceSum", "scales", "scale", _attribute("keepdims", 0)),
        _node("Mul", "scale zero", "nothing"),  # an input that is not used would be refused
        _node("Add", "waves nothing", "sound"),
        _node("Reshape", "sound row", "output"),
        _field(2, "hum"),
        _tensor("column", [2], whole, struct.pack("<2q", -1, 1)),
        _tensor("row", [3], whole, struct.pack("<3q", 1, 1, -1)),
        _tensor("ramp", [1, 256], real, ramp),
        _tensor("zero", [1], real, bytes(4)),
        _value(11, "input", whole, [1, "n"]),
        _value(11, "input_lengths", whole, [1]),
        _value(11, "scales", real, [3]),
        _value(12, "output", real, [1, 1, "t"]),
    ))  # fmt: skip
    made = folder / "hum.onnx"
    made.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13)))
    numbers = {one: [at] for at, one in enumerate("_^$ abcdefghijklmnopqrstuvwxyz.,")}
    settings = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "en"},
        "phoneme_type": "text",
        "phoneme_id_map": numbers,
        "num_symbols": len(numbers),
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
    }
    made.with_name("hum.onnx.json").write_text(json.dumps(settings))
    return made


@pytest.mark.bench  # sixty megabytes, for this alone
@pytest.mark.skipif(shutil.which("piper") is None, reason="piper is not installed: pipx install piper-tts")
async def test_piper_speaks(tmp_path):
    voice = open_voice(
        TtsSettings.model_validate({"engine": "piper", "model": str(model(tmp_path))}),
        monotonic=time.monotonic,
        problem=lambda *_: None,
    )
    assert voice is not None

    audio = await voice.synthesise("turn on\nthe --light", "en")

    assert audio.rate == 16_000
    assert 0.2 < audio.seconds < 2
    assert max(audio.pcm) > 0


# how it is called -----------------------------------------------------------------------------------------
@pytest.fixture
def piper(tmp_path, monkeypatch):
    """A program called piper that keeps how it was called, and the folder of a model beside it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "sound.wav").write_bytes(WAV)
    (tmp_path / "en.onnx").touch()
    (tmp_path / "en.onnx.json").touch()

    def put(script: str = "cat sound.wav") -> Path:
        program = tmp_path / "bin" / "piper"
        program.write_text(
            f'#!/bin/sh\nPATH=/usr/bin:/bin; cd {tmp_path}\necho "$@" > argv; cat > text\n{script}\n'
        )
        program.chmod(0o755)
        return tmp_path

    return put


def voice_of(folder: Path, **settings: object) -> PiperVoice:
    return PiperVoice(TtsSettings.model_validate({"model": str(folder / "en.onnx"), **settings}))


async def test_piper_is_given_the_text_as_one_line_and_its_model(piper):
    folder = piper()

    audio = await voice_of(folder).synthesise("the light\nis on", "en")

    assert audio.wav() == WAV
    assert (folder / "text").read_text() == "the light is on\n"
    assert (folder / "argv").read_text() == f"--model {folder}/en.onnx --output_file - --length_scale 1.000\n"


async def test_a_faster_piper_makes_shorter_sounds(piper):
    folder = piper()

    await voice_of(folder, speed=350, voice="3").synthesise("hello", "en")

    assert (folder / "argv").read_text().endswith("--length_scale 0.500 --speaker 3\n")


@pytest.mark.parametrize("missing", ["en.onnx", "en.onnx.json"])
async def test_a_file_of_the_model_that_is_missing_is_named(piper, missing):
    folder = piper()
    (folder / missing).unlink()

    with pytest.raises(ConfigError, match=rf"{folder}/{missing} is not there"):
        await voice_of(folder).synthesise("hello", "en")


async def test_a_speaker_that_is_no_number_is_refused(piper):
    with pytest.raises(ConfigError, match="'amy' is no number"):
        await voice_of(piper(), voice="amy").synthesise("hello", "en")


async def test_a_missing_piper_is_one_clear_message(piper):
    folder = piper()
    (folder / "bin" / "piper").unlink()

    with pytest.raises(ConfigError, match=r"piper is not installed; `pipx install piper-tts`"):
        await voice_of(folder).synthesise("hello", "en")


async def test_a_piper_that_fails_is_told_by_its_own_words(piper):
    folder = piper("echo 'Traceback' >&2; echo 'onnx: bad model' >&2; exit 1")

    with pytest.raises(TransientError, match="piper fails: onnx: bad model"):
        await voice_of(folder).synthesise("hello", "en")
