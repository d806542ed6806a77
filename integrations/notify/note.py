"""A message to one person: cleaned of everything but text, and in the form that survives a restart. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from integrations.notify.section import Severity

LONGEST_MESSAGE = 4_000
LONGEST_TITLE = 200
MOST_LINES = 60
_JOINERS = "\u200c\u200d"
"""Invisible, but parts of words and emoji."""


def clean(text: str, *, most: int) -> str:
    """`text` without what steers terminals, screens and readers, at most `most` characters.

    What is left is printable text with line breaks: no control characters, no overrides of the direction, no
    invisible letters, no lone surrogates.
    """
    # Nobody needs more of it to find the first `most` visible characters of.
    shown = "".join(map(_shown, text[: 4 * most].replace("\r\n", "\n")))
    lines = [line.rstrip() for line in shown.strip().split("\n")]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "..."]
    return cut("\n".join(lines), most)


def clean_line(text: str, *, most: int) -> str:
    """The same in one line."""
    return cut(" ".join(clean(text, most=2 * most).split()), most)


def cut(text: str, most: int) -> str:
    """At most `most` characters of `text`; three dots say that there was more."""
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."


def _shown(one: str) -> str:
    if one in "\n\r\v\f\x85\u2028\u2029":
        return "\n"
    if one == "\t":
        return " "
    hidden = unicodedata.category(one) in ("Cc", "Cf", "Cs", "Cn", "Co")
    return "" if hidden and one not in _JOINERS else one


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is said to somebody. `id` and `trace` are those of the action that asked for it."""

    id: str
    message: str
    title: str = ""
    kind: str = ""
    severity: Severity = Severity.INFO
    key: str = ""
    trace: str = ""

    @property
    def print(self) -> str:
        """The same for two notes in which a person would see no difference."""
        return sha256(f"{self.severity}\n{self.title}\n{self.message}".encode()).hexdigest()[:24]

    def says_the_same_as(self, other: "Note") -> bool:
        """Whether a person would see no difference."""
        return self.print == other.print

    @property
    def line(self) -> str:
        """The note in one line of a list."""
        first = self.message.partition("\n")[0]
        return cut(f"{self.title}: {first}" if self.title else first, 160)

    def as_json(self) -> dict[str, Any]:
        """The note in a form that survives the store."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Note":
        """The note that `as_json` wrote."""
        return cls(**{**found, "severity": Severity(found.get("severity", "info"))})
