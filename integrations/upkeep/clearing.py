"""Deletes what may be deleted in a folder, and nothing outside: no link is followed, no mount entered.

Blocks: call it in a thread.
"""

import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from agent.api import ActionError

DEEPEST = 40
"""Folders in folders that are looked into."""


@dataclass(slots=True)
class Cleared:
    """What became of it."""

    files: int = 0
    size: int = 0
    """Bytes."""
    kept: int = 0
    """Files that could not be deleted."""
    reason: str = ""
    """Why the first of them could not."""
    late: bool = False
    """Whether it took too long, so that more may be left."""


def obstacle(folder: Path) -> str | None:
    """Why a folder cannot be cleared; None if it can."""
    if not folder.exists() and not folder.is_symlink():
        return f"there is no {folder}"
    if folder.resolve() != folder:
        return f"{folder} is reached over a link; write where it really is"
    return None if folder.is_dir() else f"{folder} is no folder"


class Clearing:
    """One clearing. `stop` is asked between two files whether to go on."""

    def __init__(self, patterns: Sequence[str], *, before: float, stop: Callable[[], bool]) -> None:
        """Delete files that fit one of `patterns` and were written to before `before`."""
        self._patterns = patterns
        self._before = before
        self._stop = stop
        self._device = 0
        self.found = Cleared()

    def clear(self, folder: Path) -> Cleared:
        """Do it.

        Raises:
            ActionError: the folder cannot be looked into.
        """
        try:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise ActionError(f"{folder} cannot be looked into: {error.strerror}") from error
        try:
            self._device = os.fstat(opened).st_dev
            self._clear(opened, "", 0)
        finally:
            os.close(opened)
        return self.found

    def _clear(self, folder: int, path: str, depth: int) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if self._stop():
                    self.found.late = True
                    return
                with suppress(FileNotFoundError):  # somebody else tidies up, too
                    self._look(folder, entry.name, f"{path}{entry.name}", depth)

    def _look(self, folder: int, name: str, path: str, depth: int) -> None:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(about.st_mode):
            self._enter(folder, name, path, depth)
        elif (
            stat.S_ISREG(about.st_mode)
            and about.st_mtime < self._before
            and any(fnmatchcase(path, one) for one in self._patterns)
        ):
            self._delete(folder, name, about)

    def _enter(self, folder: int, name: str, path: str, depth: int) -> None:
        if depth >= DEEPEST:
            return
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            # By name in the folder that is open: whoever puts a link in its place meanwhile gets us nowhere.
            inner = os.open(name, flags, dir_fd=folder)
        except OSError as error:
            self._kept(error)
            return
        try:
            if os.fstat(inner).st_dev == self._device:
                self._clear(inner, f"{path}/", depth + 1)
        finally:
            os.close(inner)

    def _delete(self, folder: int, name: str, about: os.stat_result) -> None:
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            self._kept(error)
        else:
            self.found.files += 1
            self.found.size += about.st_blocks * 512 if about.st_nlink == 1 else 0

    def _kept(self, error: OSError) -> None:
        self.found.kept += 1
        self.found.reason = self.found.reason or (error.strerror or repr(error))


def deadline(within: float) -> Callable[[], bool]:
    """Whether so many seconds have passed from now."""
    until = time.monotonic() + within
    return lambda: time.monotonic() > until
