"""Sentences in Chinese that change what is kept. Pure."""

import re

from agent.engines.later import moment
from agent.engines.spans import CHINESE_SPAN
from agent.engines.things import ZH_NOUN, Change, by, snoozed, thing, told, towards

ZH_POLITE = re.compile("^(?:(?:请|麻烦你?|帮我|给我|可以|能不能|能)+)|(?:吧|好吗|一下|可以吗|吗)+$")
_ZH_LATER = "推迟|延后|延迟|推后|往后推|向后推|往后挪|延长|加长|晚"
_ZH_EARLIER = "提前|提早|往前提|往前挪|向前提|缩短|早"
ZH_CHANGE = f"修改|更改|变更|调整|改|调|挪|移|换|{_ZH_LATER}|{_ZH_EARLIER}"
_ZH_MOVE = (
    re.compile(
        rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:的?时间)?(?:都|全部)?(?P<verb>{ZH_CHANGE})(?:到|成|为|至|在)(?P<to>.+)"
    ),
    re.compile(rf"(?P<verb>{ZH_CHANGE})(?P<thing>.*?{ZH_NOUN})(?:的?时间)?(?:到|成|为|至)(?P<to>.+)"),
)
_ZH_SHIFT = (
    re.compile(
        rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:的?时间)?(?:再|都)?(?P<verb>{_ZH_LATER}|{_ZH_EARLIER})"
        rf"(?:响)?(?P<span>{CHINESE_SPAN})?(?:响)?"
    ),
    re.compile(rf"(?P<verb>{_ZH_LATER}|{_ZH_EARLIER})(?P<thing>.*?{ZH_NOUN})(?P<span>{CHINESE_SPAN})?"),
)
_ZH_RENAME = re.compile(
    rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:的?名字)?(?:改名|重命名|命名|改叫|改)(?:为|成|叫|作)*(?P<name>.+)"
)
_ZH_PAUSE = (
    re.compile(rf"(?:先)?(?:(?P<pause>暂停)|(?P<resume>恢复|继续|重新启用|启用))(?P<thing>.*?{ZH_NOUN})"),
    re.compile(
        rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:先)?(?:(?P<pause>暂停)|(?P<resume>恢复|继续|重新启用|启用))"
    ),
)
_ZH_RESTART = (
    re.compile(rf"(?:重新开始|重新启动|重启|重置|重来)(?P<thing>.*?{ZH_NOUN})"),
    re.compile(rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:重新开始|重新启动|重启|重置|重来|从头开始|重新计时)"),
)
_ZH_SNOOZE = (
    re.compile(rf"(?:让我)?(?:再)?(?:贪睡|睡)(?P<span>{CHINESE_SPAN})"),
    re.compile(
        "贪睡(?:模式)?|稍后再响|再睡(?:一?会儿?)|(?:稍后|过一?会儿?|等一?会儿?|待会儿?)再(?:响|叫我|叫醒我|提醒我?)"
    ),
    re.compile(rf"(?:过|等)?(?P<span>{CHINESE_SPAN})(?:之?后|以后)?再(?:响|叫我|叫醒我|提醒我?)(?:一次)?"),
)


def chinese(plain: str) -> Change | None:
    """What `plain` changes, and how; None: nothing, or it is not clear."""
    ways = (
        _snoozed_in_chinese,
        _held_in_chinese,
        _moved_in_chinese,
        _shifted_in_chinese,
        _renamed_in_chinese,
    )
    return next((found for way in ways if (found := way(plain)) is not None), None)


def _snoozed_in_chinese(plain: str) -> Change | None:
    return snoozed(plain, _ZH_SNOOZE, "zh")


def _held_in_chinese(plain: str) -> Change | None:
    for pattern, kinds, how in (
        *((one, ("timer",), "restart") for one in _ZH_RESTART),
        *((one, ("alarm", "reminder", "command"), "") for one in _ZH_PAUSE),
    ):
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "zh")
            if which is not None and which.kind in kinds:
                return told(which, how=how or ("pause" if found["pause"] else "resume"))
    return None


def _moved_in_chinese(plain: str) -> Change | None:
    for pattern in _ZH_MOVE:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        when, which = moment(found["to"].removesuffix("响"), "zh"), thing(found["thing"], "zh")
        if when is not None and which is not None:
            more = {"or_set": True} if found["verb"] in ("调", "调整") and which.kind == "alarm" else {}
            return told(which, how="move", **towards(when), **more)
    return None


def _shifted_in_chinese(plain: str) -> Change | None:
    if plain.startswith(("给", "为")):
        return None  # so the templates say it, which also know where a timer was set, and for how long
    for pattern in _ZH_SHIFT:
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "zh")
            if which is not None and (found["span"] or len(found["verb"]) > 1):
                return by(which, found["span"], 1 if found["verb"] in _ZH_LATER.split("|") else -1, "zh")
    return None


def _renamed_in_chinese(plain: str) -> Change | None:
    found = _ZH_RENAME.fullmatch(plain)
    if found is None or not re.search("名|叫", plain[found.end("thing") :]):
        return None
    which = thing(found["thing"], "zh")
    if which is None or which.kind == "command":
        return None
    return told(which, how="rename", new_name=found["name"])
