"""Our sentence files: complete, merged without a loose end, no template that takes what it should not."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
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
from hassil.intents import (
    Intent,
    IntentData,
    Intents,
    RangeSlotList,
    SlotList,
    TextSlotList,
    WildcardSlotList,
)
from hassil.recognize import RecognizeResult, recognize_all
from hassil.util import merge_dict, normalize_whitespace
from home_assistant_intents import get_intents

import agent.engines
from agent.core.intents import acts
from agent.engines.shape import references
from tests.engines.sampling import said

FOLDER = Path(agent.engines.__file__).with_name("sentences")
TABLE = yaml.safe_load(Path(__file__).with_name("sentences_files.yaml").read_text(encoding="utf-8"))
LANGUAGES = tuple(TABLE)
HERE = "here"
TRIES = 40
"""Of so many random sentences of a template it has to hear one: some are nonsense, like 0 o'clock pm."""

NO_SLOTS: set[str] = set()
SERVICE = {"service", "kind"}
FAMILIES: dict[str, set[str]] = {
    **{
        f"OpsService{verb}": SERVICE
        for verb in ("Status", "Start", "Stop", "Restart", "Reload", "Enable", "Disable")
    },
    **{
        f"Ops{about}": NO_SLOTS
        for about in (
            *("ContainerList", "MemoryUsage", "CpuUsage", "Temperature", "Uptime", "SystemInfo", "Users"),
            *("Update", "Reboot", "Shutdown", "Ping", "ListTasks", "ListSchedules", "Incidents"),
        )
    },
    "OpsServiceList": {"state"},
    "OpsDiskUsage": {"path"},
    "OpsProcessList": {"sort_by", "name", "pid", "user"},
    "OpsProcessKill": {"pid", "name"},
    "OpsNetworkStatus": {"interface", "port"},
    "OpsJournalQuery": {"unit", "priority", "since", "until", "lines", "grep"},
    **{f"OpsPackage{verb}": {"package"} for verb in ("Install", "Remove", "List")},
    "OpsRunTask": {"task"},
    "OpsSchedule": {"task", "time", "date", "every"},
    "OpsCancelSchedule": {"task"},
    "OpsExplain": {"name", "area", "domain"},
    "OpsDiagnose": {"subject"},
    **{
        personal: {"time", "date", "time_of_day", "alarm_name", "every"}
        for personal in ("SetAlarm", "GetAlarms", "CancelAlarm")
    },
    "SetReminder": {"text", "time", "date", "every"},
    "GetReminders": {"date"},
    "CancelReminder": {"text", "time", "date"},
    "GetListItems": {"name", "item"},
    **dict.fromkeys(("Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help"), NO_SLOTS),
}


class Once(yaml.SafeLoader):
    """Refuses a key that is said twice; YAML keeps the last in silence."""


def _said_once(loader: Once, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    assert len(keys) == len({*keys}), f"a key twice in the block at line {node.start_mark.line + 1}"
    return {
        key: loader.construct_object(value, deep=True)
        for key, (_, value) in zip(keys, node.value, strict=True)
    }


Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _said_once)


@cache
def own(language: str) -> dict[str, Any]:
    data = yaml.load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Once)  # noqa: S506  # a SafeLoader
    assert isinstance(data, dict)
    return data


@cache
def merged(language: str) -> Intents:
    data: dict[str, Any] = {}
    for one in (get_intents(language), own(language)):
        merge_dict(data, copied(one))
    return Intents.from_dict(data)


def copied(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: copied(value) for key, value in data.items()}
    return [copied(value) for value in data] if isinstance(data, list) else data


@cache
def house(language: str) -> dict[str, SlotList]:
    names = [(name, name, {"domain": domain}) for domain, name in TABLE[language]["names"].items()]
    return {
        "name": TextSlotList.from_tuples(names, allow_template=False, name="name"),
        **{
            kind: TextSlotList.from_strings(TABLE[language][kind], allow_template=False, name=kind)
            for kind in ("area", "floor")
        },
    }


def ours(language: str, intent: str) -> Iterator[tuple[str, IntentData]]:
    """The templates of ours for an intent, each in a block of its own."""
    theirs = len((get_intents(language) or {})["intents"].get(intent, {}).get("data", ()))
    for block in merged(language).intents[intent].data[theirs:]:
        for text in block.sentence_texts:
            yield text, replace(block, sentence_texts=[text])


def expression_of(block: IntentData) -> Expression:
    return block.sentences[0].expression


def rules_of(language: str, block: IntentData) -> dict[str, Sentence]:
    return {**merged(language).expansion_rules, **block.expansion_rules}


def lists_of(language: str, block: IntentData) -> dict[str, SlotList]:
    return {**merged(language).slot_lists, **house(language), **block.slot_lists}


def firsts(expression: Expression, rules: Mapping[str, Sentence]) -> set[str]:
    """The lists with which `expression` can begin, and "" if it can be empty."""
    if isinstance(expression, TextChunk):
        return set() if expression.text.strip() else {""}
    if isinstance(expression, ListReference):
        return {expression.list_name}
    if isinstance(expression, RuleReference):
        return firsts(rules[expression.rule_name].expression, rules)
    assert isinstance(expression, Group)
    beginnings = [firsts(item, rules) for item in expression.items]
    if isinstance(expression, Alternative | Permutation):
        return set().union(*beginnings)
    found = {""}
    for beginning in beginnings:
        if "" in found:
            found = (found - {""}) | beginning
    return found


class Speaker:
    """Says a template at random."""

    def __init__(self, language: str, block: IntentData, chance: random.Random) -> None:
        self._anything = TABLE[language]["anything"]
        self._rules = rules_of(language, block)
        self._lists = lists_of(language, block)
        self._domains = block.requires_context.get("domain")
        self._chance = chance

    def say(self, expression: Expression) -> str:
        return said(expression, self._chance, self._rules, self._value)

    def _value(self, one: ListReference) -> str:
        values = self._lists[one.list_name]
        if isinstance(values, WildcardSlotList):
            return self._chance.choice(self._anything)
        if isinstance(values, RangeSlotList):
            return str(self._chance.randint(values.start, min(values.stop, 500)))
        assert isinstance(values, TextSlotList)
        fitting = [one for one in values.values if values.name != "name" or self._fits(one.context or {})]
        return self.say(self._chance.choice(fitting).text_in)

    def _fits(self, facts: Mapping[str, Any]) -> bool:
        return self._domains is None or facts["domain"] in self._domains


def readings(language: str, text: str, intents: Intents | None = None) -> list[RecognizeResult]:
    known = intents or merged(language)
    return list(recognize_all(text, known, slot_lists=dict(house(language)), intent_context={"area": HERE}))


EVERY_INTENT = [(language, intent) for language in LANGUAGES for intent in own(language)["intents"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_says_the_language_it_is_named_after(language: str) -> None:
    assert own(language)["language"] == language


def test_every_language_can_say_every_intent() -> None:
    intents = [set(own(language)["intents"]) for language in LANGUAGES]

    assert all(one == intents[0] for one in intents)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_families_that_home_assistant_lacks_are_complete(language: str) -> None:
    assert set(FAMILIES) <= set(own(language)["intents"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["expansion_rules", "lists"])
def test_our_rules_and_lists_are_marked_as_ours_and_all_used(language: str, kind: str) -> None:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    opening = "<" if kind == "expansion_rules" else "{"

    assert [name for name in own(language)[kind] if not name.startswith("own_")] == []
    assert [name for name in own(language)[kind] if f"{opening}{name}" not in text] == []


@pytest.mark.parametrize(("language", "intent"), EVERY_INTENT)
def test_every_reference_resolves_after_the_merge(language: str, intent: str) -> None:
    loose = set()
    for _, block in ours(language, intent):
        rules, lists = rules_of(language, block), lists_of(language, block)
        for one in references(expression_of(block), rules):
            values = lists[one.list_name]
            if isinstance(values, TextSlotList):
                inner = [inside for value in values.values for inside in references(value.text_in, rules)]
                loose |= {f"{{{x.list_name}}}" for x in inner if x.list_name not in lists or not x.is_capture}

    assert not loose, "a list within a list is there and fills no slot of its own"


@pytest.mark.parametrize(("language", "intent"), EVERY_INTENT)
def test_every_template_hears_what_it_says(language: str, intent: str) -> None:
    deaf = []
    for text, block in ours(language, intent):
        alone = replace(merged(language), intents={intent: Intent(intent, [block])})
        speaker = Speaker(language, block, random.Random(text))
        if not any(
            readings(language, normalize_whitespace(speaker.say(expression_of(block))), alone)
            for _ in range(TRIES)
        ):
            deaf.append(text)

    assert deaf == []


@pytest.mark.parametrize(("language", "intent"), EVERY_INTENT)
def test_no_template_is_bare(language: str, intent: str) -> None:
    bare = []
    for text, block in ours(language, intent):
        rules, lists = rules_of(language, block), lists_of(language, block)
        worded = block.sentences[0].get_required_clauses(rules) or any(
            isinstance(values := lists[name], TextSlotList)
            and name not in house(language)
            and all(Sentence(Group([value.text_in])).get_required_clauses(rules) for value in values.values)
            for name in firsts(expression_of(block), rules) - {""}
        )
        if not worded:
            bare.append(text)

    assert bare == []


@pytest.mark.parametrize(("language", "intent"), [one for one in EVERY_INTENT if acts(one[1])])
def test_no_template_that_acts_begins_with_free_text(language: str, intent: str) -> None:
    free = {name for name, one in merged(language).slot_lists.items() if isinstance(one, WildcardSlotList)}
    theirs = {"own_words", "own_text"}
    open_ended = [
        text
        for text, block in ours(language, intent)
        if firsts(expression_of(block), rules_of(language, block)) & (free | theirs)
    ]

    assert open_ended == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", sorted(FAMILIES))
def test_slots_are_those_of_the_contract(language: str, intent: str) -> None:
    allowed = FAMILIES[intent] | ({"host"} if intent.startswith("Ops") else NO_SLOTS)
    found: set[str] = set()
    for _, block in ours(language, intent):
        found |= set(block.slots)
        found |= {one.slot_name for one in references(expression_of(block), rules_of(language, block))}

    assert found <= allowed


@pytest.mark.parametrize(
    ("language", "row"), [(language, row) for language in LANGUAGES for row in TABLE[language]["read"]]
)
def test_what_is_said_is_read(language: str, row: dict[str, Any]) -> None:
    found = [
        {name: plain(entity.value) for name, entity in one.entities.items()}
        for one in readings(language, row["text"])
        if one.intent.name == row["intent"]
    ]

    assert row["slots"] in found


def plain(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language in LANGUAGES for text in TABLE[language]["never_acts"]],
)
def test_a_question_a_refusal_and_small_talk_never_act(language: str, text: str) -> None:
    assert [one.intent.name for one in readings(language, text) if acts(one.intent.name)] == []
