"""A WAV file as a microphone: for tests, and for hearing again what went wrong."""

import struct
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from integrations.voice.ear.sources.conversion import Converter, checked, fixed, shortened
from integrations.voice.ear.sources.source import BLOCK, RATE, SourceError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_NAMES: Final = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "ADPCM", 0x31: "GSM", 0x55: "MP3"}
# What programs write as a length that they do not know yet, because they write to a pipe.
_UNKNOWN: Final = frozenset({0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF})
_NEVER: Final = 0x7000_0000
_AHEAD: Final = 4096  # frames read at once
_AS_IT_SHOULD: Final = "16 kHz, mono, 16 bit PCM is best: ffmpeg -i IN -ar 16000 -ac 1 -c:a pcm_s16le OUT.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What a WAV file holds."""

    rate: int
    channels: int
    width: int  # bytes of a sample
    floating: bool


class File:
    """One WAV file, once from beginning to end; the last block is filled up with silence."""

    lost: Final = 0

    def __init__(self, path: str | Path, *, paced: bool) -> None:
        """Open it.

        Args:
            path: the file.
            paced: give its blocks as fast as a microphone would; else as fast as they are read.

        Raises:
            SourceError: it is missing, no WAV file, empty, cut off, or of a coding that is not PCM.
        """
        self.device = f"the file {path}"
        try:
            self._file: BinaryIO = Path(path).open("rb")  # noqa: SIM115  closed by close()
        except OSError as error:
            raise SourceError(f"{self.device} cannot be read: {error.strerror}") from None
        with ExitStack() as unless_read:
            unless_read.callback(self._file.close)
            self._format, self._left = _opened(self._file, self.device)
            unless_read.pop_all()
        self._converter = Converter(self._format.rate, self._format.channels)
        self._ready = bytearray()
        self._paced = paced
        self._closed = threading.Event()
        self._next: float | None = None

    def read(self) -> bytes:
        """The next block, b"" at the end."""
        while len(self._ready) < BLOCK and (more := self._more()):
            self._ready += more
        block = bytes(self._ready[:BLOCK])
        del self._ready[:BLOCK]
        if block and self._paced:
            now = time.monotonic()
            # A microphone gives a block when its sound is over.
            self._next = (now if self._next is None else self._next) + BLOCK / 2 / RATE
            self._closed.wait(max(0.0, self._next - now))
        return block.ljust(BLOCK, b"\0") if block and not self._closed.is_set() else b""

    def close(self) -> None:
        """Close the file; a read that waits ends."""
        self._closed.set()
        self._file.close()

    def _more(self) -> bytes:
        frame = self._format.width * self._format.channels
        try:
            pcm = self._file.read(min(_AHEAD * frame, self._left))
        except ValueError:  # it was closed
            return b""
        except OSError as error:
            raise SourceError(f"{self.device} cannot be read any further: {error.strerror}") from None
        self._left -= len(pcm)
        pcm = pcm[: len(pcm) // frame * frame]
        change = fixed if self._format.floating else shortened
        return self._converter.feed(change(pcm, self._format.width))


def _opened(file: BinaryIO, name: str) -> tuple[Format, int]:
    """The format of a WAV file, which is left at its first sample, and how many bytes of sound follow.

    Raises:
        SourceError: it is broken, or not one of ours.
    """
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(12)
    if not start:
        raise SourceError(f"{name} is empty")
    if start[:4] != b"RIFF" or start[8:] != b"WAVE":
        raise SourceError(f"{name} is not a WAV file. {_AS_IT_SHOULD}")
    found: Format | None = None
    while len(head := file.read(8)) == 8:  # noqa: PLR2004  a name and a length, of four bytes each
        kind, length = struct.unpack("<4sI", head)
        if kind == b"data":
            if found is None:
                break
            return found, _length(length, size - file.tell(), found, name)
        if kind == b"fmt ":
            found = _format(file.read(length), name)
            length %= 2
        else:
            length += length % 2
        file.seek(length, 1)
    raise SourceError(f"{name} is a broken WAV file: it ends before its sound begins")


def _format(chunk: bytes, name: str) -> Format:
    """What the chunk "fmt " says."""
    if len(chunk) < 16:  # noqa: PLR2004
        raise SourceError(f"{name} is a broken WAV file: it ends within its header")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if coding == _EXTENSIBLE and len(chunk) >= 26:  # noqa: PLR2004
        (coding,) = struct.unpack_from("<H", chunk, 24)
    widths = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
    if coding not in widths:
        told = _NAMES.get(coding, f"coding {coding:#x}")
        raise SourceError(f"{name} holds {told}, and only PCM can be read. {_AS_IT_SHOULD}")
    if bits not in widths[coding]:
        raise SourceError(f"{name} has samples of {bits} bits, which cannot be read. {_AS_IT_SHOULD}")
    checked(rate, channels, name)
    return Format(rate=rate, channels=channels, width=bits // 8, floating=coding == _FLOAT)


def _length(told: int, there: int, form: Format, name: str) -> int:
    """How many bytes of sound there are, of so many told.

    Raises:
        SourceError: none, or some are missing.
    """
    if not there:
        raise SourceError(f"{name} holds no sound")
    if told in _UNKNOWN or told >= _NEVER:
        return there
    if told > there:
        second = form.rate * form.channels * form.width
        raise SourceError(
            f"{name} is cut off: {told / second:.1f} s were promised, and {there / second:.1f} s are there"
        )
    return told
