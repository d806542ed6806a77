"""A schedule while the daemon lives, and what is handed on and shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

import orjson

from agent.automations.calendar import Cron, Every, EveryDays, Held, Once, Trigger, moment_of
from agent.automations.cron import normal_form
from agent.automations.jobstore import Last, Record, packed
from agent.automations.missed import GRACE, Policy
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.sun import Place, Sun, SunEvent
from agent.errors import ConfigError

Source = Literal["config", "said"]
DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When: `cron` with its line, `every` with seconds, `at` with a date and time, `sun` with its event.

    `days` with the date and time of the first and how many days are from one to the next. `held` never comes:
    it waits to be given a time.
    """

    kind: Literal["cron", "every", "at", "days", "sun", "held"]
    text: str = ""
    offset: int = 0
    """Seconds after the sun."""
    days: tuple[int, ...] = ()
    """The days of the week on which the sun counts, Monday is 0; none: all of them."""

    def trigger(self, *, zone: tzinfo, place: Place | None, anchor: int) -> Trigger:
        """What computes its moments.

        Raises:
            ConfigError: it goes by the sun, and nobody knows where the house stands.
            ValueError: it is no crontab line, or no date.
        """
        match self.kind:
            case "cron":
                return Cron(normal_form(self.text), zone)
            case "every":
                return Every(int(self.text), anchor)
            case "at":
                return Once(moment_of(datetime.fromisoformat(self.text), zone))
            case "days":
                first, _, days = self.text.partition("/")
                return EveryDays(datetime.fromisoformat(first), int(days), zone)
            case "held":
                return Held()
            case "sun":
                if place is None:
                    raise ConfigError(f"{self.text} needs the latitude and longitude of the house")
                event: SunEvent = "sunrise" if self.text == "sunrise" else "sunset"
                return Sun(event, self.offset, place, zone, tuple(self.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A schedule as somebody wrote or said it."""

    id: str
    source: Source
    timing: Timing
    policy: Policy
    payload: Any
    """JSON."""

    @property
    def key(self) -> str:
        """Its name on disk: what was said never collides with what is written."""
        return f"{self.source}/{self.id}"

    def as_json(self) -> bytes:
        """For the disk."""
        return packed([asdict(self.timing), asdict(self.policy), self.payload])

    @classmethod
    def from_record(cls, record: Record) -> "Spec":
        """From the disk."""
        source, _, name = record.key.partition("/")
        timing, policy, payload = orjson.loads(record.spec)
        timing["days"] = tuple(timing.get("days", ()))
        kind: Source = "config" if source == "config" else "said"
        return cls(id=name, source=kind, timing=Timing(**timing), policy=Policy(**policy), payload=payload)

    @classmethod
    def from_config(cls, one: ScheduleConfig) -> "Spec":
        """From the configuration."""
        if one.cron is not None:
            timing = Timing(kind="cron", text=one.cron)
        elif one.every is not None:
            timing = Timing(kind="every", text=str(int(one.every)))
        elif one.at is not None:
            timing = Timing(kind="at", text=one.at.isoformat())
        else:
            timing = Timing(kind="sun", text=str(one.sun), offset=one.offset)
        policy = Policy(
            missed=one.missed,
            max_late=int(one.max_late),
            jitter=int(one.jitter),
            max_running=one.max_running,
        )
        return cls(id=one.id, source="config", timing=timing, policy=policy, payload=list(one.do))


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One time of one schedule, already on disk."""

    id: str
    """The same each time it is handed on: whoever acts on it refuses what he knows."""
    job: str
    source: Source
    scheduled: datetime
    """UTC."""
    late: float
    """Seconds from when it was due."""
    payload: Any
    again: bool = False
    """It was handed on before, and its end is not known."""
    missed_since: datetime | None = None
    """Where it stands for others: the oldest time that was missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A line of `hearthd jobs`."""

    id: str
    source: Source
    what: str
    """What is done, as it was written or said."""
    next: datetime | None
    last: datetime | None
    """The time for which it last ran or was left out."""
    result: str | None
    """What became of that: `done, late by 2 h 5 min`."""
    late: float
    running: int
    note: str


@dataclass(slots=True, eq=False)
class Job:
    """A schedule, how far it has come, and what of it is under way."""

    spec: Spec
    trigger: Trigger
    edition: int
    anchor: int
    reached: int
    last: Last | None = None
    next: int | None = None
    stamp: int = 0
    """Which of its entries in the queue is the current one."""
    running: int = 0
    waits: bool = False

    def due(self, scheduled: int) -> float:
        """When that time of it is really due."""
        return self.spec.policy.due(self.spec.key, scheduled)

    def record(self) -> Record:
        """For the disk."""
        return Record(
            key=self.spec.key,
            edition=self.edition,
            spec=self.spec.as_json(),
            anchor=self.anchor,
            reached=self.reached,
            last=None if self.last is None else self.last.as_json(),
        )

    def put_right(self, now: float) -> bool:
        """Start from `now` where the clock was far ahead when the schedule last ran.

        A clock put back by less makes it wait until it is past what was done.

        Returns:
            Whether that must be saved.
        """
        ahead = self.reached - now
        if isinstance(self.trigger, Every):
            if ahead > self.trigger.seconds + GRACE:
                self.anchor = self.reached = int(now)
                self.trigger = Every(self.trigger.seconds, self.anchor)
                self.edition += 1
                return True
        elif ahead > DAY and not isinstance(self.trigger, Once):
            self.reached = int(now)
        return False

    def move(self, now: float) -> None:
        """The house has another zone or place: what that makes of times before `now` was not missed."""
        if not isinstance(self.trigger, Once | Every):
            self.reached = max(self.reached, int(now))
        elif isinstance(self.trigger, Once) and self.last is not None:
            self.reached = max(self.reached, self.trigger.moment)

    def firing(self, scheduled: int, *, now: float, again: bool = False, since: int | None = None) -> Firing:
        """What is handed on."""
        at = datetime.fromtimestamp(scheduled, UTC)
        return Firing(
            id=f"{self.spec.key}@{at:%Y%m%dT%H%M%SZ}.{self.edition}",
            job=self.spec.id,
            source=self.spec.source,
            scheduled=at,
            late=max(now - self.due(scheduled), 0.0),
            payload=self.spec.payload,
            again=again,
            missed_since=None if since is None or since == scheduled else datetime.fromtimestamp(since, UTC),
        )

    def row(self) -> JobRow:
        """What is shown of it."""
        last, note = self.last, ""
        if self.next is None and isinstance(self.trigger, Once):
            note = "" if last or self.running else "it was over when it was first read"
        elif isinstance(self.trigger, Held):
            note = "paused"
        elif self.next is None:
            note = "it never comes: no such day, or the sun does not rise or set here"
        elif isinstance(self.trigger, Sun) and (days := self.trigger.days_without(self.reached, self.next)):
            note = f"the sun does not {'rise' if self.trigger.event == 'sunrise' else 'set'} for {days} days"
        return JobRow(
            id=self.spec.id,
            source=self.spec.source,
            what=purpose(self.spec.payload),
            next=None if self.next is None else datetime.fromtimestamp(self.due(self.next), UTC),
            last=None if last is None else datetime.fromtimestamp(last.scheduled, UTC),
            result=None if last is None else told(last),
            late=0.0 if last is None else last.late,
            running=self.running,
            note=note,
        )


def purpose(payload: Any) -> str:
    """What a schedule is for, in a line: what was written under `do:`, or what was said."""
    if isinstance(payload, list):
        return "; ".join(
            one if isinstance(one, str) else ", ".join(f"{key}: {value}" for key, value in one.items())
            for one in payload
        )
    if not isinstance(payload, Mapping):
        return ""
    if "rule" in payload:
        return f"sets off the rule {payload['rule']}"
    if "rest" in payload:
        return f"goes on with the {payload['rest']['kind']} {payload['rest']['who']}"
    said = payload.get("said", {})
    return str(said.get("said") or said.get("text") or said.get("name") or said.get("kind") or "")


def told(last: Last) -> str:
    """What became of a firing, in words."""
    parts: Sequence[str] = (
        last.result,
        f"late by {span_in_words(last.late)}" if last.late >= 1 else "",
        last.detail,
    )
    return ", ".join(part for part in parts if part)


def span_in_words(seconds: float) -> str:
    """Its two largest units: `2 h 5 min`."""
    left = int(seconds)
    found: list[str] = []
    for name, size in (("d", DAY), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or found:
            found.append(f"{count} {name}" if count else "")
    return " ".join(part for part in found[:2] if part) or "0 s"
