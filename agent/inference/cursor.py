"""A place in the header of a GGUF file, which moves on with what is read there.

Its methods raise struct.error where the file is cut off, and ValueError where it is damaged.
"""

import mmap
import struct
from typing import Any

MAGIC = b"GGUF"
U32 = 4
MOST_DIMENSIONS = 4
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", U32: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


class Cursor:
    """Begins behind MAGIC."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.at = len(MAGIC)

    def take(self, form: str) -> tuple[Any, ...]:
        """Numbers of these forms of struct."""
        found = struct.unpack_from(f"<{form}", self._data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found

    def text(self, longest: int | None = None) -> str:
        """A text of at most `longest` bytes."""
        (length,) = self.take("Q")
        begin = self.at
        self._skip(length)
        if longest is not None and length > longest:
            raise ValueError(f"is damaged: a name of {length} bytes")
        return self._data[begin : self.at].decode(errors="replace")

    def value(self, longest: int | None = None) -> Any:
        """The value of a key; None for a list, which is passed over. A text has at most `longest` bytes."""
        (kind,) = self.take("I")
        if kind == _STRING:
            return self.text(longest)
        if kind != _ARRAY:
            return self.take(_scalar(kind))[0]
        inner, count = self.take("IQ")
        if inner == _STRING:
            for _ in range(count):
                self._skip(self.take("Q")[0])
        else:
            self._skip(count * struct.calcsize(_scalar(inner)))
        return None

    def tensor(self, longest: int | None = None) -> tuple[str, tuple[int, ...], int, int]:
        """The name, the shape, the type and the offset of a tensor."""
        name = self.text(longest)
        (dimensions,) = self.take("I")
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise ValueError(f"is damaged: tensor {name!r} has {dimensions} dimensions")
        shape = self.take(f"{dimensions}Q")
        kind, offset = self.take("IQ")
        return name, shape, kind, offset

    def aligned(self, alignment: int) -> int:
        """Where the weights begin if this is the end of the header."""
        return -(-self.at // alignment) * alignment

    def _skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self._data):
            raise struct.error


def sound_alignment(alignment: Any) -> int:
    """What offsets are multiples of, if it is something that they can be."""
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        raise ValueError("is damaged: its alignment makes no sense")
    return alignment


def _scalar(kind: int) -> str:
    if kind not in _SCALARS:
        raise ValueError(f"is damaged: a value of type {kind}")
    return _SCALARS[kind]
