"""Sentences that change what is kept: alarms, reminders, timers, schedules are moved, paused, renamed. Pure.

They are read before the templates: to these "move the alarm to 8:30" is nearly an alarm to be set. What is
about a change and cannot be understood is refused, so that nothing new ever comes of it.
"""

import re
from collections.abc import Iterator

from agent.core.intents import Intent, Unrecognized
from agent.engines.changes_in_chinese import ZH_CHANGE, ZH_POLITE, chinese
from agent.engines.later import POLITE, moment
from agent.engines.spans import NUMBER, SPAN
from agent.engines.things import EN_NOUN, ZH_NOUN, Change, by, snoozed, thing, told, towards

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
_SPEAKS = {
    "en": re.compile(
        rf"(?:{_MOVES}|rename|snooze|restart|extend)\b.*\b{EN_NOUN}\b"
        rf"|(?:make|set|reset) (?:the|my|this|that)\b.*\b{EN_NOUN}\b.*\b(?:instead|{_SIDE})",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"(?:把|将)?.*{ZH_NOUN}.*(?:{ZH_CHANGE}|重命名|重新|重置|暂停|恢复)(?!我)|(?:{ZH_CHANGE}).*{ZH_NOUN}"
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
        found = chinese(ZH_POLITE.sub("", text.strip(_STOPS)))
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


# English --------------------------------------------------------------------------------------------------
def _english(plain: str) -> Change | None:
    ways = (_snoozed_in_english, _restarted, _renamed, _instead, _held, _by_its_verb)
    return next((found for way in ways if (found := way(plain)) is not None), None)


def _snoozed_in_english(plain: str) -> Change | None:
    return snoozed(plain, _SNOOZE, "en")


def _restarted(plain: str) -> Change | None:
    for pattern in _RESTART:
        if (found := pattern.fullmatch(plain)) and "paused" not in plain:
            which = thing(found["thing"], "en")
            if which is not None and which.kind == "timer":
                return told(which, how="restart")
    return None


def _renamed(plain: str) -> Change | None:
    for pattern in _RENAME:
        if found := pattern.fullmatch(plain):
            which = thing(found["thing"], "en")
            if which is not None and which.kind != "command":
                return told(which, how="rename", new_name=found["name"])
    return None


def _instead(plain: str) -> Change | None:
    """What is said with "instead": "wake me up at 8 instead"."""
    found = _INSTEAD.fullmatch(plain)
    when = moment(found["to"], "en") if found is not None else None
    if found is None or when is None:
        return None
    name = "ChangeReminder" if found["verb"].casefold().startswith("remind") else "ChangeAlarm"
    return name, {"how": "move", **towards(when)}


def _held(plain: str) -> Change | None:
    found = _PAUSE.fullmatch(plain)
    which = thing(found["thing"], "en") if found is not None else None
    if found is None or which is None or which.kind == "timer":
        return None
    return told(which, how="pause" if found["pause"] else "resume")


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
            return told(which, how="move", **towards(when))
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
    return by(which, found["span"], sign, "en")
