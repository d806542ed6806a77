"""From the words of a time, as they stand in slots, to when something comes. Pure.

"At seven" is the next seven o'clock; what is over is refused with what would be right; what is not said is
asked for and never guessed.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from agent.dialogue.timekeeping import When
from agent.engines.hours import NOON, WHOLE_DAY, Clock, Day, Sunlight, clock, day
from agent.engines.periods import Period, period
from agent.engines.spans import span

LONGEST_WAIT = 366 * 86_400.0
SHORTEST_PERIOD = 60
_WEEK, _DAY = 604_800, 86_400
_REPEATED = (
    "every",
    "each",
    "daily",
    "weekdays",
    "weekends",
    "all days",
    "the weekend",
    "每",
    "工作日",
    "周末",
)
Next = Callable[[When, datetime], datetime | None]


@dataclass
class UnclearError(Exception):
    """What is to be told or asked instead: the key of a phrase, and what goes into it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    asks: bool = False


WHEN = ("time", "date", "every", "wait")
"""The slots that say when."""


def when_of(
    slots: Mapping[str, Any], language: str, *, now: datetime, following: Next, morning: bool = False
) -> When:
    """When the slots `time`, `date`, `every` and `wait` say that something comes.

    `now` is on the clock of the house; `following` reckons with the sun; `morning`: an hour without a half of
    the day is one of the morning.

    Raises:
        UnclearError: it is not said, is over, or cannot be.
    """
    said = {key: str(slots[key]).strip() for key in WHEN if slots.get(key)}
    wait = _wait(said, language)
    if wait is not None:
        if not 0 < wait <= LONGEST_WAIT:
            raise UnclearError("time_too_far")
        return in_(wait, now)
    if "every" in said or (
        said.get("date", "").casefold().startswith(_REPEATED) and day(said["date"]) is None
    ):
        return _repeated(said, now)
    if not said:
        raise UnclearError("when_ask", asks=True)
    if "date" in said:
        return _dated(said, now, following, morning=morning)
    at = _clock(said["time"])
    if isinstance(at, Sunlight):
        return _at_sun(at, now, following)
    hours = [at.hour % WHOLE_DAY]
    if not at.sure and 0 < at.hour <= NOON:
        hours = [at.hour % NOON] if morning else [at.hour % NOON, at.hour % NOON + NOON]
    today = now.date()
    found = [
        datetime.combine(today + timedelta(days=ahead), time(hour, at.minute))
        for ahead in (0, 1)
        for hour in hours
    ]
    wall = now.replace(tzinfo=None)
    return When(at=min(one for one in found if one > wall).isoformat(timespec="minutes"))


def in_(seconds: float, now: datetime) -> When:
    """So many `seconds` from `now`: on whole seconds, and never too early."""
    moment = math.ceil(now.timestamp() + seconds)
    return When(at=datetime.fromtimestamp(moment, UTC).isoformat())


def _wait(said: Mapping[str, str], language: str) -> float | None:
    if "wait" in said:
        return span(said["wait"], language)
    if "time" not in said:
        return None
    words = said["time"].casefold()
    for before in ("in ", "after ", "for "):
        words = words.removeprefix(before)
    for after in (" from now", " from", " later", "之后", "以后", "后"):
        words = words.removesuffix(after)
    return span(words, language)


def _clock(said: str, part: Any = None) -> Clock | Sunlight:
    found = clock(said, part=part)
    if found is None:
        raise UnclearError("time_unknown", {"said": said}, asks=True)
    return found


def _repeated(said: Mapping[str, str], now: datetime) -> When:
    every = period(said.get("every") or said["date"])
    if every is None:
        raise UnclearError("cannot_repeat")
    alone = "time" not in said and not every.days and every.apart % 7
    seconds = every.apart * _DAY if alone else every.seconds
    if seconds is not None and seconds != _WEEK:
        if "time" in said:
            raise UnclearError("cannot_repeat")
        if seconds < SHORTEST_PERIOD:
            raise UnclearError("too_often")
        return When(seconds=seconds)
    named = day(said["date"]) if "every" in said and "date" in said else None
    if "time" not in said:
        raise UnclearError("at_what_time", asks=True)
    at = _clock(said["time"], every.part or (named.part if named else None))
    if every.apart:
        return _apart(every, at, named, now)
    if every.monthly and isinstance(at, Sunlight):
        raise UnclearError("cannot_repeat")
    weekday = named.weekday if named and named.weekday is not None else now.weekday()
    days = every.days or (weekday,)
    if isinstance(at, Sunlight):
        return When(sun=at.event, offset=at.offset, days=days if len(days) < 7 else ())  # noqa: PLR2004  # a week
    hour, shift = at.hour % WHOLE_DAY, at.hour // WHOLE_DAY
    shown = f"{hour:02}:{at.minute:02}"
    if every.monthly:
        return When(of_month=named.of_month if named and named.of_month else now.day, clock=shown)
    return When(days=tuple(sorted((one + shift) % 7 for one in days)), clock=shown)


def _apart(every: Period, at: Clock | Sunlight, named: Day | None, now: datetime) -> When:
    """Every so many days: from the next time on, of its weekday if there is one."""
    if isinstance(at, Sunlight):
        raise UnclearError("cannot_repeat")
    hour, shift = at.hour % WHOLE_DAY, at.hour // WHOLE_DAY
    shown = time(hour, at.minute)
    first = now.date() + timedelta(days=shift)
    weekday = every.days[0] if every.days else named.weekday if named else None
    if weekday is not None:
        first = now.date() + timedelta(days=(weekday - now.weekday()) % 7 + shift)
    elif named is not None and named.ahead is not None:
        first += timedelta(days=named.ahead)
    if datetime.combine(first, shown) <= now.replace(tzinfo=None):
        first += timedelta(days=1 if weekday is None else 7)
    return When(apart=every.apart, since=first.isoformat(), clock=f"{shown:%H:%M}")


def _dated(said: Mapping[str, str], now: datetime, following: Next, *, morning: bool) -> When:
    named = day(said["date"])
    if named is None:
        raise UnclearError("day_unknown", {"said": said["date"]}, asks=True)
    if "time" not in said:
        raise UnclearError("at_what_time", asks=True)
    at = _clock(said["time"], named.part)
    dates = _dates(named, now)
    if isinstance(at, Sunlight):
        return _at_sun(at, now, following, since=dates[0])
    hours = [at.hour]
    today = now.date()
    if not at.sure and 0 < at.hour <= NOON:
        hours = [at.hour % NOON]
        if dates[0] == today and not morning:
            hours.append(at.hour % NOON + NOON)
        elif at.hour == NOON:
            hours = [NOON]
    wall = now.replace(tzinfo=None)
    found = [
        datetime.combine(one, time(hour % WHOLE_DAY, at.minute)) + timedelta(days=hour // WHOLE_DAY)
        for one in dates
        for hour in hours
    ]
    coming = min((one for one in found if one > wall), default=None)
    if coming is None:
        raise UnclearError("time_over", {"at": found[-1], "right": found[-1] + timedelta(days=1)})
    if coming - wall > timedelta(seconds=LONGEST_WAIT):
        raise UnclearError("time_too_far")
    return When(at=coming.isoformat(timespec="minutes"))


def _dates(named: Day, now: datetime) -> list[Any]:
    """The dates that may be meant, the next first."""
    today = now.date()
    if named.month is not None:
        found = []
        for year in (today.year, today.year + 1, today.year + 4):
            try:
                found.append(today.replace(year=year, month=named.month, day=named.of_month))
            except ValueError:
                continue
        if not found:
            raise UnclearError("day_unknown", {"said": ""}, asks=True)
        return [one for one in found if one >= today][:2]
    if named.of_month:
        return _in_some_month(named.of_month, today)
    if named.weekday is not None:
        if named.following:
            monday = today + timedelta(days=7 - today.weekday())
            return [monday + timedelta(days=named.weekday)]
        first = today + timedelta(days=(named.weekday - today.weekday()) % 7)
        return [first, first + timedelta(days=7)]
    if named.ahead is None:
        return [today, today + timedelta(days=1)]
    return [today + timedelta(days=named.ahead)]


def _in_some_month(of_month: int, today: date) -> list[Any]:
    """The next two days of that number."""
    found = []
    for ahead in range(4):
        year, month = divmod(today.month - 1 + ahead, 12)
        try:
            found.append(today.replace(year=today.year + year, month=month + 1, day=of_month))
        except ValueError:
            continue
    if not found:
        raise UnclearError("day_unknown", {"said": ""}, asks=True)
    return [one for one in found if one >= today][:2]


def _at_sun(at: Sunlight, now: datetime, following: Next, *, since: Any = None) -> When:
    start = now
    if since is not None and since != now.date():
        start = datetime.combine(since, time(), tzinfo=now.tzinfo)
    found = following(When(sun=at.event, offset=at.offset), start)
    if found is None:
        raise UnclearError("no_sun")
    return When(at=found.astimezone(UTC).isoformat())


def falls(named: Day | Period | None, at: datetime, now: datetime) -> bool:
    """Whether `at` is on a day that is spoken of."""
    if isinstance(named, Period):
        return at.weekday() in named.days
    if named is None:
        return False
    if named.weekday is not None and not named.following:
        return at.weekday() == named.weekday
    return at.date() in _dates(named, now)
