"""A sentence with the names of this house put into words that a model knows, and its answer put back. Pure.

    "could you turn the Kiviyrtzi on for me" -> "could you turn the desk lamp on for me" -> name = Kiviyrtzi

What a device is called says nothing of what is wanted of it, yet a small model that never heard the name is
less sure. This is delexicalisation as in Henderson, Thomson and Young, "Robust dialog state tracking using
delexicalised recurrent neural networks" (SLT 2014), with names in place of placeholders: those it was
trained on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from agent.core.intents import Intent
from agent.engines.quantity import without_article
from agent.engines.text import squeezed
from agent.engines.vocabulary import KINDS, Kind, Vocabulary, place_of, says
from agent.home.targets import REACH

_KNOWN: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "area": ("kitchen", "bedroom", "office"),
        "floor": ("first floor", "upstairs"),
        "light": ("reading lamp", "floor lamp", "desk lamp"),
        "fan": ("ceiling fan", "stand fan"),
        "cover": ("left blind", "roller shutter"),
        "lock": ("front door",),
        "climate": ("thermostat",),
        "media_player": ("tv", "stereo"),
        "vacuum": ("robot vacuum",),
        "name": ("coffee machine", "humidifier", "printer"),
    },
    "zh": {
        "area": ("厨房", "卧室", "书房"),
        "floor": ("一楼", "二楼"),
        "light": ("落地灯", "鱼缸灯", "书桌灯"),
        "fan": ("落地扇",),
        "cover": ("左边窗帘",),
        "lock": ("前门",),
        "climate": ("空调",),
        "media_player": ("电视",),
        "vacuum": ("扫地机器人",),
        "name": ("咖啡机", "净化器", "热水壶"),
    },
}
"""Names that the shipped model was trained on, by language and by domain or kind."""
_DETERMINED = re.compile(
    r"(?:\b(?:the|a|an|my|our|your|this|that|all|every|any)|['\N{RIGHT SINGLE QUOTATION MARK}]s)\s+$",
    re.IGNORECASE,
)
"""What ends before a name that has no article of its own."""
OF_KIND = ("domain", "device_class")
"""Slots that say no more than a name does."""
MOST = 4
"""Names of one sentence that are replaced; more are in none."""


@dataclass(frozen=True, slots=True)
class Delexicalised:
    """A sentence without the names of the house."""

    text: str
    names: Mapping[str, tuple[Kind, str]]
    """The kind of what was said and how, by what stands for it."""

    def restored(self, intents: Sequence[Intent]) -> tuple[Intent, ...]:
        """`intents` of `text` as those of what was said."""
        return tuple(map(self._restored, intents))

    def _restored(self, intent: Intent) -> Intent:
        slots = {slot: self._value(slot, value) for slot, value in intent.slots.items()}
        left_out = len(self.names) == 1 and slots == intent.slots and not set(KINDS) & set(slots)
        if left_out and intent.name in REACH:
            # To the model "thermostat" is a kind of thing; here it stands for one.
            [(kind, said)] = self.names.values()
            return replace(aimed_at(intent, kind, said), text=self._back(intent.text))
        return replace(intent, text=self._back(intent.text), slots=slots)

    def _value(self, slot: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if slot in KINDS:
            part = squeezed(without_article(value))
            whole = [said for known, (_, said) in self.names.items() if part in squeezed(known)]
            if len(whole) == 1:
                return whole[0]
        return self._back(value)

    def _back(self, text: str) -> str:
        known = "|".join(map(re.escape, self.names))
        return re.sub(known, lambda found: self.names[found[0].casefold()][1], text, flags=re.IGNORECASE)


def aimed_at(intent: Intent, kind: Kind, called: str) -> Intent:
    """`intent` at the one thing or place of a kind; its name says more than what kind of thing it is."""
    kept = {slot: value for slot, value in intent.slots.items() if kind != "name" or slot not in OF_KIND}
    return replace(intent, slots={**kept, kind: called}, here=False)


def delexicalised(text: str, language: str, vocabulary: Vocabulary) -> Delexicalised | None:
    """`text` with other names; None if it says none of the house, or nothing is known to stand for them."""
    known = _KNOWN.get(language[:2])
    if known is None:
        return None
    names: dict[str, tuple[Kind, str]] = {}
    heard = text
    for kind, said in islice(_said(text, vocabulary), MOST):
        found = place_of(text, said)
        if found is None:
            continue
        choices = _standing_for(kind, said, vocabulary, known)
        other = next((one for one in choices if one not in names and not says(heard, one)), None)
        if other is None:
            return None
        before = text[: found.start()]
        article = "the " if language.startswith("en") and not _DETERMINED.search(before) else ""
        text = before + article + other + text[found.end() :]
        names[other] = kind, found[0]
    return Delexicalised(text, names) if names else None


def heeds(intents: Sequence[Intent], text: str, vocabulary: Vocabulary) -> bool:
    """Whether a slot holds each name of the house that `text` says."""
    held = _held(intents)
    return all(any(name in one for one in held) for name in _apart(text, vocabulary))


def tears(intents: Sequence[Intent], text: str, vocabulary: Vocabulary) -> bool:
    """Whether a slot holds a part of a name of the house that `text` says, and none the whole of it."""
    held = _held(intents)
    return any(
        any(one in name for one in held) and not any(name in one for one in held)
        for name in _apart(text, vocabulary)
    )


def _held(intents: Sequence[Intent]) -> list[str]:
    return [squeezed(value) for one in intents for value in one.slots.values() if isinstance(value, str)]


def _apart(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The names that `text` says, squeezed; one within a longer one is not said by itself."""
    for _, said in _said(text, vocabulary):
        found = place_of(text, said)
        if found is not None:
            text = f"{text[: found.start()]}\n{text[found.end() :]}"
            yield squeezed(said)


def _said(text: str, vocabulary: Vocabulary) -> list[tuple[Kind, str]]:
    """The names that `text` says, the longest first."""
    pairs = [(kind, said) for kind in KINDS for said in vocabulary.said_as(text, kind)]
    return sorted(pairs, key=lambda pair: -len(pair[1]))


def _standing_for(
    kind: Kind, said: str, vocabulary: Vocabulary, known: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    if kind != "name":
        yield from known[kind]
        return
    for term in vocabulary.terms("name", said):
        yield from known.get(str(dict(term.facts).get("domain")), ())
    yield from known["name"]
