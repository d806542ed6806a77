"""Several wishes in one breath: where a sentence may be divided, and what its parts share. Pure.

"turn on the living room and kitchen lights" is two commands: the first lends its verb to the second, the
second its noun to the first. Nothing is assumed about grammar here: what a part lacks is tried from its
neighbours, the shortest first, and the reader says whether the result can be read.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

MOST_PARTS = 6
LONGEST_LEAD = 6
LONGEST_TRAIL = 5
SPACELESS_TRAIL = 12
LONGEST_SHARED_LEAD = 3
"""Words, or characters, that a part takes from its neighbours."""


def _between(*words: str) -> re.Pattern[str]:
    """Where a sentence may be divided: at one of `words`, or a comma that one of them may follow."""
    any_word = "|".join(words)
    return re.compile(rf"\s*(?:[,;]\s*(?:{any_word})?|\b(?:{any_word})\b|&)\s+", re.IGNORECASE)


_BETWEEN = {
    "en": _between("and then", "and also", "as well as", "and", "then", "plus", "but"),
    "de": _between("und dann", "und auch", "und", "dann"),
    "fr": _between("et puis", "et", "puis"),
    "es": _between("y luego", "y", "luego"),
    "it": _between("e poi", "e", "poi"),
    "nl": _between("en dan", "en", "dan"),
    "zh": re.compile(r"\s*(?:[,，、;；]|然后|接着|并且|而且|同时|以及|再|和|并)\s*"),
}
_BOTH = re.compile(r"\bboth (?=.+\band\b)", re.IGNORECASE)
T = TypeVar("T")


@dataclass(slots=True)
class _Part:
    """A piece of the utterance: where it stands, its words, and the text it was read from once it was."""

    start: int
    end: int
    words: list[str]
    whole: str | None = None


def divided(text: str, language: str) -> list[str]:
    """The pieces of `text` where it may be divided into several wishes; all of it where that is not known."""
    between = _BETWEEN.get(language[:2])
    return [text] if between is None else [text[start:end].strip() for start, end in _bounds(text, between)]


def _bounds(text: str, between: re.Pattern[str]) -> list[tuple[int, int]]:
    links = [*between.finditer(text)]
    starts, ends = [0, *(one.end() for one in links)], [*(one.start() for one in links), len(text)]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if text[start:end].strip()]


class Compound(Generic[T]):
    """The parts of one utterance; `read` says whether a text can be read."""

    def __init__(
        self, language: str, read: Callable[[str], T | None], referring: Callable[[str, T], str]
    ) -> None:
        """Take `referring`: a text with its pronouns replaced by what an earlier part named."""
        self._spaced = language[:2] not in ("zh", "ja")
        self._between = _BETWEEN.get(language[:2])
        self._read = read
        self._referring = referring
        self._longest_trail = LONGEST_TRAIL if self._spaced else SPACELESS_TRAIL

    def wishes(self, text: str) -> list[T] | None:
        """What the parts of `text` were read as, in order; None if it has no parts or one cannot be read."""
        if self._between is None:
            return None
        text = _BOTH.sub("", text)
        parts = [
            _Part(start, end, self._words(text[start:end])) for start, end in _bounds(text, self._between)
        ]
        if not 1 < len(parts) <= MOST_PARTS:
            return None
        found: list[T] = []
        at = 0
        while at < len(parts):
            step = self._next(text, parts, at, found)
            if step is None:
                return None
            at += step
        return found

    def _next(self, text: str, parts: Sequence[_Part], at: int, found: list[T]) -> int | None:
        """Read the part at `at`, or a few together; how many were read."""
        for end in range(at + 1, len(parts) + 1):
            words = self._words(text[parts[at].start : parts[end - 1].end])
            for completed in self._completions(words, parts, at, end):
                referred = self._referring(completed, found[-1]) if found else completed
                read = self._read(referred)
                if read is None and referred != completed:
                    read = self._read(completed)
                if read is not None:
                    parts[end - 1].whole = completed
                    found.append(read)
                    return end - at
        return None

    def _completions(self, words: list[str], parts: Sequence[_Part], at: int, end: int) -> Iterator[str]:
        """`words` alone, after the beginning of what was read before, before the end of what follows."""
        yield self._joined(words)
        earlier = next((part for part in reversed(parts[:at]) if part.whole), None)
        before = self._words(earlier.whole or "") if earlier else []
        # "add milk, eggs and bread to the list": what the first took from the end, the second takes too.
        own = len(earlier.words) if earlier else 0
        taken = before[own:] if earlier and before[:own] == earlier.words else []
        if taken and words[-len(taken) :] != taken:
            for lead in range(1, LONGEST_SHARED_LEAD + 1):
                yield self._joined([*before[:lead], *words, *taken])
        follows = parts[end].words if end < len(parts) else []
        for count in range(1, min(len(follows), self._longest_trail + 1)):
            yield self._joined([*words, *follows[-count:]])
        for count in range(1, min(len(before), LONGEST_LEAD + 1)):
            yield self._joined([*before[:count], *words])
        for lead in range(1, LONGEST_LEAD - 1):
            for trail in (1, 2):
                if lead + trail < len(before):
                    yield self._joined([*before[:lead], *words, *before[-trail:]])
        last = parts[-1].words
        if last is not follows:
            for count in range(1, min(len(last), self._longest_trail + 1)):
                yield self._joined([*words, *last[-count:]])

    def _words(self, text: str) -> list[str]:
        return text.split() if self._spaced else list(text.replace(" ", ""))

    def _joined(self, words: Sequence[str]) -> str:
        return (" " if self._spaced else "").join(words)
