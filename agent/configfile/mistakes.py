"""Mistakes in words, one line each: where it is, what is wrong with what is there, what would be right."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agent.configfile.tree import Keys, Place, dotted
from agent.errors import ConfigError

MOST = 50
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something to put right. Without `keys` it concerns a source as a whole."""

    place: Place
    keys: Keys
    text: str

    def __str__(self) -> str:
        if not self.keys or self.place.source.startswith("environment "):
            return f"{self.place}: {self.text}"
        return f"{self.place}: {dotted(self.keys)}: {self.text}"


Note = Callable[[Mistake], None]
"""Keeps a mistake until everything has been looked at."""


class UnreadableError(ConfigError):
    """A source of which nothing can be used."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


def refused(mistakes: Sequence[Mistake], *, sources: Sequence[str] = ()) -> ConfigError:
    """All `mistakes` as one error, by source in the order of `sources`, then by line."""
    ranks = {source: rank for rank, source in enumerate(sources)}
    ordered = sorted(
        dict.fromkeys(mistakes),
        key=lambda one: (ranks.get(one.place.source, len(ranks)), one.place.source, one.place.line or 0),
    )
    lines = [str(one) for one in ordered[:MOST]]
    if len(ordered) > MOST:
        lines.append(f"and {len(ordered) - MOST} more")
    return ConfigError("\n".join(lines))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that somebody who wrote `word` may have meant."""
    near = get_close_matches(word.casefold(), sorted(known), n=1, cutoff=_NEAR)
    return near[0] if near else None


def meant(word: str, known: Iterable[str]) -> str:
    """What to write instead of `word`: the nearest of `known`, or the choice there is."""
    choice = sorted(known)
    near = nearest(word, choice)
    if near is not None:
        return f"did you mean {near!r}?"
    return f"there are {', '.join(choice)}" if choice else "nothing stands here"
