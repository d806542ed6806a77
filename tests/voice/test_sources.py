"""Files, commands and the network as microphones, and the way from any PCM to ours."""

import json
import math
import socket
import struct
import sys
import threading
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.voice.ear.sources import BLOCK, RATE, AudioSource, SourceError, open_source
from integrations.voice.ear.sources.conversion import Converter, Resampler, fixed, mixed, shortened
from tests.voice import speech

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)
RAMP = array("h", range(-8000, 8000)).tobytes()  # a second of ours, of which every sample is another


def tone(hertz: float, rate: int, *, seconds: float = 0.2, amplitude: int = 16000) -> "array[int]":
    return array(
        "h",
        [round(amplitude * math.sin(2 * math.pi * hertz * n / rate)) for n in range(round(rate * seconds))],
    )


def db(samples: "array[int]") -> float:
    """Its level against that of a tone of 16000."""
    middle = samples[200:-200]
    return 10 * math.log10(2 * sum(value * value for value in middle) / len(middle) / 16000**2 + 1e-12)


def wav(pcm: bytes, *, rate=RATE, channels=1, bits=16, coding=1, length=None, extra=b"") -> bytes:
    form = struct.pack(
        "<HHIIHH", coding, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    if coding == 0xFFFE:
        form += struct.pack("<HHIH14s", 22, bits, 0, 1, bytes.fromhex("000000001000800000AA00389B71"))
    told = len(pcm) if length is None else length
    body = b"fmt " + struct.pack("<I", len(form)) + form + extra + b"data" + struct.pack("<I", told) + pcm
    return b"RIFF" + struct.pack("<I", 4 + len(body) & 0xFFFFFFFF) + b"WAVE" + body


def everything(source: AudioSource) -> bytes:
    """All that a source has, until it is over or lost."""
    came = b""
    try:
        while block := source.read():
            assert len(block) == BLOCK
            came += block
    except SourceError:
        pass
    source.close()
    return came


def reason(source: AudioSource) -> str:
    """Why it is lost."""
    for _ in range(1000):
        try:
            source.read()
        except SourceError as error:
            source.close()
            return str(error)
    return pytest.fail("it is not lost")


def of_python(script: str, **settings: object) -> AudioSource:
    """A command that is a few lines of Python with an `out` to write to."""
    start = "import sys, time; out = sys.stdout.buffer\n"
    return open_source({"kind": "command", "command": [sys.executable, "-c", start + script], **settings})


class TestConversion:
    @pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
    @pytest.mark.parametrize("hertz", [440, 3000])
    def test_a_tone_of_speech_comes_through_as_loud_as_it_was(self, rate, hertz):
        made = Resampler(rate).feed(tone(hertz, rate))

        assert abs(db(made)) < 0.5

    @pytest.mark.parametrize("rate", [44100, 48000, 96000])
    @pytest.mark.parametrize("hertz", [11000, 15625, 20000])
    def test_what_16000_samples_cannot_carry_is_not_folded_into_the_speech(self, rate, hertz):
        made = Resampler(rate).feed(tone(hertz, rate))

        assert db(made) < -50

    @pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (48000, 1), (16000, 2), (11025, 1)])
    def test_the_size_of_the_pieces_does_not_matter(self, rate, channels):
        pcm = array("h", [value for value in tone(500, rate) for _ in range(channels)]).tobytes()
        in_pieces = Converter(rate, channels)
        frame = 2 * channels

        pieces = [in_pieces.feed(pcm[at : at + 37 * frame]) for at in range(0, len(pcm), 37 * frame)]

        assert b"".join(pieces) == Converter(rate, channels).feed(pcm)

    @pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
    def test_a_second_stays_a_second(self, rate):
        made = Converter(rate, 1).feed(bytes(2 * rate))

        assert abs(len(made) // 2 - RATE) < RATE // 500

    def test_full_scale_does_not_wrap_around(self):
        square = array("h", ([32767] * 40 + [-32768] * 40) * 300)

        made = Resampler(48000).feed(square)

        assert max(made) == 32767
        assert min(made) == -32768

    def test_two_channels_become_their_mean(self):
        assert mixed(array("h", [100, 300, -32768, -32768, 32767, 32767]), 2) == array(
            "h", [200, -32768, 32767]
        )

    def test_eight_bits_are_unsigned(self):
        assert shortened(bytes([0, 128, 255]), 1) == struct.pack("<3h", -32768, 0, 32512)

    def test_of_longer_samples_the_upper_bits_are_kept(self):
        assert shortened(b"\xff\x34\x12\x00\x00\x80", 3) == struct.pack("<2h", 0x1234, -32768)

    def test_floating_point_beyond_full_scale_and_no_number_at_all_do_no_harm(self):
        assert fixed(struct.pack("<4f", 0.5, 7, -7, math.nan), 4) == struct.pack(
            "<4h", 16384, 32767, -32768, 0
        )

    @needs_espeak
    @pytest.mark.parametrize("rate", [44100, 48000])
    def test_speech_is_recognised_through_the_whine_of_a_screen(self, rate):
        import vosk

        vosk.SetLogLevel(-1)
        recogniser = vosk.KaldiRecognizer(vosk.Model(str(speech.MODEL)), RATE)
        said = (
            speech.silence(0.3) + speech.say("close the garage door", voice="en-us+f4") + speech.silence(0.5)
        )
        pcm = array("h", speech._pcm(speech._resampled(speech._floats(said), RATE, rate)))
        whine = tone(15625, rate, seconds=len(pcm) / rate + 1, amplitude=1000)
        hiss = array("h", speech.noise(len(pcm) / RATE + 1, db=-78))
        noisy = array("h", [sum(three) for three in zip(pcm, whine, hiss, strict=False)])

        recogniser.AcceptWaveform(Converter(rate, 1).feed(noisy.tobytes()))

        assert json.loads(recogniser.FinalResult())["text"] == "close the garage door"


class TestFile:
    @pytest.fixture
    def write(self, tmp_path):
        def written(data: bytes, **settings: object) -> AudioSource:
            path = tmp_path / "said.wav"
            path.write_bytes(data)
            return open_source({"kind": "file", "path": str(path), "paced": False, **settings})

        return written

    def test_our_own_format_comes_unchanged_and_filled_up_with_silence(self, write):
        pcm = RAMP[:5000]

        assert everything(write(wav(pcm))) == pcm + bytes(2 * BLOCK - 5000)

    def test_after_the_end_it_stays_over(self, write):
        source = write(wav(RAMP[:BLOCK]))

        assert [len(source.read()) for _ in range(3)] == [BLOCK, 0, 0]
        source.close()

    @pytest.mark.parametrize(
        ("pcm", "form"),
        [
            (bytes(value >> 8 & 0xFF ^ 0x80 for value in array("h", RAMP)), {"bits": 8}),
            (b"".join(b"\0" + RAMP[at : at + 2] for at in range(0, 32000, 2)), {"bits": 24}),
            (
                b"".join(b"\0" + RAMP[at : at + 2] for at in range(0, 32000, 2)),
                {"bits": 24, "coding": 0xFFFE},
            ),
            (b"".join(b"\0\0" + RAMP[at : at + 2] for at in range(0, 32000, 2)), {"bits": 32}),
            (array("f", [v / 32768 for v in array("h", RAMP)]).tobytes(), {"bits": 32, "coding": 3}),
            (array("d", [v / 32768 for v in array("h", RAMP)]).tobytes(), {"bits": 64, "coding": 3}),
            (b"".join(RAMP[at : at + 2] * 2 for at in range(0, 32000, 2)), {"channels": 2}),
            (RAMP, {"length": 0xFFFFFFFF}),
            (RAMP, {"extra": b"LIST\x03\0\0\0abc\0"}),
        ],
        ids=["8", "24", "24-extensible", "32", "float", "double", "stereo", "from-a-pipe", "with-a-title"],
    )
    def test_it_is_the_same_in_whatever_format(self, write, pcm, form):
        expected = array("h", RAMP)
        if form.get("bits") == 8:
            expected = array("h", [value & ~0xFF for value in expected])

        came = array("h", everything(write(wav(pcm, **form))))

        assert came[: len(expected)] == expected

    def test_44100_samples_a_second_last_as_long(self, write):
        came = everything(write(wav(tone(440, 44100, seconds=1).tobytes(), rate=44100)))

        assert abs(len(came) / 2 / RATE - 1) < 0.1
        assert abs(db(array("h", came[:30000]))) < 0.5

    def test_paced_it_takes_as_long_as_it_lasts(self, write):
        source = write(wav(bytes(5 * BLOCK)), paced=True)
        since = time.monotonic()

        everything(source)

        assert 0.38 < time.monotonic() - since < 2

    def test_closing_ends_a_read_that_waits(self, write):
        source = write(wav(RAMP), paced=True)
        source.read()
        since = time.monotonic()
        threading.Timer(0.01, source.close).start()

        everything(source)

        assert time.monotonic() - since < 0.5

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "is empty"),
            (b"ID3\x04" + bytes(100), "is not a WAV file. 16 kHz, mono, 16 bit PCM is best: ffmpeg"),
            (wav(RAMP)[:30], "ends within its header"),
            (wav(RAMP)[:40], "ends before its sound begins"),
            (wav(RAMP)[:12], "ends before its sound begins"),
            (wav(b""), "holds no sound"),
            (wav(RAMP)[:16044], "is cut off: 1.0 s were promised, and 0.5 s are there"),
            (wav(RAMP, coding=6, bits=8), "holds A-law, and only PCM can be read"),
            (wav(RAMP, coding=0x2001), "holds coding 0x2001"),
            (wav(RAMP, bits=12), "has samples of 12 bits"),
            (wav(RAMP, rate=0), "has a rate of 0: 8000 to 192000"),
            (wav(RAMP, channels=0), "has 0 channels"),
        ],
    )
    def test_a_broken_file_is_told_in_one_message(self, write, data, told):
        with pytest.raises(SourceError) as caught:
            write(data)

        assert "said.wav" in str(caught.value)
        assert told in str(caught.value)

    def test_a_missing_file_is_told(self, tmp_path):
        with pytest.raises(SourceError, match=r"none\.wav cannot be read: No such file or directory"):
            open_source({"kind": "file", "path": tmp_path / "none.wav"})


class TestCommand:
    def test_what_it_writes_is_read_to_the_last_block(self):
        source = of_python("out.write(bytes(range(256)) * 30); out.flush(); time.sleep(0.2)")

        assert everything(source) == bytes(range(256)) * 30

    def test_odd_pieces_make_whole_samples(self):
        source = of_python("for _ in range(2560): out.write(bytes([1, 2, 3])); out.flush()")

        assert everything(source) == bytes([1, 2, 3]) * 2560

    def test_another_rate_in_stereo_is_converted(self):
        source = of_python("out.write(bytes(48000 * 4)); out.flush()", rate=48000, channels=2)

        assert len(everything(source)) in range(12 * BLOCK, 13 * BLOCK)

    def test_an_unknown_program_is_told_with_what_to_install(self):
        with pytest.raises(
            SourceError, match=r"'arecordd' of the command .* is not there: install it \(arecord"
        ):
            open_source({"kind": "command", "command": ["arecordd", "-t", "raw"]})

    def test_a_program_that_may_not_be_run_is_told(self, tmp_path):
        (tmp_path / "record").write_text("")

        with pytest.raises(SourceError, match="record' cannot be started: Permission denied"):
            open_source({"kind": "command", "command": [str(tmp_path / "record")]})

    def test_an_empty_command_is_told(self):
        with pytest.raises(SourceError, match="the command of the microphone is empty"):
            open_source({"kind": "command", "command": []})

    def test_an_impossible_rate_is_told(self):
        with pytest.raises(SourceError, match="has a rate of 16: 8000 to 192000"):
            open_source({"kind": "command", "command": ["arecord"], "rate": 16})

    def test_one_that_ends_at_once_is_told_with_its_last_words(self):
        with pytest.raises(SourceError, match=r"ended by itself \(status 3\), and said: device is busy$"):
            open_source(
                {
                    "kind": "command",
                    "command": ["sh", "-c", "echo hello >&2; echo device is busy >&2; exit 3"],
                }
            )

    def test_one_that_dies_in_mid_sentence_is_told_with_the_signal(self):
        source = open_source(
            {"kind": "command", "command": ["sh", "-c", "head -c 5000 /dev/zero; sleep 0.1; kill -9 $$"]}
        )
        source.read()

        assert reason(source).endswith("ended by itself (killed by SIGKILL)")

    def test_it_can_be_started_again_after_its_end(self):
        settings = {"kind": "command", "command": ["head", "-c", "2560", "/dev/zero"]}
        reason(open_source(settings))

        again = open_source(settings)

        assert len(again.read()) == BLOCK
        again.close()

    def test_a_wav_file_instead_of_raw_sound_is_told(self):
        with pytest.raises(SourceError, match="gives a WAV file, and raw PCM is wanted: add '-t raw'"):
            open_source({"kind": "command", "command": ["sh", "-c", "printf RIFF; cat /dev/zero"]})

    def test_the_rate_that_arecord_got_instead_is_told(self):
        said = "Warning: rate is not accurate (requested = 16000Hz, got = 44100Hz)"
        script = f"out.write(bytes(2560)); out.flush(); print({said!r}, file=sys.stderr, flush=True)\n"

        source = of_python(script + "while True: out.write(bytes(640)); time.sleep(0.02)")

        assert "gives 44100 samples a second, and 16000 were expected" in reason(source)

    def test_one_that_falls_silent_is_lost_within_three_seconds(self):
        source = of_python("out.write(bytes(2560)); out.flush(); time.sleep(30)")
        source.read()
        since = time.monotonic()

        assert "runs, and gave no sound for 2.5 s" in reason(source)
        assert time.monotonic() - since < 3

    def test_what_nobody_reads_is_bounded_and_counted_and_the_newest_is_kept(self):
        source = of_python(
            "out.write(bytes(16000 * 2 * 8)); out.write(b'\\1' * 2560); out.flush(); time.sleep(30)"
        )
        lost = 0
        limit = time.monotonic() + 10
        while lost < 3080 and time.monotonic() < limit:
            lost += source.lost
            time.sleep(0.01)

        kept = [source.read() for _ in range(62)]

        assert lost == 3080
        assert kept[-1].endswith(b"\1" * 1000)
        assert source.lost == 0
        source.close()

    def test_closing_ends_all_that_it_started(self, tmp_path):
        file = tmp_path / "pid"
        source = open_source(
            {
                "kind": "command",
                "command": ["sh", "-c", f"sleep 60 & echo $! > {file}; cat /dev/zero"],
            }
        )
        source.read()
        pid = int(file.read_text())

        source.close()

        limit = time.monotonic() + 5
        while _state(pid) != "Z" and time.monotonic() < limit:
            time.sleep(0.01)
        assert _state(pid) == "Z"

    def test_one_that_does_not_want_to_end_is_ended(self):
        source = of_python(
            "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: out.write(bytes(2560))"
        )
        source.read()
        since = time.monotonic()

        source.close()

        assert time.monotonic() - since < 3

    def test_closing_ends_a_read_that_waits(self):
        source = of_python("time.sleep(30)")
        threading.Timer(0.1, source.close).start()

        assert reason(source).endswith("was closed")


class TestNetwork:
    @pytest.fixture
    def peer(self) -> Iterator[socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            yield server

    @staticmethod
    def opened(peer: socket.socket, **settings: object) -> tuple[AudioSource, socket.socket]:
        url = f"tcp://127.0.0.1:{peer.getsockname()[1]}"
        source = open_source({"kind": "network", "url": url, **settings})
        return source, peer.accept()[0]

    def test_what_is_sent_is_read(self, peer):
        source, other = self.opened(peer)
        with other:
            other.sendall(RAMP[: 2 * BLOCK])

        assert everything(source) == RAMP[: 2 * BLOCK]

    def test_the_end_of_the_connection_is_told(self, peer):
        source, other = self.opened(peer)
        other.close()

        assert reason(source).endswith("hung up")

    def test_a_connection_that_breaks_is_told(self, peer):
        source, other = self.opened(peer)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()

        assert "broke off: Connection reset by peer" in reason(source)

    def test_nobody_there_is_told(self, peer):
        port = peer.getsockname()[1]
        peer.close()

        with pytest.raises(
            SourceError, match=rf"tcp://127.0.0.1:{port} cannot be reached \(Connection refused\)"
        ):
            open_source({"kind": "network", "url": f"tcp://127.0.0.1:{port}"})

    def test_what_nobody_reads_is_dropped_and_counted(self, peer):
        source, other = self.opened(peer, rate=48000, channels=2)
        lost = 0
        limit = time.monotonic() + 10

        with other:
            other.sendall(bytes(48000 * 4 * 7))
            while lost < 2000 and time.monotonic() < limit:
                lost += source.lost
                time.sleep(0.01)
            source.close()

        assert abs(lost - 2000) <= 50

    def test_closing_ends_a_read_that_waits(self, peer):
        source, other = self.opened(peer)
        threading.Timer(0.05, source.close).start()

        with other:
            assert reason(source).endswith("was closed")

    @pytest.mark.parametrize(
        "url", ["", "kitchen:9999", "http://kitchen:9999", "tcp://kitchen", "tcp://kitchen:x"]
    )
    def test_what_is_no_address_is_told_with_one_that_is(self, url):
        with pytest.raises(SourceError, match="is not where a network microphone can be: tcp://HOST:PORT is"):
            open_source({"kind": "network", "url": url})


def test_an_unknown_kind_of_source_is_told_with_those_that_exist():
    with pytest.raises(SourceError, match="'radio': it is one of soundcard, command, file, network"):
        open_source({"kind": "radio"})


def _state(pid: int) -> str:
    """The state of a process as /proc has it; one that is gone counts as one that waits to be."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
