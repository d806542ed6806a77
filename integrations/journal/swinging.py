"""Messages that say one of two opposite things, as up and down. Pure."""

import re
from dataclasses import dataclass

_PAIRS = (
    ("up", "down"),
    ("online", "offline"),
    ("gained", "lost"),
    ("reachable", "unreachable"),
    ("available", "unavailable"),
    ("associated", "disassociated"),
    ("connected", "disconnected"),
)
_SIDES = {word: number for pair in _PAIRS for number, word in enumerate(pair)}
_WORD = re.compile(rf"(?i)\b(?:{'|'.join(_SIDES)})\b")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Swing:
    """One side of two opposites: of what, and which."""

    of: str
    side: int


def swing_of(shape: str) -> Swing | None:
    """Which side a message of this shape tells of; None if it tells of none, or of both."""
    shape = shape[:LONGEST]
    found = {_SIDES[word.lower()] for word in _WORD.findall(shape)}
    if len(found) != 1:
        return None
    return Swing(of=_WORD.sub("~", shape), side=found.pop())
