"""The answer to "which one?": by name, by place, by number, or all of them. Pure."""

import re
from collections.abc import Callable, Sequence

from agent.core.home import Entity
from agent.home.fuzzy import match

_ALL = {
    "en": re.compile(r"^(?:both|all|all of them|both of them|everything|every one|the lot)\b", re.IGNORECASE),
    "zh": re.compile(r"^(?:都|全部|所有|两个都|全都)"),
}
_ORDINALS = {
    "en": (
        *("first", "second", "third", "fourth", "fifth"),
        *("1st", "2nd", "3rd", "4th", "5th"),
        *("one", "two", "three", "four", "five"),
        *("1", "2", "3", "4", "5"),
    ),
    "zh": ("第一", "第二", "第三", "第四", "第五", "1", "2", "3", "4", "5"),
}
_LAST = {"en": re.compile(r"\b(?:last|latter)\b", re.IGNORECASE), "zh": re.compile("最后")}
_OTHER = {"en": re.compile(r"\b(?:the )?other (?:one)?\b", re.IGNORECASE), "zh": re.compile("另一个|另外")}


def chosen(
    text: str, language: str, options: Sequence[Entity], *, area_of: Callable[[Entity], str | None]
) -> tuple[Entity, ...]:
    """Which of `options` the answer `text` names: all, or by their name or place; none if it names none.

    `area_of` gives the name of an entity's area.
    """
    said = text.strip().strip(".!").casefold()
    short = language[:2]
    if short in _ALL and _ALL[short].search(said):
        return tuple(options)
    by_name = _named(said, options, lambda one: one.names)
    if by_name:
        return by_name
    return _named(said, options, lambda one: tuple(filter(None, (area_of(one),))))


def hinted(text: str, language: str, options: Sequence[Entity]) -> tuple[Entity, ...]:
    """Which of `options` is meant by a word of its own or its number: "the left one", "the second".

    For what is no sentence in its own right: "turn on the desk lamp" is no answer.
    """
    said = text.strip().strip(".!").casefold()
    return _by_distinct_words(said, options) or _by_number(said, language[:2], options)


def _named(
    said: str, options: Sequence[Entity], names_of: Callable[[Entity], tuple[str, ...]]
) -> tuple[Entity, ...]:
    names = {name for one in options for name in names_of(one)}
    hits = {name for name, _ in match(said, names)}
    found = tuple(one for one in options if hits & set(names_of(one)))
    return found if len(found) < len(options) or len(options) == 1 else ()


def _by_distinct_words(said: str, options: Sequence[Entity]) -> tuple[Entity, ...]:
    """By a word that only one of the names has: "the left one"."""
    words = set(re.findall(r"\w+", said))
    found = []
    for one in options:
        others = {word for other in options if other is not one for word in _words(other)}
        if words & (_words(one) - others):
            found.append(one)
    return tuple(found) if len(found) == 1 else ()


def _by_number(said: str, language: str, options: Sequence[Entity]) -> tuple[Entity, ...]:
    if language in _LAST and _LAST[language].search(said):
        return (options[-1],)
    ordinals = _ORDINALS.get(language, _ORDINALS["en"])
    words = set(re.findall(r"\w+", said))
    for at, word in enumerate(ordinals):
        named = any(word in one for one in words) if language == "zh" else word in words
        if named and at % 5 < len(options) and (word != "one" or len(words) == 1):
            return (options[at % 5],)
    return ()


def _words(one: Entity) -> set[str]:
    return {word for name in one.names for word in re.findall(r"\w+", name.casefold())}


def means_other(text: str, language: str) -> bool:
    """Whether "the other one" is meant."""
    pattern = _OTHER.get(language[:2])
    return pattern is not None and pattern.search(text) is not None
