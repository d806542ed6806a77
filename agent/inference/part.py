"""What has come of a file so far: `.NAME.part` beside the file that it becomes, ours alone while it is open.

`.NAME.part.json` says what it is a part of. A part of something else is begun anew.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from shutil import disk_usage
from typing import Any

import orjson

from agent.errors import ConfigError

LEFT_FREE = 500 * 10**6
"""Bytes of the disk that are not for models: the daemon refuses to act once it can't record."""


class Part:
    """A part of a file. Made by `part_of`."""

    def __init__(self, path: Path, file: FileIO, *, target: Path, identity: str) -> None:
        self.path = path
        self._target = target
        self._identity = identity
        self._file = file
        self._note = path.with_name(f"{path.name}.json")
        known = self._known()
        self.version: str | None = known.get("version")
        """What the server calls the version that this is a part of."""
        if known.get("sha256") != identity:
            self.begin(None)
        self.size = file.seek(0, os.SEEK_END)

    def begin(self, version: str | None) -> None:
        """Forget what has come; what comes now is of `version`."""
        self._file.truncate(0)
        self.size, self.version = self._file.seek(0), version
        self._note.write_bytes(orjson.dumps({"sha256": self._identity, "version": version}))

    def need_room(self, size: int) -> None:
        """See to it that the disk has room for so many bytes more.

        Raises:
            ConfigError: it has not.
        """
        free = disk_usage(self.path.parent).free - LEFT_FREE
        if size > free:
            raise ConfigError(
                f"{self.path.parent}: no room: {size / 1e6:.0f} MB are needed, "
                f"{max(0, free) / 1e6:.0f} MB are free for models"
            )

    def add(self, come: bytes) -> None:
        """Append what has come.

        Raises:
            ConfigError: the disk is full; what came before is kept.
        """
        self.need_room(len(come))
        try:
            # Unbuffered, so that it is in the file whatever ends us, and so perhaps not all of it at once.
            while come:
                written = self._file.write(come)
                self.size, come = self.size + written, come[written:]
        except OSError as error:
            raise ConfigError(f"{self.path}: can't be written: {error.strerror}") from None

    def head(self, length: int) -> bytes:
        """The first bytes of it."""
        return os.pread(self._file.fileno(), length, 0)

    def digest(self) -> str:
        """The SHA-256 of what has come."""
        self._file.seek(0)
        found = hashlib.file_digest(self._file, "sha256").hexdigest()
        self._file.seek(0, os.SEEK_END)
        return found

    def discard(self) -> None:
        """Remove it."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give it the name that it was meant for.

        Raises:
            ConfigError: there is a file of that name by now.
        """
        os.fsync(self._file.fileno())
        if self._target.exists():
            raise ConfigError(f"{self._target}: has come into being meanwhile; {self.path} is the new one")
        self.path.rename(self._target)
        self._note.unlink(missing_ok=True)

    def _known(self) -> dict[str, Any]:
        try:
            known = orjson.loads(self._note.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


@contextmanager
def part_of(target: Path, identity: str) -> Iterator[Part]:
    """The part of `target` that is there already, or an empty one; nobody else has it meanwhile.

    `identity` is its SHA-256, or its address where that is not known; a part of another file is begun anew.

    Raises:
        ConfigError: somebody else has it, or the folder can't be written.
    """
    path = target.with_name(f".{target.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+") as file:
            _lock(file, path)
            yield Part(path, file, target=target, identity=identity)
    except BlockingIOError:
        raise ConfigError(f"{target}: is being downloaded by another process") from None
    except OSError as error:
        hint = "; run this as hearthd's user" if error.errno in (errno.EACCES, errno.EPERM) else ""
        raise ConfigError(f"{error.filename or path}: {error.strerror}{hint}") from None


def _lock(file: FileIO, path: Path) -> None:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Whoever had it may have finished it between our two steps: this is its file then, not a part of ours.
    if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
        raise BlockingIOError
