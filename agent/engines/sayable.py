"""What can be said in place of a list in the house as it is: its names, its areas, numbers in words. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from hassil.intents import SlotList, TextSlotList
from unicode_rbnf import RbnfEngine

from agent.engines.phrasing import usual
from agent.engines.shape import Rules
from agent.engines.templates import TASKS
from agent.engines.vocabulary import KINDS, Kind, Vocabulary
from agent.engines.wording import Slot, Word, Wordings

MOST_COUNTED = 100
"""The largest number that is listened for."""
MOST_VALUES = 60
"""Ways to say the values of one list."""
MOST_WAYS = 6
"""Ways to say one value of a list."""
LONGEST_SPELLED = 4
"""Capitals that are read letter by letter: "TV", "NAS"."""
_ROUND = (20, 50, 10, 5, 30, 21, 15, 2, 3, 1, 100, 75, 25, 40, 60, 80, 70, 90, 45, 22)
"""Numbers that are said most."""
_PART = re.compile(r"\d+|[a-z\u00c0-\u024f]+(?:'[a-z]+)*|[\u3400-\u9fff]|&|\+")
_SIGNS = {"en": {"&": "and", "+": "plus"}, "zh": {"&": "\u548c", "+": "\u52a0"}}
NAMED = (*KINDS, TASKS)
"""Lists of what this house calls things, places and tasks."""
_CLASSES = "_classes"
"""How lists end whose values are classes of devices."""


class Sayable:
    """The values of every list in one language and one house."""

    def __init__(
        self,
        language: str,
        vocabulary: Vocabulary,
        wordings: Wordings,
        *,
        lists: Mapping[str, SlotList],
        rules: Rules,
        classes: frozenset[str],
    ) -> None:
        """Take `classes`: the classes of devices that there are."""
        self._language = language
        self._vocabulary = vocabulary
        self._wordings = wordings
        self._lists = lists
        self._rules = rules
        self._classes = classes
        self._known: dict[Slot, tuple[tuple[Word, ...], ...]] = {}
        self._called: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}

    def called(self, named: str, domains: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The names of a list of `NAMED` as they are spoken; of entities, those of `domains`, or all."""
        key = named, domains
        if key not in self._called:
            kind = next((one for one in KINDS if one == named), None)
            names = self._vocabulary.tasks if kind is None else self._of_domains(kind, domains)
            # A task that is spelled is not understood.
            ways = (spoken(name, self._language)[: 1 if kind is None else None] for name in names)
            self._called[key] = tuple(dict.fromkeys(way for several in ways for way in several))
        return self._called[key]

    def _of_domains(self, kind: Kind, domains: frozenset[str]) -> Iterable[str]:
        return (
            name
            for name in self._vocabulary.names(kind)
            if not domains
            or any(dict(one.facts).get("domain") in domains for one in self._vocabulary.terms(kind, name))
        )

    def values(self, slot: Slot) -> tuple[tuple[Word, ...], ...]:
        """Every way to say a value of `slot`, the most usual first; a way may name further lists."""
        if slot not in self._known:
            self._known[slot] = tuple(dict.fromkeys(self._said(slot)))
        return self._known[slot]

    def _said(self, slot: Slot) -> Iterable[tuple[Word, ...]]:
        if slot.list in NAMED:
            return (tuple(name.split()) for name in self.called(slot.list, slot.domains))
        if slot.span is not None:
            return (tuple(counted(number, self._language).split()) for number in _numbers(slot.span))
        values = self._lists.get(slot.list)
        if not isinstance(values, TextSlotList):
            return ()
        ways = []
        for value in values.values:
            if slot.list.endswith(_CLASSES) and value.value_out not in self._classes:
                continue
            wording = self._wordings.wording(value.text_in, self._rules, self._lists)
            ways.append(usual(wording, most=MOST_WAYS))
        return (way[at] for at in range(MOST_WAYS) for way in ways if at < len(way))


def spoken(name: str, language: str) -> tuple[str, ...]:
    """How `name` is said: in lower case, numbers in words, no signs; short capitals also by their letters."""
    signs = _SIGNS.get(language[:2], {})
    parts = _PART.findall(name.replace("\u2019", "'").casefold())
    words = [counted(int(part), language) if part.isdigit() else signs.get(part, part) for part in parts]
    if not words:
        return ()
    plain = " ".join(words)
    capitals = {one.casefold() for one in re.findall(r"\b[A-Z]+\b", name) if 1 < len(one) <= LONGEST_SPELLED}
    letters = " ".join(" ".join(word) if word in capitals else word for word in words)
    return (plain,) if letters == plain or (name.isupper() and len(words) > 1) else (plain, letters)


@lru_cache(maxsize=512)
def counted(number: int, language: str) -> str:
    """`number` in words: "twenty one"; as it is written where nothing is known of the language."""
    engine = _engine(language[:2])
    if engine is None:
        return str(number)
    text = engine.format_number(number).text.replace("-", " ")
    return " ".join(text) if language[:2] == "zh" else text


@lru_cache(maxsize=4)
def _engine(language: str) -> RbnfEngine | None:
    """Who says numbers in a language, None if nobody does: its rules are read anew each time."""
    try:
        return RbnfEngine.for_language(language)
    except ValueError:
        return None


def _numbers(span: tuple[int, int, int]) -> list[int]:
    first, last, step = span
    listed = range(first, min(last, MOST_COUNTED) + 1, step)
    often = [one for one in _ROUND if one in listed]
    return [*often, *(one for one in listed if one not in often)]
