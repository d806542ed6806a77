"""Which of the things kept is meant by "the 7 am alarm" or "喂猫的提醒", and changes of it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.engines.later import moment
from agent.engines.spans import slots_of, span

EN_NOUN = (
    r"(?:alarms?(?: clocks?)?(?! (?:system|panel|light|lamp|volume|sound))|reminders?|timers?|countdowns?"
    r"|schedules?|scheduled (?:task|job|command|action)s?)"
)
ZH_NOUN = "(?:闹钟|闹铃|提醒事项|提醒(?!我)|计时器|倒计时|定时器|定时任务|计划任务|定时|计划)"
CHANGED = {
    "alarm": "ChangeAlarm",
    "reminder": "ChangeReminder",
    "timer": "ChangeTimer",
    "command": "OpsChangeSchedule",
}
"""The intent that changes something of a kind."""
_NAMES = {"alarm": "alarm_name", "reminder": "text", "timer": "name", "command": "task"}
"""The slot of what a thing is called."""
_KINDS = (
    *(("alarm", "alarm"), ("闹", "alarm"), ("remind", "reminder"), ("提醒", "reminder")),
    *(("timer", "timer"), ("countdown", "timer"), ("计时", "timer"), ("定时器", "timer")),
)
_EN_THING = re.compile(rf"(?P<pre>.*?)\b(?P<noun>{EN_NOUN})\b(?P<post>(?: .*)?)", re.IGNORECASE)
_ZH_THING = re.compile(rf"(?P<pre>.*?)(?P<noun>{ZH_NOUN})")
_OTHERS = re.compile(
    r"\b(?:burglar|house|home|security|smoke|fire|intruder|intrusion|car|co)\b|烟雾|防盗", re.IGNORECASE
)
"""Alarms that wake nobody."""
_FRESH = re.compile(r"^(?:an?|another|one|new)\b|^一个|^新", re.IGNORECASE)
_ARTICLES = re.compile(r"^(?:(?:the|my|our|this|that|these|those|of)\b ?)+", re.IGNORECASE)
_WHICH = re.compile(
    r"\b(?:all|both|every|each|next|first|last|latest|upcoming)\b|所有|全部|两个|下一个|第一个|最后一?个?|上一个",
    re.IGNORECASE,
)
_ZH_EMPTY = re.compile("^(?:我的?|这个|那个|一下|的)+|的$")
_AFTER = re.compile(
    r"(?:(?:that |which )?(?:i|you|we) (?:just )?(?:set|made|have|created)\s*)?"
    r"(?P<how>at|for|on|of|from|to|about|called|named|in|with|that says)? ?(?P<what>.*)",
    re.IGNORECASE,
)
_MINUTES_TO = re.compile(r"(?:an? )?(?:quarter|half|five|ten|twenty(?:[ -]five)?|\d{1,2})(?: minutes)?")
Change = tuple[str, Mapping[str, object]]
"""The name of an intent, and its slots."""
_SIZES = (("start_hours", 3600), ("start_minutes", 60), ("start_seconds", 1))


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is kept: its kind, and the slots that say which."""

    kind: str
    slots: dict[str, object]

    @property
    def intent(self) -> str:
        """The intent that changes it."""
        return CHANGED[self.kind]


def thing(text: str, language: str) -> Thing | None:
    """What `text` names of what is kept; None: nothing, or it names something else."""
    chinese = language[:2] == "zh"
    found = (_ZH_THING if chinese else _EN_THING).fullmatch(" ".join(text.split()))
    if found is None or _OTHERS.search(text) or _FRESH.match(found["pre"].strip()):
        return None
    kind = next((kind for word, kind in _KINDS if word in found["noun"].casefold()), "command")
    slots: dict[str, object] = {}
    before = _chinese_words(found["pre"]) if chinese else _ARTICLES.sub("", found["pre"].strip())
    many = "" if chinese or not found["noun"].casefold().endswith("s") else "all"
    which = " ".join(one.casefold() for one in _WHICH.findall(found["pre"])) or many
    if which:
        slots["which"] = which
    before = _WHICH.sub(" ", before).strip()
    before = _ARTICLES.sub("", before) if not chinese else _chinese_words(before)
    if before and not _said(before, kind, language, slots):
        return None
    after = "" if chinese else found["post"].strip()
    if after and not _said_after(after, kind, language, slots):
        return None
    return Thing(kind, slots)


def _chinese_words(text: str) -> str:
    found = _ZH_EMPTY.sub("", text.strip())
    return re.sub("^(?:叫做?|名叫|名为)", "", found)


def _said(words: str, kind: str, language: str, slots: dict[str, object]) -> bool:
    """Enter what `words` before the noun say."""
    bare = words.replace("'s", "")
    if kind == "timer":
        seconds = span(bare.replace("-", " "), language)
        if seconds is not None:
            slots |= _started(seconds)
        else:
            slots["name"] = words
        return True
    when = moment(bare, language)
    if when is None or "wait" in when:
        slots[_NAMES[kind]] = words
    elif "every" in when:
        slots[_NAMES[kind]] = bare
    else:
        slots |= when
    return True


def _said_after(words: str, kind: str, language: str, slots: dict[str, object]) -> bool:
    """Enter what `words` behind the noun say; False: they say something else."""
    found = _AFTER.fullmatch(words)
    if found is None or not found["what"] or found["how"] is None:
        return found is not None and not found["what"]
    how, what = found["how"].casefold(), re.sub(r"^(?:the|my) ", "", found["what"])
    when = moment(found["what"], language)
    if kind == "timer":
        seconds = span(what, language)
        if seconds is not None:
            slots |= _started(seconds)
        else:
            slots["area" if how == "in" else "name"] = what
        return True
    if (
        when is not None
        and "wait" not in when
        and "every" not in when
        and how in ("at", "for", "on", "of", "from")
    ):
        slots |= when
        return True
    if how in ("called", "named") or (how != "at" and kind != "alarm") or how == "for":
        if _MINUTES_TO.fullmatch(what):
            return False
        slots[_NAMES[kind]] = what
        return True
    return False


def _started(seconds: float) -> dict[str, object]:
    left, found = round(seconds), {}
    for slot, size in _SIZES:
        count, left = divmod(left, size)
        if count:
            found[slot] = count
    return dict(found)


# changes ---------------------------------------------------------------------------------------------------
def snoozed(plain: str, patterns: Sequence[re.Pattern[str]], language: str) -> Change | None:
    """What is put off, and for how long."""
    for pattern in patterns:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        said = found.groupdict()
        if to := said.get("to"):
            when = moment(to, language)
            return None if when is None else ("Snooze", towards(when))
        long = f"{said['more']} {said['unit']}" if said.get("more") else said.get("span")
        seconds = span(long, language) if long else None
        return "Snooze", {} if seconds is None else {"seconds": round(seconds)}
    return None


def by(which: Thing, said: str | None, sign: int, language: str) -> Change | None:
    """Moved by a span; a timer has it added."""
    if said is None:
        return told(which, how="shift", sign=sign)
    seconds = span(said, language)
    if seconds is None:
        return None
    if which.kind == "timer":
        return "HassIncreaseTimer" if sign > 0 else "HassDecreaseTimer", {**which.slots, **slots_of(seconds)}
    return told(which, how="shift", sign=sign, **slots_of(seconds))


def towards(when: Mapping[str, str]) -> dict[str, object]:
    """The slots of the time to which something is moved."""
    return {f"to_{kind}": said for kind, said in when.items()}


def told(which: Thing, **slots: object) -> Change:
    """What changes `which`."""
    return which.intent, {**which.slots, **slots}
