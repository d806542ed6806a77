"""Sizes and names as they are said. Pure."""

import re

from agent.api import Words

GIGABYTE, MEGABYTE = 1e9, 1e6
_SPEAKABLE = re.compile(r"[\w.:/@+ -]{1,40}")


def size(words: Words, amount: float) -> str:
    """An amount of bytes in words: "3.2 gigabytes"."""
    if amount >= 1000 * GIGABYTE:
        return words.said("terabytes", amount=plain(amount / (1000 * GIGABYTE)))
    if amount >= GIGABYTE:
        return words.said("gigabytes", amount=plain(amount / GIGABYTE))
    return words.said("megabytes", amount=f"{amount / MEGABYTE:.0f}")


def short(amount: float) -> str:
    """The same for a screen: "3.2 GB"."""
    for unit, many in (("TB", 1e12), ("GB", GIGABYTE), ("MB", MEGABYTE)):
        if amount >= many:
            return f"{plain(amount / many)} {unit}"
    return f"{amount / 1e3:.0f} kB"


def plain(number: float) -> str:
    """A number as one says it: 3.2, 12, 250."""
    return f"{number:.1f}".removesuffix(".0") if number < 100 else f"{number:.0f}"  # noqa: PLR2004  # no tenths


def speakable(name: str) -> bool:
    """Whether a name that anybody may have chosen is one to be spoken, and not a sentence."""
    return _SPEAKABLE.fullmatch(name) is not None and name.count(" ") < 2  # noqa: PLR2004  # two words at most
