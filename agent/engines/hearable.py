"""What people may say to this house, for recognisers that must know before they hear it.

`phrases` are for those that estimate from examples which word follows which. What templates allow to stand
together does so in some phrase, as far as there is room, the common first; every name stands in several.
`jsgf` is for those that hear nothing but what a grammar says. Both are made of what the reader understands.
The same house is given the same, word by word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from weakref import ref

from agent.engines.jsgf import Jsgf, spoken_ways
from agent.engines.phrases import Meant, Phrases
from agent.engines.sayable import Sayable, spoken
from agent.engines.templates import TASKS, Template, Templates
from agent.engines.vocabulary import KINDS, Term, Vocabulary
from agent.engines.wording import Wordings
from agent.home.named import speakable
from agent.home.registry import Home
from agent.home.targets import REACH

MOST_PHRASES = 3_000
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
    """Names of entities, areas, floors and tasks as they are spoken."""

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


def hearable(
    language: str,
    home: Home,
    templates: Templates | None,
    *,
    tasks: Iterable[str] = (),
    most: int = MOST_PHRASES,
) -> Hearable:
    """What may be said in `language` to the `home`; `most` bounds the phrases.

    Without `templates` of the language there is nothing but the names; `tasks` are those of tasks.
    """
    return Sounding.of(language, home, templates, tasks=tasks).hearable(most=most)


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
    def of(
        cls, language: str, home: Home, templates: Templates | None, *, tasks: Iterable[str] = ()
    ) -> "Sounding":
        """Look at `home` as it is now; `tasks` are what its tasks are called."""
        entities = speakable(home)
        return cls(
            language,
            Vocabulary.of(home, tasks=tasks),
            templates,
            domains=frozenset(one.domain for one in entities),
            classes=frozenset(one.device_class for one in entities if one.device_class),
        )

    def hearable(self, *, most: int = MOST_PHRASES) -> Hearable:
        """What may be said; where nothing of that has changed, what was found the last time."""
        heard = self._heard(most)
        known = _last.get(self._language)
        if known is None or known[0] != heard:
            known = _last[self._language] = heard, self._found(most)
        return known[1]

    def _heard(self, most: int) -> "_Heard":
        """All that it depends on."""
        called = tuple(
            (kind, name, tuple(self._vocabulary.terms(kind, name)))
            for kind in KINDS
            for name in self._vocabulary.names(kind)
        )
        return _Heard(
            templates=None if self._templates is None else ref(self._templates),
            called=called,
            tasks=self._vocabulary.tasks,
            domains=self._domains,
            classes=self._classes,
            most=most,
        )

    def _found(self, most: int) -> Hearable:
        called = [name for kind in KINDS for name in self._vocabulary.names(kind)]
        names = dict.fromkeys(way for name in called for way in spoken(name, self._language))
        names |= dict.fromkeys(
            way for name in self._vocabulary.tasks for way in spoken(name, self._language)[:1]
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
            phrases = tuple(Phrases(list(self._worded(sayable)), common, sayable).chosen(most))
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
            tasks = self._templates.lists.get(TASKS) if self._templates is not None else None
            lists = one.lists if tasks is None else {TASKS: tasks, **one.lists}
            wording = self._wordings.wording(
                one.sentence.expression, one.rules, lists, domains=_name_domains(one)
            )
            wording = wording.without({slot for slot in wording.named if not sayable.values(slot)})
            if wording.first:
                yield Meant(one.intent, _COMMON.get(one.intent, 1.0), wording)


class _Heard(NamedTuple):
    """What a Hearable depends on."""

    templates: ref[Templates] | None
    called: tuple[tuple[str, str, tuple[Term, ...]], ...]
    tasks: tuple[str, ...]
    domains: frozenset[str]
    classes: frozenset[str]
    most: int


_last: dict[str, tuple[_Heard, Hearable]] = {}
"""The last one of each language: it is asked for whenever anything in the house has changed."""


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
