"""Which of the things that are kept somebody means, by Home Assistant's rules for timers. Pure.

A name counts first, then a place, then what a timer was set for or has left. Of several that fit, those of
the speaker's area count; who is still in doubt asks.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz

from agent.core.intents import Intent
from agent.dialogue.timekeeping import Kept
from agent.dialogue.timing.moments import UnclearError, falls
from agent.dialogue.timing.words import remaining
from agent.engines.hours import NOON, Clock, clock, day, part_of
from agent.engines.periods import period
from agent.engines.spans import span

_ALL = re.compile(
    r"\b(?:all|every|any|both|everything|(?:alarm|reminder|schedule|timer|task|job)s)\b|所有|全部|全|都|每个",
    re.IGNORECASE,
)
_LAST = re.compile(r"\b(?:last|latest)\b|最后|上一个|刚才|刚刚", re.IGNORECASE)
_NEXT = re.compile(r"\b(?:next|first)\b|下一个|第一个", re.IGNORECASE)
_NO_NAMES = frozenset(
    {
        "a moment",
        "a minute",
        "a second",
        "a while",
        "a bit",
        "now",
        "me",
        "set",
        "running",
        "current",
        "active",
    }
)
_WORD = re.compile(r"[\w']+")
_PLACES = (r"\bfirst\b|第一", r"\bsecond\b|第二", r"\bthird\b|第三", r"\bfourth\b|第四")
_LEAST_ALIKE = 80
_PARTS = ((4, "night"), (NOON, "morning"), (18, "afternoon"), (22, "evening"), (24, "night"))
"""Until which hour which part of the day is."""
_SLACK = 30
"""Seconds by which what is left of a timer may differ from what is said of it."""
_EMPTY = frozenset(
    {
        "the",
        "a",
        "an",
        "my",
        "to",
        "of",
        "for",
        "about",
        "one",
        "timer",
        "alarm",
        "reminder",
        "schedule",
        "please",
    }
)


def means_all(text: str) -> bool:
    """Whether every one is meant."""
    return _ALL.search(text) is not None


def timers(
    intent: Intent,
    kept: Sequence[Kept],
    *,
    now: datetime,
    area: str | None,
    area_of: Callable[[str], str | None],
) -> tuple[Kept, ...]:
    """The timers that are meant: none, the one, or several that fit as well as each other.

    `area` is the id of the speaker's; `area_of` finds the id of one that is named.
    """
    slots, found = intent.slots, tuple(kept)
    name = str(slots.get("name", "")).strip().casefold()
    if name and name not in _NO_NAMES:
        found = _called(name, found)
    if place := slots.get("area"):
        there = area_of(str(place))
        placed = tuple(one for one in found if there is not None and one.area == there)
        found = placed or _called(str(place).casefold(), found)
    if seconds := _started(slots):
        by_start = tuple(one for one in found if round(one.span) == seconds)
        found = by_start or tuple(one for one in found if abs(remaining(one, now) - seconds) <= _SLACK)
    if len(found) > 1 and area is not None and "area" not in slots:
        found = tuple(one for one in found if one.area == area) or found
    return found


def meant(intent: Intent, kept: Sequence[Kept], *, now: datetime) -> tuple[Kept, ...]:
    """The alarms, reminders or commands that are meant."""
    slots, found = intent.slots, tuple(kept)
    words = str(slots.get("text") or slots.get("task") or slots.get("alarm_name") or "").strip()
    if words and intent.name != "OpsListSchedules":
        found = _called(words.casefold(), found)
    if said := slots.get("time"):
        found = _at(str(said), str(slots.get("time_of_day", "")), found, now)
    if said := slots.get("date"):
        named = day(str(said)) or period(str(said))
        try:
            found = tuple(
                one for one in found if one.due and falls(named, one.due.astimezone(now.tzinfo), now)
            )
        except UnclearError:
            found = ()
    elif slots.get("time_of_day") and not slots.get("time"):
        part = part_of(str(slots["time_of_day"]))
        found = tuple(one for one in found if one.due and _part(one.due.astimezone(now.tzinfo)) == part)
    if len(found) > 1 and _LAST.search(intent.text):
        return (max(found, key=lambda one: (one.due or now, one.id)),)
    if len(found) > 1 and _NEXT.search(intent.text):
        return found[:1]
    return found


def picked(
    text: str, options: Sequence[Kept], labels: Mapping[str, str], *, now: datetime
) -> tuple[Kept, ...]:
    """Which of `options` an answer names; none if it names none. `labels`: what each was called by its id."""
    said = text.strip().strip(".!?。").casefold()
    if re.fullmatch(r"(?:all|both|every)(?: of them| one)?|都|全部|所有|两个都", said):
        return tuple(options)
    if re.search(r"\blast\b|最后", said):
        return (options[-1],)
    place = next((at for at, one in enumerate(_PLACES) if re.search(one, said)), len(options))
    if place < len(options):
        return (options[place],)
    ways = (_long(said, options, now), _at(said, "", options, now), _called(said, options))
    alone = next((found for found in ways if len(found) == 1), ())
    return (
        alone
        or tuple(one for one in options if (label := labels.get(one.id)) and label.casefold() in said)[:1]
    )


def _long(said: str, options: Sequence[Kept], now: datetime) -> tuple[Kept, ...]:
    """The timers that were set for that long, or have that much left."""
    long = span(re.sub(r"^(?:the|my)\s+|\s*(?:one|timer)$|的?(?:那个|计时器)?$", "", said), "en")
    if long is None:
        return ()
    return tuple(one for one in options if one.span == long or abs(remaining(one, now) - long) <= _SLACK)


def _called(said: str, kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """Those of that name: exactly, else with its words, else nearly."""
    exact = tuple(one for one in kept if said in (one.name.casefold(), one.text.casefold()))
    if exact:
        return exact
    words = _words(said)
    if words:
        within = tuple(one for one in kept if words <= _words(_described(one)))
        if within:
            return within
    if not said.isascii():
        bare = re.sub("的|那个|这个|计时器|闹钟|提醒|我|一个", "", said)
        return tuple(
            one for one in kept if bare and (bare in _described(one) or (one.name and one.name in said))
        )
    named = tuple(one for one in kept if one.name and _words(one.name) & words)
    if named:
        return named
    return tuple(
        one for one in kept if fuzz.ratio(said, one.name.casefold() or one.text.casefold()) >= _LEAST_ALIKE
    )


def _described(one: Kept) -> str:
    """Every word that is known of it."""
    names = (str(slot) for intent in one.intents for slot in dict(intent.get("slots", {})).values())
    return " ".join((one.name, one.text, one.said, *names)).casefold()


def _words(text: str) -> set[str]:
    words = (word.removesuffix("'s") for word in _WORD.findall(text.casefold()))
    return {word.removesuffix("s") if len(word) > 3 else word for word in words if word not in _EMPTY}  # noqa: PLR2004


def _started(slots: Mapping[str, Any]) -> int:
    sizes: Iterable[tuple[str, int]] = (("start_hours", 3600), ("start_minutes", 60), ("start_seconds", 1))
    return round(
        sum(float(slots[key]) * size for key, size in sizes if isinstance(slots.get(key), int | float))
    )


def _at(said: str, part: str, kept: Sequence[Kept], now: datetime) -> tuple[Kept, ...]:
    wanted = clock(said, part=part_of(part) if part else None)
    if not isinstance(wanted, Clock):
        return ()
    found = []
    for one in kept:
        if one.due is None:
            continue
        local = one.due.astimezone(now.tzinfo)
        hours = local.hour % NOON == wanted.hour % NOON if not wanted.sure else local.hour == wanted.hour % 24
        if hours and local.minute == wanted.minute:
            found.append(one)
    return tuple(found)


def _part(at: datetime) -> str:
    return next(part for until, part in _PARTS if at.hour < until)
