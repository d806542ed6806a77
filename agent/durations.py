"""How people write lengths of time: `90s`, `5m`, `1h30m`, `2d`, `500ms`; a bare number is seconds."""

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|[wdhms])", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_RIGHT = "90s, 5m, 1h30m or 2d would be right"
LONGEST = 10 * 366 * 86_400.0
"""Seconds; nothing in a house is planned for longer."""


def parse(written: object) -> float:
    """The seconds that `written` stands for: a number, or numbers with units, larger units first.

    Raises:
        ValueError: it is no length of time; the text says what would be one.
    """
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        raise ValueError(f"{written!r:.40} is no length of time; {_RIGHT}")  # noqa: TRY004  # as pydantic wants it
    seconds = _parsed(written.strip()) if isinstance(written, str) else written
    if not 0 <= seconds <= LONGEST:  # also false for what is no number at all
        raise ValueError(f"{written!r:.40} is no length of time between 0 and ten years; {_RIGHT}")
    return float(seconds)


def told(seconds: float) -> str:
    """The same length of time in the form in which it is written: `1h30m`."""
    left = math.floor(seconds * 1000 + 0.5)
    found = []
    for unit, size in _SECONDS.items():
        many, left = divmod(left, int(size * 1000))
        if many:
            found.append(f"{many}{unit}")
    return "".join(found) or "0s"


def _parsed(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    total, at, above = 0.0, 0, math.inf
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or _SECONDS[part[2]] >= above:
            raise ValueError(f"{text!r:.40} is no length of time; {_RIGHT}")
        above = _SECONDS[part[2]]
        total += float(part[1]) * above
        at = part.end() + (text[part.end() : part.end() + 1] == " " and part.end() + 1 < len(text))
    if not text:
        raise ValueError(f"'' is no length of time; {_RIGHT}")
    return total


Duration = Annotated[
    float,
    BeforeValidator(parse, json_schema_input_type=str | float),
    Field(ge=0, examples=["90s", "5m", "1h30m"]),
]
"""A length of time of a configuration, in seconds once it is read. Narrow it with `Field(gt=..., le=...)`."""
