"""Timers, alarms and reminders are set: what is said for them, and what is asked for."""

from dataclasses import replace
from typing import Any

from agent.core.intents import Intent
from agent.dialogue.phrases import cleaned
from agent.dialogue.timekeeping import LONGEST_NAME, LONGEST_SAID, LONGEST_TIMER, Kept
from agent.dialogue.timing.hearing import Hearing
from agent.dialogue.timing.moments import in_
from agent.engines.hours import Clock, clock

_WAKES = ("wake", "get up", "get me up", "be up", "起床", "叫我", "叫醒", "喊我")
_REPEATED = {"weekday": "weekdays", "weekend": "weekends", "weekdays": "weekdays", "weekends": "weekends"}
_SIZES = {"hours": 3600, "minutes": 60, "seconds": 1}


def seconds_of(slots: Any) -> float | None:
    """The span in the slots of a timer; None: none is said."""
    said = [(slots[key], size) for key, size in _SIZES.items() if isinstance(slots.get(key), int | float)]
    return sum(value * size for value, size in said) if said else None


def _twin(one: Kept, hearing: Hearing) -> Kept | None:
    """The same that is kept already."""
    said = (one.when, one.name, one.text)
    return next(
        (
            kept
            for kept in hearing.of(one.kind)
            if kept.id != one.id and kept.left is None and (kept.when, kept.name, kept.text) == said
        ),
        None,
    )


async def timer(intent: Intent, hearing: Hearing) -> None:
    """Set a timer."""
    seconds = seconds_of(intent.slots)
    if seconds is None:
        hearing.say("timer_how_long")
        hearing.wonder(intent, "span")
        return
    if not 1 <= seconds <= LONGEST_TIMER:
        hearing.say("timer_too_short" if seconds < 1 else "timer_too_long")
        return
    name = cleaned(intent.slots.get("name", ""), LONGEST_NAME)
    one = replace(hearing.fresh("timer", in_(seconds, hearing.now)), name=name, span=seconds)
    await hearing.keep(one)
    span = hearing.words.span(seconds)
    if name:
        hearing.say("timer_set_named", name=hearing.words.named(name), span=span)
    else:
        hearing.say("timer_set", span=span)


async def alarm(intent: Intent, hearing: Hearing) -> None:
    """Set an alarm."""
    slots = dict(intent.slots)
    name = cleaned(slots.get("alarm_name", ""), LONGEST_NAME)
    if name in _REPEATED and "date" not in slots:
        slots["every"] = _REPEATED[name]
    part = str(slots.get("time_of_day", ""))
    at = clock(str(slots.get("time", "")))
    if part and isinstance(at, Clock) and not at.sure:
        slots["time"] = f"{slots['time']} {'at night' if part == 'night' else f'in the {part}'}"
    text = intent.text.casefold()
    when = hearing.when(replace(intent, slots=slots), morning=any(word in text for word in _WAKES))
    if when is None:
        return
    fresh = replace(hearing.fresh("alarm", when), name=name)
    if (twin := _twin(fresh, hearing)) is not None:
        hearing.twin(twin)
        return
    kept = await hearing.keep(fresh)
    if name:
        hearing.twice("alarm_set_named", kept, name=hearing.words.bare(name))
    else:
        hearing.twice("alarm_set", kept)


async def reminder(intent: Intent, hearing: Hearing) -> None:
    """Set a reminder."""
    text = cleaned(intent.slots.get("text", ""), LONGEST_SAID)
    if not text:
        hearing.say("remind_of_what")
        hearing.wonder(intent, "text")
        return
    when = hearing.when(intent)
    if when is None:
        return
    fresh = replace(hearing.fresh("reminder", when), text=text)
    if (twin := _twin(fresh, hearing)) is not None:
        hearing.twin(twin)
        return
    kept = await hearing.keep(fresh)
    hearing.twice("reminder_set", kept, text=text)
