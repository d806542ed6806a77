"""Our sentence files: complete, merged without a loose end, and free of templates that take what they should not."""

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

FOLDER = Path(agent.engines.__file__).with_name("sentences")
LANGUAGES = ("en", "zh-CN")
HERE = "Attic Room"
TRIES = 40

PERSONAL = {
    *("SetAlarm", "GetAlarms", "CancelAlarm", "SetReminder", "GetReminders", "CancelReminder", "GetListItems")
}
DIALOGUE = {"Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help"}
OPS = {
    **dict.fromkeys(
        (
            *("OpsServiceStatus", "OpsServiceStart", "OpsServiceStop", "OpsServiceRestart"),
            *("OpsServiceReload", "OpsServiceEnable", "OpsServiceDisable"),
        ),
        {"service", "kind"},
    ),
    **dict.fromkeys(
        (
            *("OpsContainerList", "OpsMemoryUsage", "OpsCpuUsage", "OpsTemperature", "OpsUptime"),
            *("OpsSystemInfo", "OpsUsers", "OpsUpdate", "OpsReboot", "OpsShutdown", "OpsPing"),
            *("OpsListTasks", "OpsListSchedules", "OpsIncidents"),
        ),
        set[str](),
    ),
    "OpsServiceList": {"state"},
    "OpsDiskUsage": {"path"},
    "OpsProcessList": {"sort_by", "name", "pid", "user"},
    "OpsProcessKill": {"pid", "name"},
    "OpsNetworkStatus": {"interface", "port"},
    "OpsJournalQuery": {"unit", "priority", "since", "until", "lines", "grep"},
    "OpsPackageInstall": {"package"},
    "OpsPackageRemove": {"package"},
    "OpsPackageList": {"package"},
    "OpsRunTask": {"task"},
    "OpsSchedule": {"task", "time", "date", "every"},
    "OpsCancelSchedule": {"task"},
    "OpsExplain": {"name", "area", "domain"},
    "OpsDiagnose": {"subject"},
}
NAMES = {
    "en": {
        "light": "Reading Lamp",
        "switch": "Printer",
        "fan": "Ceiling Fan",
        "media_player": "Television",
        "climate": "Ground Floor Thermostat",
        "cover": "Patio Awning",
        "valve": "Main Water Valve",
        "lock": "Front Door",
        "vacuum": "Robby",
        "lawn_mower": "Molly",
        "scene": "Movie Night",
        "script": "Good Morning",
        "button": "Doorbell",
        "todo": "Hobby Things",
        "humidifier": "Mister",
        "water_heater": "Boiler",
        "siren": "Howler",
        "alarm_control_panel": "House Guard",
        "binary_sensor": "Cellar Hatch",
        "sensor": "Rain Gauge",
        "input_boolean": "Guest Mode",
    },
    "zh-CN": {
        "light": "阅读灯",
        "switch": "打印机",
        "fan": "吊扇",
        "media_player": "电视机",
        "climate": "一楼恒温器",
        "cover": "遮阳棚",
        "valve": "总水阀",
        "lock": "前门",
        "vacuum": "小白",
        "lawn_mower": "小绿",
        "scene": "观影",
        "script": "早安",
        "button": "门铃",
        "todo": "手工材料",
        "humidifier": "加湿器",
        "water_heater": "热水器",
        "siren": "警笛",
        "alarm_control_panel": "守卫",
        "binary_sensor": "地窖门",
        "sensor": "雨量计",
        "input_boolean": "访客模式",
    },
}
PLACES = {
    "en": {"area": ("Kitchen", "Attic Room"), "floor": ("Upper Floor", "Downstairs")},
    "zh-CN": {"area": ("厨房", "阁楼"), "floor": ("一楼", "楼上")},
}
ANYTHING = {"en": ("oat milk", "blue notebook"), "zh-CN": ("牛奶", "蓝色本子")}


class Unique(yaml.SafeLoader):
    """Refuses a key that is said twice; YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of `node`."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        again = sorted({str(key) for key in keys if keys.count(key) > 1})
        assert not again, f"{again} twice in line {node.start_mark.line + 1}"
        return super().construct_mapping(node, deep)


@cache
def own(language: str) -> dict[str, Any]:
    data = yaml.load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=Unique)  # noqa: S506
    assert isinstance(data, dict)
    return data


@cache
def merged(language: str) -> Intents:
    data: dict[str, Any] = {}
    merge_dict(data, copied(get_intents(language)))
    merge_dict(data, copied(own(language)))
    return Intents.from_dict(data)


def copied(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: copied(value) for key, value in data.items()}
    return [copied(value) for value in data] if isinstance(data, list) else data


@cache
def house(language: str) -> dict[str, SlotList]:
    names = [(name, name, {"domain": domain}) for domain, name in NAMES[language].items()]
    lists: dict[str, SlotList] = {"name": TextSlotList.from_tuples(names, allow_template=False, name="name")}
    for kind, values in PLACES[language].items():
        lists[kind] = TextSlotList.from_strings(values, allow_template=False, name=kind)
    return lists


def blocks(language: str, intent: str) -> Iterator[IntentData]:
    """Our blocks of an intent, one for each of their templates."""
    theirs = len((get_intents(language) or {})["intents"].get(intent, {}).get("data", ()))
    for block in merged(language).intents[intent].data[theirs:]:
        for text in block.sentence_texts:
            yield replace(block, sentence_texts=[text])


def rules_of(language: str, block: IntentData) -> dict[str, Sentence]:
    return {**merged(language).expansion_rules, **block.expansion_rules}


def references(expression: Expression, rules: Mapping[str, Sentence]) -> Iterator[ListReference]:
    if isinstance(expression, ListReference):
        yield expression
    elif isinstance(expression, RuleReference):
        yield from references(rules[expression.rule_name].expression, rules)
    elif isinstance(expression, Group):
        for item in expression.items:
            yield from references(item, rules)


class Speaker:
    """Says a template at random."""

    def __init__(self, language: str, block: IntentData, chance: random.Random) -> None:
        self._language = language
        self._rules = rules_of(language, block)
        self._lists = {**merged(language).slot_lists, **house(language), **block.slot_lists}
        domains = block.requires_context.get("domain")
        self._domains = [domains] if isinstance(domains, str) else domains
        self._chance = chance

    def say(self, expression: Expression) -> str:
        match expression:
            case TextChunk():
                return expression.original_text
            case RuleReference():
                return self.say(self._rules[expression.rule_name].expression)
            case ListReference():
                return self._value(expression)
            case Permutation():
                items = self._chance.sample(expression.items, len(expression.items))
                return " ".join(self.say(item) for item in items)
            case Alternative():
                return self.say(self._chance.choice(expression.items))
            case Group():
                return "".join(self.say(item) for item in expression.items)
        raise AssertionError(expression)

    def _value(self, reference: ListReference) -> str:
        values = self._lists[reference.list_name]
        if isinstance(values, WildcardSlotList):
            return self._chance.choice(ANYTHING[self._language])
        if isinstance(values, RangeSlotList):
            return str(self._chance.choice(range(values.start, min(values.stop, 500) + 1, values.step)))
        assert isinstance(values, TextSlotList)
        fitting = [
            one
            for one in values.values
            if reference.list_name != "name"
            or not self._domains
            or (one.context or {}).get("domain") in self._domains
        ]
        return self.say(self._chance.choice(fitting).text_in)


def readings(
    language: str, text: str, block: IntentData | None = None, intent: str = ""
) -> list[RecognizeResult]:
    """Every reading of `text`, by all templates or by those of one block."""
    known = merged(language)
    if block is not None:
        known = replace(known, intents={intent: Intent(intent, [block])})
    context = {"area": HERE}
    return list(recognize_all(text, known, slot_lists=house(language), intent_context=context))


def our_intents() -> list[tuple[str, str]]:
    return [(language, intent) for language in LANGUAGES for intent in own(language)["intents"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_says_the_language_it_is_named_after(language: str) -> None:
    assert own(language)["language"] == language
    assert merged(language).language == language


def test_every_language_can_say_every_intent() -> None:
    english, chinese = (set(own(language)["intents"]) for language in LANGUAGES)

    assert english == chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_families_that_home_assistant_lacks_are_complete(language: str) -> None:
    missing = (PERSONAL | DIALOGUE | set(OPS)) - set(own(language)["intents"])

    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_rules_and_lists_are_marked_as_ours_and_replace_none(language: str) -> None:
    theirs = get_intents(language) or {}
    for kind in ("expansion_rules", "lists"):
        ours = set(own(language)[kind])

        assert all(name.startswith("own_") for name in ours)
        assert ours.isdisjoint(theirs[kind])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_list_of_ours_is_used(language: str) -> None:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")

    unused = [
        *(name for name in own(language)["expansion_rules"] if f"<{name}>" not in text),
        *(name for name in own(language)["lists"] if f"{{{name}" not in text),
    ]

    assert not unused


@pytest.mark.parametrize(("language", "intent"), our_intents())
def test_every_reference_resolves_after_the_merge(language: str, intent: str) -> None:
    known = {**merged(language).slot_lists, **house(language)}
    for block in blocks(language, intent):
        rules = rules_of(language, block)
        for reference in references(block.sentences[0].expression, rules):
            values = known[reference.list_name]
            if isinstance(values, TextSlotList) and reference.list_name not in house(language):
                inner = [one for value in values.values for one in references(value.text_in, rules)]

                assert all(one.is_capture and one.list_name in known for one in inner)


@pytest.mark.parametrize(("language", "intent"), our_intents())
def test_every_template_matches_what_it_says(language: str, intent: str) -> None:
    silent = []
    for block in blocks(language, intent):
        sentence = block.sentences[0]
        speaker = Speaker(language, block, random.Random(f"{language} {intent} {sentence.text}"))
        said = [normalize_whitespace(speaker.say(sentence.expression)).strip() for _ in range(TRIES)]
        if not any(readings(language, text, block, intent) for text in said):
            silent.append((sentence.text, said[:3]))

    assert not silent


@pytest.mark.parametrize(("language", "intent"), our_intents())
def test_every_template_needs_a_literal_word(language: str, intent: str) -> None:
    bare = [
        block.sentences[0].text
        for block in blocks(language, intent)
        if not block.sentences[0].get_required_clauses(rules_of(language, block))
    ]

    assert not bare


@pytest.mark.parametrize(("language", "intent"), our_intents())
def test_no_template_that_acts_begins_with_free_text(language: str, intent: str) -> None:
    if not acts(intent):
        return
    open_ended = [
        block.sentences[0].text
        for block in blocks(language, intent)
        if any(
            name in ("own_words", "own_text")
            for name in firsts(block.sentences[0].expression, language, block)
        )
    ]

    assert not open_ended


def firsts(expression: Expression, language: str, block: IntentData) -> set[str]:
    """The lists with which `expression` can begin; "" if it can be empty."""
    rules = rules_of(language, block)
    if isinstance(expression, TextChunk):
        return set() if expression.text.strip() else {""}
    if isinstance(expression, ListReference):
        return {expression.list_name}
    if isinstance(expression, RuleReference):
        return firsts(rules[expression.rule_name].expression, language, block)
    assert isinstance(expression, Group)
    parts = [firsts(item, language, block) for item in expression.items]
    if isinstance(expression, Alternative | Permutation):
        return set().union(*parts)
    found: set[str] = set()
    for part in parts:
        found |= part - {""}
        if "" not in part:
            return found
    return found | {""}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", sorted(OPS))
def test_ops_templates_fill_the_slots_of_the_contract_only(language: str, intent: str) -> None:
    found: set[str] = set()
    for block in blocks(language, intent):
        found |= set(block.slots)
        for one in references(block.sentences[0].expression, rules_of(language, block)):
            found.add(one.slot_name)

    assert found <= OPS[intent] | {"host"}


READ = [
    (
        "en",
        "restart the mqtt broker on the nas",
        "OpsServiceRestart",
        {"service": "mosquitto", "host": "nas"},
    ),
    ("en", "stop the frigate container", "OpsServiceStop", {"service": "frigate", "kind": "container"}),
    ("en", "is sshd.service running", "OpsServiceStatus", {"service": "sshd", "kind": "unit"}),
    ("en", "how much disk space is left on /var/log", "OpsDiskUsage", {"path": "/var/log"}),
    (
        "en",
        "show me the warnings since yesterday",
        "OpsJournalQuery",
        {"priority": "warning", "since": "yesterday"},
    ),
    ("en", "is port 1883 open", "OpsNetworkStatus", {"port": 1883}),
    (
        "en",
        "every day at 3:30 am run the backup",
        "OpsSchedule",
        {"every": "day", "time": "3:30 am", "task": "run the backup"},
    ),
    (
        "en",
        "turn on the reading lamp at sunset",
        "OpsSchedule",
        {"time": "sunset", "task": "turn on the reading lamp"},
    ),
    (
        "en",
        "dim the reading lamp by 20 percent",
        "HassLightSet",
        {"name": "Reading Lamp", "brightness_step": -20},
    ),
    ("en", "a bit brighter", "HassLightSet", {"domain": "light", "area": HERE, "brightness_step": "up"}),
    (
        "en",
        "two degrees cooler in the kitchen",
        "HassClimateSetTemperature",
        {"area": "Kitchen", "temperature_step": -2},
    ),
    ("en", "open the patio awning halfway", "HassSetPosition", {"name": "Patio Awning", "position": 50}),
    ("en", "lock all the doors", "HassTurnOn", {"domain": "lock"}),
    ("en", "disarm the alarm", "HassTurnOff", {"domain": "alarm_control_panel"}),
    (
        "en",
        "remind me to water the plants at half past seven",
        "SetReminder",
        {"text": "water the plants", "time": "half past seven"},
    ),
    ("en", "wake me up at six thirty tomorrow", "SetAlarm", {"time": "six thirty", "date": "tomorrow"}),
    ("en", "why is the disk filling up", "OpsDiagnose", {"subject": "disk"}),
    ("en", "did I leave the printer on", "HassGetState", {"name": "Printer", "state": "on"}),
    ("zh-CN", "重启 nginx 服务", "OpsServiceRestart", {"service": "nginx", "kind": "unit"}),
    ("zh-CN", "每天早上三点运行备份", "OpsSchedule", {"every": "天", "time": "早上三点", "task": "运行备份"}),
    ("zh-CN", "把阅读灯的亮度调低20%", "HassLightSet", {"name": "阅读灯", "brightness_step": -20}),
    ("zh-CN", "厨房太冷了", "HassClimateSetTemperature", {"area": "厨房", "temperature_step": "up"}),
    ("zh-CN", "遮阳棚打开一半", "HassSetPosition", {"name": "遮阳棚", "position": 50}),
    ("zh-CN", "下午三点提醒我浇花", "SetReminder", {"time": "下午三点", "text": "浇花"}),
    ("zh-CN", "撤防", "HassTurnOff", {"domain": "alarm_control_panel"}),
    ("zh-CN", "前门锁了吗", "HassGetState", {"name": "前门", "state": "locked"}),
]


@pytest.mark.parametrize(("language", "text", "intent", "slots"), READ)
def test_what_is_said_is_read(language: str, text: str, intent: str, slots: dict[str, Any]) -> None:
    found = [
        {name: plain(entity.value) for name, entity in one.entities.items()}
        for one in readings(language, text)
        if one.intent.name == intent
    ]

    assert slots in found


def plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value


NOT_TO_ACT = {
    "en": (
        "don't turn on the lights",
        "please don't restart nginx",
        "do not unlock the front door",
        "never turn off the reading lamp",
        "don't turn on the lights at 7 pm",
        "don't remind me to call mom",
        "don't make it warmer",
        "no need to reboot the server",
        "is the reading lamp on",
        "is it too dark in the kitchen",
        "are the doors locked",
        "did you restart nginx",
        "did anyone open the front door today",
        "why did you turn on the lights",
        "why don't you dim the lights",
        "why is the front door unlocked",
        "how do i restart nginx",
        "how can i turn on the reading lamp",
        "should i turn off the printer",
        "what happens if i unlock the front door",
        "when did the reading lamp turn on",
        "who turned off the lights",
        "which lights are on",
        "can the lights be dimmed",
        "is the backup running",
        "are there any updates available",
        "what is scheduled for tonight",
        "restart the music",
        "start the conversation",
        "stop by the store",
        "lower your expectations",
        "the light at the end of the tunnel",
        "i watched a movie about a server",
        "who won the game last night",
        "what is the capital of france",
    ),
    "zh-CN": (
        "别开灯",
        "不要打开阅读灯",
        "请不要重启nginx",
        "千万别解锁前门",
        "不要在晚上七点开灯",
        "别提醒我开会",
        "阅读灯开着吗",
        "前门锁了吗",
        "为什么阅读灯亮了",
        "谁关了阅读灯",
        "怎么重启nginx",
        "我应该关灯吗",
        "有没有更新",
        "有哪些定时任务",
        "哪些灯开着",
        "今天有人开过前门吗",
        "重启音乐",
        "讲个笑话",
        "帮我订一张机票",
        "北京到上海有多远",
        "我看了一部关于服务器的电影",
    ),
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in NOT_TO_ACT.items() for text in texts]
)
def test_a_question_a_refusal_and_small_talk_never_act(language: str, text: str) -> None:
    acting = [one.intent.name for one in readings(language, text) if acts(one.intent.name)]

    assert not acting
