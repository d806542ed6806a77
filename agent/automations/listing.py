"""Rules and schedules in lines, for `hearthd check`: when, if, and the typed plan of what is done."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.automations.compiling import ALLOW, Compiled, Found, Refused
from agent.automations.if_section import IfSection
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.when_section import AutomationSection, WhenSection
from agent.durations import told
from agent.section import Section

_LONGEST = 120
_TIMES = frozenset({"for", "within", "every", "debounce", "throttle"})
_MISSING = {
    "units": "units need the integration systemd_units",
    "notify": "messages need the integration notify",
}


def rule_lines(rule: AutomationSection, found: Found) -> list[str]:
    """`rule` with what its `do:` came to, the first line with its id."""
    marks = ("disabled",) if not rule.enabled else ("shadow",) if rule.shadow else ()
    named = f" ({_text(rule.alias)})" if rule.alias else ""
    lines = [f"{rule.id}{named}{''.join(f' [{mark}]' for mark in marks)}"]
    lines += _block("when", [awaited(one) for one in rule.when], between="or")
    lines += _block("if", [_condition(one) for one in rule.if_], between="and")
    lines += _done(found)
    bounds = [_pair(key, getattr(rule, key)) for key in ("debounce", "throttle", "count", "within")]
    return [*lines, _line("mode", ", ".join((rule.mode, *filter(None, bounds))))]


def schedule_lines(schedule: ScheduleConfig, found: Found) -> list[str]:
    """The same of a schedule."""
    keys = ("cron", "every", "at", "sun", "offset", "jitter")
    when = ", ".join(filter(None, (_pair(key, getattr(schedule, key)) for key in keys)))
    missed = "" if schedule.missed == "skip" else f", missed {schedule.missed}"
    return [schedule.id, _line("when", f"{when}{missed}"), *_done(found)]


def _done(found: Found) -> Iterator[str]:
    if isinstance(found, Compiled):
        yield from _block("do", [step.as_text() for step in found.plan], between="then")
        for need in sorted(found.needs):
            yield _line("", f"[{_missing(need)}]")
    elif isinstance(found, Refused):
        yield _line("do", f"[{len(found.wrong)} to put right]")
    else:
        yield _line("do", f"[{found.why}]")


def _missing(need: str) -> str:
    if need.startswith(ALLOW):
        unit = need.removeprefix(ALLOW)
        return f"refused until {unit} is among the units that are allowed: plugins, systemd_units, allow"
    return _MISSING.get(need, f"nothing here is known to do {need}")


def _block(name: str, texts: Sequence[str], *, between: str) -> Iterator[str]:
    for at, text in enumerate(texts):
        yield _line(name if at == 0 else between, text)


def _line(name: str, text: str) -> str:
    return f"  {name:<5} {text}"


# in words -------------------------------------------------------------------------------------------------
def awaited(when: WhenSection) -> str:
    """What a trigger waits for, in a line."""
    what = getattr(when, when.kind)
    parts = [f"{when.kind} {what if isinstance(what, str) else _section(what)}"]
    parts += [one for key in ("if_", "count", "within") if (one := _pair(key, getattr(when, key)))]
    return ", ".join(parts)


def _condition(one: IfSection) -> str:
    for word, inner in (("and", one.and_), ("or", one.or_)):
        if inner:
            return f"({f' {word} '.join(map(_condition, inner))})"
    if one.not_:
        return f"none of ({', '.join(map(_condition, one.not_))})"
    if one.template is not None:
        return _text(one.template)
    if one.sun is not None:
        return f"the sun is {one.sun}"
    (kind,) = (key for key in ("state", "numeric", "time") if getattr(one, key) is not None)
    return f"{kind} {_section(getattr(one, kind))}"


def _section(section: Section) -> str:
    """What was written in a section, key by key."""
    names = [name for name in type(section).model_fields if name in section.model_fields_set]
    return ", ".join(filter(None, (_pair(name, getattr(section, name)) for name in names)))


def _pair(name: str, value: Any) -> str:
    """`name` with its value; nothing where it says nothing."""
    key = name.rstrip("_")
    if value in (None, (), {}, 0) and not (value == 0 and key in ("above", "below")):
        return ""
    if key in _TIMES or key == "jitter":
        return f"{key} {told(value)}"
    if key == "offset":
        return (
            f"{'-' if str(value).startswith('-') else '+'}{told(abs(value))}"
            if isinstance(value, int)
            else value
        )
    if isinstance(value, tuple | list):
        return f"{key} {' or '.join(map(_text, value))}"
    if isinstance(value, dict):
        return f"{key} {', '.join(f'{_text(one)}: {_text(text)}' for one, text in value.items())}"
    return f"{key} {_text(value)}"


def _text(value: object) -> str:
    plain = f"{value:g}" if isinstance(value, float) else str(value)
    text = "".join(one if one.isprintable() else " " for one in plain)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
