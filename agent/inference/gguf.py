"""Looks at a GGUF file before a library does that ends the process over a bad one.

Reads the header only: every length in it is checked against the file, and every tensor must lie inside it.
Damaged weights look like weights; against those there is the checksum.
"""

import hashlib
import mmap
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.inference.cursor import MAGIC, Cursor, sound_alignment
from agent.inference.header import KINDS, VERSIONS

ARCHITECTURES = ("llama", "gemma2", "phi3", "qwen2")
"""What gpt4all's library loads; the first is what our own models are."""
NEEDED = (
    "{arch}.context_length",
    "{arch}.embedding_length",
    "{arch}.block_count",
    "tokenizer.ggml.model",
    "tokenizer.ggml.tokens",
    "tokenizer.ggml.token_type",
    "tokenizer.ggml.eos_token_id",
)
"""Without the last two it loads, and neither stops nor knows its control tokens."""
NEEDED_OF_OLD = (
    "{arch}.feed_forward_length",
    "{arch}.attention.head_count",
    "{arch}.attention.layer_norm_rms_epsilon",
)
"""Needed by ARCHITECTURES."""
MOST_TENSORS, MOST_KEYS = 20_000, 2_000
LONGEST_NAME, LONGEST_KEY, LONGEST_VALUE = 256, 1 << 16, 1 << 24
OVERHEAD = 40 << 20
"""What a process takes before it has a model."""
_BLOCKS = {kind: (weights, size) for kind, (_, weights, size) in KINDS.items()}
"""How many weights a block has, and how many bytes."""
_NEWER_BLOCKS = {34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18)}
"""For those that came later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gguf:
    """What a model file says of itself."""

    architecture: str
    context: int
    """How many tokens it was made for."""
    layers: int
    size: int
    """Bytes on disk."""
    cached: int
    """Bytes that each token of context takes."""
    newer: bool = False
    """Whether it is one that gpt4all's library does not know."""

    def memory(self, context: int) -> int:
        """About how many bytes it takes when loaded for `context` tokens."""
        return self.size + self.cached * context + OVERHEAD


def check(
    path: Path,
    *,
    context: int,
    memory_limit: int | None = None,
    sha256: str | None = None,
    newer: bool = False,
) -> Gguf:
    """What the model in `path` is; `newer`: one that gpt4all's library does not know will do.

    Raises:
        ConfigError: it can't be loaded, is another one than `sha256` says, or takes more than `memory_limit`
            bytes with a context of `context` tokens. One line.
    """
    try:
        found = _read(path, newer=newer)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    needed = found.memory(context)
    if memory_limit is not None and needed > memory_limit:
        raise ConfigError(
            f"{path}: takes about {needed >> 20} MB of memory with a context of {context} tokens; "
            f"the limit is {memory_limit >> 20} MB"
        )
    if sha256 is not None:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256.lower():
                raise ConfigError(f"{path}: is not the file that was meant: its SHA-256 is another one")
    return found


def _read(path: Path, *, newer: bool) -> Gguf:
    size = path.stat().st_size
    if path.is_dir():
        raise ValueError("is a folder, not a GGUF file")
    if size == 0:
        raise ValueError("is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        if mapped[: len(MAGIC)] != MAGIC:
            raise ValueError("is not a GGUF file")
        try:
            return _Reader(mapped, newer=newer).model()
        except struct.error:
            raise ValueError(f"is cut off: {size} bytes, and its header goes on") from None


class _Reader:
    """Walks through the header."""

    def __init__(self, data: mmap.mmap, *, newer: bool) -> None:
        self._size = len(data)
        self._cursor = Cursor(data)
        self._blocks = _BLOCKS | _NEWER_BLOCKS if newer else _BLOCKS
        self._newer = newer
        self._is_newer = False

    def model(self) -> Gguf:
        (version,) = self._cursor.take("I")
        if version not in VERSIONS:
            raise ValueError(f"is GGUF version {version}; 2 and 3 can be loaded")
        tensors, keys = self._cursor.take("QQ")
        if tensors > MOST_TENSORS or keys > MOST_KEYS:
            raise ValueError(f"is damaged: {tensors} tensors and {keys} keys")
        values = {self._cursor.text(LONGEST_KEY): self._cursor.value(LONGEST_VALUE) for _ in range(keys)}
        arch = values.get("general.architecture")
        self._is_newer = arch not in ARCHITECTURES
        if self._is_newer and not (self._newer and isinstance(arch, str)):
            known = ", ".join(ARCHITECTURES)
            raise ValueError(
                f"is a model of architecture {arch!r}; {known} can be loaded, others with hearthd[llama]"
            )
        needed = NEEDED if self._is_newer else NEEDED + NEEDED_OF_OLD
        missing = [one for key in needed if (one := key.format(arch=arch)) not in values]
        if missing:
            raise ValueError(f"lacks {missing[0]!r}")
        self._tensors(tensors, sound_alignment(values.get("general.alignment", 32)))
        return self._described(str(arch), values)

    def _described(self, arch: str, values: dict[str, Any]) -> Gguf:
        heads: Any = values.get(f"{arch}.attention.head_count")
        shared: Any = values.get(f"{arch}.attention.head_count_kv")
        if self._is_newer:
            # Each layer may have another number, or none: the most that it can take.
            heads = heads or 1
            shared = shared or heads
        shared = heads if shared is None else shared
        layers, wide = values[f"{arch}.block_count"], values[f"{arch}.embedding_length"]
        context = values[f"{arch}.context_length"]
        numbers = (heads, shared, layers, wide, context)
        sound = all(isinstance(one, int) and 0 < one < 1 << 31 for one in numbers)
        if not sound or (wide % heads and not self._is_newer):
            raise ValueError("is damaged: its sizes make no sense")
        each = values.get(f"{arch}.attention.key_length")
        each = each if isinstance(each, int) and each > 0 else wide // heads
        return Gguf(
            architecture=arch,
            context=context,
            layers=layers,
            size=self._size,
            cached=2 * 2 * layers * min(shared, heads) * each,
            newer=self._is_newer,
        )

    def _tensors(self, count: int, alignment: int) -> None:
        end = 0
        for _ in range(count):
            name, shape, kind, offset = self._cursor.tensor(LONGEST_NAME)
            if kind not in self._blocks:
                raise ValueError(f"has tensor {name!r} of type {kind}, which can't be loaded")
            self._is_newer |= kind not in _BLOCKS
            weights, of_bytes = self._blocks[kind]
            if not all(shape) or shape[0] % weights or offset % alignment:
                raise ValueError(f"is damaged: tensor {name!r} has no possible shape")
            end = max(end, offset + prod(shape) // weights * of_bytes)
        if not end:
            raise ValueError("has no weights")
        whole = self._cursor.aligned(alignment) + end
        if whole > self._size:
            raise ValueError(f"is cut off: {self._size} bytes of {whole}")
