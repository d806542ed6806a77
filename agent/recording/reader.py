"""Reads a recording back, whatever ended it: in order over its files, a little of it at a time.

What cannot be read is counted and left out: the end that a kill cut off, a line that is none, a damaged piece
of a file. Only what is no recording at all is refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog

from agent.errors import ConfigError
from agent.recording.files import parts
from agent.recording.format import Header, Recorded, decoded, header_of
from agent.recording.pieces import Flaws, lines

log = structlog.get_logger(__name__)
GZIP = b"\x1f\x8b"


class Recording:
    """A recording to be gone through, as often as you like; `flaws` and `header` are of the last time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.flaws = Flaws()
        self.header: Header | None = None
        """That of the file that is being read."""

    def __iter__(self) -> Iterator[Recorded]:
        """What was recorded, in order.

        Raises:
            ConfigError: there is no recording, or it is none.
        """
        self.flaws = Flaws()
        for part in parts(self.path):
            try:
                with part.open("rb") as file:
                    yield from self._read(part, file)
            except FileNotFoundError:
                self.flaws.gone += 1
            except OSError as error:
                raise ConfigError(f"{part} cannot be read: {error.strerror}") from error

    def _read(self, path: Path, file: BinaryIO) -> Iterator[Recorded]:
        damaged = self.flaws.damaged
        began = False
        for line in _lines(path, file, self.flaws):
            # Where the beginning is damaged, the header is lost with it.
            if not began and self.flaws.damaged == damaged:
                self.header = _header(path, line)
                began = True
                continue
            began = True
            try:
                found = decoded(line)
            except ValueError:
                self.flaws.unreadable += 1
                continue
            if not isinstance(found, Header):
                yield found


def read(path: Path) -> Iterator[Recorded]:
    """What the recording at `path`, its file or its folder, holds, oldest first; flaws are logged.

    Raises:
        ConfigError: there is no recording, or it is none.
    """
    recording = Recording(path)
    yield from recording
    if recording.flaws:
        log.warning("recording.lines_lost", path=str(path), lost=str(recording.flaws))


def header_in(path: Path) -> Header | None:
    """The header of one file; None if the file ends before.

    Raises:
        ConfigError: it is no recording.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        line = next(_lines(path, file, Flaws()), None)
    return None if line is None else _header(path, line)


def _lines(path: Path, file: BinaryIO, flaws: Flaws) -> Iterator[bytes]:
    start = file.read(len(GZIP))
    if start != GZIP[: len(start)]:
        raise _no_recording(path)
    yield from lines(file, flaws)


def _header(path: Path, line: bytes) -> Header:
    try:
        found = orjson.loads(line)
    except ValueError:
        raise _no_recording(path) from None
    if not isinstance(found, dict):
        raise _no_recording(path)
    try:
        return header_of(found)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _no_recording(path: Path) -> ConfigError:
    return ConfigError(f"{path}: it is no recording of hearthd")
