"""Regular expressions of devices, refused where matching could take long.

Python's matcher tries every way a pattern can fit. The ways are counted from the pattern's tree: what can
repeat a part that itself fits in several ways is refused, the rest may be tried on a text short enough.
"""

import re
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from agent.templates.limits import Purse, RefusedError

LONGEST = 500
"""Letters of a pattern."""
MOST_TRIES = 1_000_000
_TRIES_A_STEP = 100
_FEW = 8
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


class Pattern:
    """A compiled pattern that knows on how long a text it may be tried."""

    __slots__ = ("_tree", "compiled")

    def __init__(self, source: str, flags: int) -> None:
        if len(source) > LONGEST:
            raise RefusedError(f"its pattern has {len(source)} letters; up to {LONGEST} would do")
        try:
            self.compiled = re.compile(source, flags)
            self._tree = _parser.parse(source, flags)
        except (re.error, RecursionError, OverflowError) as error:
            raise RefusedError(f"{source!r} is no regular expression: {error}") from None

    def on(self, text: str, purse: Purse) -> "re.Pattern[str]":
        """The pattern, to be tried on `text` at the cost of `purse`.

        Raises:
            RefusedError: that could take too long.
        """
        tries = (len(text) + 1) * _ways(self._tree, len(text) + 1)
        if tries > MOST_TRIES:
            raise RefusedError(
                f"{self.compiled.pattern[:80]!r} could take too long on {len(text)} letters; "
                "a pattern with fewer open repeats would do"
            )
        purse.pay(int(tries) // _TRIES_A_STEP)
        return self.compiled


@lru_cache(maxsize=512)
def pattern(source: str, *, ignore_case: bool = False) -> Pattern:
    """The pattern that `source` describes.

    Raises:
        RefusedError: it is none, or too long.
    """
    return Pattern(source, re.IGNORECASE if ignore_case else 0)


def _ways(tree: Any, most: int) -> float:
    """In how many ways `tree` could fit a text of `most` letters, at the worst."""
    ways = 1.0
    for code, argument in tree:
        ways *= _ways_of(code, argument, most)
        if ways > MOST_TRIES:
            return float("inf")
    return ways


def _ways_of(code: Any, argument: Any, most: int) -> float:
    if code in _REPEATS:
        return _ways_to_repeat(*argument, most=most)
    if code is codes.BRANCH:
        return sum(_ways(one, most) for one in argument[1])
    if code is codes.GROUPREF_EXISTS:
        return sum(_ways(one, most) for one in argument[1:] if one)
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return _ways(argument[1], most)
    if code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
        return _ways(argument[3] if code is codes.SUBPATTERN else argument, most)
    return 1.0


def _ways_to_repeat(low: Any, high: Any, body: Any, *, most: int) -> float:
    once = _ways(body, most)
    lengths = min(int(high) - int(low) + 1, most)
    if once == 1:
        return float(lengths)
    return lengths * once ** int(high) if int(high) <= _FEW else float("inf")
