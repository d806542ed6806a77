"""Phrases that say of a house what templates allow to stand together, and every name in several. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from agent.engines.phrasing import Covering, key_of, usual
from agent.engines.sayable import NAMED, Sayable
from agent.engines.templates import TASKS
from agent.engines.wording import Choice, Slot, Word, Wording

_SAID_ALONE = ("Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help")
_REPEATED = 3
"""How often an answer of one word stands among the phrases: it has no neighbours that speak for it."""
_DEEPEST = 3
"""Lists within lists: the hour of a time."""
_FRAMES = {"name": 6, "area": 8, "floor": 6, TASKS: 6}
"""Sentences that each name stands in."""
_PLAIN = 12
"""Of so many phrases, one at most says a name in the most usual sentence."""
_Frames = Mapping[str, Mapping[Slot, Mapping[str, tuple[Word, ...]]]]


class Meant(NamedTuple):
    """A template that this house can serve: what it asks for, how common that is, its words."""

    intent: str
    common: float
    wording: Wording


class Phrases:
    """Chooses phrases."""

    def __init__(self, meant: Sequence[Meant], common: Sequence[tuple[Word, ...]], sayable: Sayable) -> None:
        self._meant = meant
        self._common = common
        self._sayable = sayable
        self._turn: Counter[str] = Counter()
        self._said: set[tuple[str, str]] = set()
        self._frequency = Counter(key for one in meant for key in set(map(key_of, one.wording.words)))

    def chosen(self, most: int) -> list[str]:
        """The phrases, at most as many."""
        found = [*self._alone(), *map(self._filled, self._common)]
        frames = self._frames()
        found += _spread(list(self._plain(frames)), most // _PLAIN) * _REPEATED
        found += _spread(list(self._named(frames)), (most - len(found)) // 2)
        covering = Covering([(one.wording, one.common) for one in self._meant])
        return [*found, *map(self._filled, covering.ways(most - len(found)))][:most]

    def _alone(self) -> Iterator[str]:
        """Answers of a word or two, each several times."""
        for one in self._meant:
            if one.intent in _SAID_ALONE:
                for way in usual(one.wording, most=4, longest=2):
                    yield from [self._filled(way)] * _REPEATED

    def _frames(self) -> _Frames:
        """The usual sentences that names can stand in, by the list of the name and what it is of."""
        frames: dict[Slot, dict[str, tuple[Word, ...]]] = {}
        for way in self._common:
            slots = [word for word in way if isinstance(word, Slot) and word.list in NAMED]
            if len(slots) == 1:
                frames.setdefault(slots[0], {})[" ".join(map(key_of, way))] = way
        for one in sorted(self._meant, key=lambda one: -one.common):
            slots = [slot for slot in one.wording.named if slot.list in NAMED]
            if len(slots) != 1:
                continue
            known = frames.setdefault(slots[0], {})
            for way in usual(one.wording, most=1, cost=self._cost):
                if slots[0] in way:
                    known.setdefault(f"{one.intent} {key_of(way[0])} {key_of(way[-1])}", way)
        return {named: {slot: one for slot, one in frames.items() if slot.list == named} for named in NAMED}

    def _plain(self, frames: _Frames) -> Iterator[str]:
        """Every name in the most usual sentence, in the words that are said most, and with its opposite."""
        for named in NAMED:
            for name, ways in self._fitting(named, frames).items():
                slot, way = ways[0]
                last = max((at for at, one in enumerate(way) if _chooses(one)), default=-1)
                for other in (0, 1):
                    words = [
                        one.words[other if at == last else 0] if isinstance(one, Choice) else one
                        for at, one in enumerate(way)
                    ]
                    yield self._filled(words, {slot: name})

    def _named(self, frames: _Frames) -> Iterator[str]:
        """Every name in the usual sentences that it can stand in."""
        for named in NAMED:
            several = _FRAMES[named]
            # The first ones are the most common; the others take turns among the names.
            fixed = several // 2
            for turn, (name, ways) in enumerate(self._fitting(named, frames).items()):
                rest = ways[fixed:]
                start = turn * several % len(rest) if rest else 0
                for slot, way in [*ways[:fixed], *(rest[start:] + rest[:start])[: several - fixed]]:
                    yield self._filled(way, {slot: name})

    def _fitting(self, named: str, frames: _Frames) -> dict[str, list[tuple[Slot, tuple[Word, ...]]]]:
        """The names of a list, each with the sentences for it, the most usual first."""
        fitting: dict[str, list[tuple[Slot, tuple[Word, ...]]]] = {}
        for slot, known in frames[named].items():
            for name in self._sayable.called(named, slot.domains):
                fitting.setdefault(name, []).extend((slot, way) for way in known.values())
        return fitting

    def _cost(self, word: Word) -> float:
        return 1.0 + 0.4 * log(len(self._meant) / max(1, self._frequency[key_of(word)]))

    def _filled(self, words: Sequence[Word], named: Mapping[Slot, str] | None = None, depth: int = 0) -> str:
        """`words` with a value in each list: those that are `named`, otherwise one after the other."""
        said: list[str] = []
        for word in words:
            before = said[-1] if said else ""
            if isinstance(word, str):
                one = word
            elif isinstance(word, Choice):
                one = self._picked(word, before)
            elif named and word in named:
                one = named[word]
            else:
                values = self._sayable.values(word) if depth < _DEEPEST else ()
                at = self._turned(word)
                one = self._filled(values[at % len(values)], depth=depth + 1) if values else ""
            if one:
                self._said.add((before.rpartition(" ")[2], one.partition(" ")[0]))
                said.append(one)
        return " ".join(said)

    def _picked(self, choice: Choice, before: str) -> str:
        """The first word of a choice that did not stand there yet, or the next one in turn."""
        last = before.rpartition(" ")[2]
        new = (one for one in choice.words if one and (last, one) not in self._said)
        return next(new, None) or choice.words[self._turned(choice) % len(choice.words)]

    def _turned(self, word: Word) -> int:
        key = key_of(word)
        self._turn[key] += 1
        return self._turn[key] - 1


def _spread(phrases: Sequence[str], most: int) -> list[str]:
    """At most as many of `phrases`, from all over."""
    different = list(dict.fromkeys(phrases))
    if len(different) <= most:
        return different
    return [different[at * len(different) // most] for at in range(most)]


def _chooses(word: Word) -> bool:
    """Whether one of several words is said, rather than one or none."""
    return isinstance(word, Choice) and "" not in word.words and len(word.words) > 1
