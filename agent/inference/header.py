"""What stands before the weights of a GGUF file, whatever it is a model of.

`gguf.py` says whether a file can be run; this says what is in it, for those who list or rewrite it.
"""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.inference.cursor import MAGIC, Cursor, sound_alignment

VERSIONS = (2, 3)
MOST = 1 << 16
"""Tensors, and keys."""
F32, F16, Q4_0, Q8_0, BF16 = 0, 1, 2, 8, 30
KINDS = {
    F32: ("F32", 1, 4), F16: ("F16", 1, 2), Q4_0: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), Q8_0: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), BF16: ("BF16", 1, 2),
}  # fmt: skip
"""For each type of tensor that gpt4all's library knows: its name, how many weights a block has,
and how many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and its value."""

    value: Any
    """None for a list."""
    written: bytes
    """Both, as they stand in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A tensor of weights."""

    name: str
    shape: tuple[int, ...]
    """The first is the length of a row."""
    kind: int
    begin: int
    """Where it begins, from the start of the file."""

    @property
    def weights(self) -> int:
        """How many there are."""
        return prod(self.shape)

    @property
    def size(self) -> int:
        """How many bytes they take."""
        return size_of(self.weights, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """All that stands before the weights."""

    version: int
    alignment: int
    keys: Mapping[str, Key]
    tensors: tuple[Tensor, ...]

    @property
    def weights(self) -> int:
        """How many weights the model has."""
        return sum(one.weights for one in self.tensors)

    @property
    def quantisation(self) -> str:
        """The type that most of its weights are of."""
        by_kind: dict[int, int] = {}
        for one in self.tensors:
            by_kind[one.kind] = by_kind.get(one.kind, 0) + one.weights
        return KINDS[max(by_kind, key=by_kind.__getitem__)][0] if by_kind else ""

    def value(self, name: str) -> Any:
        """The value of a key, None if there is none, or if it is a list."""
        found = self.keys.get(name)
        return None if found is None else found.value


def size_of(weights: int, kind: int) -> int:
    """The bytes that so many weights take."""
    _, of_weights, of_bytes = KINDS[kind]
    return weights // of_weights * of_bytes


def read(path: Path) -> Header:
    """The header of the file at `path`; its tensors lie inside the file.

    Raises:
        ConfigError: it has none that can be read. One line.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _header(mapped)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from None
    except struct.error:
        raise ConfigError(f"{path}: is cut off within its header") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _header(data: mmap.mmap) -> Header:
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("is not a GGUF file")
    cursor = Cursor(data)
    (version,) = cursor.take("I")
    if version not in VERSIONS:
        raise ValueError(f"is GGUF version {version}; 2 and 3 can be read")
    tensors, keys = cursor.take("QQ")
    if max(tensors, keys) > MOST:
        raise ValueError(f"is damaged: {tensors} tensors and {keys} keys")
    pairs = dict(_pair(cursor, data) for _ in range(keys))
    alignment = sound_alignment(pairs["general.alignment"].value if "general.alignment" in pairs else 32)
    described = [_tensor(cursor) for _ in range(tensors)]
    begin = cursor.aligned(alignment)
    placed = tuple(
        Tensor(name=name, shape=shape, kind=kind, begin=begin + offset)
        for name, shape, kind, offset in described
    )
    end = max((one.begin + one.size for one in placed), default=0)
    if end > len(data):
        raise ValueError(f"is cut off: {len(data)} bytes of {end}")
    return Header(version=version, alignment=alignment, keys=pairs, tensors=placed)


def _pair(cursor: Cursor, data: mmap.mmap) -> tuple[str, Key]:
    begin = cursor.at
    name, value = cursor.text(), cursor.value()
    return name, Key(value=value, written=data[begin : cursor.at])


def _tensor(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name, shape, kind, offset = cursor.tensor()
    if kind not in KINDS:
        raise ValueError(f"has tensor {name!r} of a type that is not known ({kind})")
    if not all(shape) or shape[0] % KINDS[kind][1]:
        raise ValueError(f"is damaged: tensor {name!r} has no possible shape")
    return name, shape, kind, offset
