"""What a sentence template says word by word, with its lists left open. Pure.

    set [the] {area} light[s] to {brightness}[%| percent]
      -> set, the?, <area>, light | lights, to, <brightness>, percent

A template becomes a `Wording`: its words in a row, each with those that may follow it. What needs free text
is left out, for that has no words; so are digits and signs, which nobody pronounces as they are written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import NamedTuple

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.intents import RangeSlotList, SlotList, TextSlotList

from agent.engines.shape import DEEPEST, Lists, Rules

MOST_JOINED = 48
"""Ways to write one word that are told apart: "light[s]" has two."""
LONGEST_PERMUTED = 3
"""Parts of a template that may stand in any order; of more, the order they are written in is taken."""
_PIECE = re.compile(r"\s+|[^\s]+")
_CHARACTER = re.compile(r"[\u3400-\u9fff]")
_SAYABLE = re.compile(r"[a-z\u00c0-\u024f]+(?:'[a-z]+)*|[\u3400-\u9fff]")
_SILENT = str.maketrans("", "", ',.?!;:\u3002\uff0c\uff1f\uff01\u3001\u00a1\u00bf"')
_SPACE = " "


class Slot(NamedTuple):
    """A list whose values are said in its place."""

    list: str
    domains: frozenset[str] = frozenset()
    """Of a name: the domains that it may be of; none are all."""
    span: tuple[int, int, int] | None = None
    """Of a number: first, last and step."""


class Choice(NamedTuple):
    """One of several words, in the order of the template; the empty one: none."""

    words: tuple[str, ...]


Word = str | Slot | Choice
_Item = str | Slot | tuple[tuple["_Item", ...], ...]
"""A piece of text, a space, a slot, or a choice between rows of items."""
_Row = tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a template as a graph: `follow[i]` may come after word i, `first` begin, `last` end."""

    words: tuple[Word, ...]
    first: tuple[int, ...]
    follow: tuple[tuple[int, ...], ...]
    last: frozenset[int]
    named: frozenset[Slot] = frozenset()
    """The lists that it names anywhere."""

    def __bool__(self) -> bool:
        return bool(self.words)

    def without(self, unsayable: set[Slot]) -> "Wording":
        """The same without the ways that lead through a slot of which nothing can be said here."""
        if unsayable.isdisjoint(self.named):
            return self
        out = {at for at, one in enumerate(self.words) if one in unsayable}
        while True:
            # What has lost every way on, or every way to it, is left out too.
            onward = {
                at
                for at in range(len(self.words))
                if at not in out and (at in self.last or not out.issuperset(self.follow[at]))
            }
            reached = _reached((at for at in self.first if at in onward), self.follow, onward)
            kept = onward & reached
            if kept == set(range(len(self.words))) - out:
                break
            out = set(range(len(self.words))) - kept
        place = {at: new for new, at in enumerate(sorted(kept))}
        return Wording(
            words=tuple(self.words[at] for at in place),
            first=tuple(place[at] for at in self.first if at in place),
            follow=tuple(tuple(place[to] for to in self.follow[at] if to in place) for at in place),
            last=frozenset(place[at] for at in self.last if at in place),
            named=_named(self.words[at] for at in place),
        )


class Wordings:
    """Makes wordings with the rules and lists of one language; what rules say is worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], _Row | None] = {}
        # By identity, so each is kept with what was made of it.
        self._choices: dict[int, tuple[_Item, tuple[_Row, ...]]] = {}
        self._texts: dict[str, _Row] = {}

    def wording(
        self,
        expression: Expression,
        rules: Rules,
        lists: Lists,
        *,
        domains: frozenset[str] = frozenset(),
    ) -> Wording:
        """The words of `expression`; `domains` are those that its names must be of."""
        row = self._row(expression, rules, lists, 0)
        graph = _Graph(domains)
        if row is not None:
            first, last, _ = graph.add(self._worded(row))
            return Wording(
                words=tuple(graph.words),
                first=tuple(dict.fromkeys(first)),
                follow=tuple(tuple(one) for one in graph.follow),
                last=frozenset(last),
                named=_named(graph.words),
            ).without({_NEVER})
        return Wording((), (), (), frozenset())

    def _row(self, one: Expression, rules: Rules, lists: Lists, depth: int) -> _Row | None:
        """The items of an expression, None if it cannot be said."""
        if isinstance(one, TextChunk):
            return self._text(one.original_text)
        if isinstance(one, ListReference):
            slot = _slot(one, lists)
            return None if slot is None else (slot,)
        if isinstance(one, RuleReference):
            return self._rule(one.rule_name, rules, lists, depth)
        parts = [
            self._row(item, rules, lists, depth + 1) for item in (one.items if isinstance(one, Group) else ())
        ]
        if isinstance(one, Alternative):
            return _choice(part for part in parts if part is not None)
        said = [part for part in parts if part is not None]
        if len(said) < len(parts):
            return None
        # In any order each stands by itself.
        orders = (
            permutations(said) if isinstance(one, Permutation) and len(said) <= LONGEST_PERMUTED else [said]
        )
        gap = (_SPACE,) if isinstance(one, Permutation) else ()
        return _choice(tuple(item for part in order for item in (*part, *gap)) for order in orders)

    def _text(self, text: str) -> _Row:
        if text not in self._texts:
            self._texts[text] = _pieces(text)
        return self._texts[text]

    def _rule(self, name: str, rules: Rules, lists: Lists, depth: int) -> _Row | None:
        rule = rules.get(name)
        if rule is None or depth > DEEPEST:
            return None
        key = id(rule), name
        if key not in self._known:
            self._known[key] = self._row(rule.expression, rules, lists, depth + 1)
        return self._known[key]

    def _worded(self, row: _Row) -> _Row:
        """`row` with pieces put together to words, without spaces; every choice is between whole words."""
        found: list[_Item] = []
        segment: list[_Item] = []
        for item in (*row, _SPACE):
            if item != _SPACE:
                segment.append(item)
            elif segment:
                found += self._segment(segment)
                segment = []
        return tuple(found)

    def _segment(self, items: Sequence[_Item]) -> _Row:
        if len(items) == 1:
            item = items[0]
            if isinstance(item, Slot):
                return (item,)
            if isinstance(item, str):
                return (item,) if _SAYABLE.fullmatch(item) else (_NEVER,)
            known = self._choices.get(id(item))
            if known is None:
                known = self._choices[id(item)] = item, tuple(self._worded(row) for row in item)
            return (known[1],)
        written = _written(items)
        if written is None:
            # Too many to join: they are taken for words of their own.
            return tuple(one for item in items for one in self._segment([item]))
        return (tuple(dict.fromkeys(self._joined(row) for row in written)),)

    def _joined(self, row: _Row) -> _Row:
        """The words of a row in which no choice is glued to anything."""
        words: list[_Item] = []
        glued: list[_Item] = []
        for item in (*row, _SPACE):
            if item != _SPACE:
                glued.append(item)
                continue
            if len(glued) == 1:
                words += self._segment(glued)
            elif glued and all(isinstance(one, str) for one in glued):
                words += self._segment(["".join(map(str, glued))])
            elif glued:
                words.append(_NEVER)
            glued = []
        return tuple(words)


_NEVER = Slot("\0never")


def _named(words: Iterable[Word]) -> frozenset[Slot]:
    return frozenset(one for one in words if isinstance(one, Slot))


def _choice(rows: Iterable[_Row]) -> _Row | None:
    different = tuple(dict.fromkeys(rows))
    if not different:
        return None
    return different[0] if len(different) == 1 else (different,)


def _slot(one: ListReference, lists: Lists) -> Slot | None:
    if one.is_inline_range:
        span = one.get_inline_range()
        return None if span is None else Slot(one.list_name, span=span)
    if one.list_name in ("name", "area", "floor"):
        return Slot(one.list_name)
    values: SlotList | None = lists.get(one.list_name)
    if isinstance(values, RangeSlotList):
        span = (int(values.start), int(values.stop), int(values.step))
        return Slot(one.list_name, span=span) if values.words else None
    return Slot(one.list_name) if isinstance(values, TextSlotList) else None


def _pieces(text: str) -> _Row:
    """`text` in words and spaces."""
    row: list[_Item] = []
    for piece in _PIECE.findall(text.casefold().replace("\u2019", "'").replace("-", " ").translate(_SILENT)):
        if piece.isspace():
            row.append(_SPACE)
        elif _CHARACTER.search(piece):
            # Without spaces between words every character is one.
            for char in piece:
                row += (_SPACE, char, _SPACE)
        else:
            row.append(piece)
    return tuple(row)


def _written(items: Iterable[_Item]) -> list[_Row] | None:
    """Every way in which `items` can be written, spaces included; None if there are too many."""
    rows: list[_Row] = [()]
    for item in items:
        if isinstance(item, str | Slot):
            rows = [(*row, item) for row in rows]
            continue
        inner: list[_Row] = []
        for choice in item:
            # Of a choice that stands apart on both sides the inside does not matter.
            apart = bool(choice) and choice[0] == _SPACE and choice[-1] == _SPACE
            ways = [choice] if apart else _written(choice)
            if ways is None:
                return None
            inner += ways
        if len(rows) * len(inner) > MOST_JOINED:
            return None
        rows = [(*row, *more) for row, more in product(rows, inner)]
    return rows


class _Graph:
    """Glushkov's construction: every word of an expression once, and what may stand next to what."""

    def __init__(self, domains: frozenset[str]) -> None:
        self._domains = domains
        self.words: list[Word] = []
        self.follow: list[dict[int, None]] = []
        self.last: set[int] = set()

    def add(self, row: _Row) -> tuple[list[int], list[int], bool]:
        """Add a row: where it begins, where it ends, and whether it can be left out."""
        first: list[int] = []
        last: list[int] = []
        empty = True
        for item in row:
            begins, ends, nothing = self._item(item)
            for before in last:
                self.follow[before].update(dict.fromkeys(begins))
            if empty:
                first += begins
            last = [*last, *ends] if nothing else ends
            empty = empty and nothing
        return first, last, empty

    def _item(self, item: _Item) -> tuple[list[int], list[int], bool]:
        if isinstance(item, str | Slot):
            if isinstance(item, Slot) and item.list == "name":
                item = item._replace(domains=self._domains)
            return self._word(item)
        if all(not row or (len(row) == 1 and isinstance(row[0], str)) for row in item):
            return self._word(Choice(tuple(dict.fromkeys(str(row[0]) if row else "" for row in item))))
        first: list[int] = []
        last: list[int] = []
        empty = False
        for row in item:
            begins, ends, nothing = self.add(row)
            first += begins
            last += ends
            empty = empty or nothing
        return first, last, empty

    def _word(self, word: Word) -> tuple[list[int], list[int], bool]:
        at = len(self.words)
        self.words.append(word)
        self.follow.append({})
        return [at], [at], False


def _reached(begin: Iterable[int], follow: Sequence[Iterable[int]], within: set[int]) -> set[int]:
    found = set(begin)
    waiting = list(found)
    while waiting:
        for to in follow[waiting.pop()]:
            if to in within and to not in found:
                found.add(to)
                waiting.append(to)
    return found
