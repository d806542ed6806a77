"""Whether what a model takes a sentence for may be believed: an ask is no act, and "don't" is no "do". Pure.

A model's answer is only ever a suggestion. One part that cannot be, and the whole of it is no answer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.core.intents import DIALOGUE, Intent, Tier, acts
from agent.engines import gates, speech
from agent.engines.compound import divided
from agent.engines.hours import by_sun
from agent.engines.instructions import CODE
from agent.engines.quantity import means_every
from agent.engines.text import squeezed
from agent.engines.tiny import codec, schema
from agent.engines.tiny.said import unsayable
from agent.home.fuzzy import words_of
from agent.home.kinds import LONGEST_NOUN, kind_called

LONGEST_ASIDE = 12
"""Words, or half as many characters of Chinese, that a yes, a no or a greeting may have."""
AIMED = frozenset({"name", "area", "floor", "domain", "device_class"})
SWITCHING = frozenset({"HassTurnOn", "HassTurnOff", "HassToggle"})
"""Intents that need to be told what is meant: "make me a coffee" names nothing."""
_LEVELS = frozenset(
    {
        *("HassLightSet", "HassSetPosition", "HassSetVolume", "HassSetVolumeRelative", "HassFanSetSpeed"),
        *("HassClimateSetTemperature", "HassHumidifierSetpoint"),
    }
)
"""Intents that are about how much."""
_FREE = frozenset(
    {"item", "search_query", "message", "text", "conversation_command", "subject", "grep", "task"}
)
"""Slots whose words may say anything."""
_UNWANTED = {
    "en": re.compile(
        r"\b(?:(?:do|does|did|must|should|shall|need|may)(?: not|n['\N{RIGHT SINGLE QUOTATION MARK}]?t)"
        r"|never|nobody|no ?one|none|rather not|wrong to)\b(?P<what>[^,.;:]*)",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:不(?:需要|用|必|想|要|该|应该|能)|没人|没有人|没说|别)(?P<what>[^,，。；;:]*)"),
}
"""What is said not to be wanted, as far as its clause goes."""
_SAID = {
    "en": {
        "HassTurnOn": re.compile(r"\b(?:on|open(?:ed)?|lock(?:ed)?)\b", re.IGNORECASE),
        "HassTurnOff": re.compile(r"\b(?:off|out|closed?|shut|unlock(?:ed)?)\b", re.IGNORECASE),
    },
    "zh": {"HassTurnOn": re.compile("[开锁]"), "HassTurnOff": re.compile("[关熄]")},
}
"""The words of an intent."""
_TURNED = (
    r"\b(?:turn|switch|flip|power|put)\w*\s+(?:(?:it|them|that|this|these|those)\s+)?{0}\b"
    r"|\b(?:turn|switch|flip|power)\w*\b[^,.;:]*\b{0}(?:$|[.!?]|\s+(?:please|now|for|in)\b)"
)
_OPPOSITE = {
    "HassTurnOn": re.compile(_TURNED.format("off"), re.IGNORECASE),
    "HassTurnOff": re.compile(_TURNED.format("on"), re.IGNORECASE),
}
"""What nobody says in English who means that."""


_SERVICE = re.compile(r"(?:\s*服务| (?:service|daemon))$", re.IGNORECASE)
_SETTING = frozenset({"SetAlarm", "SetReminder", "HassStartTimer"})
_CHANGED = re.compile(
    r"\b(?:mov(?:e[ds]?|ing)|chang(?:e[ds]?|ing)|shift(?:ed)?|postpon\w+|delay\w*|reschedul\w+"
    r"|put(?:ting)? off|push(?:ed|ing)? back|instead|snooz\w+|renam\w+)\b"
    r"|(?:改|推迟|延后|挪).*(?:闹钟|提醒(?!我)|计时器)|(?:闹钟|提醒(?!我)|计时器).*(?:改|推迟|延后|提前|挪)",
    re.IGNORECASE,
)
"""Words of changing what is set already."""


class NotBelievedError(ValueError):
    """What the model said cannot be taken for an answer; one line."""


def believed(meant: codec.Decoded, text: str, language: str, tier: Tier) -> tuple[Intent, ...]:
    """`meant` as intents of `tier`, if `text` can want them.

    Raises:
        NotBelievedError: it cannot.
    """
    intents = tuple(
        Intent(
            name=name,
            slots=_without_kind(slots),
            text=words,
            language=language,
            tier=tier,
            here=not {"name", "area", "floor"} & set(slots)
            and (name not in SWITCHING or bool(AIMED & set(slots))),
            every=bool(words) and (means_every(words, language, slots) or _means_place(words, slots)),
        )
        for (name, slots), words in zip(meant, _words_of(meant, text, language), strict=True)
    )
    reason = _why_not(intents, text, language)
    if reason is not None:
        raise NotBelievedError(reason)
    return intents


def _without_kind(slots: Mapping[str, Any]) -> dict[str, Any]:
    """`slots` with services as they are called: without the word for what they are, as in "nginx服务"."""
    return {
        slot: _SERVICE.sub("", value) or value if slot in ("service", "unit") else value
        for slot, value in slots.items()
    }


def _why_not(intents: Sequence[Intent], text: str, language: str) -> str | None:
    """Why `intents` cannot be what `text` wants, None if they can."""
    # A snippet computes and changes nothing: "what is the mean of 3 and 5" asks, and may be answered by one.
    acting = [one for one in intents if acts(one.name) and one.name != CODE]
    asides = [one for one in intents if one.name in DIALOGUE]
    reasons = {
        "the sentence asks, and an ask is no act": acting
        and any(speech.asks(words, language) for words in (text, *(one.text for one in acting))),
        "it says not to do something": acting and speech.forbids(text, language),
        "it says that this is not wanted": any(_unwanted(one.name, text, language) for one in acting),
        "it says the opposite": len(intents) == 1 and _opposite(intents[0].name, text, language),
        "it leaves something out, which no slot can say": any(not _FREE & set(one.slots) for one in acting)
        and speech.exempting(text, language) is not None,
        "that much is no yes and no greeting": asides and (len(intents) > 1 or _length(text) > LONGEST_ASIDE),
        "it loses a time by the sun": bool(acting) and _loses_sun(intents, text),
        "it says a number that is none": any(_without_number(one) for one in acting) and unsayable(text),
        "it changes what is there, and sets nothing new": any(_sets(one, text) for one in acting),
        "it is a game that is to be played": any(one.name == "HassMediaSearchAndPlay" for one in acting)
        and not gates.is_media(text),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _without_number(intent: Intent) -> bool:
    """Whether `intent` is about how much, and does not say it in numbers."""
    return intent.name in _LEVELS and not any(
        isinstance(value, int | float) for slot, value in intent.slots.items() if slot not in schema.SPANS
    )


def _unwanted(name: str, text: str, language: str) -> bool:
    """Whether the very thing is said not to be wanted: "we don't need the lights off", but lights on."""
    unwanted, said = _UNWANTED.get(language[:2]), _SAID.get(language[:2], {}).get(name)
    if unwanted is None or said is None:
        return False
    return any(said.search(found["what"]) for found in unwanted.finditer(text))


def _loses_sun(intents: Sequence[Intent], text: str) -> bool:
    """Whether no slot holds a time by the sun that is said: "20 minutes before sunset" is not now."""
    held = [squeezed(str(value)) for one in intents for value in one.slots.values()]
    return any(not any(squeezed(said) in one for one in held) for said in by_sun(text))


def _sets(intent: Intent, text: str) -> bool:
    """Whether `intent` is something new where "could the alarm be moved" speaks of what is there."""
    if intent.name not in _SETTING or "conversation_command" in intent.slots:
        return False
    rest = text.casefold()
    for slot, value in intent.slots.items():
        rest = rest.replace(str(value).casefold(), " ") if slot in _FREE else rest
    return _CHANGED.search(rest) is not None


def _opposite(name: str, text: str, language: str) -> bool:
    """Whether the opposite is said: "you should switch the printer on" is no wish to have it off."""
    if not language.startswith("en") or name not in _OPPOSITE or _UNWANTED["en"].search(text):
        return False
    return _OPPOSITE[name].search(text) is not None


def _words_of(meant: codec.Decoded, text: str, language: str) -> Sequence[str]:
    """The words of each intent; nothing where it is not known which are its own.

    "All" and "lock" must not be heard in what another part of the sentence says.
    """
    if len(meant) <= 1:
        return [text] * len(meant)
    parts = divided(text, language)
    if len(parts) == len(meant) and all(
        codec.spoken(str(value), part)
        for part, (_, slots) in zip(parts, meant, strict=True)
        for slot, value in slots.items()
        if slot in schema.SPANS
    ):
        return parts
    return [""] * len(meant)


def _means_place(text: str, slots: Mapping[str, Any]) -> bool:
    """Whether `text` names a place and no thing in it: "it is gloomy in the den" is about all that fits."""
    words = words_of(text)
    runs = (words[at : at + length] for at in range(len(words)) for length in range(1, LONGEST_NOUN + 1))
    return "name" not in slots and bool({"area", "floor"} & set(slots)) and not any(map(kind_called, runs))


def _length(text: str) -> float:
    return len(text.split()) if text.isascii() or " " in text else len(text) / 2
