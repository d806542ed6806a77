"""Base of every configuration section: the class stands at the top of the module that it configures."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _absolute(path: Path) -> Path:
    try:
        found = path.expanduser()
    except RuntimeError:
        raise ValueError(f"{str(path)!r}: there is no such user") from None
    if not found.is_absolute() or "\0" in str(path):
        raise ValueError(f"{str(path)!r} depends on where we are started; a path from / on would be right")
    return found


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
"""A path that means the same wherever the daemon is started; `~` is a home folder."""


class Section(BaseModel):
    """A part of config.yaml: frozen, strict about unknown keys, every field with a description."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)
