"""Which rules a happening concerns, found by look-up: a topic, an entity, a unit, never by going through all.

One happening sets a rule off once, however many of its triggers it fits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from agent.automations.fired import Answer, Fired
from agent.automations.happenings import Happening
from agent.automations.machine_triggers import (
    PRIORITIES,
    IncidentTrigger,
    JournalTrigger,
    UnitTrigger,
    WebhookTrigger,
    unit_of,
)
from agent.automations.state_trigger import StateTrigger
from agent.automations.triggers import MqttTrigger, Trigger
from agent.core.awaited import LEAST_URGENT, EntryFilter
from agent.core.events import IncidentChanged, JournalWritten, StateChanged, UnitChanged, WebhookCalled
from agent.mqtt.message import Message
from agent.mqtt.trie import FilterTree

ANY = "*"


class Listener(Protocol):
    """A trigger, whatever it is that it listens to."""

    def see(self, happening: Any, /, *, echo: bool = False) -> Answer:
        """What `happening` means to it."""
        ...


@dataclass(frozen=True, slots=True)
class Watch:
    """One trigger of a rule. `number` is its place in the rule's `when`."""

    rule: str
    number: int
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Heard:
    """What one trigger said to a happening."""

    watch: Watch
    answer: Answer


class Index:
    """The triggers of all rules. `own` is the root of our own topics, whose messages set nothing off."""

    def __init__(self, watches: Iterable[Watch], *, own: str = "") -> None:
        self._own = f"{own}/" if own else ""
        self._topics: FilterTree[list[Watch]] = FilterTree()
        self._tables: dict[type, dict[str, list[Watch]]] = {
            kind: {} for kind in (StateChanged, JournalWritten, UnitChanged, IncidentChanged, WebhookCalled)
        }
        for watch in watches:
            self._add(watch)

    def filters(self) -> list[str]:
        """The topic filters that somebody has to subscribe to."""
        return self._topics.filters()

    def entries(self) -> tuple[EntryFilter, ...]:
        """The entries of the journal that somebody has to read out."""
        watches = chain.from_iterable(self._tables[JournalWritten].values())
        sections = [one.trigger.section for one in watches if isinstance(one.trigger, JournalTrigger)]
        return tuple(
            EntryFilter(
                unit=section.unit,
                priority=LEAST_URGENT if section.priority is None else PRIORITIES.index(section.priority),
                match=section.match,
            )
            for section in sections
        )

    def about(self, happening: Happening) -> Sequence[Watch]:
        """The triggers that may have something to say to it."""
        if isinstance(happening, Message):
            if self._own and happening.topic.startswith(self._own):
                return ()
            found = self._topics.match(happening.topic)
            return found[0] if len(found) == 1 else tuple(chain.from_iterable(found))
        if isinstance(happening, StateChanged):
            return self._tables[StateChanged].get(happening.entity, ())
        return self._named(type(happening), _name(happening))

    def hear(self, happening: Happening, *, echo: bool = False) -> list[Heard]:
        """What every trigger that it may concern says to `happening`; `echo`: we brought it about."""
        return asked(self.about(happening), happening, echo=echo)

    def _add(self, watch: Watch) -> None:
        match watch.trigger:
            case MqttTrigger(topic_filter=wanted):
                known = self._topics.get(wanted)
                if known is None:
                    self._topics[wanted] = [watch]
                else:
                    known.append(watch)
            case StateTrigger(section=section):
                for entity in dict.fromkeys(section.entity):
                    self._put(StateChanged, entity, watch)
            case JournalTrigger(section=section):
                self._put(JournalWritten, section.unit or ANY, watch)
            case UnitTrigger(section=section):
                self._put(UnitChanged, section.name, watch)
            case IncidentTrigger(section=section):
                self._put(IncidentChanged, section.key, watch)
            case WebhookTrigger(section=section):
                self._put(WebhookCalled, section.id, watch)
            case _:
                pass  # a time: the schedules have it

    def _put(self, kind: type, name: str, watch: Watch) -> None:
        key = ANY if "*" in name or "?" in name or "[" in name else name
        self._tables[kind].setdefault(key, []).append(watch)

    def _named(self, kind: type, name: str) -> tuple[Watch, ...]:
        table = self._tables[kind]
        found = [*table.get(name, ()), *table.get(ANY, ())]
        if name.endswith(".service"):
            found += table.get(name.removesuffix(".service"), ())
        return tuple(found)


def asked(watches: Iterable[Watch], happening: Happening, *, echo: bool = False) -> list[Heard]:
    """What each of `watches` says to `happening`; a rule that fired is not asked again."""
    heard: list[Heard] = []
    fired: set[str] = set()
    for watch in watches:
        if watch.rule in fired:
            continue
        listener: Listener = watch.trigger
        answer = listener.see(happening, echo=echo)
        if isinstance(answer, Fired):
            fired.add(watch.rule)
        heard.append(Heard(watch, answer))
    return heard


def _name(happening: JournalWritten | UnitChanged | IncidentChanged | WebhookCalled) -> str:
    match happening:
        case JournalWritten():
            return unit_of(happening.fields)
        case UnitChanged():
            return happening.unit
        case IncidentChanged():
            return happening.key
        case WebhookCalled():
            return happening.id
