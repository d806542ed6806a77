"""A WAV file as a microphone: of every format, paced, and broken."""

import threading
import time
from array import array

import pytest

from integrations.voice.ear.sources import BLOCK, RATE, AudioSource, SourceError, open_source
from tests.voice.sources import RAMP, db, everything, tone, wav


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
