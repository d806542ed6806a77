"""Sentences drawn at random from templates: what a template can say, said."""

import random
from collections.abc import Mapping
from typing import Any

from hassil import Intents
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
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
        sentences.append(" ".join(_said(sentence.expression, chance, rules, known).split()))
    return sentences


def _said(
    one: Expression, chance: random.Random, rules: Mapping[str, Any], lists: Mapping[str, SlotList]
) -> str:
    if isinstance(one, TextChunk):
        return one.original_text
    if isinstance(one, RuleReference):
        return _said(rules[one.rule_name].expression, chance, rules, lists)
    if isinstance(one, ListReference):
        return _value(lists.get(one.list_name), chance, rules, lists)
    if isinstance(one, Alternative):
        return _said(chance.choice(one.items), chance, rules, lists)
    if isinstance(one, Permutation):
        items = chance.sample(one.items, len(one.items))
        return " ".join(_said(item, chance, rules, lists) for item in items)
    assert isinstance(one, Group)
    return "".join(_said(item, chance, rules, lists) for item in one.items)


def _value(
    values: SlotList | None, chance: random.Random, rules: Mapping[str, Any], lists: Mapping[str, SlotList]
) -> str:
    if isinstance(values, TextSlotList):
        return _said(chance.choice(values.values).text_in, chance, rules, lists)
    if isinstance(values, RangeSlotList):
        return str(chance.randrange(values.start, values.stop + 1, values.step))
    return chance.choice(WILD)
