"""The names of this house as sentence templates need them: found in an utterance, exactly or nearly.

Only names that occur in the utterance are handed to the templates, so a house of thousands costs no more than
a small one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from hassil.intents import SlotList, TextSlotList

from agent.core.home import Entity
from agent.engines.quantity import without_article
from agent.engines.text import squeezed
from agent.home.fuzzy import Names, is_spaceless, tells_apart, words_of
from agent.home.named import speakable
from agent.home.registry import Home

Kind = Literal["name", "area", "floor"]
KINDS: tuple[Kind, ...] = ("name", "area", "floor")
LONGEST_RUN = 5
"""Words of a name that was misheard."""
SPACELESS_RUNS = range(2, 9)
"""Characters of a name in a language without spaces."""
MOST_NEAR = 8


@dataclass(frozen=True, slots=True)
class Term:
    """A name: how it is called in the house, and the facts that templates ask of it."""

    called: str
    facts: tuple[tuple[str, Any], ...] = ()


class Vocabulary:
    """Every name and alias of a house, by kind. Made anew when the registry has changed."""

    def __init__(
        self, terms: Mapping[Kind, Iterable[tuple[str, Term]]], *, tasks: Iterable[str] = ()
    ) -> None:
        """Take (how it may be said, what it stands for) for each kind, and what tasks are called."""
        self.tasks = tuple(tasks)
        self._terms: dict[Kind, dict[str, list[Term]]] = {kind: {} for kind in KINDS}
        self._said: dict[Kind, dict[str, str]] = {kind: {} for kind in KINDS}
        self._lengths: dict[Kind, dict[str, set[int]]] = {kind: {} for kind in KINDS}
        self._prepared: dict[tuple[Kind, bool], Names | None] = {}
        self._last: tuple[str, Mapping[Kind, list[tuple[str, str]]]] = ("", {})
        for kind, pairs in terms.items():
            for said, term in pairs:
                key = squeezed(said)
                if not key:
                    continue
                known = self._terms[kind].setdefault(key, [])
                if term not in known:
                    known.append(term)
                self._said[kind].setdefault(key, said)
                self._lengths[kind].setdefault(key[0], set()).add(len(key))

    @classmethod
    def of(cls, home: Home, *, tasks: Iterable[str] = ()) -> "Vocabulary":
        """The vocabulary of `home`: what is exposed and part of daily life; and the names of tasks."""
        spoken = speakable(home)
        names = [(said, Term(entity.name, _facts(entity))) for entity in spoken for said in entity.names]
        names += _within_their_areas(spoken, {squeezed(said) for said, _ in names}, home)
        areas = ((said, Term(area.name)) for area in home.areas() for said in area.names)
        floors = ((said, Term(one.name)) for one in home.floors() for said in one.names)
        return cls({"name": names, "area": areas, "floor": floors}, tasks=tasks)

    def tasks_in(self, text: str) -> tuple[str, ...]:
        """The names of tasks that `text` says in whole words."""
        return tuple(one for one in self.tasks if says(text, one))

    def spoken(self, text: str) -> dict[str, SlotList]:
        """The names that occur in `text`, which is squeezed."""
        found: dict[str, SlotList] = {}
        for kind in KINDS:
            terms, said = self._terms[kind], self._said[kind]
            found[kind] = _listed(kind, ((said[key], terms[key]) for key in self._inside(kind, text)))
        return found

    def nearly_spoken(self, text: str, usual: Callable[[str], bool]) -> dict[str, SlotList]:
        """The names that a part of `text` comes close to, under what was said in their place.

        `usual` tells the words of ordinary sentences: those, and the words of our names, were heard right.
        """
        heard = self._heard(text, usual)
        return {
            kind: _listed(kind, ((run, self._terms[kind][squeezed(name)]) for run, name in heard[kind]))
            for kind in KINDS
        }

    def mishears(self, text: str, usual: Callable[[str], bool]) -> bool:
        """Whether a part of `text` comes close to a name, and is none itself."""
        return any(
            name.casefold() != without_article(run).casefold()
            for pairs in self._heard(text, usual).values()
            for run, name in pairs
        )

    def _heard(self, text: str, usual: Callable[[str], bool]) -> Mapping[Kind, list[tuple[str, str]]]:
        """The parts of `text` that come close to a name, each with that name; kept for the last text."""
        if self._last[0] == text and self._last[1]:
            return self._last[1]
        runs = [
            (run, not all(usual(word) or word in self._words for word in words)) for run, words in _runs(text)
        ]
        # Of another script no name is near; most of a large house is passed over so.
        named = {
            kind: [
                (run, name)
                for run, misheard in runs
                if (near := self._near(kind, spaceless=is_spaceless(run)))
                for name, _ in near.match(run, misheard=misheard)[:MOST_NEAR]
            ]
            for kind in KINDS
        }
        self._last = text, named
        return named

    def _near(self, kind: Kind, *, spaceless: bool) -> Names | None:
        """The names of a kind in a script with spaces or without; None if there are none."""
        key = kind, spaceless
        if key not in self._prepared:
            names = [name for name in self._said[kind].values() if is_spaceless(name) is spaceless]
            self._prepared[key] = Names(names) if names else None
        return self._prepared[key]

    @cached_property
    def _words(self) -> frozenset[str]:
        """Every word of every name."""
        return frozenset(
            word for kind in KINDS for said in self._said[kind].values() for word in words_of(said)
        )

    def only_names(self, text: str, usual: Callable[[str], bool]) -> bool:
        """Whether `text` names something of the house, and all its other words are `usual` ones."""
        plain = text.casefold()
        named = sorted((self._said["name"][key] for key in self._inside("name", squeezed(text))), key=len)
        for name in reversed(named):
            plain = plain.replace(name.casefold(), " ")
        return bool(named) and all(
            (usual(word) and not tells_apart(word)) or not word.isalpha() for word in plain.split()
        )

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Every name of a kind as it is said."""
        return tuple(self._said[kind].values())

    def slot_of(self, text: str) -> tuple[Kind, str] | None:
        """The kind of thing that `text` names, and what it is called; places before things."""
        return self._named(text, ("area", "floor", "name"))

    def has_place(self, text: str) -> bool:
        """Whether `text` says the name of an area or floor."""
        key = squeezed(text)
        return bool({*self._inside("area", key), *self._inside("floor", key)})

    def names_in(self, text: str) -> tuple[str, ...]:
        """Every name that `text` says in whole words, as it may be said."""
        return tuple(said for kind in KINDS for said in self.said_as(text, kind))

    def said_as(self, text: str, kind: Kind) -> tuple[str, ...]:
        """Every name of a kind that `text` says in whole words, as it may be said."""
        return tuple(self._said[kind][key] for key in self._said_in(text, kind))

    def said_in(self, text: str, kind: Kind) -> str | None:
        """What the longest name of a kind that `text` says in whole words is called; None if it says none."""
        return self._longest(kind, self._said_in(text, kind))

    def said_around(self, text: str, kind: Kind, part: str) -> str | None:
        """What the longest name of a kind in `text` is called that has `part` in it.

        Where words are not parted, also one that is in `part`.
        """
        part, spaceless = squeezed(part), is_spaceless(part)
        keys = [key for key in self._said_in(text, kind) if part in key or (spaceless and key in part)]
        return self._longest(kind, keys)

    def _said_in(self, text: str, kind: Kind) -> list[str]:
        return [key for key in self._inside(kind, squeezed(text)) if says(text, self._said[kind][key])]

    def _longest(self, kind: Kind, keys: Collection[str]) -> str | None:
        return self._terms[kind][max(keys, key=len)][0].called if keys else None

    def terms(self, kind: Kind, text: str) -> tuple[Term, ...]:
        """What `text` is a name of, as that kind."""
        return tuple(self._terms[kind].get(squeezed(text), ()))

    def called(self, text: str) -> str | None:
        """What an entity, area or floor that `text` names is called in the house; None if nothing is."""
        found = self._named(text, KINDS)
        return found[1] if found else None

    def _named(self, text: str, kinds: Iterable[Kind]) -> tuple[Kind, str] | None:
        key = squeezed(text)
        return next(
            ((kind, self._terms[kind][key][0].called) for kind in kinds if key in self._terms[kind]), None
        )

    def _inside(self, kind: Kind, text: str) -> Iterable[str]:
        terms, lengths = self._terms[kind], self._lengths[kind]
        return dict.fromkeys(
            part
            for start, char in enumerate(text)
            for length in lengths.get(char, ())
            if (part := text[start : start + length]) in terms
        )


def says(text: str, name: str) -> bool:
    """Whether `text` says `name` in whole words: not the "time z" of "time zone"."""
    if not name.isascii():
        return name.casefold() in text.casefold()
    return place_of(text, name) is not None


def place_of(text: str, name: str) -> re.Match[str] | None:
    """Where `text` says `name`, letter for letter."""
    bounded = rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name)
    return re.search(bounded, text, re.IGNORECASE)


def _runs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every few words in a row, each with the words that are compared; characters where no space is."""
    spaceless = is_spaceless(text)
    words = list(text.replace(" ", "")) if spaceless else text.split()
    lengths = SPACELESS_RUNS if spaceless else range(1, LONGEST_RUN + 1)
    runs = dict.fromkeys(
        ("" if spaceless else " ").join(words[start : start + length])
        for length in lengths
        for start in range(len(words) - length + 1)
    )
    return [(run, words_of(run)) for run in runs]


def _within_their_areas(
    entities: Iterable[Entity], known: set[str], home: Home
) -> Iterator[tuple[str, Term]]:
    """Names without that of their area, where only one thing is left to be called so.

    "Living Room Ceiling Light" is the ceiling light if there is no other. A single word is left to the kinds.
    """
    areas = {one.id: one.names for one in home.areas()}
    left: dict[str, list[tuple[str, Term]]] = {}
    for entity in entities:
        for area in areas.get(entity.area or "", ()):
            rest = entity.name[len(area) :].strip()
            if entity.name.casefold().startswith(f"{area} ".casefold()) and " " in rest:
                left.setdefault(squeezed(rest), []).append((rest, Term(entity.name, _facts(entity))))
    yield from (same[0] for key, same in left.items() if len(same) == 1 and key not in known)


def _listed(kind: Kind, pairs: Iterable[tuple[str, Iterable[Term]]]) -> TextSlotList:
    return TextSlotList.from_tuples(
        ((said, term.called, dict(term.facts)) for said, terms in pairs for term in terms),
        allow_template=False,
        name=kind,
    )


def _facts(entity: Entity) -> tuple[tuple[str, Any], ...]:
    classed = (("device_class", entity.device_class),) if entity.device_class else ()
    return (("domain", entity.domain), *classed)
