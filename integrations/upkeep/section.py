"""What is configured under `plugins: upkeep:`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from agent.api import AbsolutePath, Duration, Section

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SHALLOWEST = 3
"""Parts of a path: `/`, and at least two more."""
_SYSTEM = ("etc", "usr", "bin", "sbin", "lib", "lib64", "boot", "dev", "proc", "sys")
_NEVER = tuple(Path("/", one) for one in _SYSTEM)


def _a_cache(folder: Path) -> Path:
    if ".." in folder.parts:
        raise ValueError(f"{folder} goes up again; write where it is")
    if len(folder.parts) < SHALLOWEST or any(folder.is_relative_to(one) for one in _NEVER):
        raise ValueError(f"{folder} is no cache; /var/cache/thumbnails would be one")
    return folder


class Cache(Section):
    """A folder in which files may be deleted, because whoever wrote them makes them again."""

    folder: Annotated[AbsolutePath, AfterValidator(_a_cache)]
    """Where it is: the folder itself, not a link to it."""
    delete: tuple[Pattern, ...] = Field(min_length=1, max_length=50)
    """The files that may be deleted, by their path in the folder; * stands for anything, folders too."""
    older: Duration = Field(default=0.0, ge=0)
    """Only those that were not written to for so long."""


class Log(Section):
    """A log that logrotate knows how to rotate."""

    file: AbsolutePath
    """The file that tells logrotate how, as in /etc/logrotate.d/nginx."""


class Settings(Section):
    """What the user configures."""

    caches: dict[Name, Cache] = Field(default_factory=dict, max_length=50)
    """What `cache.clear` may clear, by a name of your own. Nothing else is ever deleted."""
    logs: dict[Name, Log] = Field(default_factory=dict, max_length=50)
    """What `log.rotate` may rotate, by a name of your own."""
    within: Duration = Field(default=60.0, gt=0, le=3600)
    """How long each of them may take."""
