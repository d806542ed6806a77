"""Sentences drawn at random from templates, with what they mean."""

import random
from collections.abc import Iterator, Mapping
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
from hassil.intents import IntentData, RangeSlotList, TextSlotList
from hassil.util import merge_dict
from home_assistant_intents import get_intents

from agent.engines import files
from agent.engines.tiny import numbers, schema
from agent.engines.tiny.train.names import Names

Meant = tuple[str, dict[str, Any]]
_KIND_OF_LIST = {
    "timer_command": "conversation_command",
    "shopping_list_item": "item",
    "todo_list_item": "item",
    "own_list_name": "todo",
}

OFTEN = {"none": 6.0}
"""What is to be said more often than the others: there is more that is nothing to us than anything else."""


class Sampler:
    """Draws from hassil's sentence files."""

    def __init__(
        self,
        *data: Mapping[str, Any],
        language: str,
        chance: random.Random,
        often: Mapping[str, float] = OFTEN,
    ) -> None:
        """Take the files of `language`, as they are after parsing; `often` has what is to be said more."""
        merged: dict[str, Any] = {}
        for file in data:
            merge_dict(merged, dict(file))
        self._intents = Intents.from_dict(merged)
        self._language = language
        self._chance = chance
        self._names = Names(chance, language)
        known = {
            name: one for name, one in self._intents.intents.items() if name in {*schema.INTENTS, "none"}
        }
        self._blocks = {name: list(one.data) for name, one in known.items()}
        self._order = list(self._blocks)
        self._weights = [len(self._blocks[name]) ** 0.5 * often.get(name, 1.0) for name in self._order]

    def draw(self) -> Iterator[tuple[str, Meant]]:
        """Sentences without end, each with its intent; one in `none` means nothing."""
        while True:
            name = self._chance.choices(self._order, self._weights)[0]
            block = self._chance.choice(self._blocks[name])
            slots: dict[str, Any] = {k: v for k, v in block.slots.items() if not isinstance(v, list)}
            try:
                text = self._said(self._chance.choice(block.sentences).expression, block, slots)
            except KeyError:  # a list that only a house can fill
                continue
            yield " ".join(text.split()), (name, slots)

    def _said(self, one: Expression, block: IntentData, slots: dict[str, Any]) -> str:
        if isinstance(one, TextChunk):
            return one.original_text
        if isinstance(one, RuleReference):
            rules = {**self._intents.expansion_rules, **block.expansion_rules}
            return self._said(rules[one.rule_name].expression, block, slots)
        if isinstance(one, ListReference):
            return self._value(one, block, slots)
        if isinstance(one, Alternative):
            return self._said(self._chosen(one), block, slots)
        if isinstance(one, Permutation):
            items = self._chance.sample(one.items, len(one.items))
            return " ".join(self._said(item, block, slots) for item in items)
        if isinstance(one, Group):
            return "".join(self._said(item, block, slots) for item in one.items)
        raise KeyError(str(one))

    def _chosen(self, one: Alternative) -> Expression:
        """Words that may be missing are missing more often than not."""
        empty = [item for item in one.items if isinstance(item, TextChunk) and not item.original_text.strip()]
        if getattr(one, "is_optional", False) and empty and self._chance.random() < 0.55:  # noqa: PLR2004  # a share
            return empty[0]
        return self._chance.choice(one.items)

    def _value(self, one: ListReference, block: IntentData, slots: dict[str, Any]) -> str:
        slot = one.slot_name or one.list_name
        values = {**self._intents.slot_lists, **block.slot_lists}.get(one.list_name)
        if isinstance(values, TextSlotList):
            value = self._chance.choice(values.values)
            text = " ".join(self._said(value.text_in, block, {}).split())
            out = value.value_out
            slots[slot] = text if slot in schema.SPANS or out is None else out
            return text
        if isinstance(values, RangeSlotList):
            number = self._chance.randrange(values.start, values.stop + 1, values.step)
            if self._chance.random() < 0.3 and values.stop > 10:  # noqa: PLR2004  # round numbers are said more
                number = max(values.start, number - number % 5)
            slots[slot] = round(number * values.multiplier) if values.multiplier else number
            return self.number(number)
        said = self._names.one(self._kind(one.list_name, slot, block))
        slots[slot] = said
        return said

    def _kind(self, values: str, slot: str, block: IntentData) -> str:
        """Of what kind the names of a list are that is free text, or the house's."""
        if values != "name":
            return _KIND_OF_LIST.get(values, slot if values.startswith("own_") else values)
        wanted = (block.requires_context or {}).get("domain", "name")
        wanted = wanted.get("value", "name") if isinstance(wanted, dict) else wanted
        return str(self._chance.choice(wanted) if isinstance(wanted, list) else wanted)

    def number(self, number: int) -> str:
        """A number as it is said: in digits or in words."""
        if self._language == "en" and 0 <= number <= 100 and self._chance.random() < 0.4:  # noqa: PLR2004  # a share
            return numbers.in_words(number)
        if self._language == "zh-CN" and 0 <= number <= 100 and self._chance.random() < 0.5:  # noqa: PLR2004
            return numbers.in_chinese(number)
        return str(number)


def templates(language: str, chance: random.Random) -> Sampler:
    """The sampler of all templates of a language: those of home-assistant-intents, and ours."""
    return Sampler(get_intents(language) or {}, *files.ours(language), language=language, chance=chance)
