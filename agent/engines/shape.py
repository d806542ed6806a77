"""What a sentence template needs of an utterance, told from the template alone. Pure.

Each answer errs on one side only: it may let an utterance through that does not fit, never keep one out that
does.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import RangeSlotList, SlotList, TextSlotList
from unicode_rbnf import RbnfEngine

from agent.engines.text import squeezed

DEEPEST = 24
"""Rules within rules; hassil's own limit."""
MOST_ALTERNATIVES = 80
"""Values of a list that are worth telling apart by their shape."""
_COUNTED = (*range(21), *range(30, 100, 10), 100, 101, 1000, 1001, 0.5, 20.5)
Rules = Mapping[str, Sentence]
Lists = Mapping[str, SlotList]


def references(expression: Expression, rules: Rules, depth: int = 0) -> Iterator[ListReference]:
    """Every list that `expression` refers to.

    Raises:
        KeyError: it refers to a rule that there is not.
        RecursionError: a rule contains itself.
    """
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(expression, ListReference):
        yield expression
    elif isinstance(expression, Group):
        for item in expression.items:
            yield from references(item, rules, depth + 1)
    elif isinstance(expression, RuleReference):
        yield from references(rules[expression.rule_name].expression, rules, depth + 1)


def required_lists(expression: Expression, rules: Rules) -> set[str]:
    """The lists of which a value must be said for `expression` to match."""
    if isinstance(expression, ListReference):
        return {expression.list_name}
    if isinstance(expression, Alternative):
        if expression.is_optional or not expression.items:
            return set()
        return set.intersection(*(required_lists(item, rules) for item in expression.items))
    if isinstance(expression, Group):
        return set().union(*(required_lists(item, rules) for item in expression.items))
    if isinstance(expression, RuleReference):
        return required_lists(rules[expression.rule_name].expression, rules)
    return set()


def shape(expression: Expression, rules: Rules, lists: Lists, language: str) -> str:
    """A regular expression over squeezed text that matches at least what `expression` does."""
    if isinstance(expression, TextChunk):
        return re.escape(squeezed(expression.text))
    if isinstance(expression, RuleReference):
        return shape(rules[expression.rule_name].expression, rules, lists, language)
    if not isinstance(expression, Group):
        named = expression.list_name if isinstance(expression, ListReference) else ""
        return _value_shape(lists.get(named), rules, lists, language)
    parts = [shape(item, rules, lists, language) for item in expression.items]
    if isinstance(expression, Permutation):
        return f"(?:{'|'.join(parts)}){{{len(parts)}}}"
    if isinstance(expression, Alternative):
        return f"(?:{'|'.join(dict.fromkeys(parts))}){'?' if expression.is_optional else ''}"
    return "".join(parts)


def _value_shape(values: SlotList | None, rules: Rules, lists: Lists, language: str) -> str:
    if isinstance(values, TextSlotList) and len(values.values) <= MOST_ALTERNATIVES:
        parts = (shape(value.text_in, rules, lists, language) for value in values.values)
        return f"(?:{'|'.join(dict.fromkeys(parts))})"
    if isinstance(values, RangeSlotList):
        words = number_words(language)
        return rf"(?:[\d.,]+|(?:{'|'.join(map(re.escape, words))})+)" if words else ".+"
    return ".+"


@lru_cache(maxsize=16)
def number_words(language: str) -> tuple[str, ...]:
    """The pieces that number words are put together from; none for languages that bend them ("ventuno")."""
    if language[:2] not in ("en", "zh"):
        return ()
    spoken = (
        text.casefold()
        for number in _COUNTED
        for text in RbnfEngine.for_language(language[:2]).format_number(number).text_by_ruleset.values()
    )
    pieces = {
        piece
        for text in spoken
        for piece in (re.split(r"[\s\-]+", text) if language[:2] == "en" else text.strip())
    }
    return tuple(sorted(filter(None, map(squeezed, pieces)), key=lambda word: (-len(word), word)))
