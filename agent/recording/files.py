"""The files of a recording: `house.jsonl.gz` is the newest, `house.000001.jsonl.gz` and so on came before."""

import re
from pathlib import Path

from agent.errors import ConfigError

SUFFIX = ".jsonl.gz"
_PART = re.compile(r"(?s)(.+)\.(\d{6,9})(\.jsonl\.gz|\.gz|)")


def finished(path: Path) -> dict[int, Path]:
    """The files of the recording at `path` that are full, by number, oldest first.

    Raises:
        OSError: its folder cannot be read.
    """
    stem, suffix = _split(path.name)
    found = {}
    for one in path.parent.iterdir():
        part = _PART.fullmatch(one.name)
        if part and (part[1], part[3]) == (stem, suffix):
            found[int(part[2])] = one
    return dict(sorted(found.items()))


def numbered(path: Path, number: int) -> Path:
    """What the newest file is called once it is full."""
    stem, suffix = _split(path.name)
    return path.with_name(f"{stem}.{number:06d}{suffix}")


def parts(path: Path) -> list[Path]:
    """The files to be read, oldest first: of a recording, or only the one that `path` is.

    Raises:
        ConfigError: there is none, or there are several recordings in the folder `path`.
    """
    try:
        if path.is_dir():
            path = _only_recording(path)
        before = [] if _PART.fullmatch(path.name) and path.exists() else list(finished(path).values())
        newest = [path] if path.exists() else []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    if not before and not newest:
        raise ConfigError(f"{path}: there is no such recording; 'hearthd record {path}' would make one")
    return before + newest


def _only_recording(folder: Path) -> Path:
    names = set()
    for one in folder.iterdir():
        if one.name.endswith(SUFFIX):
            part = _PART.fullmatch(one.name)
            names.add(part[1] + part[3] if part else one.name)
    if not names:
        raise ConfigError(f"{folder}: there is no recording in this folder ('*{SUFFIX}')")
    if len(names) > 1:
        told = ", ".join(sorted(names)[:5])
        raise ConfigError(f"{folder}: there are {len(names)} recordings in this folder ({told}); name one")
    return folder / names.pop()


def _split(name: str) -> tuple[str, str]:
    for suffix in (SUFFIX, ".gz"):
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix), suffix
    return name, ""
