"""What people may say to this house, for recognisers that must know before they hear it.

`phrases` are for those that estimate from examples which word follows which. What templates allow to stand
together does so in some phrase, as far as there is room, the common first; every name stands in several.
`jsgf` is for those that hear nothing but what a grammar says. Both are made of what the reader understands.
The same house is given the same, word by word.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from agent.engines.jsgf import Jsgf, spoken_ways
from agent.engines.phrasing import Covering, key_of, usual
from agent.engines.sayable import Sayable, spoken
from agent.engines.templates import Template, Templates
from agent.engines.vocabulary import KINDS, Kind, Vocabulary
from agent.engines.wording import Choice, Slot, Word, Wording, Wordings
from agent.home.named import speakable
from agent.home.registry import Home
from agent.home.targets import REACH

MOST_PHRASES = 3_000
_SAID_ALONE = ("Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help")
_REPEATED = 3
"""How often an answer of one word stands among the phrases: it has no neighbours that speak for it."""
_DEEPEST = 3
"""Lists within lists: the hour of a time."""
_FRAMES = {"name": 6, "area": 8, "floor": 6}
"""Sentences that each name stands in."""
_COMMON = {
    **dict.fromkeys(("HassTurnOn", "HassTurnOff"), 3.0),
    **dict.fromkeys(("HassLightSet", "HassSetPosition", "HassClimateSetTemperature", "HassStopMoving"), 2.5),
    **dict.fromkeys(
        ("HassGetState", "HassClimateGetTemperature", "HassGetCurrentTime", "HassGetWeather"), 2.5
    ),
    **dict.fromkeys(("HassStartTimer", "HassCancelTimer", "HassTimerStatus", "SetAlarm"), 2.5),
    **dict.fromkeys(("HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassSetVolume"), 2.0),
    **dict.fromkeys(
        ("HassSetVolumeRelative", "HassFanSetSpeed", "HassVacuumStart", "HassGetCurrentDate"), 2.0
    ),
    **dict.fromkeys(("OpsServiceRestart", "OpsServiceStatus", "OpsDiskUsage", "OpsIncidents"), 1.5),
    **dict.fromkeys(("Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help"), 1.5),
}
"""How much more often than another an intent is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearable:
    """What a recogniser is told of a house."""

    language: str
    phrases: tuple[str, ...]
    """In lower case, numbers in words, no signs. One that stands twice counts twice."""
    jsgf: str
    """A grammar in the Java Speech Grammar Format; empty for languages without spaces."""
    names: tuple[str, ...]
    """Names of entities, areas and floors as they are spoken."""

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that occurs in the phrases."""
        return tuple(sorted({word for phrase in self.phrases for word in phrase.split()}))

    def as_json(self) -> dict[str, object]:
        """Ready for JSON."""
        return {
            "language": self.language,
            "phrases": list(self.phrases),
            "jsgf": self.jsgf,
            "names": list(self.names),
        }


def hearable(language: str, home: Home, templates: Templates | None, *, most: int = MOST_PHRASES) -> Hearable:
    """What may be said in `language` to the `home`; `most` bounds the phrases.

    Without `templates` of the language there is nothing but the names.
    """
    return Sounding.of(language, home, templates).hearable(most=most)


class Meant(NamedTuple):
    """A template that this house can serve: what it asks for, how common that is, its words."""

    intent: str
    common: float
    wording: Wording


class Sounding:
    """One house in one language, as far as what can be said depends on it. Looks at the house no more."""

    def __init__(
        self,
        language: str,
        vocabulary: Vocabulary,
        templates: Templates | None,
        *,
        domains: frozenset[str],
        classes: frozenset[str],
    ) -> None:
        """Take the `domains` and the `classes` of the devices that there are."""
        self._language = language
        self._templates = templates
        self._vocabulary = vocabulary
        self._domains = domains
        self._classes = classes
        self._wordings = Wordings()

    @classmethod
    def of(cls, language: str, home: Home, templates: Templates | None) -> "Sounding":
        """Look at `home` as it is now."""
        entities = speakable(home)
        return cls(
            language,
            Vocabulary.of(home),
            templates,
            domains=frozenset(one.domain for one in entities),
            classes=frozenset(one.device_class for one in entities if one.device_class),
        )

    def hearable(self, *, most: int = MOST_PHRASES) -> Hearable:
        """What may be said."""
        names = dict.fromkeys(
            way
            for kind in KINDS
            for name in self._vocabulary.names(kind)
            for way in spoken(name, self._language)
        )
        phrases: tuple[str, ...] = tuple(names)[:most]
        jsgf = ""
        if self._templates is not None:
            sayable = Sayable(
                self._language,
                self._vocabulary,
                self._wordings,
                lists=self._templates.lists,
                rules=self._templates.rules,
                classes=self._classes,
            )
            common = list(spoken_ways(self._language, self._domains, self._templates.lists, sayable))
            phrases = tuple(_Phrases(list(self._worded(sayable)), common, sayable).chosen(most))
            jsgf = Jsgf(sayable).text(common)
        return Hearable(language=self._language, phrases=phrases, jsgf=jsgf, names=tuple(names))

    def _serves(self, one: Template) -> bool:
        """Whether there is something in the house that the template could be about."""
        reach = REACH.get(one.intent)
        if reach is not None and not reach & self._domains:
            return False
        for source in (one.block.slots, one.block.requires_context or {}):
            if not _any_of(source.get("domain"), self._domains):
                return False
            if not _any_of(source.get("device_class"), self._classes):
                return False
        return True

    def _worded(self, sayable: Sayable) -> Iterator[Meant]:
        for one in self._templates or ():
            if not self._serves(one):
                continue
            wording = self._wordings.wording(
                one.sentence.expression, one.rules, one.lists, domains=_name_domains(one)
            )
            wording = wording.without({slot for slot in wording.slots() if not sayable.values(slot)})
            if wording.first:
                yield Meant(one.intent, _COMMON.get(one.intent, 1.0), wording)


class _Phrases:
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
        found += _spread(list(self._named()), (most - len(found)) // 2)
        covering = Covering([(one.wording, one.common) for one in self._meant])
        return [*found, *map(self._filled, covering.ways(most - len(found)))][:most]

    def _alone(self) -> Iterator[str]:
        """Answers of a word or two, each several times."""
        for one in self._meant:
            if one.intent in _SAID_ALONE:
                for way in usual(one.wording, most=4, longest=2):
                    yield from [self._filled(way)] * _REPEATED

    def _named(self) -> Iterator[str]:
        """Every name in the usual sentences that it can stand in."""
        frames: dict[Slot, dict[str, tuple[Word, ...]]] = {}
        for way in self._common:
            slots = [word for word in way if isinstance(word, Slot) and word.list in KINDS]
            if len(slots) == 1:
                frames.setdefault(slots[0], {})[" ".join(map(key_of, way))] = way
        for one in sorted(self._meant, key=lambda one: -one.common):
            slots = [slot for slot in one.wording.slots() if slot.list in KINDS]
            if len(slots) != 1:
                continue
            known = frames.setdefault(slots[0], {})
            for way in usual(one.wording, most=1, cost=self._cost):
                if slots[0] in way:
                    known.setdefault(f"{one.intent} {key_of(way[0])} {key_of(way[-1])}", way)
        for kind in KINDS:
            yield from self._in_frames(kind, {slot: one for slot, one in frames.items() if slot.list == kind})

    def _in_frames(self, kind: Kind, frames: Mapping[Slot, Mapping[str, tuple[Word, ...]]]) -> Iterator[str]:
        several = _FRAMES[kind]
        fitting: dict[str, list[tuple[Slot, tuple[Word, ...]]]] = {}
        for slot, known in frames.items():
            for name in self._sayable.called(kind, slot.domains):
                fitting.setdefault(name, []).extend((slot, way) for way in known.values())
        for turn, (name, ways) in enumerate(fitting.items()):
            # The first ones are the most common; the others take turns among the names.
            fixed = several // 2
            rest = ways[fixed:]
            start = turn * several % len(rest) if rest else 0
            for slot, way in [*ways[:fixed], *(rest[start:] + rest[:start])[: several - fixed]]:
                yield self._filled(way, {slot: name})

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


def _name_domains(one: Template) -> frozenset[str]:
    wanted = (one.block.requires_context or {}).get("domain")
    if isinstance(wanted, str):
        return frozenset({wanted})
    return frozenset(wanted) if isinstance(wanted, list) else frozenset()


def _any_of(wanted: object, there: frozenset[str]) -> bool:
    """Whether what a template asks for is there, or it asks for nothing."""
    if isinstance(wanted, str):
        return wanted in there
    return not there.isdisjoint(wanted) if isinstance(wanted, list) else True
