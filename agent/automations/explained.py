"""Why something of the house is as it is, in words: what was asked of it, by whom, what came of that.

Looked up in the ledger and in the rules' histories. What somebody wrote or said is quoted for a screen and
never spoken.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from agent.actions.ledger import Entry, Ledger
from agent.core.actions import Status, Trust
from agent.core.events import utc
from agent.core.home import Entity
from agent.core.intents import Choice, Intent, Missing
from agent.core.telling import Question, Telling
from agent.dialogue.reply import speaker_of
from agent.dialogue.wording import Wording
from agent.home.registry import Home
from agent.home.targets import find_targets
from agent.redaction import one_line
from agent.runtime.clock import Clock
from agent.wordbook import Wordbook, Words

MOST_LOOKED_AT = 20
"""Steps of each thing among which the one is looked for that is meant."""
MOST_ENTITIES = 50
LONGEST_QUOTE = 200
AT_ONCE = 10.0
"""Seconds after an action within which a change is taken to be its doing."""
_BAD = (Status.REFUSED, Status.FAILED, Status.EXPIRED, Status.PENDING)
_NOT = re.compile(r"\bnot\b|n['\N{RIGHT SINGLE QUOTATION MARK}]?t\b|没|不|未", re.IGNORECASE)
_AIMED = ("name", "area", "floor", "domain", "device_class")
_WAYS: tuple[tuple[re.Pattern[str], tuple[str, ...], frozenset[str]], ...] = (
    (re.compile(r"\bunlock|解锁|开锁", re.IGNORECASE), ("unlock",), frozenset({"unlocked"})),
    (re.compile(r"\block|锁", re.IGNORECASE), ("lock",), frozenset({"locked"})),
    (re.compile(r"\boff\b|关|灭", re.IGNORECASE), ("turn_off", "close"), frozenset({"off", "closed"})),
    (re.compile(r"\b(?:close|shut)", re.IGNORECASE), ("close",), frozenset({"closed"})),
    (re.compile(r"\bopen", re.IGNORECASE), ("open",), frozenset({"open"})),
    (re.compile(r"\bon\b|开|亮", re.IGNORECASE), ("turn_on", "open"), frozenset({"on", "open"})),
)
"""What is said of the way it went: the services that do that, and the states that it is then in."""


class Explaining:
    """Answers why."""

    def __init__(
        self,
        *,
        home: Home,
        ledger: Ledger,
        clock: Clock,
        zone: tzinfo,
        rule: Callable[[str], dict[str, Any] | None],
        words: Wordbook,
    ) -> None:
        """Take `rule`: what became of the rule of that id lately, if there is one."""
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._zone = zone
        self._rule = rule
        self._words = words

    async def why(self, question: Question) -> Telling:
        """Why what is meant is as it is, or was not done; without a thing, why the last that was done was."""
        words = self._words.words(question.language)
        if not set(_AIMED) & set(question.slots):
            return await self._last(question, words)
        slots = {key: value for key, value in question.slots.items() if key in _AIMED}
        meant = Intent(
            name="HassGetState", slots=slots, text=question.text, language=question.language, every=True
        )
        found = find_targets(meant, self._home, area=None)
        if isinstance(found, Missing):
            missing = speaker_of(question.language).missing(found)
            return Telling(sentences=(missing.text,), facts={"found": False}, done=False)
        entities = (found.options if isinstance(found, Choice) else found)[:MOST_ENTITIES]
        return await self._of(entities, question, words)

    async def _last(self, question: Question, words: Words) -> Telling:
        """What was done last of all."""
        latest = await self._ledger.latest(None, limit=1)
        if not latest:
            return Telling(sentences=(words.said("nothing_done"),), facts={"outcome": None})
        steps = await self._ledger.latest(latest[0].outcome.id, limit=MOST_ENTITIES)
        return self._told(steps or latest, question, words)

    async def _of(self, entities: Sequence[Entity], question: Question, words: Words) -> Telling:
        services, states = _way(question.text)
        chosen: list[Entry] = []
        for one in entities:
            entries = await self._ledger.of_target(one.id, limit=MOST_LOOKED_AT)
            entry = _chosen(entries, services, refused=_NOT.search(question.text) is not None)
            if entry is not None:
                chosen.append(entry)
        newest = max(chosen, key=lambda one: one.outcome.at, default=None)
        itself = self._by_itself(entities, newest, states) if not _NOT.search(question.text) else None
        if itself is not None:
            entity, at, value = itself
            wording = Wording(question.language)
            sentence = words.said(
                "by_itself",
                name=wording.subject([entity]),
                state=wording.word(entity, value),
                at=self._time(at, words),
            )
            facts = {"entity": entity.id, "state": value, "at": at.isoformat(), "outcome": None}
            return Telling(sentences=(_begun(sentence),), facts=facts)
        if newest is None:
            names = Wording(question.language).subject(list(entities))
            sentence = words.said("nothing_to_it", names=names)
            return Telling(sentences=(_begun(sentence),), facts={"outcome": None})
        same = [one for one in chosen if one.outcome.id == newest.outcome.id]
        return self._told(same, question, words)

    def _told(self, entries: Sequence[Entry], question: Question, words: Words) -> Telling:
        """What came of one action, when it was, and who or what led to it."""
        first = entries[0]
        outcome = first.outcome
        named = [one for entry in entries if (one := self._home.get(entry.outcome.target)) is not None]
        states = {one.id: self._home.state(one.id) for one in named}
        intent = Intent(name=question.intent, language=question.language)
        outcomes = [entry.outcome for entry in entries]
        ended = speaker_of(question.language).told(intent, outcomes, named, states)
        cause, because = outcome.cause, self._because(first)
        at = self._time(first.entered, words)
        who = words.said(f"by_{cause.kind}", who=one_line(cause.who, most=60), at=at)
        spoken = because and _believed(first)
        if spoken:
            who = words.said("because", who=who, why=one_line(because, most=LONGEST_QUOTE))
        quoted = [] if spoken or not because else [because]
        quoted += [cause.utterance] if cause.utterance else []
        facts = {
            "outcome": outcome.as_json(),
            "at": outcome.at.isoformat(),
            "asked": first.entered.isoformat(),
            "because": because or None,
        }
        return Telling(
            sentences=(ended.text, who),
            lines=tuple(f"> {one_line(one, most=LONGEST_QUOTE)}" for one in quoted),
            facts=facts,
        )

    def _because(self, entry: Entry) -> str:
        """What set the rule off that led to it; empty where that is not known."""
        if entry.outcome.cause.kind != "automation":
            return ""
        rule = self._rule(entry.outcome.cause.who)
        went = [] if rule is None else [one for one in (rule.get("now"), *rule["went"]) if one]
        same = [one for one in went if one.get("run") and entry.outcome.id.startswith(str(one["run"]))]
        return str(same[0]["because"]) if same else ""

    def _by_itself(
        self, entities: Sequence[Entity], newest: Entry | None, states: frozenset[str]
    ) -> tuple[Entity, datetime, str] | None:
        """A change that came when nothing of ours was under way."""
        for entity in entities:
            changes = [one for one in self._home.changes(entity.id) if not states or one[1] in states]
            if not changes:
                continue
            when, value = changes[-1]
            since = None if newest is None else newest.entered.timestamp()
            until = None if newest is None else newest.outcome.at.timestamp() + AT_ONCE
            if since is None or until is None or when > until:
                return entity, utc(when), value
        return None

    def _time(self, at: datetime, words: Words) -> str:
        local, now = at.astimezone(self._zone), self._clock.now().astimezone(self._zone)
        if local.date() == now.date():
            return words.said("today", time=f"{local:%H:%M}")
        return words.said("on_day", time=f"{local:%H:%M}", day=local.day, month=local.month, year=local.year)


def _way(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The services that do what is asked about, and the states after it; nothing where that is not said."""
    return next(
        ((services, states) for pattern, services, states in _WAYS if pattern.search(text)), ((), frozenset())
    )


def _chosen(entries: Sequence[Entry], services: tuple[str, ...], *, refused: bool) -> Entry | None:
    """The newest that is meant; else the newest that there is."""
    fitting = [
        one
        for one in entries
        if not services or one.outcome.action.partition(".")[2].startswith((*services, "toggle"))
    ]
    if refused:
        fitting = [one for one in fitting if one.outcome.status in _BAD] or fitting
    return next(iter(fitting or entries), None)


def _believed(entry: Entry) -> bool:
    """Whether no stranger's text chose the moment."""
    trigger = entry.step.action.trigger if entry.step is not None else None
    return trigger is not None and trigger > Trust.HOSTILE


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
