"""A program whose standard output is raw PCM: arecord, parecord, pw-record, or any other, ssh among them."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import textwrap
import threading
from collections.abc import Sequence
from typing import IO, Final, cast

from integrations.voice.ear.sources.conversion import checked
from integrations.voice.ear.sources.incoming import Incoming
from integrations.voice.ear.sources.source import SourceError

_AT_ONCE: Final = 1.0  # seconds within which a program that cannot work says so
_FIRST: Final = 15.0  # seconds until the first sound: another machine may have to be reached
_GRACE: Final = 1.0  # seconds to end in, when asked to
_CHUNK: Final = 4096
_LONGEST: Final = 200  # characters of a command, and of what it says, that are told
# arecord records on, at the rate of the device, and only says so.
_OTHER_RATE: Final = re.compile(r"rate is not accurate \(requested = \d+\s*Hz, got = (\d+)\s*Hz\)")


class Command:
    """What a program writes. It is never over: when the program ends, it is lost."""

    def __init__(self, command: Sequence[str], *, rate: int, channels: int) -> None:
        """Start it, and see whether it stays.

        Raises:
            SourceError: it cannot be started, or ended at once.
        """
        if not command:
            raise SourceError(
                "the command of the microphone is empty: give one, like [arecord, -t, raw, ...]"
            )
        self._words = [str(word) for word in command]
        self.device = f"the command {textwrap.shorten(shlex.join(self._words), _LONGEST)!r}"
        checked(rate, channels, self.device)
        self._rate = rate
        self._incoming = Incoming(rate=rate, channels=channels, first=_FIRST)
        self._said = ""
        self._process = self._started()
        # Both are pipes; the type does not know.
        self._stdout, self._stderr = (
            cast("IO[bytes]", self._process.stdout),
            cast("IO[bytes]", self._process.stderr),
        )
        self._reader = threading.Thread(target=self._read_sound, name="command", daemon=True)
        self._listener = threading.Thread(target=self._read_words, name="command.stderr", daemon=True)
        self._listener.start()
        self._reader.start()
        if (reason := self._incoming.wait(_AT_ONCE)) is not None:
            self.close()
            raise SourceError(reason)

    @property
    def lost(self) -> int:
        """Milliseconds dropped since the last look."""
        return self._incoming.lost

    def read(self) -> bytes:
        """The next block."""
        return self._incoming.read(dead=self._dead)

    def close(self) -> None:
        """End it, and all that it started."""
        self._incoming.end(f"{self.device} was closed")
        if self._process.poll() is None:
            self._tell(signal.SIGTERM)
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._tell(signal.SIGKILL)
                self._process.wait()
        # Of a pipeline in a shell, parts may be left that hold the pipes.
        for thread in (self._reader, self._listener):
            if thread.is_alive():
                thread.join(_GRACE / 10)
        if self._reader.is_alive() or self._listener.is_alive():
            self._tell(signal.SIGKILL)

    def _started(self) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603  the user's own command, and no shell
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise SourceError(
                f"{self._words[0]!r} of {self.device} is not there: install it (arecord is in alsa-utils,"
                " parecord in pulseaudio-utils, pw-record in pipewire-bin), or give its whole path"
            ) from None
        except (OSError, ValueError) as error:
            told = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"{self.device} cannot be started: {told}") from None

    def _read_sound(self) -> None:
        """Hand over what comes, until nothing does any more."""
        with self._stdout:
            came = self._stdout.read(_CHUNK)
            if came.startswith(b"RIFF"):
                self._incoming.end(
                    f"{self.device} gives a WAV file, and raw PCM is wanted: add '-t raw' (arecord)"
                    " or '--raw' (parecord, pw-record)"
                )
                return
            while came:
                self._incoming.put(came)
                came = self._stdout.read(_CHUNK)
        self._listener.join(_GRACE)
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._incoming.end(f"{self.device} closed its output, and lives on: end it, or let it write")
            return
        said = f", and said: {self._said}" if self._said else ""
        self._incoming.end(f"{self.device} ended by itself {_ending(status)}{said}")

    def _read_words(self) -> None:
        """Keep the last line of what it says on its standard error."""
        with self._stderr:
            for line in iter(lambda: self._stderr.readline(_CHUNK), b""):
                said = line.decode("utf-8", "replace").strip()[:_LONGEST]
                self._said = said or self._said
                if (found := _OTHER_RATE.search(said)) is not None:
                    self._incoming.end(
                        f"{self.device} gives {found[1]} samples a second, and {self._rate} were expected:"
                        f" ask for {found[1]} in the command, and set rate: {found[1]}"
                    )

    def _dead(self, seconds: float) -> str:
        said = f"; it said: {self._said}" if self._said else ""
        return (
            f"{self.device} runs, and gave no sound for {seconds:g} s: is its microphone still there?{said}"
        )

    def _tell(self, what: signal.Signals) -> None:
        # Its group is its own, from start_new_session, and has its number for as long as anyone is in it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, what)


def _ending(status: int) -> str:
    if status >= 0:
        return f"(status {status})"
    with contextlib.suppress(ValueError):
        return f"(killed by {signal.Signals(-status).name})"
    return f"(killed by signal {-status})"
