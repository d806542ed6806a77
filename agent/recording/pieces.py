"""From the bytes of a file to whole lines: one gzip member after the other, as far as each can be read."""

import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How each piece of ours begins: behind a damaged one, reading goes on here."""
CHUNK = 64 * 1024
LONGEST = 32 * 1024 * 1024
"""Bytes of a line; longer ones are none of ours."""
_GZIP = 31


@dataclass(slots=True)
class Flaws:
    """What could not be read."""

    unreadable: int = 0
    """Lines that say nothing that we understand."""
    cut: int = 0
    """Files that end in the middle."""
    damaged: int = 0
    """Pieces of files whose bytes are not as they were written."""
    gone: int = 0
    """Files that were deleted before their turn came, as the oldest are while a recording goes on."""

    def __str__(self) -> str:
        told = (
            (self.unreadable, "unreadable line", "unreadable lines"),
            (self.cut, "file that ends in the middle", "files that end in the middle"),
            (self.damaged, "damaged piece", "damaged pieces"),
            (self.gone, "file that is gone", "files that are gone"),
        )
        return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in told if number)

    def __bool__(self) -> bool:
        return bool(self.unreadable or self.cut or self.damaged or self.gone)


def lines(file: BinaryIO, flaws: Flaws) -> Iterator[bytes]:
    """The whole lines of a file, without their ends; what is lost on the way is counted in `flaws`.

    Raises:
        OSError: the file cannot be read.
    """
    at: int | None = 0
    while at is not None:
        at = yield from _piece(file, at, flaws)


def _piece(file: BinaryIO, at: int, flaws: Flaws) -> Generator[bytes, None, int | None]:
    """The lines of the piece that begins at `at`; returns where the next begins, None if there is none."""
    file.seek(at)
    unpacker = zlib.decompressobj(_GZIP)
    line, too_long = bytearray(), False
    end = at
    while packed := file.read(CHUNK):
        end += len(packed)
        more = True
        while more:
            try:
                text = unpacker.decompress(packed, CHUNK)
            except zlib.error:
                flaws.damaged += 1
                return _next(file, at + 1)
            packed = unpacker.unconsumed_tail
            more = not unpacker.eof and (bool(packed) or len(text) == CHUNK)
            begun, *following = text.split(b"\n")
            line += begun
            for one in following:
                if too_long or len(line) > LONGEST:
                    flaws.unreadable += 1
                else:
                    yield bytes(line)
                line, too_long = bytearray(one), False
            if len(line) > LONGEST:
                line, too_long = bytearray(), True
        if unpacker.eof:
            if line or too_long:
                flaws.unreadable += 1
            return end - len(unpacker.unused_data)
    if end > at:
        flaws.cut += 1
    return None


def _next(file: BinaryIO, at: int) -> int | None:
    """Where the next piece from `at` on begins."""
    file.seek(at)
    kept = b""
    while read := file.read(CHUNK):
        found = (kept + read).find(MEMBER)
        if found >= 0:
            return at - len(kept) + found
        at += len(read)
        kept = (kept + read)[1 - len(MEMBER) :]
    return None
