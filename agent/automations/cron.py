"""Crontab lines: checked field by field, and put into the form in which APScheduler means the same.

crontab(5) counts weekdays from Sunday (0 and 7), APScheduler 3 from Monday. A line that restricts both the
day of the month and the day of the week fires when either fits, an APScheduler trigger when both do, so it
becomes two.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SUNDAY = 7
"""Its other number, for the end of a range."""
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand in one of the five fields."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    """Words for the numbers from `least` on."""

    @property
    def right(self) -> str:
        """What would be right."""
        words = f", or {self.names[0]} to {self.names[-1]}," if self.names else ""
        return f"a number from {self.least} to {self.most}{words} would be right"


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 7, WEEKDAYS),
)


class Crontab:
    """A crontab line over the wall clock: no zone, no summer time. Use `crontab`."""

    def __init__(self, line: str) -> None:
        minute, hour, day, month, weekday = line.split()
        sets = [_values(text, field) for text, field in zip(line.split(), FIELDS, strict=True)]
        self.every_hour = len(sets[1]) == FIELDS[1].most + 1
        """Whether it fires in each hour that passes, however the clock calls it."""
        weekdays = ",".join(WEEKDAYS[one] for one in sorted({one % 7 for one in sets[4]}))
        # A star, even with a step, does not count as a restriction: crontab(5).
        either = not day.startswith("*") and not weekday.startswith("*")
        days = (
            [(_compact(day, FIELDS[2]), "*"), ("*", weekdays)]
            if either
            else [(_compact(day, FIELDS[2]), weekdays)]
        )
        self._triggers = [
            CronTrigger(
                minute=_compact(minute, FIELDS[0]),
                hour=_compact(hour, FIELDS[1]),
                day=of_month,
                month=_compact(month, FIELDS[3]),
                day_of_week="*" if len(of_week.split(",")) == len(WEEKDAYS) else of_week,
                timezone=UTC,
            )
            for of_month, of_week in days
        ]

    def next(self, wall: datetime) -> datetime | None:
        """The first time that is not before `wall`; both are what a clock on the wall shows."""
        found = (one.get_next_fire_time(None, wall.replace(tzinfo=UTC)) for one in self._triggers)
        return min((one.replace(tzinfo=None) for one in found if one is not None), default=None)


@lru_cache(maxsize=256)
def crontab(line: str) -> Crontab:
    """The crontab of a line in its normal form; schedules of the same line share one."""
    return Crontab(line)


def normal_form(line: str) -> str:
    """`line` with one space between its fields, all small.

    Raises:
        ValueError: it is no crontab line; the text says which field is wrong and what would be right.
    """
    texts = line.lower().split()
    if len(texts) != len(FIELDS):
        names = ", ".join(field.name for field in FIELDS)
        raise ValueError(f"{line!r} has {len(texts)} fields, not 5 ({names}); '0 3 * * *' would be right")
    sets = [_values(text, field) for text, field in zip(texts, FIELDS, strict=True)]
    if texts[4].startswith("*") and all(day > DAYS[month - 1] for day in sets[2] for month in sets[3]):
        raise ValueError(f"{line!r} never comes: no such day is in {texts[3]!r}")
    return " ".join(texts)


def _values(text: str, field: Field) -> set[int]:
    """The numbers that a field stands for."""
    return {value for part in text.split(",") for value in _range(part, field)}


def _range(part: str, field: Field) -> range:
    bounds, slash, step_text = part.partition("/")
    first_text, dash, last_text = bounds.partition("-")
    if bounds == "*":
        first, last = field.least, field.most - (field.most == SUNDAY)
    else:
        first = _number(first_text, field)
        last = _number(last_text, field) if dash else first
        if dash and last == 0 and field.most == SUNDAY and first > 0:
            last = SUNDAY
    if last < first:
        right = f"{first_text}-{field.most},{field.least}-{last_text}"
        raise ValueError(f"{field.name} {part!r} runs backwards; {right!r} would be right")
    step = 1
    if slash:
        if bounds != "*" and not dash:
            right = f"{bounds}-{field.most}/{step_text}"
            raise ValueError(f"{field.name} {part!r} has a step without a range; {right!r} would be right")
        if not re.fullmatch(r"0*[1-9][0-9]{0,2}", step_text):
            raise ValueError(f"{field.name} {part!r}: {step_text!r} is no step; '{bounds}/2' would be right")
        step = int(step_text)
    return range(first, last + 1, step)


def _number(text: str, field: Field) -> int:
    if text in field.names:
        return field.names.index(text) + field.least
    if re.fullmatch(r"[0-9]{1,2}", text) and field.least <= int(text) <= field.most:
        return int(text)
    near = get_close_matches(text, field.names, n=1) if text.isalpha() else []
    raise ValueError(
        f"{text!r} is no {field.name}; " + (f"did you mean {near[0]!r}?" if near else field.right)
    )


def _compact(text: str, field: Field) -> str:
    """The field in APScheduler's words, which refuses steps that lead nowhere."""
    parts = []
    for part in text.split(","):
        values = _range(part, field)
        if part == "*":
            parts.append("*")
        elif len(values) == 1:
            parts.append(str(values[0]))
        else:
            parts.append(f"{values[0]}-{values[-1]}" + (f"/{values.step}" if values.step > 1 else ""))
    return ",".join(parts)
