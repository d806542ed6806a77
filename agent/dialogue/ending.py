"""How a wish ended, in words: every step of it by its own status, never better than it was."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from agent.core.actions import Outcome, Status
from agent.core.home import Entity, State
from agent.core.intents import Intent
from agent.dialogue.phrases import NotRenderedError, cleaned, render
from agent.dialogue.reasons import known_reason
from agent.dialogue.seen import number
from agent.dialogue.verbs import verb_of
from agent.dialogue.wording import Spoken, Wording

LONGEST_REASON = 250
_ORDER = (
    Status.CONFIRMED,
    Status.SENT,
    Status.ACCEPTED,
    Status.PENDING,
    Status.FAILED,
    Status.REFUSED,
    Status.EXPIRED,
)
"""The order in which ends are told; of two ends of one thing the later counts."""
_BECAME = {"on": "turn_on", "off": "turn_off", "open": "open", "closed": "close"}
_AMOUNTS = ("brightness", "percentage", "position", "temperature", "volume_level")
"""Slots whose numbers the library repeats; words in their place it would misread."""
_SWITCHING = ("HassTurnOn", "HassTurnOff")
_CALLED_BY_NAME = frozenset({"switch", "media_player"})
"""What nobody calls by the kind that the library has for it."""
_WATCHED = ("unit.restart", "unit.start")
"""What is seen to stay up once it came up."""
_LIT = ("brightness", "color", "temperature")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How it ended for one thing."""

    entity: Entity
    outcome: Outcome
    verb: str

    @property
    def kind(self) -> str:
        """What is said of it: the status, and how sure it is."""
        status = self.outcome.status
        if status is Status.CONFIRMED:
            known = known_reason(self.outcome.reason or "")
            return "already" if known is not None and known[0] == "already_so" else "confirmed"
        if status is Status.ACCEPTED or (status is Status.SENT and not self.outcome.final):
            watched = status is Status.SENT and self.outcome.action in _WATCHED
            return "watched" if watched else "under_way"
        if status is Status.SENT:
            return "sent_mute" if self.entity.optimistic else "sent"
        return status.value


class Ending:
    """Says how wishes ended, in one language."""

    def __init__(self, wording: Wording) -> None:
        self._words = wording

    def told(
        self,
        intent: Intent,
        outcomes: Sequence[Outcome],
        entities: Sequence[Entity],
        states: Mapping[str, State],
    ) -> Spoken:
        """How what `intent` wanted of `entities` ended."""
        ends = _ends(intent, outcomes, entities, states)
        if not ends:
            return self._words.spoken([self._words.said("nothing_known")])
        kinds = {end.kind for end in ends}
        if kinds == {"confirmed"}:
            try:
                text = self._library(intent, ends, states, complete=len(ends) >= len(entities))
                return self._words.spoken([text], lines=self._lines(ends, intent))
            except NotRenderedError:
                pass
        alone = len(kinds) == 1
        return self._words.spoken(
            [self._clauses(ends, intent, alone=alone, aloud=True)],
            [self._clauses(ends, intent, alone=alone, aloud=False)],
            lines=self._lines(ends, intent),
        )

    def reason(
        self, reason: str, *, aloud: bool, names: str | None = None, entity: Entity | None = None
    ) -> str:
        """A reason in words; one that is known in English only is spoken in English only.

        `names` and `entity` are what it is about, where that is known better than from its text.
        """
        known = known_reason(reason)
        if known is not None:
            key, found = known
            values: dict[str, object] = {name: cleaned(value) for name, value in found.items()}
            if "state" in found and entity is not None:
                values["state"] = self._words.word(entity, found["state"])
            if names is not None:
                values["names"] = names
            if "why" in found:
                values["why"] = self.reason(found["why"], aloud=aloud)
            return self._words.said(key, **values, be=self._words.being([entity] if entity else []))
        if not reason.strip():
            return self._words.said("no_reason")
        if aloud and not self._words.speaks_english:
            return self._words.said("reason_on_screen")
        return cleaned(reason, LONGEST_REASON)

    def deed(self, service: str, intent: Intent, entities: Sequence[Entity]) -> str:
        """What a service would do to `entities`, as it is asked about: "turn on the lamp"."""
        return self._verb("ask", verb_of(service, intent.slots), self._words.subject(entities), intent)

    # ends -----------------------------------------------------------------------------------------------
    def _clauses(self, ends: Sequence[_End], intent: Intent, *, alone: bool, aloud: bool) -> str:
        """Everything that happened, the same ends together."""
        groups = _grouped(ends, lambda end: (end.kind, end.verb, self._alike(end)))
        alone = alone and len(groups) == 1
        told = (self._clause(group, intent, alone=alone, aloud=aloud) for group in groups)
        return self._words.said("clause").join(told)

    def _lines(self, ends: Sequence[_End], intent: Intent) -> list[str]:
        if len(ends) <= 1:
            return []
        return [self._words.text([self._clause([end], intent, alone=False, aloud=False)]) for end in ends]

    def _alike(self, end: _End) -> Hashable:
        """What ends of one kind must share to be told together."""
        if end.kind in ("failed", "refused", "expired"):
            known = known_reason(end.outcome.reason or "")
            return (known[0], *sorted(known[1].items())) if known is not None else end.outcome.reason
        return None

    def _clause(self, group: Sequence[_End], intent: Intent, *, alone: bool, aloud: bool) -> str:
        words, first = self._words, group[0]
        entities = [end.entity for end in group]
        values: dict[str, Any] = {"names": words.subject(entities), "count": len(group)}
        match first.kind:
            case "confirmed":
                return self._verb("done", first.verb, values["names"], intent)
            case "already":
                return self._already(entities, first.verb)
            case "sent" | "sent_mute" | "under_way" | "watched":
                told = self._verb("told", first.verb, values["names"], intent)
                return words.said(first.kind, told=told, **values)
            case "pending":
                many = 2 if words.plural(entities) else 1
                return (
                    words.said("pending") if alone else words.said("pending_of", **{**values, "count": many})
                )
            case kind:
                return self._unhappy(kind, group, alone=alone, aloud=aloud)

    def _unhappy(self, kind: str, group: Sequence[_End], *, alone: bool, aloud: bool) -> str:
        words, first = self._words, group[0]
        names = words.subject([end.entity for end in group])
        given = first.outcome.reason or ""
        reason = self.reason(given, aloud=aloud, names=names, entity=first.entity)
        known = known_reason(given)
        if known is not None and self._names(known[0]) and not (alone and kind == "refused"):
            return reason
        return (
            words.said(kind, reason=reason) if alone else words.said(f"{kind}_of", names=names, reason=reason)
        )

    def _already(self, entities: Sequence[Entity], verb: str) -> str:
        words = self._words
        names, state = words.subject(entities), words.words.verbs[verb].get("is")
        be = words.being(entities)
        if state is None:
            return words.said("already_so", names=names, be=be)
        return words.said("already", names=names, be=be, state=words.word(entities[0], state))

    def _verb(self, form: str, verb: str, names: str, intent: Intent) -> str:
        """What was done or told, to what."""
        item = cleaned(intent.slots.get("item", ""))
        if not item and verb in ("add", "remove", "complete"):
            verb = "do"
        return self._words.words.verbs[verb][form].format_map({"names": names, "item": item})

    def _names(self, key: str) -> bool:
        """Whether the phrase of a reason says by itself what it is about."""
        forms = self._words.words.phrases[key]
        return "{names}" in (forms if isinstance(forms, str) else forms["other"])

    # the library ----------------------------------------------------------------------------------------
    def _library(
        self, intent: Intent, ends: Sequence[_End], states: Mapping[str, State], *, complete: bool
    ) -> str:
        """The library's words for a wish that was fulfilled.

        Raises:
            NotRenderedError: it has none, they do not fit, or they say more than what happened.
        """
        verbs = {end.verb for end in ends}
        words = self._words
        if words.native and intent.name in _SWITCHING and ends[0].entity.domain in _CALLED_BY_NAME:
            raise NotRenderedError("the library would call an oven the switch")
        if words.native and (verbs & words.words.own_first or len(verbs) > 1):
            raise NotRenderedError("our own words come first")
        if any(
            isinstance(intent.slots.get(slot), str) and number(intent.slots[slot]) is None
            for slot in _AMOUNTS
        ):
            raise NotRenderedError("an amount is no number")
        templates = words.responses.get(intent.name, {})
        for key in self._keys(intent, templates, several=len(ends) > 1, all_of_them=complete):
            try:
                text = render(templates[key], _variables(intent, ends, states, self._words))
            except NotRenderedError:
                continue
            if _keeps_numbers(intent, text):
                return text
        raise NotRenderedError(f"nothing fits for {intent.name}")

    def _keys(
        self, intent: Intent, templates: Mapping[str, str], *, several: bool, all_of_them: bool
    ) -> Iterable[str]:
        """The templates that may be said, best first."""
        lit = [key for key in _LIT if intent.name == "HassLightSet" and key in intent.slots]
        only = list(templates) if len(templates) == 1 else []
        switched = intent.name in _SWITCHING
        for key in dict.fromkeys([intent.response or "", *lit, "default", *only]):
            grouped = any(part in key for part in ("area", "floor", "all", "device_class"))
            if key not in templates or (grouped and (intent.excepted or not all_of_them)):
                continue
            if switched and self._words.native and several is not grouped:
                # The library speaks of one thing or of many; for one it must not say "the lights".
                continue
            yield key


def _ends(
    intent: Intent, outcomes: Sequence[Outcome], entities: Sequence[Entity], states: Mapping[str, State]
) -> list[_End]:
    """The end of each thing, in the order in which ends are told."""
    known = {entity.id: entity for entity in entities}
    worst: dict[str, _End] = {}
    latest = {(outcome.id, outcome.action, outcome.target): outcome for outcome in outcomes}
    for outcome in latest.values():
        parts = outcome.target.split(", ")
        targets = parts if all(part in known for part in parts) else [outcome.target]
        for target in targets:
            entity = known.get(target) or Entity(id=target, name=_name(target, outcome.action), owner="")
            verb = _became(verb_of(outcome.action, intent.slots), states.get(target))
            end = _End(entity=entity, outcome=outcome, verb=verb)
            before = worst.get(target)
            if before is None or _ORDER.index(before.outcome.status) < _ORDER.index(outcome.status):
                worst[target] = end
    return sorted(worst.values(), key=lambda end: _ORDER.index(end.outcome.status))


def _name(target: str, service: str) -> str:
    """What to call a target that is no entity."""
    if service.startswith("unit."):
        return cleaned(target.removeprefix("unit.").removesuffix(".service"))
    return cleaned(target.partition(".")[2].replace("_", " ") or target or service)


def _became(verb: str, state: State | None) -> str:
    """What a toggle turned out to be, if the thing says so."""
    if verb != "toggle" or state is None or state.stale:
        return verb
    return _BECAME.get(state.value or "", verb)


def _grouped(ends: Iterable[T], alike: Callable[[T], Hashable]) -> list[list[T]]:
    groups: dict[Hashable, list[T]] = {}
    for end in ends:
        groups.setdefault(alike(end), []).append(end)
    return list(groups.values())


def _variables(
    intent: Intent, ends: Sequence[_End], states: Mapping[str, State], words: Wording
) -> dict[str, Any]:
    """What Home Assistant's templates may use."""
    entity = ends[0].entity
    state = states.get(entity.id, State())
    slots = {
        name: cleaned(value) if isinstance(value, str) else value for name, value in intent.slots.items()
    }
    if len(ends) == 1:
        slots["name"] = words.name(entity)
    value = state.value or "unknown"
    told = {
        "entity_id": entity.id,
        "name": words.name(entity),
        "domain": entity.domain,
        "state": value,
        "state_with_unit": words.word(entity, value) if words.native else cleaned(value),
        "attributes": dict(state.attributes),
    }
    matched = [{"name": words.name(end.entity)} for end in ends]
    return {"slots": slots, "state": told, "query": {"matched": matched, "unmatched": []}}


def _keeps_numbers(intent: Intent, text: str) -> bool:
    """Whether `text` does not cut a number that was said: 19.5 told as 19."""
    for slot in _AMOUNTS:
        value = number(intent.slots.get(slot))
        if isinstance(value, float) and f"{value:g}" not in text and str(int(value)) in text:
            return False
    return True
