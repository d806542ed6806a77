"""A command as a microphone: what it writes, how it ends, and how it is ended."""

import sys
import threading
import time
from pathlib import Path

import pytest

from integrations.voice.ear.sources import BLOCK, AudioSource, SourceError, open_source
from tests.voice.sources import everything, reason


def of_python(script: str, **settings: object) -> AudioSource:
    """A command that is a few lines of Python with an `out` to write to."""
    start = "import sys, time; out = sys.stdout.buffer\n"
    return open_source({"kind": "command", "command": [sys.executable, "-c", start + script], **settings})


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

        script += "while True: out.write(bytes(640)); time.sleep(0.02)"

        # It says so before there is a first block, or after.
        try:
            told = reason(of_python(script))
        except SourceError as error:
            told = str(error)

        assert "gives 44100 samples a second, and 16000 were expected" in told

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


def _state(pid: int) -> str:
    """The state of a process as /proc has it; one that is gone counts as one that waits to be."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
