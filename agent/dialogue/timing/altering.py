"""What is kept is moved, shifted, renamed, paused, resumed, started again, or put off once it has rung."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from agent.core.intents import Intent
from agent.dialogue.phrases import cleaned
from agent.dialogue.timekeeping import LONGEST_NAME, LONGEST_SAID, LONGEST_TIMER, Kept, When
from agent.dialogue.timing.hearing import Hearing
from agent.dialogue.timing.moments import UnclearError, in_, when_of
from agent.dialogue.timing.setting import seconds_of
from agent.dialogue.timing.words import remaining
from agent.engines.hours import NOON, WHOLE_DAY, Clock, Sunlight, clock, day
from agent.engines.spans import span

SNOOZED = 540.0
"""Seconds for which what rings is put off where nobody says how long."""
_AGAIN = "-again"
_DAY = 86_400
_TO = {"to_time": "time", "to_date": "date", "to_every": "every", "to_wait": "wait"}


async def alter(intent: Intent, one: Kept, hearing: Hearing) -> None:
    """Change `one` as `intent` says.

    Raises:
        ActionError: it cannot be reckoned.
        TransientError: it cannot be stored.
    """
    slots = intent.slots
    match slots.get("how"):
        case "rename":
            name = cleaned(
                slots.get("new_name", ""), LONGEST_SAID if one.kind == "reminder" else LONGEST_NAME
            )
            named = replace(one, text=name) if one.kind == "reminder" else replace(one, name=name)
            _told(await hearing.keep(named, before=one), hearing)
        case "restart":
            await restart(one, hearing)
        case "pause" | "resume" as how:
            await _held(one, hearing, hold=how == "pause")
        case _ if one.kind == "timer":
            await _timer(intent, one, hearing)
        case "shift" if seconds_of(slots) is None:
            hearing.say("timer_how_long")
            hearing.wonder(intent, "span", options=(one,))
        case _:
            when = _when(intent, one, hearing)
            if when is not None:
                _told(await hearing.keep(replace(one, when=when, span=0.0), before=one), hearing)


async def restart(one: Kept, hearing: Hearing) -> None:
    """Start a timer again, from the length it was set for; also one that is over."""
    known = any(kept.id == one.id for kept in hearing.keeper.kept())
    again = one if known else replace(one, id=hearing.fresh("timer", one.when).id)
    again = replace(again, when=in_(one.span, hearing.now), left=None)
    await hearing.keep(again, before=one if known else None)
    hearing.say("timer_restarted", timer=hearing.words.timer(one), span=hearing.words.span(one.span))


async def snooze(intent: Intent, hearing: Hearing) -> None:
    """Have what rang last ring again.

    Raises:
        ActionError: there is too much already.
        TransientError: it cannot be stored.
    """
    rung = [one for one in hearing.keeper.rung() if one.area == hearing.utterance.area]
    last = (rung or hearing.keeper.rung())[-1:]
    if not last:
        hearing.say("nothing_rang")
        return
    slots = {_TO[slot]: value for slot, value in intent.slots.items() if slot in _TO}
    if slots:
        when = hearing.when(replace(intent, slots=slots))
        if when is None:
            return
    else:
        when = in_(float(intent.slots.get("seconds") or SNOOZED), hearing.now)
    one = last[0]
    again = f"{one.id.removesuffix(_AGAIN)}{_AGAIN}"
    before = next((kept for kept in hearing.keeper.kept() if kept.id == again), None)
    fresh = replace(hearing.fresh(one.kind, when), id=again, name=one.name, text=one.text, span=one.span)
    kept = await hearing.keep(fresh, before=before)
    hearing.twice("snoozed", kept)


# timers ---------------------------------------------------------------------------------------------------
async def _timer(intent: Intent, one: Kept, hearing: Hearing) -> None:
    """Have a timer take another time from now on, or end at a time of the clock."""
    slots = intent.slots
    seconds = span(str(slots.get("to_wait", "")), hearing.utterance.language)
    if seconds is not None:
        if not 1 <= seconds <= LONGEST_TIMER:
            hearing.say("timer_too_short" if seconds < 1 else "timer_too_long")
            return
        when, left = in_(seconds, hearing.now), None if one.left is None else seconds
        changed = replace(one, when=when, left=left, span=seconds)
    else:
        found = hearing.when(
            replace(intent, slots={_TO[key]: value for key, value in slots.items() if key in _TO})
        )
        if found is None:
            return
        changed = replace(one, when=found, left=None)
    kept = await hearing.keep(changed, before=one)
    left = remaining(kept, hearing.now) if seconds is None else seconds
    key = "timer_left" if kept.left is None else "timer_left_paused"
    hearing.say(key, timer=hearing.words.timer(kept), span=hearing.words.left(left))


# alarms, reminders, schedules -----------------------------------------------------------------------------
async def _held(one: Kept, hearing: Hearing, *, hold: bool) -> None:
    """Let `one` wait until it is told to go on, or let it."""
    if (one.left is not None) == hold:
        _told(one, hearing, "kept_already_paused" if hold else "kept_runs")
        return
    if (
        not hold
        and one.when.at
        and datetime.fromisoformat(one.when.at).replace(tzinfo=None) <= _wall(one, hearing)
    ):
        hearing.say("kept_over_meanwhile")
        return
    kept = await hearing.keep(replace(one, left=0.0 if hold else None), before=one)
    _told(kept, hearing, "kept_paused" if hold else "kept_resumed")


def _wall(one: Kept, hearing: Hearing) -> datetime:
    """Now, on the clock in which the moment of `one` is written down."""
    zone = datetime.fromisoformat(one.when.at).tzinfo
    return (hearing.now if zone is None else hearing.now.astimezone(zone)).replace(tzinfo=None)


def _told(kept: Kept, hearing: Hearing, key: str = "kept_changed") -> None:
    if key in ("kept_paused", "kept_already_paused"):
        kept = replace(kept, left=None)
    aloud, shown = (hearing.labels([kept], aloud=spoken)[0] for spoken in (True, False))
    words = hearing.words
    hearing.tell(words.both(words.said(key, what=aloud), words.said(key, what=shown)))


def _when(intent: Intent, one: Kept, hearing: Hearing) -> When | None:
    """When `one` is to come now; None: what is wrong with that was told."""
    slots = intent.slots
    to = {_TO[slot]: str(value) for slot, value in slots.items() if slot in _TO}
    try:
        if slots.get("how") == "shift":
            seconds = seconds_of(slots) or 0.0
            return _shifted(one, seconds * (-1 if slots.get("sign") == -1 else 1), hearing.now)
        return _moved(one, to, hearing)
    except UnclearError as error:
        # What it is to be asked for is the new time, so the answer would have to say that it is one.
        hearing.unclear(replace(error, asks=False), intent)
        return None


def _shifted(one: Kept, seconds: float, now: datetime) -> When:
    when = one.when
    if when.sun:
        return replace(when, offset=when.offset + int(seconds))
    if when.clock:
        hour, _, minute = when.clock.partition(":")
        total = int(hour) * 3600 + int(minute) * 60 + int(seconds)
        shift, rest = divmod(total, _DAY)
        shown = f"{rest // 3600:02}:{rest % 3600 // 60:02}"
        if when.of_month and shift:
            raise UnclearError("unclear_change")
        since = (date.fromisoformat(when.since) + timedelta(days=shift)).isoformat() if when.since else ""
        days = tuple(sorted((one + shift) % 7 for one in when.days))
        return replace(when, clock=shown, days=days, since=since)
    if when.seconds or one.due is None:
        raise UnclearError("unclear_change")
    moved = one.due + timedelta(seconds=seconds)
    if moved <= now:
        raise UnclearError("cannot_be_earlier")
    return When(at=moved.astimezone(UTC).isoformat())


def _moved(one: Kept, to: Mapping[str, str], hearing: Hearing) -> When:
    when, now = one.when, hearing.now
    due = None if one.due is None else one.due.astimezone(now.tzinfo)
    if when.repeats and set(to) == {"time"}:
        return _at_another_hour(when, to["time"])
    if "every" in to or when.repeats:
        return _again(when, to, hearing)
    if set(to) == {"date"} and due is not None:
        to = {**to, "time": f"{due:%H:%M}"}
    elif set(to) == {"time"} and due is not None:
        at = clock(to["time"])
        if isinstance(at, Clock):
            return _same_day(at, due, now)
    return when_of(to, hearing.utterance.language, now=now, following=hearing.keeper.next_of)


def _again(when: When, to: Mapping[str, str], hearing: Hearing) -> When:
    """Another rhythm, or another weekday, at the same time if there is no other."""
    said: dict[str, Any] = dict(to)
    if "every" not in said:
        named = day(said.get("date", ""))
        if named is None or named.weekday is None or "wait" in said:
            raise UnclearError("unclear_change")
        said["every"] = said.pop("date")
    sunlit = "time" not in said and bool(when.sun)
    if "time" not in said and (when.clock or when.sun):
        said["time"] = when.clock or when.sun
    found = when_of(said, hearing.utterance.language, now=hearing.now, following=hearing.keeper.next_of)
    return replace(found, offset=when.offset) if sunlit else found


def _at_another_hour(when: When, said: str) -> When:
    at = clock(said)
    if at is None:
        raise UnclearError("time_unknown")
    if isinstance(at, Sunlight):
        if when.of_month or when.apart:
            raise UnclearError("cannot_repeat")
        return When(sun=at.event, offset=at.offset, days=when.days)
    hour = at.hour
    if not at.sure:
        before = int(when.clock[:2]) if when.clock else 0
        hour = min((at.hour % NOON, at.hour % NOON + NOON), key=lambda one: abs(one - before))
    if hour >= WHOLE_DAY and (when.of_month or when.apart):
        raise UnclearError("unclear_change")
    shown = f"{hour % WHOLE_DAY:02}:{at.minute:02}"
    if when.sun or when.seconds:
        return When(days=when.days or tuple(range(7)), clock=shown)
    days = tuple(sorted((one + hour // WHOLE_DAY) % 7 for one in when.days))
    return replace(when, clock=shown, days=days)


def _same_day(at: Clock, due: datetime, now: datetime) -> When:
    """That hour of the day on which it was to come, the one that is nearer to what it was."""
    hours: Sequence[int] = (
        (at.hour,) if at.sure or at.hour > NOON else (at.hour % NOON, at.hour % NOON + NOON)
    )
    wall, was = now.replace(tzinfo=None), due.replace(tzinfo=None)
    for ahead in (0, 1):
        found = [
            datetime.combine(
                was.date() + timedelta(days=ahead + hour // WHOLE_DAY), time(hour % WHOLE_DAY, at.minute)
            )
            for hour in hours
        ]
        coming = [one for one in found if one > wall]
        if coming:
            return When(at=min(coming, key=lambda one: abs(one - was)).isoformat(timespec="minutes"))
    raise UnclearError("time_over", {"right": due})
