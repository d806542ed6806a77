"""The `schedules:` section: what is done at which time, and what becomes of it when that time was missed."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from agent.automations.cron import normal_form
from agent.durations import Duration, parse
from agent.section import Section

Missed = Literal["skip", "run-once", "run-all"]
LONGEST = 366 * 86_400
KINDS = ("cron", "every", "at", "sun")


def _whole(seconds: float) -> int:
    return round(seconds)


def signed_seconds(written: object) -> int:
    """A length of time after the sun, or before it, in seconds.

    Raises:
        ValueError: it is none.
    """
    if isinstance(written, str) and written.lstrip()[:1] in ("-", "+"):
        sign, rest = written.lstrip()[0], written.lstrip()[1:]
        return -round(parse(rest)) if sign == "-" else round(parse(rest))
    if isinstance(written, int | float) and not isinstance(written, bool):
        return round(math.copysign(parse(abs(written)), written))
    return round(parse(written))


def _moment(value: object) -> object:
    """A date with its time; the configuration may have read it as one already."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d", value):
        try:
            return datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is no date and time: {error}") from None
    if isinstance(value, datetime):
        return value
    shown = repr(value) if isinstance(value, str) else str(value) if isinstance(value, date) else "this"
    raise ValueError(f"{shown} is no date with its time; one such as 2026-12-24T18:00 would be right")


def _whole_second(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str | dict) else value


Span = Annotated[Duration, Field(ge=1, le=LONGEST), AfterValidator(_whole)]
SpanOrNone = Annotated[Duration, Field(le=LONGEST), AfterValidator(_whole)]
Step = Annotated[str, Field(min_length=1)] | dict[str, Any]


class ScheduleConfig(Section):
    """One schedule. Of `cron`, `every`, `at` and `sun` it has exactly one."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["nightly-backup"])
    """What it is known by; a schedule of another id is another schedule."""
    cron: Annotated[str, AfterValidator(normal_form)] | None = Field(default=None, examples=["0 3 * * *"])
    """Five fields as in crontab(5): minute, hour, day of month, month, day of week. Local time."""
    every: Span | None = Field(default=None, examples=["5m"])
    """A span, as in `90s`, `5m`, `2h`, `1d`, counted from when the schedule was first read."""
    at: Annotated[datetime, BeforeValidator(_moment), AfterValidator(_whole_second)] | None = Field(
        default=None, examples=["2026-12-24T18:00"]
    )
    """One date and time, local unless it says its offset from UTC."""
    sun: Literal["sunrise", "sunset"] | None = None
    """Every day with the sun, where the house stands."""
    offset: Annotated[
        int, BeforeValidator(signed_seconds, json_schema_input_type=str | float), Field(ge=-86_400, le=86_400)
    ] = Field(default=0, examples=["-20m"])
    """How long after the sun; before it with a minus."""
    missed: Missed = "skip"
    """What becomes of times that passed while the daemon was away: none is made up for (`skip`), the last of
    them (`run-once`), each (`run-all`)."""
    max_late: Span = Field(default=86_400.0, examples=["1d"])
    """How late one is still made up for."""
    jitter: SpanOrNone = Field(default=0.0, examples=["2m"])
    """Spread at random over a span that begins at the time itself."""
    max_running: int = Field(default=1, ge=1, le=100)
    """How many runs of it may overlap; one more is left out, with `run-all` it waits."""
    do: Annotated[tuple[Step, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=100)]
    """What is done: a sentence, an action, or a list of them."""

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        written = [kind for kind in KINDS if getattr(self, kind) is not None]
        if not written:
            raise ValueError(f"schedule {self.id!r} has no time; one of {', '.join(KINDS)} would be right")
        if len(written) > 1:
            raise ValueError(f"schedule {self.id!r} has {' and '.join(written)}; one of them would be right")
        if self.offset and self.sun is None:
            raise ValueError(
                f"schedule {self.id!r} has an offset without sun; it belongs to sunrise or sunset"
            )
        if self.every is not None and self.jitter >= self.every:
            raise ValueError(
                f"schedule {self.id!r}: its jitter is as long as its span; a shorter one is right"
            )
        return self


def _ids_differ(schedules: Sequence[ScheduleConfig]) -> Sequence[ScheduleConfig]:
    seen: set[str] = set()
    for one in schedules:
        if one.id in seen:
            raise ValueError(
                f"two schedules have the id {one.id!r}; an id of its own for each would be right"
            )
        seen.add(one.id)
    return schedules


ScheduleConfigs = Annotated[tuple[ScheduleConfig, ...], AfterValidator(_ids_differ)]
"""The whole `schedules:` section."""
