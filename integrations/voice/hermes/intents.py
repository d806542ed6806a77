"""What was understood, as Hermes tells it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from integrations.voice.heard import Heard
from integrations.voice.hermes.asr import tokens_of

SURE, LESS_SURE = 1.0, 0.8
"""Of what a template understood, and of what a model did: it says no more of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One intent of an utterance."""

    name: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    grammar: bool = True
    """Whether a template understood it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Where, and for whom."""

    site: str
    session: str = ""
    id: str = ""
    custom_data: str | None = None
    wakeword: str = ""
    lang: str = ""


def parsed(meant: Meant, heard: Heard, told: Told) -> dict[str, Any]:
    """The body of `hermes/nlu/intentParsed`."""
    return {
        "input": heard.text,
        "intent": {"intentName": meant.name, "confidenceScore": SURE if meant.grammar else LESS_SURE},
        "siteId": told.site,
        "id": told.id or None,
        "slots": slots_of(meant.slots, heard.text),
        "sessionId": told.session or None,
    }


def intent(meant: Meant, heard: Heard, told: Told) -> dict[str, Any]:
    """The body of `hermes/intent/<intentName>`."""
    return {
        **parsed(meant, heard, told),
        "customData": told.custom_data,
        "asrTokens": [tokens_of(heard)],
        "asrConfidence": round(heard.confidence, 3),
        "rawInput": heard.text,
        "wakewordId": told.wakeword or None,
        "lang": told.lang or None,
    }


def not_recognised(heard: Heard | None, told: Told) -> dict[str, Any]:
    """The body of `hermes/nlu/intentNotRecognized`."""
    return {
        "input": heard.text if heard is not None else "",
        "siteId": told.site,
        "id": told.id or None,
        "sessionId": told.session or None,
    }


def slots_of(slots: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """The slots, with where in `text` they were said as far as that is to be found there."""
    return [_slot(name, value, text) for name, value in slots.items()]


def _slot(name: str, value: Any, text: str) -> dict[str, Any]:
    number = isinstance(value, Real) and not isinstance(value, bool)
    words = f"{value:g}" if isinstance(value, float) else str(value)
    # Case folding may change lengths, as of "ß": then nothing is found at all rather than the wrong place.
    start = text.casefold().find(words.casefold()) if len(text.casefold()) == len(text) else -1
    end = start + len(words)
    return {
        "entity": name,
        "slotName": name,
        "rawValue": text[start:end] if start >= 0 and words else words,
        "value": {"kind": "Number" if number else "Unknown", "value": value},
        "confidence": 1.0,
        "range": {"start": start, "end": end, "rawStart": start, "rawEnd": end}
        if start >= 0 and words
        else None,
    }


def wanted(found: Sequence[Meant], names: Sequence[str]) -> list[Meant]:
    """Those of `found` that somebody wants to hear of; without `names` that is all."""
    return [one for one in found if not names or one.name in names]
