"""Microphones, through a real PortAudio, ALSA and PulseAudio: what is played is what is heard."""

import ctypes.util
import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.voice.ear.sources import BLOCK, AudioSource, SourceError, devices, open_source
from integrations.voice.ear.sources.soundcard import chosen, refused, wanted_formats
from tests.voice import speech
from tests.voice.pulse import Pulse, pulse

ROOT = Path(__file__).parents[2]
SENTENCE = "close the garage door"
TWO = [
    {"name": "HDA Intel PCH: ALC257 (hw:0,0)", "channels": 2, "rate": 44100, "default": False},
    {"name": "USB PnP Sound Device: Audio (hw:1,0)", "channels": 1, "rate": 48000, "default": True},
]
# A device that has exactly two channels.
STEREO = """
pcm.both { type mmap_emul slave.pcm { type pulse } }
pcm.stereo {
  type multi
  slaves.a { pcm "both" channels 2 }
  bindings { 0 { slave a channel 0 } 1 { slave a channel 1 } }
}
"""

needs_portaudio = pytest.mark.skipif(
    ctypes.util.find_library("portaudio") is None,
    reason="PortAudio is not installed: apt install libportaudio2",
)
needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)
needs_arecord = pytest.mark.skipif(
    shutil.which("arecord") is None, reason="arecord is not installed: apt install alsa-utils"
)


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    with pulse(tmp_path_factory.mktemp("pulse"), asound=STEREO) as server:
        yield server


@pytest.fixture
def server(_shared: Pulse, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """A server for all tests that leave it as it was."""
    _at(_shared, monkeypatch)
    return _shared


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """A server that may be hurt."""
    with pulse(tmp_path) as running:
        _at(running, monkeypatch)
        yield running


def _at(server: Pulse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@functools.cache
def _model() -> object:
    import vosk

    vosk.SetLogLevel(-1)
    return vosk.Model(str(speech.MODEL))


def heard(source: AudioSource, server: Pulse) -> str:
    """What the recogniser makes of it when somebody says the sentence."""
    import vosk

    recogniser = vosk.KaldiRecognizer(_model(), 16000)
    words = []
    source.read()
    said = speech.silence(0.2) + speech.say(SENTENCE) + speech.silence(0.1)
    with server.playing(said) as player:
        silent_after = 5
        while silent_after:
            silent_after -= player.poll() is not None
            if recogniser.AcceptWaveform(source.read()):
                words.append(json.loads(recogniser.Result())["text"])
    words.append(json.loads(recogniser.FinalResult())["text"])
    return " ".join(filter(None, words))


def lost(source: AudioSource) -> tuple[str, float]:
    """Read until it is lost: why, and after how many seconds."""
    since = time.monotonic()
    while time.monotonic() < since + 10:
        try:
            source.read()
        except SourceError as error:
            return str(error), time.monotonic() - since
    return pytest.fail("it still gives sound")


def reopened(settings: dict[str, object], limit: float = 8) -> AudioSource:
    """Tried again, as the ear does, until it is back."""
    until = time.monotonic() + limit
    while True:
        try:
            return open_source(settings)
        except SourceError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@needs_portaudio
@needs_espeak
def test_what_is_said_to_a_sound_card_is_recognised(server):
    source = open_source({"kind": "soundcard", "device": None})

    try:
        assert heard(source, server) == SENTENCE
        assert source.lost == 0
    finally:
        source.close()


@needs_portaudio
@needs_espeak
def test_a_microphone_of_44100_samples_in_stereo_is_recognised(tmp_path, monkeypatch):
    with pulse(tmp_path, rate=44100, channels=2) as server:
        _at(server, monkeypatch)
        source = open_source({"kind": "soundcard", "device": "pulse", "rate": 44100, "channels": 2})

        try:
            assert heard(source, server) == SENTENCE
        finally:
            source.close()


@needs_portaudio
def test_a_sound_card_is_opened_by_a_part_of_its_name_in_any_case(server):
    source = open_source({"kind": "soundcard", "device": "PUL"})
    source.close()

    assert source.device == "the microphone 'pulse'"


@needs_portaudio
def test_the_microphones_are_listed_with_one_default(server):
    found = devices()

    assert {"pulse", "default"} <= {one["name"] for one in found}
    assert [one["name"] for one in found if one["default"]] == ["default"]
    assert all(one["channels"] > 0 and one["rate"] > 0 for one in found)


@needs_portaudio
def test_an_unknown_microphone_is_told_with_those_that_exist(server):
    with pytest.raises(SourceError, match=r"no microphone is called 'Yeti': there are 'pulse', .*'default'"):
        open_source({"kind": "soundcard", "device": "Yeti"})


@needs_portaudio
def test_a_format_that_the_device_has_not_is_told(server):
    with pytest.raises(
        SourceError, match=r"'pulse' records in no format that can be used: 16, 44.1 or 48 kHz"
    ):
        open_source({"kind": "soundcard", "device": "pulse", "channels": 60})


@needs_portaudio
def test_a_machine_without_any_microphone_says_so(tmp_path, monkeypatch):
    (tmp_path / "asound.conf").write_text('pcm.!default { type pulse server "unix:/nonexistent" }')
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))

    with pytest.raises(SourceError, match="there is no microphone on this machine"):
        open_source({"kind": "soundcard", "device": None})


@needs_portaudio
@pytest.mark.parametrize("loss", ["kill", "unplug", "pause"])
def test_a_microphone_that_dies_is_lost_within_three_seconds_and_comes_back(own, loss):
    settings = {"kind": "soundcard", "device": "pulse"}
    source = open_source(settings)
    source.read()
    getattr(own, loss)()

    reason, seconds = lost(source)
    source.close()

    assert "was it unplugged?" in reason
    assert seconds < 3
    if loss == "pause":
        own.resume()
    else:
        own.kill()
        own.start()
    again = reopened(settings)
    try:
        assert len(again.read()) == BLOCK
    finally:
        again.close()


@needs_portaudio
def test_a_second_sound_card_does_not_end_the_first(server):
    first = open_source({"kind": "soundcard", "device": "pulse"})
    first.read()
    open_source({"kind": "soundcard", "device": "default"}).close()

    try:
        assert [len(first.read()) for _ in range(4)] == [BLOCK] * 4
    finally:
        first.close()


def test_without_the_library_it_says_what_to_install(tmp_path):
    (tmp_path / "libportaudio.so.2").write_bytes(b"no library")
    script = (
        "from integrations.voice.ear.sources import *\n"
        "try: open_source({'kind': 'soundcard'})\n"
        "except SourceError as error: print(error)"
    )

    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "apt install libportaudio2" in told
    assert told.count("\n") == 1


def test_the_package_does_not_import_the_library():
    script = "import sys, integrations.voice.ear.sources; print('sounddevice' in sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout == "False\n"


@needs_espeak
@needs_arecord
@pytest.mark.parametrize(
    ("command", "rate", "channels"),
    [
        (["arecord", "-q", "-D", "stereo", "-t", "raw", "-f", "S16_LE", "-r", "44100", "-c", "2"], 44100, 2),
        (
            ["parecord", "--raw", "--format=s16le", "--rate=16000", "--channels=1", "--latency-msec=30"],
            16000,
            1,
        ),
    ],
    ids=["arecord-44.1-kHz-stereo", "parecord"],
)
def test_what_is_said_to_a_recording_program_is_recognised(server, command, rate, channels):
    source = open_source({"kind": "command", "command": command, "rate": rate, "channels": channels})

    try:
        assert heard(source, server) == SENTENCE
    finally:
        source.close()


@needs_arecord
def test_a_device_without_mono_is_told_in_the_words_of_arecord(server):
    command = ["arecord", "-q", "-D", "stereo", "-t", "raw", "-f", "S16_LE", "-r", "16000", "-c", "1"]

    with pytest.raises(
        SourceError, match=r"ended by itself \(status 1\), and said: .*Channels count non avail"
    ):
        open_source({"kind": "command", "command": command})


@needs_arecord
def test_a_recording_program_whose_server_dies_is_lost_within_three_seconds(own):
    source = open_source({"kind": "command", "command": ["parecord", "--raw", "--latency-msec=30"]})
    source.read()
    own.kill()

    reason, seconds = lost(source)
    source.close()

    assert "parecord --raw" in reason
    assert seconds < 3


def test_a_microphone_is_found_by_a_part_of_its_name_in_any_case():
    assert chosen("usb pnp", TWO) is TWO[1]
    assert chosen("alc257", TWO) is TWO[0]


def test_the_whole_name_goes_before_a_part_of_another():
    there = [{"name": "pulse monitor", "default": True}, {"name": "Pulse", "default": False}]

    assert chosen("pulse", there) is there[1]


def test_no_name_is_the_default_microphone():
    assert chosen(None, TWO) is TWO[1]


def test_without_a_default_the_choice_is_told():
    with pytest.raises(SourceError, match="no microphone is the default one: choose one of 'HDA Intel"):
        chosen(None, [TWO[0]])


def test_a_busy_device_is_told_with_a_way_out():
    assert "another program records from it" in refused("the microphone 'x'", -9985, "Device unavailable")


def test_any_other_refusal_is_told_in_the_words_of_the_library():
    told = refused("the microphone 'x'", -9992, "Insufficient memory")

    assert told == "the microphone 'x' cannot be opened: Insufficient memory"


def test_our_own_format_is_asked_for_first_and_a_devices_own_last():
    asked = list(wanted_formats(32000, 2))

    assert asked[0] == (16000, 1)
    assert asked[-1] == (32000, 2)
    assert {(44100, 1), (48000, 1), (44100, 2), (48000, 2)} < set(asked)


def test_more_channels_than_there_are_are_not_asked_for():
    assert {channels for _, channels in wanted_formats(48000, 1)} == {1}
