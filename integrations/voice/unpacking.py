"""Unpacks the archive of a model: what somebody else has packed may be meant to hurt, or be cut short.

Nothing is written before the whole table of contents was found good: no path that leads out, nothing but
files and folders, bounded sizes, and no more than what a model can have.
"""

import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from agent.api import ConfigError

MOST_ENTRIES: Final = 2_000
LARGEST_TABLE: Final = 1 << 20
"""Bytes of the table of contents: looked at before it is read into memory."""
LARGEST: Final = 8 * 10**9
"""Bytes of all files together."""
STRONGEST: Final = 100
"""How many times larger than the archive its files may be; those of models are about twice as large."""
DEEPEST: Final = 8
LEFT_FREE: Final = 500 * 10**6
"""Bytes of the disk that are not for models."""
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LOCATOR: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_AT_ONCE: Final = 1 << 20
_PLAIN: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 1


def look(archive: Path) -> None:
    """See whether `archive` can be unpacked.

    Raises:
        ConfigError: it can't, or isn't to be; one line.
    """
    try:
        _look_at_table(archive)
        with zipfile.ZipFile(archive) as opened:
            _paths(opened.infolist(), archive)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise ConfigError(f"{archive}: is no ZIP archive that can be read: {error}") from None


def unpack(archive: Path, into: Path) -> None:
    """Unpack `archive` into the folder `into`, which comes into being; a folder around all of it is left out.

    Raises:
        ConfigError: it can't be, or isn't to be; what was written before is for the caller to remove.
    """
    try:
        _look_at_table(archive)
        with zipfile.ZipFile(archive) as opened:
            paths = _paths(opened.infolist(), archive)
            need = sum(one.file_size for one in opened.infolist())
            free = shutil.disk_usage(into.parent).free - LEFT_FREE
            if need > free:
                raise ConfigError(
                    f"{into.parent}: no room: {need / 1e6:.0f} MB are needed, {max(0, free) / 1e6:.0f} MB"
                    " are free for models"
                )
            into.mkdir()
            for entry, path in zip(opened.infolist(), paths, strict=True):
                if path is not None:
                    _write(opened, entry, into.joinpath(*path.parts))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise ConfigError(f"{archive}: is damaged: {error}") from None
    except OSError as error:
        raise ConfigError(f"{error.filename or into}: {error.strerror or error}") from None


def _look_at_table(archive: Path) -> None:
    """How much there is to read, before it is: the end of the file says so."""
    with archive.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END_SIZE - _LOCATOR_SIZE))
        end = file.read()
    locator, last = end[:-_END_SIZE], end[-_END_SIZE:]
    if not last.startswith(_END) or last[-2:] != b"\0\0" or locator.startswith(_LOCATOR):
        raise ConfigError(f"{archive}: is no plain ZIP archive, or it is cut short")
    entries, table = int.from_bytes(last[10:12], "little"), int.from_bytes(last[12:16], "little")
    if entries > MOST_ENTRIES or table > LARGEST_TABLE:
        raise ConfigError(f"{archive}: has {entries} files; a model has at most {MOST_ENTRIES}")


def _paths(entries: Sequence[zipfile.ZipInfo], archive: Path) -> list[PurePosixPath | None]:
    """Where each file goes, below the model's folder; None for folders, which come by themselves.

    Raises:
        ConfigError: it is nothing that we unpack.
    """

    def refuse(what: str) -> ConfigError:
        return ConfigError(f"{archive}: {what}; nothing was unpacked")

    if len(entries) > MOST_ENTRIES:
        raise refuse(f"has {len(entries)} files, and a model has at most {MOST_ENTRIES}")
    whole = sum(one.file_size for one in entries)
    if whole > LARGEST or whole > STRONGEST * archive.stat().st_size:
        raise refuse(f"would become {whole / 1e6:.0f} MB, which no model of its size does")
    paths: list[PurePosixPath | None] = []
    for one in entries:
        shown = repr(one.filename)[:80]
        if not _inside(one.filename):
            raise refuse(f"holds {shown}, which leads out of its folder")
        kind = stat.S_IFMT(one.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refuse(f"holds {shown}, which is a link or a device")
        if one.flag_bits & _ENCRYPTED or one.compress_type not in _PLAIN:
            raise refuse(f"holds {shown}, which is encrypted or packed in a way that we don't know")
        paths.append(None if one.is_dir() else PurePosixPath(one.filename))
    files = [one for one in paths if one is not None]
    folders = {folder for one in files for folder in one.parents}
    if not files or len({str(one).casefold() for one in files}) < len(files) or folders & set(files):
        raise refuse("is empty, or holds something twice")
    around = {one.parts[0] for one in files}
    if len(around) == 1 and all(len(one.parts) > 1 for one in files):
        return [None if one is None else PurePosixPath(*one.parts[1:]) for one in paths]
    return paths


def _inside(name: str) -> bool:
    """Whether a path of an archive stays in its folder, however it is read."""
    parts = name.removesuffix("/").split("/")
    return (
        len(parts) <= DEEPEST
        and all(part not in ("", ".", "..") and len(part) <= 255 for part in parts)  # noqa: PLR2004
        and name.isprintable()
        and not set(name) & set('\\:"')
    )


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with opened.open(entry) as packed, path.open("xb") as file:
        while part := packed.read(_AT_ONCE):
            left -= len(part)
            if left < 0:
                raise zipfile.BadZipFile(f"{entry.filename!r} is longer than it says")
            file.write(part)
    if left:
        raise zipfile.BadZipFile(f"{entry.filename!r} is shorter than it says")
