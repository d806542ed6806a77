"""Ways through a wording: the most usual ones, and the one that says most of what was not said yet. Pure."""

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from math import log2

from agent.engines.wording import Choice, Slot, Word, Wording

LONGEST = 14
"""Words of a phrase."""
TOLL = 0.6
"""What a word costs: of two ways that say as much the shorter is taken."""
LEAST_WORTH = 0.3
OFTEN = 4.0
"""Pairs that stand in 2 to the power of so many templates are worth all that what they ask for is common."""
AGAIN = 0.6
"""What a choice between words is worth when one of them was said."""
WORTHY = (6.0, 4.0, 2.5, 1.5, 0.8, 0.3, 0.0)
"""What a way must be worth to be said, in one round after another."""
_NOWHERE = float("-inf")
_Costly = tuple[float, int, tuple[int, ...]]
"""What a way costs, its length and its places."""
_End = tuple[str, int]
"""What a pair is told by at one of its ends, and how many words it may be."""
_EDGE: _End = ("", 1)
_NOTHING = 0
"""The number of the edge."""


def key_of(word: Word) -> str:
    """What two words are alike by: lists by their name, whatever is in them."""
    if isinstance(word, Slot):
        return f"{{{word.list}}}"
    return "|".join(word.words) if isinstance(word, Choice) else word


def usual(
    wording: Wording, *, most: int, longest: int = LONGEST, cost: Callable[[Word], float] = lambda _: 1.0
) -> list[tuple[Word, ...]]:
    """The `most` cheapest ways through, cheapest first."""
    count = len(wording.words)
    # A word is always followed by later ones: from the end backwards everything that is needed is known.
    best: list[list[_Costly]] = [[] for _ in range(count)]
    for at in range(count - 1, -1, -1):
        mine = cost(wording.words[at])
        ways: list[_Costly] = [(mine, 1, (at,))] if at in wording.last else []
        ways += [
            (mine + more, length + 1, (at, *way))
            for to in wording.follow[at]
            for more, length, way in best[to]
            if length < longest
        ]
        best[at] = nsmallest(most, ways) if len(ways) > most else sorted(ways)
    begun = nsmallest(most * 2, (way for at in wording.first for way in best[at]))
    found = dict.fromkeys(tuple(wording.words[at] for at in way) for _, _, way in begun)
    return list(found)[:most]


class _Ways:
    """A wording with its pairs by number."""

    __slots__ = ("begins", "ends", "onward", "wording")

    def __init__(
        self, wording: Wording, ended: Callable[[Word], int], numbered: Callable[[int, int], int]
    ) -> None:
        ends = [ended(word) for word in wording.words]
        self.wording = wording
        self.begins = [(at, numbered(_NOTHING, ends[at])) for at in wording.first]
        self.onward = [
            [(to, numbered(one, ends[to])) for to in onward]
            for one, onward in zip(ends, wording.follow, strict=True)
        ]
        self.ends = {at: numbered(ends[at], _NOTHING) for at in wording.last}


class Covering:
    """Goes through wordings so that every pair of words is said, what is worth most first."""

    def __init__(self, wordings: Sequence[tuple[Wording, float]]) -> None:
        """Take wordings, each with how common what it asks for is."""
        self._words: dict[Word, int] = {}
        self._ends: dict[_End, int] = {}
        self._wide: list[int] = []
        self._end(_EDGE)
        self._numbers: dict[tuple[int, int], int] = {}
        self._times: list[int] = []
        self._worth: list[float] = []
        count: list[int] = []
        self._ways = []
        for wording, common in wordings:
            ways = _Ways(wording, self._ended, self._numbered)
            self._ways.append(ways)
            count += [0] * (len(self._times) - len(count))
            self._worth += [0.0] * (len(self._times) - len(self._worth))
            for number in _numbers_of(ways):
                count[number] += 1
                self._worth[number] = max(self._worth[number], common)
        # What many templates have in common is said often.
        self._worth = [
            LEAST_WORTH + worth * min(1.0, log2(1 + many) / OFTEN)
            for worth, many in zip(self._worth, count, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._times)

    @property
    def left(self) -> int:
        """Pairs that were not said yet."""
        return sum(worth > 0 and times > 0 for worth, times in zip(self._worth, self._times, strict=True))

    def ways(self, most: int) -> Iterator[tuple[Word, ...]]:
        """At most as many ways through, those that say most that was not said before them first."""
        said = 0
        known = [float("inf")] * len(self._ways)
        for least in WORTHY:
            for at, ways in enumerate(self._ways):
                # What a way is worth only ever falls: what was too little stays so.
                while known[at] > least and said < most:
                    known[at], way = self._best(ways)
                    if known[at] > least:
                        said += 1
                        yield self._say(ways, way)

    def _ended(self, word: Word) -> int:
        """What `word` is at the end of a pair, as a number."""
        number = self._words.get(word)
        if number is None:
            number = self._words[word] = self._end(_end_of(word))
        return number

    def _end(self, end: _End) -> int:
        if end not in self._ends:
            self._ends[end] = len(self._wide)
            self._wide.append(end[1])
        return self._ends[end]

    def _numbered(self, before: int, after: int) -> int:
        key = before, after
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            self._times.append(max(self._wide[before], self._wide[after]))
        return number

    def _best(self, ways: _Ways) -> tuple[float, list[int]]:
        """What the best way is worth, and its places."""
        worth, onward, ends = self._worth, ways.onward, ways.ends
        count = len(onward)
        value = [0.0] * count
        then = [-1] * count
        length = [1] * count
        for at in range(count - 1, -1, -1):
            number = ends.get(at)
            top = worth[number] if number is not None else _NOWHERE
            for to, number in onward[at]:
                new = value[to] + worth[number]
                if new > top and length[to] < LONGEST:
                    top = new
                    then[at] = to
            value[at] = top - TOLL
            if then[at] >= 0:
                length[at] += length[then[at]]
        gain, at = max(
            ((value[at] + worth[number], -at) for at, number in ways.begins), default=(_NOWHERE, 0)
        )
        way = [-at]
        while then[way[-1]] >= 0:
            way.append(then[way[-1]])
        return gain, way

    def _say(self, ways: _Ways, way: Sequence[int]) -> tuple[Word, ...]:
        words = [ways.wording.words[at] for at in way]
        ends = [self._ended(word) for word in words]
        for before, after in zip([_NOTHING, *ends], [*ends, _NOTHING], strict=True):
            number = self._numbered(before, after)
            self._times[number] -= 1
            self._worth[number] = self._worth[number] * AGAIN if self._times[number] > 0 else 0.0
        return tuple(words)


def _numbers_of(ways: _Ways) -> set[int]:
    found = {number for _, number in ways.begins} | set(ways.ends.values())
    for onward in ways.onward:
        found.update(number for _, number in onward)
    return found


def _end_of(word: Word) -> _End:
    return key_of(word), len(word.words) if isinstance(word, Choice) else 1
