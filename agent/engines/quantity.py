"""One or all: whether a sentence means every thing that fits. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from agent.engines.speech import cosy

_ALL = {
    "en": re.compile(
        r"\b(all|every|each|both|everything|everywhere|everyone|any|whole|entire)\b", re.IGNORECASE
    ),
    "zh": re.compile("所有|全部|全|都|每|一切"),
}
_PLURALS = re.compile(
    r"\b(lights|lamps|bulbs|switches|plugs|outlets|sockets|fans|blinds|shades|curtains|shutters|drapes|awnings"
    r"|covers|gates|doors|locks|windows|valves|taps|sprinklers|speakers|tvs|televisions|players|radiators"
    r"|heaters|thermostats|vacuums|robots|mowers|humidifiers|sirens|sensors|alarms|devices|things|appliances)\b",
    re.IGNORECASE,
)
_ARTICLES = re.compile(r"^(?:(?:all|both|of|the|my|our)\s+)+", re.IGNORECASE)


def is_plural(name: str) -> bool:
    """Whether `name` speaks of several things, in English."""
    return _PLURALS.search(name) is not None


def without_article(name: str) -> str:
    """`name` without the "all the" before it, in English."""
    return _ARTICLES.sub("", name.strip())


def means_every(text: str, language: str, slots: Mapping[str, Any]) -> bool:
    """Whether all that fit are meant: a word like "all", or a plural that is no part of a name.

    Languages whose sentences do not tell one from many (all but English here) mean all where no single thing
    is named, as Home Assistant's own sentences do.
    """
    named = slots.get("name")
    rest = text
    if isinstance(named, str):
        at = text.casefold().find(named.casefold())
        rest = text if at < 0 else f"{text[:at]} {text[at + len(named) :]}"
    spoken = _ALL.get(language[:2])
    if spoken is not None and spoken.search(rest):
        return True
    if language.startswith("en"):
        return _PLURALS.search(rest) is not None or (named is None and cosy(rest, language))
    return named is None
