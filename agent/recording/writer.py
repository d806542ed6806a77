"""Writes a recording: every flush is a gzip member of its own and on disk when it returns.

So whatever ends us, all but what waited for the next flush can be read. Files are rotated by size and age,
and the oldest are deleted: the disk that a recording takes is bounded.
"""

import fcntl
import gzip
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import __version__
from agent.errors import ConfigError, TransientError
from agent.recording.files import finished, numbered
from agent.recording.format import Header, Recorded, encoded
from agent.recording.reader import header_in
from agent.runtime.clock import Clock

LEVEL = 6
PIECE = 1024 * 1024
"""Bytes that are put into one piece, so that no file is much longer than it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a file is full, in bytes and seconds, and how many bytes all files of a recording may have."""

    size: int = 64 * 1024 * 1024
    age: float = 86_400.0
    total: int = 1024 * 1024 * 1024


class Writer:
    """One recording. `add` belongs to the event loop; the others may run in a thread.

    What an earlier recording left at `path` becomes a full file of it, and is never overwritten.
    """

    def __init__(
        self, path: Path, *, node: str, filters: Sequence[str], clock: Clock, limits: Limits | None = None
    ) -> None:
        self.path = path
        self.files: list[Path] = []
        """What was written to and is still there, oldest first."""
        self.deleted = 0
        """How many files had to go to make room."""
        self.written = 0
        """Lines on disk, headers left out."""
        self._node = node
        self._filters = tuple(filters)
        self._clock = clock
        self._limits = limits or Limits()
        self._waiting: deque[bytes] = deque()
        self._added = self._taken = 0
        self._busy = threading.Lock()
        self._lock: int | None = None
        self._file: int | None = None
        self._size = 0
        self._lines = 0
        self._began = 0.0
        self._next = 1

    def open(self) -> None:
        """Begin the first file.

        Raises:
            ConfigError: nothing can be written there, something else is there, or somebody writes there now.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(
                self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600
            )
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConfigError(f"{self.path} is being written by another 'hearthd record'") from None
            full = finished(self.path)
            self._next = max(full, default=0) + 1
            if self.path.exists():
                if self.path.stat().st_size:
                    header_in(self.path)
                self._put_aside()
            self._begin()
            self._make_room()
        except OSError as error:
            self.close()
            raise ConfigError(f"{self.path} cannot be written: {error.strerror}") from error
        except ConfigError:
            self.close()
            raise

    @property
    def waiting(self) -> int:
        """Bytes that wait for the next flush."""
        return self._added - self._taken

    def add(self, one: Recorded) -> None:
        """Let `one` be in the next flush."""
        line = encoded(one)
        self._waiting.append(line)
        self._added += len(line)

    def flush(self) -> None:
        """Put what waits on disk, and begin another file if this one is full. Blocks.

        Raises:
            TransientError: the disk does not take it.
        """
        with self._busy:
            if self._file is None:
                return
            try:
                # What is added meanwhile is left to the next flush.
                until = self._added
                while self._taken < until:
                    self._put_waiting()
                    self._turn_over()
                self._turn_over()
            except OSError as error:
                raise TransientError(f"{self.path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Put what waits on disk and end.

        Raises:
            TransientError: the disk does not take it.
        """
        try:
            self.flush()
        finally:
            with self._busy:
                self._end()
                if self._lock is not None:
                    os.close(self._lock)
                    self._lock = None

    def _put_waiting(self) -> None:
        # While we take from one end, the event loop may add at the other.
        lines: list[bytes] = []
        size, most = 0, min(PIECE, self._limits.size)
        while self._waiting and size < most:
            lines.append(self._waiting.popleft())
            size += len(lines[-1])
        self._taken += size
        self._put(b"".join(lines))
        self._lines += len(lines)
        self.written += len(lines)

    def _turn_over(self) -> None:
        if self._full():
            self._end()
            self._put_aside()
            self._begin()
        self._make_room()

    # a file ---------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.files.append(self.path)
        self._size = self._lines = 0
        self._began = self._clock.monotonic()
        header = Header(
            time=self._clock.time(),
            node=self._node,
            hearthd=__version__,
            part=self._next,
            filters=self._filters,
        )
        self._put(encoded(header))
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _put(self, text: bytes) -> None:
        if self._file is None:
            return
        left = memoryview(gzip.compress(text, LEVEL, mtime=0))
        self._size += len(left)
        while left:
            left = left[os.write(self._file, left) :]
        os.fdatasync(self._file)

    def _end(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _full(self) -> bool:
        if not self._lines:
            return False
        return self._size >= self._limits.size or self._clock.monotonic() - self._began >= self._limits.age

    def _put_aside(self) -> None:
        aside = numbered(self.path, self._next)
        self.path.rename(aside)
        self._next += 1
        if self.path in self.files:
            self.files[self.files.index(self.path)] = aside

    def _make_room(self) -> None:
        full = {one: one.stat().st_size for one in finished(self.path).values()}
        total = sum(full.values()) + self._size
        for one, size in full.items():
            if total <= self._limits.total:
                break
            one.unlink()
            total -= size
            self.deleted += 1
            if one in self.files:
                self.files.remove(one)
