"""Words that a model doesn't know, and how else they might be spelt so that it does.

What is written without spaces is cut into the longest words that the model knows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_UNSPACED: Final = re.compile("[\u3400-\u9fff\u3040-\u30ff\uf900-\ufaff]")
_MOST_VARIANTS: Final = 5
_LONGEST: Final = 8
_NEAR: Final = 78
_SHORTEST_PART: Final = 2
_ENDINGS: Final = ("s", "es", "'s", "ing", "e", "n")


def missing(names: Iterable[str], known: Mapping[str, int]) -> dict[str, list[str]]:
    """Words of the names that are not known, each with known spellings near it, the likeliest first."""
    strange = sorted({word for name in names for word in segmented(name, known) if word not in known})
    return {word: variants(word, known) for word in strange}


def variants(word: str, known: Mapping[str, int]) -> list[str]:
    """Known spellings near a word: another ending, in two words ("living room"), nearly the same letters."""
    found = [other for other in _inflected(word) if other in known]
    found += [f"{word[:at]} {word[at:]}" for at in _cuts(word) if word[:at] in known and word[at:] in known]
    # Its import takes a moment, and most houses need none of it.
    from rapidfuzz import fuzz, process

    near = (w for w in known if abs(len(w) - len(word)) <= 2 and w[:1] not in "[<#")  # noqa: PLR2004
    found += [
        match[0] for match in process.extract(word, near, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=5)
    ]
    return list(dict.fromkeys(found))[:_MOST_VARIANTS]


def segmented(text: str, known: Mapping[str, int]) -> list[str]:
    """The words of a text in lower case; where none are set apart, the longest that are known."""
    words: list[str] = []
    for word in text.lower().split():
        words += _longest(word, known) if _UNSPACED.search(word) else [word]
    return words


def known_pieces(words: Iterable[str], known: Mapping[str, int]) -> Iterator[str]:
    """A phrase, cut where a word is missing: what stands on both sides of it doesn't follow each other."""
    piece: list[str] = []
    for word in words:
        if word in known:
            piece.append(word)
            continue
        if len(piece) > 1:
            yield " ".join(piece)
        piece = []
    if piece:
        yield " ".join(piece)


def written(words: Iterable[str]) -> str:
    """Words as they are written: those of languages without spaces stand together."""
    return re.sub(rf"(?<={_UNSPACED.pattern}) (?={_UNSPACED.pattern})", "", " ".join(words))


def signs(word: str) -> list[str]:
    """A word in the pieces in which two decodings are compared: its signs, where no spaces are written."""
    return list(word) if _UNSPACED.search(word) else [word]


def _longest(word: str, known: Mapping[str, int]) -> Iterator[str]:
    at = 0
    while at < len(word):
        end = next(
            (e for e in range(min(len(word), at + _LONGEST), at + 1, -1) if word[at:e] in known), at + 1
        )
        yield word[at:end]
        at = end


def _inflected(word: str) -> Iterator[str]:
    for ending in _ENDINGS:
        yield word + ending
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word[: -len(ending)]
    yield re.sub("[-'\u2019]", "", word)
    yield re.sub("[-'\u2019]", " ", word).strip()


def _cuts(word: str) -> range:
    return range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
