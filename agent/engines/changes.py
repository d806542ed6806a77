"""Sentences that change what is kept: alarms, reminders, timers, schedules are moved, paused, renamed. Pure.

They are read before the templates: to these "move the alarm to 8:30" is nearly an alarm to be set. What is
about a change and cannot be understood is refused, so that nothing new ever comes of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.core.intents import Intent, Unrecognized
from agent.engines.later import POLITE, moment
from agent.engines.spans import CHINESE_SPAN, NUMBER, SPAN, slots_of, span
from agent.engines.things import EN_NOUN, ZH_NOUN, Thing, thing

_MOVES = "move|change|shift|reschedule|switch|adjust|update|modify|edit|push|put|postpone|delay|defer|bring"
_ALONE = "set|make|reset"
"""Verbs of setting: they change something only where it is said so."""
_VERB = re.compile(rf"(?P<verb>{_MOVES}|{_ALONE}|extend) (?P<rest>.+)", re.IGNORECASE)
_LATER = re.compile(r"\b(?:later|back|out|off|longer)\b")
_EARLIER = re.compile(r"\b(?:earlier|forward|up|ahead|shorter|sooner)\b")
_SIDE = "(?:back|forward|off|up|out|ahead|earlier|later|longer|shorter|sooner)"
_SHIFT = re.compile(
    rf"(?P<thing>.*?\b{EN_NOUN}\b.*?)(?: (?:{_SIDE}))?(?: (?:by|for))?(?: (?P<span>{SPAN}))?(?: {_SIDE})?",
    re.IGNORECASE,
)
_TO = re.compile(r" (?:to|until|till|for|at) ", re.IGNORECASE)
_RENAME = (
    re.compile(
        rf"(?:rename|call|name) (?P<thing>.*?\b{EN_NOUN}\b.*?)(?: (?:to|as|into))? (?P<name>\S.*)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:change|set) (?:the )?(?:name|text|label|title) of (?P<thing>.*?\b{EN_NOUN}\b.*?)"
        r" (?:to|into) (?P<name>\S.*)",
        re.IGNORECASE,
    ),
)
_PAUSE = re.compile(
    r"(?:(?P<pause>pause|suspend|hold|halt)|(?P<resume>resume|unpause|continue|re-?activate|re-?enable|restart"
    rf"|un-?suspend)) (?P<thing>.*?\b{EN_NOUN}.*?)(?: for (?:now|a while))?",
    re.IGNORECASE,
)
_RESTART = (
    re.compile(r"(?:restart|reset|start over|re-?run) (?P<thing>.*)", re.IGNORECASE),
    re.compile(
        r"(?:start|begin|run|set) (?P<thing>.*?)"
        r" (?:again|over|anew|from (?:the )?(?:start|beginning|scratch))",
        re.IGNORECASE,
    ),
)
_SNOOZE = (
    re.compile(
        r"(?:hit )?snooze(?: (?:it|that|this|(?:the |my )?(?:alarm|reminder|timer)s?))?(?: again)?"
        rf"(?:(?: for| by)?(?: another)? (?P<span>{SPAN}))?(?: (?:until|till|to) (?P<to>.+))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:(?:give me|just|only) )*(?P<more>{NUMBER}) more (?P<unit>minutes?|seconds?|hours?)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:wake me(?: up)?|remind me|ring|alert me|tell me) (?:again|later)(?: again)?"
        rf"(?: (?:in|after) (?P<span>{SPAN})| (?P<to>at .+|tomorrow.*))?",
        re.IGNORECASE,
    ),
)
_INSTEAD = re.compile(
    r"(?P<verb>wake me(?: up)?|get me up|remind me) (?:at |for |on )?(?P<to>.+) instead", re.IGNORECASE
)
_ZH_POLITE = re.compile("^(?:(?:请|麻烦你?|帮我|给我|可以|能不能|能)+)|(?:吧|好吗|一下|可以吗|吗)+$")
_ZH_LATER = "推迟|延后|延迟|推后|往后推|向后推|往后挪|延长|加长|晚"
_ZH_EARLIER = "提前|提早|往前提|往前挪|向前提|缩短|早"
_ZH_CHANGE = f"修改|更改|变更|调整|改|调|挪|移|换|{_ZH_LATER}|{_ZH_EARLIER}"
_ZH_MOVE = (
    re.compile(
        rf"(?:把|将)?(?P<thing>.*?{ZH_NOUN})(?:的?时间)?(?:都|全部)?(?P<verb>{_ZH_CHANGE})(?:到|成|为|至|在)(?P<to>.+)"
    ),
    re.compile(rf"(?P<verb>{_ZH_CHANGE})(?P<thing>.*?{ZH_NOUN})(?:的?时间)?(?:到|成|为|至)(?P<to>.+)"),
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
_SPEAKS = {
    "en": re.compile(
        rf"(?:{_MOVES}|rename|snooze|restart|extend)\b.*\b{EN_NOUN}\b"
        rf"|(?:make|set|reset) (?:the|my|this|that)\b.*\b{EN_NOUN}\b.*\b(?:instead|{_SIDE})",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"(?:把|将)?.*{ZH_NOUN}.*(?:{_ZH_CHANGE}|重命名|重新|重置|暂停|恢复)(?!我)|(?:{_ZH_CHANGE}).*{ZH_NOUN}"
    ),
}
_NOUNS = {
    "alarm": ("alarm", "闹钟"),
    "reminder": ("reminder", "提醒"),
    "timer": ("timer", "计时器"),
    "command": ("schedule", "定时任务"),
}
_NEW = frozenset(
    {"HassStartTimer", "SetAlarm", "SetReminder", "OpsSchedule", "CancelAlarm", "CancelReminder", "Cancel"}
)
_STOPS = " .!?,。！？，"  # as they are written there


def changing(text: str, language: str) -> Intent | None:
    """What of that which is kept `text` changes, and how; None: nothing, or it is not clear."""
    if language[:2] == "zh":
        found = _chinese(_ZH_POLITE.sub("", text.strip(_STOPS)))
    elif language[:2] == "en":
        found = _english(re.sub(r" please$", "", POLITE.sub("", text.strip(_STOPS))))
    else:
        return None
    if found is None:
        return None
    name, slots = found
    return Intent(name=name, slots=slots, text=text, language=language)


def changing_it(text: str, language: str, kind: str) -> Intent | None:
    """The same for what was just spoken of, a thing of that `kind`: "make it 8:30", "改到八点半"."""
    plain = text.strip(_STOPS)
    if re.search(rf"\b{EN_NOUN}\b|{ZH_NOUN}", plain, re.IGNORECASE):
        return None
    if language[:2] == "zh":
        return changing(
            f"把{_NOUNS[kind][1]}{re.sub('^(?:不[,，]?|还是|那就|它|把它)+', '', plain)}", language
        )
    named, times = re.subn(r"\b(?:it|that)\b", f"the {_NOUNS[kind][0]}", POLITE.sub("", plain), count=1)
    return changing(named, language) if times else None


def unclear(text: str, language: str) -> Unrecognized | None:
    """That `text` is about changing what is kept, in words that are not understood; None: it is not."""
    pattern = _SPEAKS.get(language[:2])
    plain = POLITE.sub("", text.strip(_STOPS))
    if pattern is None or pattern.match(plain) is None or re.search("提醒我", plain):
        return None
    return Unrecognized(reason="unclear_change", text=text)


def no_new(found: tuple[Intent, ...] | Unrecognized, text: str, language: str) -> Unrecognized | None:
    """That a change was not understood, where `found` is nothing, or something new that nobody asked for."""
    if isinstance(found, Unrecognized):
        lost = found.reason == "not_understood"
    else:
        lost = any(one.name in _NEW for one in found)
    return unclear(text, language) if lost else None


Change = tuple[str, Mapping[str, object]]


# English --------------------------------------------------------------------------------------------------
def _english(plain: str) -> Change | None:
    ways = (_snoozed_in_english, _restarted, _renamed, _instead, _held, _by_its_verb)
    return next((found for way in ways if (found := way(plain)) is not None), None)


def _snoozed_in_english(plain: str) -> Change | None:
    return _snoozed(plain, _SNOOZE, "en")


def _restarted(plain: str) -> Change | None:
    for pattern in _RESTART:
        if (found := pattern.fullmatch(plain)) and "paused" not in plain:
            which = thing(found["thing"], "en")
            if which is not None and which.kind == "timer":
                return _told(which, how="restart")
    return None


def _renamed(plain: str) -> Change | None:
    for pattern in _RENAME:
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "en")
            if which is not None and which.kind != "command":
                return _told(which, how="rename", new_name=found["name"])
    return None


def _instead(plain: str) -> Change | None:
    """What is said with "instead": "wake me up at 8 instead"."""
    found = _INSTEAD.fullmatch(plain)
    when = moment(found["to"], "en") if found is not None else None
    if found is None or when is None:
        return None
    name = "ChangeReminder" if found["verb"].casefold().startswith("remind") else "ChangeAlarm"
    return name, {"how": "move", **_towards(when)}


def _held(plain: str) -> Change | None:
    found = _PAUSE.fullmatch(plain)
    which = thing(found["thing"], "en") if found is not None else None
    if found is None or which is None or which.kind == "timer":
        return None
    return _told(which, how="pause" if found["pause"] else "resume")


def _by_its_verb(plain: str) -> Change | None:
    found = _VERB.fullmatch(plain)
    if found is None:
        return None
    verb = found["verb"].casefold()
    said = re.sub(r"^the time (?:of|for|on) ", "", found["rest"], flags=re.IGNORECASE)
    return _moved(verb, said) or _shifted(verb, said)


def _moved(verb: str, said: str) -> Change | None:
    instead = re.search(r" instead$", said, re.IGNORECASE) is not None
    said = re.sub(r" instead$", "", said, flags=re.IGNORECASE)
    if verb in ("set", "reset") and not instead:
        return None
    parts = [(said[: one.start()], one[0].strip(), said[one.end() :]) for one in _TO.finditer(said)]
    if verb == "make":
        parts = [*parts, *((head, "to", tail) for head, tail in _halves(said))]
    for head, link, tail in reversed(parts):
        if link in ("for", "at") and verb not in ("reschedule", "set", "make"):
            continue
        when, which = moment(tail, "en"), thing(head, "en")
        if when is not None and which is not None:
            return _told(which, how="move", **_towards(when))
    return None


def _halves(said: str) -> Iterator[tuple[str, str]]:
    words = said.split(" ")
    for at in range(len(words) - 1, 0, -1):
        yield " ".join(words[:at]), " ".join(words[at:])


def _shifted(verb: str, said: str) -> Change | None:
    leading = re.match(rf"(?P<side>{_SIDE}) ", said)
    found = _SHIFT.fullmatch(said[leading.end() :] if leading else said)
    if found is None:
        return None
    which = thing(re.sub(rf"(?: (?:{_SIDE}))?(?: (?:by|for))?$", "", found["thing"]), "en")
    if which is None:
        return None
    words = said.replace(found["span"] or "\0", " ").casefold()
    sign = -1 if _EARLIER.search(words) or verb == "bring" else 1
    clear = verb in ("postpone", "delay", "defer", "push", "put", "extend", "bring")
    if not clear and not (_EARLIER.search(words) or _LATER.search(words)):
        return None
    if found["span"] is None and verb not in ("postpone", "delay", "defer"):
        return None
    return _by(which, found["span"], sign, "en")


# Chinese --------------------------------------------------------------------------------------------------
def _chinese(plain: str) -> Change | None:
    ways = (
        _snoozed_in_chinese,
        _held_in_chinese,
        _moved_in_chinese,
        _shifted_in_chinese,
        _renamed_in_chinese,
    )
    return next((found for way in ways if (found := way(plain)) is not None), None)


def _snoozed_in_chinese(plain: str) -> Change | None:
    return _snoozed(plain, _ZH_SNOOZE, "zh")


def _held_in_chinese(plain: str) -> Change | None:
    for pattern, kinds, how in (
        *((one, ("timer",), "restart") for one in _ZH_RESTART),
        *((one, ("alarm", "reminder", "command"), "") for one in _ZH_PAUSE),
    ):
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "zh")
            if which is not None and which.kind in kinds:
                return _told(which, how=how or ("pause" if found["pause"] else "resume"))
    return None


def _moved_in_chinese(plain: str) -> Change | None:
    for pattern in _ZH_MOVE:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        when, which = moment(found["to"].removesuffix("响"), "zh"), thing(found["thing"], "zh")
        if when is not None and which is not None:
            more = {"or_set": True} if found["verb"] in ("调", "调整") and which.kind == "alarm" else {}
            return _told(which, how="move", **_towards(when), **more)
    return None


def _shifted_in_chinese(plain: str) -> Change | None:
    for pattern in _ZH_SHIFT:
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "zh")
            if which is not None and (found["span"] or len(found["verb"]) > 1):
                return _by(which, found["span"], 1 if found["verb"] in _ZH_LATER.split("|") else -1, "zh")
    return None


def _renamed_in_chinese(plain: str) -> Change | None:
    found = _ZH_RENAME.fullmatch(plain)
    if found is None or not re.search("名|叫", plain[found.end("thing") :]):
        return None
    which = thing(found["thing"], "zh")
    if which is None or which.kind == "command":
        return None
    return _told(which, how="rename", new_name=found["name"])


# both -----------------------------------------------------------------------------------------------------
def _snoozed(plain: str, patterns: Sequence[re.Pattern[str]], language: str) -> Change | None:
    for pattern in patterns:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        said = found.groupdict()
        if to := said.get("to"):
            when = moment(to, language)
            return None if when is None else ("Snooze", _towards(when))
        long = f"{said['more']} {said['unit']}" if said.get("more") else said.get("span")
        seconds = span(long, language) if long else None
        return "Snooze", {} if seconds is None else {"seconds": round(seconds)}
    return None


def _by(which: Thing, said: str | None, sign: int, language: str) -> Change | None:
    """Moved by a span; a timer has it added."""
    if said is None:
        return _told(which, how="shift", sign=sign)
    seconds = span(said, language)
    if seconds is None:
        return None
    if which.kind == "timer":
        return "HassIncreaseTimer" if sign > 0 else "HassDecreaseTimer", {**which.slots, **slots_of(seconds)}
    return _told(which, how="shift", sign=sign, **slots_of(seconds))


def _towards(when: Mapping[str, str]) -> dict[str, object]:
    return {f"to_{kind}": said for kind, said in when.items()}


def _told(which: Thing, **slots: object) -> Change:
    return which.intent, {**which.slots, **slots}
