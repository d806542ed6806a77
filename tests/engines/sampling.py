"""Sentences drawn at random from templates: what a template can say, said."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from hassil import Intents
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

WILD = ("dinner is ready", "milk", "jazz", "turn off the lights")


def sampled(
    data: Mapping[str, Any], chance: random.Random, lists: Mapping[str, SlotList], *, count: int
) -> list[str]:
    """`count` sentences of `data`; values of slots come from `lists` and from the data's own."""
    intents = Intents.from_dict(dict(data))
    blocks = [block for intent in intents.intents.values() for block in intent.data]
    sentences = []
    while len(sentences) < count:
        block = chance.choice(blocks)
        sentence = chance.choice(block.sentences)
        rules = {**intents.expansion_rules, **block.expansion_rules}
        known = {**intents.slot_lists, **block.slot_lists, **lists}

        def value(one: ListReference, rules=rules, known=known) -> str:
            values = known.get(one.list_name)
            if isinstance(values, TextSlotList):
                return said(chance.choice(values.values).text_in, chance, rules, value)
            if isinstance(values, RangeSlotList):
                return str(chance.randrange(values.start, values.stop + 1, values.step))
            return chance.choice(WILD)

        sentences.append(" ".join(said(sentence.expression, chance, rules, value).split()))
    return sentences


def said(
    one: Expression,
    chance: random.Random,
    rules: Mapping[str, Sentence],
    value: Callable[[ListReference], str],
) -> str:
    """What `one` can say, drawn at random; `value` says a value of a list."""
    if isinstance(one, TextChunk):
        return one.original_text
    if isinstance(one, RuleReference):
        return said(rules[one.rule_name].expression, chance, rules, value)
    if isinstance(one, ListReference):
        return value(one)
    if isinstance(one, Alternative):
        return said(chance.choice(one.items), chance, rules, value)
    if isinstance(one, Permutation):
        items = chance.sample(one.items, len(one.items))
        return " ".join(said(item, chance, rules, value) for item in items)
    assert isinstance(one, Group)
    return "".join(said(item, chance, rules, value) for item in one.items)
