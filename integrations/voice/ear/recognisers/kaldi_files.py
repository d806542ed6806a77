"""Whether files of a model are whole, told from their own structure before a native library reads them.

The library reads a graph that was cut short without complaint and then understands nonsense, or ends the
process; so that is looked at here. Only lengths are followed: nothing is interpreted.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

_FST_MAGIC: Final = 2125659606
_ADDON_MAGIC: Final = 446681434
_ALIGNED: Final = 4
_ALIGNMENT: Final = 16
_TAIL: Final = 1 << 20


class _CutError(Exception):
    pass


class _Header(NamedTuple):
    kind: str
    aligned: bool
    states: int
    arcs: int
    end: int


def defect(path: Path) -> str | None:
    """What is wrong with a file that must be there; None if nothing is."""
    try:
        size = path.stat().st_size
    except OSError:
        return "is missing"
    if size == 0:
        return "is empty"
    check = _CHECKS.get(path.suffix)
    try:
        return check(path) if check else None
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except (_CutError, struct.error, UnicodeDecodeError):
        return f"is cut short ({size} bytes)"


def _acoustic(path: Path) -> str | None:
    """A Kaldi model ends with a vector whose length is told before it."""
    with path.open("rb") as file:
        if not file.read(64).startswith(b"\0B<TransitionModel>"):
            return "is no acoustic model of Kaldi"
        size = path.stat().st_size
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    at = tail.rfind(b"<Priors> FV \x04")
    if at < 0:
        raise _CutError
    at += len(b"<Priors> FV \x04")
    (values,) = struct.unpack_from("<i", tail, at)
    if len(tail) - at - 4 < 4 * values:
        raise _CutError
    return None


def _graph(path: Path) -> str | None:
    data = path.read_bytes()
    if len(data) < 4 or struct.unpack_from("<i", data)[0] != _FST_MAGIC:  # noqa: PLR2004
        return "is no graph of OpenFst"
    header = _header(data, 0)
    if header.kind == "olabel_lookahead":
        end = _lookahead(data, header.end)
    elif header.kind == "const":
        end = _constant(data, 0)
    elif header.kind == "vector":
        end = header.end + max(0, header.states) * 12 + max(0, header.arcs) * 16
    else:
        end = header.end
    if end > len(data):
        raise _CutError
    return None


def _header(data: bytes, at: int) -> _Header:
    magic, length = struct.unpack_from("<ii", data, at)
    if magic != _FST_MAGIC or not 0 < length < 64:  # noqa: PLR2004
        raise _CutError
    kind = data[at + 8 : at + 8 + length].decode("ascii")
    at += 8 + length
    (length,) = struct.unpack_from("<i", data, at)
    at += 4 + length
    _version, flags, _properties, _start, states, arcs = struct.unpack_from("<iiQqqq", data, at)
    return _Header(kind, bool(flags & _ALIGNED), states, arcs, at + struct.calcsize("<iiQqqq"))


def _constant(data: bytes, at: int) -> int:
    """Where a constant graph ends that begins at `at`: 20 bytes a state, 16 an arc."""
    header = _header(data, at)
    padding = _ALIGNMENT if header.aligned else 1
    states = header.end + -header.end % padding + header.states * 20
    return states + -states % padding + header.arcs * 16


def _lookahead(data: bytes, at: int) -> int:
    """Where a look-ahead graph ends: a constant graph, and for each side what each state can reach."""
    (magic,) = struct.unpack_from("<i", data, at)
    if magic != _ADDON_MAGIC:
        return at
    at = _constant(data, at + 4)
    (present,) = struct.unpack_from("<?", data, at)
    at += 1
    for _side in range(2 if present else 0):
        (present,) = struct.unpack_from("<?", data, at)
        at += 1
        if not present:
            continue
        _input, relabelled = struct.unpack_from("<??", data, at)
        at += 2
        if relabelled:
            (pairs,) = struct.unpack_from("<q", data, at)
            at += 8 + 8 * pairs
        _last, sets = struct.unpack_from("<iq", data, at)
        at += 12
        length_at = struct.Struct("<q").unpack_from
        for _state in range(sets):
            at += 12 + 8 * length_at(data, at)[0]
    return at


def _table(path: Path) -> str | None:
    """Words with their numbers, a line each."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 512))
        last = file.read().splitlines()[-1].split()
    if len(last) != 2 or not last[1].isdigit():  # noqa: PLR2004
        raise _CutError
    return None


def _numbers(path: Path) -> str | None:
    return None if path.read_bytes().split() else "is empty"


_CHECKS: Final[dict[str, Callable[[Path], str | None]]] = {
    ".mdl": _acoustic,
    ".fst": _graph,
    ".txt": _table,
    ".int": _numbers,
}
