"""Sentences about time that no list of templates could hold: spans, days and hours in any order. Pure.

The templates come first. This reads what they leave: a timer with a span such as "an hour and a half", a
command with a time at one of its ends, a command and for how long it is to hold.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.core.intents import Intent, Unrecognized, acts
from agent.engines import speech
from agent.engines.later import later
from agent.engines.spans import CHINESE_SPAN, SPAN, slots_of, span
from agent.home.targets import REACH

Read = Callable[[str], tuple[Intent, ...] | Unrecognized]
_VERBS = "set|start|create|make|begin|put on|give me|add|run|i need|i want|i would like"
_ONE = r"(?:(?:an?|another|the|my|one|new|a new)\s+)?"
_CALLED = r"[^\W\d][\w' ]{0,40}?"
_EN_TIMERS = (
    (
        rf"^(?:(?P<verb>{_VERBS})\s+)?(?:me\s+|up\s+)?{_ONE}(?:(?P<before>{SPAN})\s+)?"
        rf"(?:(?P<name>(?!timer){_CALLED})\s+)?timer(?:(?:\s+(?:for|of|to|with))?\s+(?P<after>{SPAN}))?$"
    ),
    (
        rf"^(?P<verb>{_VERBS})\s+(?:me\s+)?{_ONE}(?:(?P<before>{SPAN})\s+)?timer"
        rf"(?:\s+for\s+(?P<after>{SPAN}))?\s+(?:for|called|named|labell?ed)\s+(?:the |my |an? )?"
        rf"(?P<name>{_CALLED})(?:\s+(?:for|of|in)\s+(?P<later>{SPAN}))?$"
    ),
    (
        r"^(?:(?:start|begin|set)\s+)?(?:an?\s+)?count ?down(?:\s+(?:from|of|for))?"
        rf"\s+(?P<after>{SPAN})$"
    ),
)
_TIMERS = {
    "en": [re.compile(one, re.IGNORECASE) for one in _EN_TIMERS],
    "zh": [
        re.compile(
            r"^(?:请|帮我)?(?P<verb>设置?|设定|定|开始|创建|新建|来|开|启动|添加|弄)(?:一?个)?(?:名叫|名为|叫做?)"
            rf"(?P<name>[^\d,，]{{1,12}}?)的(?P<before>{CHINESE_SPAN})的?(?:计时器|倒计时|定时器)$"
        ),
        re.compile(
            r"^(?:请|帮我)?(?P<verb>设置?|设定|定|开始|创建|新建|来|开|启动|添加|弄)(?:一?个)?"
            rf"(?:(?P<before>{CHINESE_SPAN})的?)(?:计时器|倒计时|定时器)[,，]?"
            r"(?:名字叫|名叫|名为|叫做?)(?P<name>[^\d,，]{1,12})$"
        ),
        re.compile(
            r"^(?:请|帮我)?(?P<verb>设置?|设定|定|开始|创建|新建|来|开|启动|添加|弄)?(?:一?个)?"
            rf"(?:(?P<before>{CHINESE_SPAN})的?)?(?P<name>(?!倒)[^\d,，]{{1,12}}?)?的?"
            r"(?:计时器|倒计时|定时器|计时|定时)[,，:：]?"  # as it is written there
            rf"(?:(?:开始|设置|设为|设成|设|为|到)?(?P<after>{CHINESE_SPAN}))?$"
        ),
    ],
}
_RUNS = re.compile(r"(?:run|execute) \S|(?:运行|执行)\S", re.IGNORECASE)
_NOW = re.compile(r"\b(?:(?:right )?now|at once|immediately)\b|现在|马上|立刻", re.IGNORECASE)
_TIMED = ("SetAlarm", "SetReminder")
_IN_THE_HOUSE = frozenset(name for name in REACH if acts(name) and "List" not in name) | {"OpsRunTask"}
"""What may be done at another time without anybody there."""
_FOR_A_WHILE = _IN_THE_HOUSE | {"OpsServiceStart", "OpsServiceStop"}
_NO_NAME = re.compile(
    r"^(?:the|my|all|any|that|this|an?|is|are|for|of|on|what|which|how|new|another|up)\b"
    r"|\b(?:off|on|up|down|for|in|of|to|you|me|create|set|make|start)\b",
    re.IGNORECASE,
)
_NO_NAME_CHINESE = re.compile(
    "取消|停|暂停|继续|恢复|删|关|清除|看|查|有|我的|所有|全部|多少|哪|几|任务|加|减|[把将]"
)


def timed(text: str, language: str, read: Read) -> Intent | Unrecognized | None:
    """What `text` asks for as far as it is about time, else None. `read` reads a command within it."""
    slots = _timer(text, language)
    if slots is not None:
        return Intent(name="HassStartTimer", slots=slots, text=text, language=language)
    found = put_off(text, language, read)
    if found is not None:
        return found
    lasting = speech.lasting(text, language)
    if lasting is None:
        return None
    inner = read(lasting.command)
    if isinstance(inner, Unrecognized):
        return inner if inner.missing is not None else None
    if not all(one.name in _FOR_A_WHILE for one in inner):
        return None
    return Intent(
        name="OpsSchedule",
        slots={"task": lasting.command, "time": lasting.time},
        text=text,
        language=language,
    )


_ALARM_NAMED = {
    "en": (
        re.compile(
            r"(?P<main>.*\balarm\b.*) (?:called|named|labell?ed|with the (?:name|label))"
            r" (?P<name>[\w' ]{1,40})",
            re.IGNORECASE,
        ),
    ),
    "zh": (
        re.compile(r"(?P<main>.*)(?:叫做?|名叫|名为|名字叫)(?P<name>[^我].{0,11}?)的(?P<rest>.*闹[钟铃].*)"),
        re.compile(r"(?P<main>.*闹[钟铃])[,，]?(?:叫做?|名叫|名为|名字叫|名字是)(?P<name>[^我].{0,11})"),
    ),
}
_NAME_THEN_TIME = re.compile(
    r"(?P<name>.+?) (?P<when>(?:for|at|on|every|in|tomorrow|today)\b.*)", re.IGNORECASE
)


def alarm_named(text: str, language: str, read: Read) -> Intent | None:
    """The alarm that is to be set under a name in `text`; None: there is none."""
    plain = text.strip().rstrip(".!?。！")
    for pattern in _ALARM_NAMED.get(language[:2], ()):
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        name, main = found["name"], found["main"] + (found.groupdict().get("rest") or "")
        if parted := _NAME_THEN_TIME.fullmatch(name):
            name, main = parted["name"], f"{main} {parted['when']}"
        inner = read(main)
        if isinstance(inner, tuple) and [one.name for one in inner] == ["SetAlarm"]:
            return replace(inner[0], slots={**inner[0].slots, "alarm_name": name.strip()}, text=text)
    return None


def put_off(text: str, language: str, read: Read) -> Intent | Unrecognized | None:
    """The command in `text` that is to be done at another time, or what is missing in it; else None."""
    parted = later(text, language)
    if parted is None or not speech.orders(parted.command, language):
        return None
    inner = read(parted.command)
    if isinstance(inner, Unrecognized) and _RUNS.match(parted.command):
        # Tasks are known by whoever runs them, and by nobody here.
        inner = (Intent(name="OpsRunTask", slots={}, text=parted.command, language=language),)
    if isinstance(inner, Unrecognized):
        return inner if inner.missing is not None else None
    if len(inner) == 1 and inner[0].name in _TIMED:
        # "Tomorrow at two remind me of the meeting": the time is that of the reminder.
        when = {("time" if kind == "wait" else kind): said for kind, said in parted.when.items()}
        return replace(inner[0], slots={**when, **inner[0].slots}, text=text)
    if not all(one.name in _IN_THE_HOUSE or _lasts(one) for one in inner):
        return None
    name, slots = parted.slots(language)
    return Intent(name=name, slots=slots, text=text, language=language)


def _lasts(intent: Intent) -> bool:
    return intent.name == "OpsSchedule" and set(intent.slots) == {"task", "time"}


def half_put_off(parts: Sequence[Intent], text: str, language: str) -> bool:
    """Whether a part of `text` would be done now though its time holds for all of it.

    It does where it stands at the very beginning or the very end: "turn on the lamp and lock the door at
    seven"; but "turn on the lamp, and turn it off at seven" is two things.
    """
    waiting = [one for one in parts if _command(one) is not None]
    if len(parts) < 2 or not waiting or len(waiting) == len(parts):  # noqa: PLR2004
        return False
    parted = later(text, language)
    if parted is None:
        return False
    return parted.leads or not (_NOW.search(text) or speech.refers(text, language) or _of_the_same(parts))


def _of_the_same(parts: Sequence[Intent]) -> bool:
    """Whether it is about one thing: "turn on the fan and turn off the fan at 6"."""
    named = [str(one.slots["name"]).casefold() for one in parts if "name" in one.slots]
    return any(name in (_command(one) or "").casefold() for one in parts for name in named)


def _command(intent: Intent) -> str | None:
    found = intent.slots.get(
        {"HassStartTimer": "conversation_command", "OpsSchedule": "task"}.get(intent.name, "")
    )
    return found if isinstance(found, str) else None


def _timer(text: str, language: str) -> dict[str, object] | None:
    plain = re.sub(
        r"^(?:please|hey|can you|could you|would you) ",
        "",
        text.strip().rstrip(".!?。！"),
        flags=re.IGNORECASE,
    )
    for pattern in _TIMERS.get(language[:2], ()):
        found = pattern.match(plain)
        if found is None:
            continue
        said = found.groupdict()
        spans = [one for key in ("before", "after", "later") if (one := said.get(key))]
        if len(spans) > 1 or not (spans or said.get("verb")):
            continue
        name = (said.get("name") or "").strip()
        if name.casefold() in ("new", "another") and not spans:
            name = ""
        if name and (_NO_NAME.search(name) or _NO_NAME_CHINESE.search(name)):
            continue
        if not spans and language[:2] == "zh" and plain.endswith(("计时", "定时")):
            continue
        seconds = span(spans[0], language) if spans else None
        return {**(slots_of(seconds) if seconds is not None else {}), **({"name": name} if name else {})}
    return None
