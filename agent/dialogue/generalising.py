"""From what was said once to a pattern of the house, and from a pattern back to intents. Pure.

Only what can be taken back is ever learned: no operations, no dialogue, nothing that opens, unlocks, heats an
oven or guards, no free text. An ask is no act, so a question is neither learned nor read as a pattern. The
pattern replaces reading alone: the policy decides on the intents with the trust of whoever speaks.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from agent.actions.services import SERVICES
from agent.core.actions import NOTHING, Risk
from agent.core.home import Entity, State
from agent.core.intents import Intent, Tier, Unrecognized
from agent.dialogue.pattern import KINDS, LONGEST_NAME, Kind, Names, Pattern, Term, place
from agent.engines import speech
from agent.engines.grammar import language_known
from agent.engines.text import cleaned, language_of, unspaced
from agent.home.fuzzy import is_spaceless

LONGEST = 120
"""Characters of a phrase."""
FEWEST_WORDS = 2
"""Words beside the places; of characters, where words are not divided, twice as many."""
MOST_INTENTS = 4
MOST_SLOTS = 8
LEARNABLE = frozenset(
    {
        *("HassTurnOn", "HassTurnOff", "HassToggle", "HassLightSet", "HassSetPosition", "HassStopMoving"),
        *("HassClimateSetTemperature", "HassClimateSetFanMode", "HassFanSetSpeed"),
        *("HassSetVolume", "HassSetVolumeRelative", "HassMediaPause", "HassMediaUnpause"),
        *("HassMediaNext", "HassMediaPrevious", "HassMediaPlayerMute", "HassMediaPlayerUnmute"),
        *("HassVacuumStart", "HassVacuumReturnToBase", "HassVacuumCleanArea"),
        *("HassLawnMowerStartMowing", "HassLawnMowerDock"),
    }
)
"""Intents that act on things of the house; everything else is never learned."""
_TAKEN = "\0"
_KEPT = frozenset("'%°$€£")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_COUNTING = {
    "en": re.compile(
        r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif"
        r"|six|seven|eigh|nine)ty(?:[ -]\w+)?|hundred|thousand|dozen)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("[二两三四五六七八九十百千]"),
}


def heard(text: str, language: str) -> tuple[str, str] | None:
    """The words of `text` and the language of the templates for it; None where it can be no phrase.

    Nothing is left in the words that sentence templates or a terminal would take for a sign of theirs.
    """
    plain = cleaned(text)
    if isinstance(plain, Unrecognized) or len(plain) > LONGEST:
        return None
    language = language_of(plain, language)
    known = _known(language)
    plain = unspaced(speech.unfilled(plain, language))
    if known is None or speech.asks(plain, language) or speech.forbids(plain, language):
        return None
    words = unspaced(" ".join("".join(_spoken(plain)).split()))
    return (words, known) if any(char.isalpha() for char in words) else None


def pattern_of(text: str, language: str, intents: Sequence[Intent], names: Names) -> Pattern | None:
    """The pattern of `text`, which meant `intents` in this house; None if it is not to be learned."""
    said = heard(text, language)
    if said is None or not 0 < len(intents) <= MOST_INTENTS:
        return None
    if not all(_is_harmless(one, names) for one in intents):
        return None
    words, known = said
    if speech.exempting(words, known) or speech.lasting(words, known):
        return None
    found = _with_places(words, intents, names)
    if found is None:
        return None
    if speech.refers(words, known) and found == words:
        # "Make it warmer": what it is was said before.
        return None
    pattern = Pattern(
        language=known,
        text=found,
        intents=tuple(
            replace(
                one,
                slots={slot: place(slot) if slot in KINDS else value for slot, value in one.slots.items()},
                domains=_domains(one, names),
                language=known,
                text="",
                tier=Tier.GRAMMAR,
            )
            for one in intents
        ),
    )
    enough = found == words or _weight(pattern.literal) >= FEWEST_WORDS
    return pattern if enough and _counts_only_slots(pattern) else None


def meant(pattern: Pattern, words: str, names: Names) -> tuple[Intent, ...] | None:
    """What `words`, as `heard`, stand for where they are `pattern` with names of this house."""
    for filling in pattern.fillings(words):
        intents = [_filled(one, filling, words, names) for one in pattern.intents]
        whole = tuple(one for one in intents if one is not None)
        if len(whole) == len(intents):
            return whole
    return None


# what may be learned --------------------------------------------------------------------------------------
def _is_harmless(intent: Intent, names: Names) -> bool:
    slots = intent.slots
    if intent.name not in LEARNABLE or intent.excepted or len(slots) > MOST_SLOTS:
        return False
    if not all(_is_plain(slot, value) for slot, value in slots.items()):
        return False
    if "name" in slots:
        terms = names.terms("name", str(slots["name"]))
        return bool(terms) and not any(map(_is_guarded, terms)) and bool(_domains(intent, names))
    domain, device_class = str(slots.get("domain", "")), slots.get("device_class")
    if domain == "cover" and device_class is None and intent.name != "HassTurnOff":
        # Among all the covers of a place there may be a garage door.
        return False
    return not _guards(domain, None if device_class is None else str(device_class), "")


def _is_plain(slot: str, value: object) -> bool:
    """Whether a slot holds a number, or a word as it stands in enumerations and names."""
    if not slot.isidentifier() or slot == "conversation_command":
        return False
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST_NAME and value.isprintable() and not set("{}") & set(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_guarded(term: Term) -> bool:
    facts = dict(term.facts)
    return _guards(str(facts.get("domain", "")), facts.get("device_class"), term.called)


@lru_cache(maxsize=1024)
def _guards(domain: str, device_class: str | None, called: str) -> bool:
    """Whether anything that can be done with such a thing is more than `reversible`, by the catalogue."""
    thing = Entity(id=f"{domain}.thing", name=called, owner="", device_class=device_class)
    return any(
        service.risk(thing, State(), NOTHING) > Risk.REVERSIBLE
        for name, service in SERVICES.items()
        if name.startswith(f"{domain}.")
    )


def _domains(intent: Intent, names: Names) -> frozenset[str]:
    """The domains that the name may stand for, now and wherever the pattern is said."""
    if "name" not in intent.slots:
        return intent.domains
    known = frozenset(
        str(domain)
        for term in names.terms("name", str(intent.slots["name"]))
        if (domain := dict(term.facts).get("domain"))
    )
    return known & intent.domains if intent.domains else known


def _counts_only_slots(pattern: Pattern) -> bool:
    """Whether every number in the words is one that a slot holds."""
    values = [value for one in pattern.intents for value in one.slots.values()]
    numbers = {abs(float(value)) for value in values if isinstance(value, int | float)}
    literal = pattern.literal
    said = {float(number.replace(",", ".")) for number in _NUMBER.findall(literal)}
    counting = _COUNTING.get(pattern.language[:2])
    in_words = counting is not None and counting.search(literal) is not None
    return said <= numbers and not (in_words and not numbers)


def _weight(literal: str) -> float:
    """How many words are said, a character of a script without spaces for half of one."""
    return sum(len(word) / 2 if is_spaceless(word) else 1 for word in literal.split())


# places ---------------------------------------------------------------------------------------------------
def _with_places(words: str, intents: Sequence[Intent], names: Names) -> str | None:
    """`words` with places for the names in them; None where one that is meant is not said, or said twice."""
    spans: list[tuple[int, int, Kind]] = []
    rest = words
    for kind in KINDS:
        values = {str(one.slots[kind]) for one in intents if kind in one.slots}
        if not values:
            continue
        span = _said_once(rest, kind, values.pop(), names) if len(values) == 1 else None
        if span is None:
            return None
        start, end = span
        spans.append((start, end, kind))
        # What is said of one thing is not said of another.
        rest = rest[:start] + _TAKEN * (end - start) + rest[end:]
    for start, end, kind in sorted(spans, reverse=True):
        words = f"{words[:start]}{place(kind)}{words[end:]}"
    return words


def _said_once(words: str, kind: Kind, value: str, names: Names) -> tuple[int, int] | None:
    """Where `words` say the name `value`, in its longest form; None if nowhere, or in several places."""
    wanted = {value.casefold(), *(one.called.casefold() for one in names.terms(kind, value))}
    found = [
        (start, end)
        for start, end in _parts(words)
        if any(one.called.casefold() in wanted for one in names.terms(kind, words[start:end]))
    ]
    if not found:
        return None
    longest = max(found, key=lambda span: span[1] - span[0])
    within = all(longest[0] <= start and end <= longest[1] for start, end in found)
    return longest if within else None


def _parts(words: str) -> Iterator[tuple[int, int]]:
    """Every part of `words` that begins and ends where a word does; anywhere, where words are not divided."""
    edges = [at for at in range(len(words) + 1) if _is_edge(words, at)]
    for start in edges:
        for end in edges:
            part = words[start:end]
            if start < end <= start + LONGEST_NAME and part.strip() == part and _TAKEN not in part:
                yield start, end


def _is_edge(words: str, at: int) -> bool:
    if at in (0, len(words)):
        return True
    around = words[at - 1 : at + 1]
    return " " in around or is_spaceless(around)


def _filled(intent: Intent, filling: Mapping[str, str], words: str, names: Names) -> Intent | None:
    """`intent` with names in its places; None if the house has none that are called so, or they may not."""
    slots: dict[str, Any] = dict(intent.slots)
    domains = intent.domains
    for kind in KINDS:
        if kind not in slots:
            continue
        known = names.terms(kind, filling.get(kind, ""))
        terms = [one for one in known if kind != "name" or _fits(one, domains)]
        if not terms:
            return None
        slots[kind] = terms[0].called
        if kind == "name":
            same = (dict(one.facts) for one in terms if one.called == terms[0].called)
            domains = frozenset(str(one["domain"]) for one in same)
    return replace(intent, slots=slots, domains=domains, text=words, tier=Tier.GRAMMAR)


def _fits(term: Term, domains: frozenset[str]) -> bool:
    """Whether a phrase that was learned of things of `domains` may be about that one."""
    return dict(term.facts).get("domain") in domains and not _is_guarded(term)


# words ----------------------------------------------------------------------------------------------------
def _spoken(plain: str) -> Iterator[str]:
    """The characters of `plain`, a space for each that is no part of a word or number."""
    for before, char, after in zip(f" {plain}"[:-1], plain, f"{plain[1:]} ", strict=True):
        inside = before.isalnum() and after.isalnum()
        kept = (
            char.isalnum()
            or char in _KEPT
            or unicodedata.category(char)[0] == "M"
            or (char == "-" and inside)
            or (char in ".,:" and before.isdigit() and after.isdigit())
            or (char in "+-" and before.isspace() and after.isdigit())
        )
        yield char if kept else " "


@lru_cache(maxsize=64)
def _known(language: str) -> str | None:
    return language_known(language)
