"""Names as they are said against names as they are written: exactly, in other words, misheard by one letter.

| said | written | score |
|---|---|---|
| `desk lamp` | `Desk Lamp` | 100: the same |
| `the desk-lamps` | `Desk Lamp` | 98: case, articles, possessives, plurals, punctuation, numerals apart |
| `light of the bedroom`, `bed room light` | `Bedroom Light` | 95: other order, other gaps |
| `bedrom lamb` | `Bedroom Lamp` | 90, 80: one letter in one word, in two |

Being careful comes first. A word is misheard by one letter at most, and only if it has four letters
(alone: five), begins alike (from six letters on it need not) and is none that tells two things apart:
numbers, sides, sizes, a "not"; of those only a slipped key is forgiven ("fromt door"). Chinese and
Japanese are compared by their characters: of five or more, one may differ. Pure.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

SURE = 95.0
"""The score from which on a name is the same, only said otherwise."""
LONGEST = 100
"""Characters of what was said that are compared."""
_MOST_MISHEARD = 2
_MOST_TRIED = 200
_WORD = re.compile(r"\d+|[^\W\d_]+")
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b|(?<=s)['\u2019](?=\s|$)")
_ELIDED = re.compile(r"\b[ld]['\u2019](?=\w)")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_CHARACTERS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def _listed(*words: str) -> frozenset[str]:
    return frozenset(word for line in words for word in line.split())


_LEADING = _listed("a an i o")
_ARTICLES = _listed(
    "the my our your der die das den dem des ein eine einen einem einer mein meine meinen meinem meiner",
    "unser unsere le la les un une mon ma mes notre nos el los las una mi mis il lo gli het een mijn onze",
)
_LINKS = _listed(
    "of in at on from by for von vom im am aus auf du dans de del en di da della nel nella van op"
)
_PLURAL_OF_SHORT = {"tvs": "tv", "pcs": "pc", "acs": "ac"}
_NUMERALS = {
    **dict.fromkeys(("one", "first"), "1"),
    **dict.fromkeys(("two", "second"), "2"),
    **dict.fromkeys(("three", "third"), "3"),
    **dict.fromkeys(("four", "fourth"), "4"),
    **dict.fromkeys(("five", "fifth"), "5"),
    **dict.fromkeys(("six", "sixth"), "6"),
    **dict.fromkeys(("seven", "seventh"), "7"),
    **dict.fromkeys(("eight", "eighth"), "8"),
    **dict.fromkeys(("nine", "ninth"), "9"),
    **dict.fromkeys(("ten", "tenth"), "10"),
}
_TELLS_APART = _listed(
    "left right upper lower front back rear top bottom middle center centre inner outer inside outside",
    "indoor outdoor north south east west northern southern eastern western small large little main spare",
    "guest cold warm upstairs downstairs without never none links rechts oben unten vorne hinten obere",
    "untere innen kein keine nicht ohne gauche droite haut bas avant sans izquierda derecha arriba abajo",
)
"""Words that a single misheard letter must not make of another."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TELL_APART = frozenset("左右上下前后內内外东西南北东主次大小不没无非吊台壁吸射筒夜厅室房门窗阳冷热开关")
_CHINESE = str.maketrans(
    {"一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6"}
    | {"七": "7", "八": "8", "九": "9", "十": "10", "的": None, "の": None, " ": None}
)


class _Form(NamedTuple):
    """A name in the one form that is compared."""

    words: tuple[str, ...]
    ordered: str
    sorted: str
    joined: str
    by_character: bool


class Names:
    """Many names, prepared once to be looked up often."""

    def __init__(self, known: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(known))
        self._forms = [_form(name) for name in self._names]
        self._ordered = [form.ordered for form in self._forms]
        self._sorted = [form.sorted for form in self._forms]
        self._joined: dict[str, list[int]] = {}
        self._in_any_order: dict[str, list[int]] = {}
        for at, form in enumerate(self._forms):
            self._joined.setdefault(form.joined, []).append(at)
            self._in_any_order.setdefault(form.sorted, []).append(at)

    def match(self, said: str, *, misheard: bool = True) -> list[tuple[str, float]]:
        """The names that `said` can stand for, with scores, best first; equal ones as they were given.

        `misheard=False`: every word was heard right, only said otherwise.
        """
        plain = said.strip().casefold()[:LONGEST]
        form = _form(said[:LONGEST])
        if not form.joined:
            return []
        alike = {*self._joined.get(form.joined, ()), *self._in_any_order.get(form.sorted, ())}
        found = {at: self._likeness(at, plain, form) for at in alike}
        found |= {
            at: score
            for at in (self._near(form) if misheard else ())
            if at not in found and (score := _misheard(form, self._forms[at]))
        }
        ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return [(self._names[at], score) for at, score in ranked]

    def near(self, said: str, *, most: int = 3) -> tuple[str, ...]:
        """The names that look most like `said`, to be suggested; none that looks like something else."""
        from rapidfuzz import fuzz, process

        form = _form(said[:LONGEST])
        if not form.joined:
            return ()
        best: dict[int, float] = {}
        alike = 55.0 if len(form.joined) >= 5 else 70.0  # noqa: PLR2004  # few letters are soon in any name
        for scorer, weight, cutoff in ((fuzz.ratio, 1.0, alike), (fuzz.token_set_ratio, 0.9, 80.0)):
            for _, score, at in process.extract(
                form.sorted, self._sorted, scorer=scorer, score_cutoff=cutoff, limit=most
            ):
                best[at] = max(best.get(at, 0.0), score * weight)
        ranked = sorted(best.items(), key=lambda one: (-one[1], one[0]))
        return tuple(self._names[at] for at, _ in ranked[:most])

    def _likeness(self, at: int, plain: str, form: _Form) -> float:
        if self._names[at].strip().casefold() == plain:
            return 100.0
        return 98.0 if self._forms[at].words == form.words else SURE

    def _near(self, form: _Form) -> list[int]:
        """Which names are worth comparing letter by letter."""
        if len(form.joined) < 5:  # noqa: PLR2004  # a shorter name has no letter to spare
            return []
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        tried: dict[int, None] = {}
        for asked, all_known in ((form.ordered, self._ordered), (form.sorted, self._sorted)):
            close = process.extract(
                asked, all_known, scorer=OSA.distance, score_cutoff=_MOST_MISHEARD, limit=_MOST_TRIED
            )
            tried |= dict.fromkeys(at for _, _, at in close)
        return list(tried)


def match(said: str, known: Iterable[str]) -> list[tuple[str, float]]:
    """The names of `known` that `said` can stand for with their scores, best first."""
    return Names(known).match(said)


def near(said: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """The names of `known` that look most like `said`, to be suggested."""
    return Names(known).near(said, most=most)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name that are compared, in order; each character of a Chinese or Japanese one."""
    return _form(name).words


def is_spaceless(text: str) -> bool:
    """Whether `text` is of a script that sets no space between words, at least in part."""
    return _CHARACTERS.search(text) is not None


def tells_apart(word: str) -> bool:
    """Whether `word` is one that makes one thing another: a side, a size, a "not"."""
    return word in _TELLS_APART


@lru_cache(maxsize=1 << 16)
def _form(name: str) -> _Form:
    plain = "".join(_folded(char) for char in unicodedata.normalize("NFKC", name)).casefold()
    if _CHARACTERS.search(plain):
        kept = "".join(_WORD.findall(plain)).translate(_CHINESE)
        return _Form(tuple(kept), kept, kept, kept, by_character=True)
    plain = _ORDINAL.sub(r"\1", _ELIDED.sub("", _POSSESSIVE.sub("", plain)))
    words = tuple(_NUMERALS.get(word) or _singular(word) for word in _told(_WORD.findall(plain)))
    return _Form(words, " ".join(words), " ".join(sorted(words)), "".join(words), by_character=False)


def _told(words: list[str]) -> list[str]:
    """`words` without articles and what links words; what stands last is part of the name in any case."""
    kept: list[str] = []
    for at, word in enumerate(words[:-1]):
        opens = at == 0 or words[at - 1] in _LINKS
        if word in _ARTICLES or (opens and word in _LEADING) or (kept and word in _LINKS):
            continue
        kept.append(word)
    return [*kept, *words[-1:]]


def _folded(char: str) -> str:
    """A Latin letter without its accent."""
    base = unicodedata.normalize("NFD", char)[0] if ord(char) > 127 else char  # noqa: PLR2004  # not ASCII
    return base if base.isascii() else char


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.isascii():  # noqa: PLR2004  # "bus", "gas"
        return _PLURAL_OF_SHORT.get(word, word)
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _misheard(said: _Form, known: _Form) -> float:
    """The score of a name of which letters were misheard, 0 if it is another name."""
    if said.by_character or known.by_character:
        return _mistyped(said.joined, known.joined)
    if len(said.words) == len(known.words):
        wrong = _wrong_words(said.words, known.words)
        return 0.0 if wrong is None else 100.0 - 10 * wrong
    if _apart(said) != _apart(known) or min(len(said.joined), len(known.joined)) < 8:  # noqa: PLR2004
        return 0.0
    return 90.0 if _by_one_letter(said.joined, known.joined) else 0.0


def _by_one_letter(said: str, known: str) -> bool:
    """Whether one letter at most is another, missing, too much, or in the place of its neighbour."""
    # Its three megabytes are paid by a house in which somebody speaks.
    from rapidfuzz.distance import OSA

    return OSA.distance(said, known, score_cutoff=1) <= 1


def _wrong_words(said: tuple[str, ...], known: tuple[str, ...]) -> int | None:
    """How many words were misheard; None if some are other words."""
    left = list((Counter(said) - Counter(known)).elements())
    right = list((Counter(known) - Counter(said)).elements())
    if not 0 < len(left) <= _MOST_MISHEARD:
        return None
    alone = len(said) == 1
    fits = any(
        all(_sounds_like(one, other, alone=alone) for one, other in zip(left, order, strict=True))
        for order in permutations(right)
    )
    return len(left) if fits else None


def _sounds_like(said: str, known: str, *, alone: bool) -> bool:
    if len(known) < (5 if alone else 4) or said in _TELLS_APART:
        return False
    if known in _TELLS_APART and not _slipped(said, known):
        return False
    if not said.isalpha() or not known.isalpha():
        return False
    if said[0] != known[0] and min(len(said), len(known)) < 6:  # noqa: PLR2004  # "light", "night", "right"
        return False
    return _by_one_letter(said, known)


def _slipped(said: str, known: str) -> bool:
    """Whether a finger hit the next key, or two came in the wrong order: "fromt", "fornt"; no "frost"."""
    if len(said) != len(known) or len(known) < 5 or said[0] != known[0]:  # noqa: PLR2004  # "warn", "warm"
        return False
    wrong = [pair for pair in zip(said, known, strict=True) if pair[0] != pair[1]]
    if len(wrong) == 1:
        (pair,) = wrong
        return any("".join(keys) in row for keys in (pair, pair[::-1]) for row in _KEYS)
    return _by_one_letter(said, known)


def _mistyped(said: str, known: str) -> float:
    """The score of a name of characters of which one was written as another."""
    if len(said) != len(known) or len(said) < 5:  # noqa: PLR2004  # every character of a short name counts
        return 0.0
    wrong = [(one, other) for one, other in zip(said, known, strict=True) if one != other]
    if len(wrong) != 1:
        return 0.0
    (pair,) = wrong
    plain = all(_CHARACTERS.match(char) and char not in _TELL_APART for char in pair)
    return 90.0 if plain else 0.0


def _apart(form: _Form) -> list[str]:
    return sorted(word for word in form.words if word in _TELLS_APART or not word.isalpha())
