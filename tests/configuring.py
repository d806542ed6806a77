"""Writing configurations, reading them, and being told what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent import config as configuration
from agent.errors import ConfigError

Files = Mapping[str, str | bytes]


def read(
    folder: Path, text: str, beside: Files | None = None, environment: Mapping[str, str] | None = None
) -> configuration.Loaded:
    """`text` as config.yaml in `folder`, with files beside it: `{"conf.d/10.yaml": "..."}`."""
    for name, content in {"config.yaml": text, **(beside or {})}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return configuration.read(folder / "config.yaml", environment=environment or {})


def refused(
    folder: Path, text: str, beside: Files | None = None, environment: Mapping[str, str] | None = None
) -> list[str]:
    """The lines of what `read` raises, with files named as from `folder`."""
    with pytest.raises(ConfigError) as told:
        read(folder, text, beside, environment)
    return str(told.value).replace(f"{folder}/", "").splitlines()


def credentials(folder: Path, files: Files) -> dict[str, str]:
    """The environment of a service whose unit loads `files` as credentials."""
    place = folder / "credentials"
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        (place / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return {"CREDENTIALS_DIRECTORY": str(place)}
