"""A model in F32, F16 or BF16 to one in Q8_0 or Q4_0: the same keys, smaller weights.

Which tensors are made smaller is as llama.cpp has it. Only a few rows are in memory at any time, and the new
file is there when it is whole, or not at all.
"""

import importlib
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import IO, Any

from agent.errors import ConfigError
from agent.inference import header as headers
from agent.inference.cursor import MAGIC, U32
from agent.inference.header import (
    BF16,
    F16,
    F32,
    KINDS,
    Q4_0,
    Q8_0,
    Header,
    Tensor,
    size_of,
)

TARGETS = {"Q8_0": (Q8_0, 7), "Q4_0": (Q4_0, 2)}
"""What can be made: the type of its tensors, and what `general.file_type` is then."""
UNPACKED = (F32, F16, BF16)
PRECIOUS = ("token_embd.weight", "output.weight")
"""What every word goes through: Q8_0 at least."""
SMALL = ("_norm.weight", "ffn_gate_inp.weight", "position_embd.weight", "token_types.weight")
"""Ends of the names of what stays as it is: it is little, and much depends on it."""
AT_ONCE = 1 << 22
"""Weights in memory at a time."""
VERSION_OF_TYPES = 2
"""Of the layout of packed weights: `general.quantization_version`."""

Plan = list[tuple[Tensor, int]]
"""Each tensor, and the type that it becomes."""
Progress = Callable[[int, int], None]
"""Is told how many bytes are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """What became of it."""

    before: int
    """Bytes of the file that was read."""
    after: int
    """Bytes of the file that was written."""
    tensors: int
    packed: int
    """How many tensors of these were made smaller."""


def quantise(source: Path, target: Path, to: str, *, progress: Progress) -> Quantised:
    """Write what is in `source` to `target`, a new file, with its weights as `to`, a name in TARGETS.

    Raises:
        ConfigError: it can't be done; one line. There is no file at `target` then.
    """
    kind, file_type = TARGETS[to]
    _need_libraries()
    header = headers.read(source)
    if target.exists():
        raise ConfigError(f"{target}: is there already; name another file, or remove it first")
    try:
        plan, packed = _plan(header, kind)
        with source.open("rb") as file, _new_file(target) as out:
            _write_header(out, header, plan, file_type)
            _make_room(target, plan)
            _write_tensors(file, out, plan, header.alignment, progress)
            out.flush()
            os.fsync(out.fileno())
            after = out.tell()
            Path(out.name).replace(target)
    except ValueError as error:
        raise ConfigError(f"{source}: {error}") from None
    except OSError as error:
        raise ConfigError(f"{target}: can't be written: {error.strerror}") from None
    return Quantised(before=source.stat().st_size, after=after, tensors=len(plan), packed=packed)


def _need_libraries() -> None:
    try:
        importlib.import_module("gguf")
    except ImportError:
        raise ConfigError("quantising needs two more libraries: pip install 'hearthd[models]'") from None


def _plan(header: Header, wanted: int) -> tuple[Plan, int]:
    """What becomes of each tensor, and how many are made smaller."""
    plan = [(one, _kind(one, wanted)) for one in header.tensors]
    packed = sum(kind != one.kind for one, kind in plan)
    if not packed:
        raise ValueError(f"has no weights that could be made {KINDS[wanted][0]}")
    return plan, packed


def _kind(tensor: Tensor, wanted: int) -> int:
    """What a tensor becomes."""
    if len(tensor.shape) == 1 or not tensor.name.endswith("weight") or tensor.name.endswith(SMALL):
        return tensor.kind
    if tensor.kind not in UNPACKED:
        name = KINDS[tensor.kind][0]
        raise ValueError(f"its weights are {name} already; take the F32, F16 or BF16 file of the model")
    if tensor.shape[0] % KINDS[wanted][1]:
        return F16
    return Q8_0 if tensor.name in PRECIOUS else wanted


def _write_header(out: IO[bytes], header: Header, plan: Plan, file_type: int) -> None:
    numbers = {"general.file_type": file_type, "general.quantization_version": VERSION_OF_TYPES}
    written = {name: key.written for name, key in header.keys.items()}
    written |= {name: _text(name) + struct.pack("<II", U32, number) for name, number in numbers.items()}
    out.write(MAGIC + struct.pack("<IQQ", header.version, len(plan), len(written)))
    out.writelines(written.values())
    offset = 0
    for tensor, kind in plan:
        sizes = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        out.write(_text(tensor.name) + sizes + struct.pack("<IQ", kind, offset))
        offset += _padded(size_of(tensor.weights, kind), header.alignment)
    _pad(out, header.alignment)


def _make_room(target: Path, plan: Plan) -> None:
    """See to it that the disk has room for all that comes."""
    needed, free = sum(size_of(one.weights, kind) for one, kind in plan), disk_usage(target.parent).free
    if needed > free:
        raise ConfigError(f"{target.parent}: {needed >> 20} MB are needed, and {free >> 20} MB are free")


def _write_tensors(file: IO[bytes], out: IO[bytes], plan: Plan, alignment: int, progress: Progress) -> None:
    done, whole = 0, sum(one.size for one, _ in plan)
    for tensor, kind in plan:
        for rows in _rows(file, tensor):
            out.write(rows if kind == tensor.kind else _converted(rows, tensor, kind))
            done += len(rows)
            progress(done, whole)
        _pad(out, alignment)


def _rows(file: IO[bytes], tensor: Tensor) -> Iterator[bytes]:
    """The bytes of a tensor, some whole rows at a time."""
    file.seek(tensor.begin)
    row = size_of(tensor.shape[0], tensor.kind)
    at_once = max(1, AT_ONCE // tensor.shape[0])
    rows = tensor.weights // tensor.shape[0]
    for begin in range(0, rows, at_once):
        yield file.read(row * min(at_once, rows - begin))


def _converted(rows: bytes, tensor: Tensor, kind: int) -> bytes:
    import gguf
    import numpy as np

    weights: Any
    if tensor.kind == BF16:
        weights = (np.frombuffer(rows, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        weights = np.frombuffer(rows, "<f4" if tensor.kind == F32 else "<f2").astype(np.float32)
    # What F16 can't hold, which is also what the scale of a block is in.
    if not np.isfinite(weights).all() or np.abs(weights).max() > np.finfo(np.float16).max:
        raise ValueError(f"is damaged: tensor {tensor.name!r} has weights that can't be")
    if kind == F16:
        return bytes(weights.astype("<f2").tobytes())
    packed = gguf.quants.quantize(weights.reshape(-1, tensor.shape[0]), gguf.GGMLQuantizationType(kind))
    return bytes(packed.tobytes())


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file beside `target` that is gone at the end, unless it was renamed."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            yield file
    finally:
        beside.unlink(missing_ok=True)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _pad(out: IO[bytes], alignment: int) -> None:
    out.write(b"\0" * (_padded(out.tell(), alignment) - out.tell()))
