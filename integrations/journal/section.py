"""The `journal:` section."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from agent.api import AbsolutePath, Duration, EntryFilter, Section, templates

Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
DAY = 86_400.0
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Severity(StrEnum):
    """How bad an incident is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(Severity).index(self)


def _checked(match: dict[str, str]) -> dict[str, str]:
    for field, source in match.items():
        if not re.fullmatch(r"[A-Z0-9_]{1,64}", field):
            raise ValueError(f"{field!r:.80} is no field of the journal; 'MESSAGE' would be one")
        try:
            templates.pattern(source)
        except templates.RefusedError as error:
            raise ValueError(str(error)) from None
    return match


class Chosen(Section):
    """Some entries; everything that is given must fit."""

    unit: Pattern | None = None
    """The unit that wrote it, or that systemd wrote it about; `*` stands for anything."""
    match: dict[str, str] = Field(default_factory=dict, max_length=10)
    """A regular expression for each of some fields, as in MESSAGE."""

    @field_validator("match")
    @classmethod
    def _check_match(cls, match: dict[str, str]) -> dict[str, str]:
        return _checked(match)


class Told(Chosen):
    """Entries that are told to other integrations, beside those that rules wait for."""

    priority: Priority = "debug"
    """At least as bad as this."""

    def as_filter(self) -> EntryFilter:
        """The same, as rules say it."""
        return EntryFilter(unit=self.unit, priority=PRIORITIES.index(self.priority), match=self.match)


class Ignore(Chosen):
    """Entries in which nothing is looked for, but for what cannot be muted."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.unit is None and not self.match:
            raise ValueError("one of 'unit', 'match' is needed: it would hide everything")
        return self

    def as_filter(self) -> EntryFilter:
        """The same, as rules say it."""
        return EntryFilter(unit=self.unit, match=self.match)


class Threshold(Section):
    """When something is an incident, and when it is over."""

    count: int | None = Field(default=None, ge=1, le=1_000_000)
    """How often it has to happen."""
    within: Duration | None = None
    """In how long a time."""
    quiet: Duration | None = None
    """How long it must not happen until the incident is over."""
    severity: Severity | None = None
    """How bad it is: info, warning, error or critical."""


class Canary(Section):
    """An entry of our own, written to be heard: silence is not health."""

    every: Duration = Field(default=600.0, le=DAY)
    """How often; 0 writes none."""
    within: Duration = Field(default=30.0, gt=0)
    """How long it may take to come back."""
    socket: AbsolutePath = Path("/run/systemd/journal/socket")
    """Where entries are written to."""


class Unusual(Section):
    """What counts as unusual in messages that no rule of ours knows."""

    learn: Duration = DAY
    """How long a unit is listened to before something of it is new."""
    novel: Priority = "err"
    """A message that was never seen is an incident if it is at least as bad as this."""
    burst: int = Field(default=300, ge=10)
    """A message is bursting if it comes more often than this in a minute ..."""
    factor: float = Field(default=10.0, ge=2)
    """... and so many times more often than is usual for it ..."""
    burst_priority: Priority = "warning"
    """... and is at least as bad as this."""
    flaps: int = Field(default=6, ge=3)
    """How often something goes to and fro (up and down, found and lost) to be flapping ..."""
    flaps_within: Duration = Field(default=600.0, gt=0)
    """... in how long a time."""


_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([BKMGT]?)", re.ASCII)


def bytes_of(size: str) -> int:
    """The bytes that a size stands for, as journalctl reads it: `500M`.

    Raises:
        ValueError: it is none.
    """
    match = _SIZE.fullmatch(size)
    if match is None or not float(match[1]):
        raise ValueError(f"{size!r:.40} is no size; 500M would be right")
    factor: int = 1024 ** " KMGT".index(match[2].strip("B") or " ")
    return round(float(match[1]) * factor)


class Vacuum(Section):
    """How far `journal.vacuum` may delete old entries."""

    least: str | None = None
    """The size that is always kept, as in 500M, proposed when the disk is full; null deletes nothing."""
    within: Duration = Field(default=60.0, gt=0, le=3600)
    """How long it may take."""

    @field_validator("least")
    @classmethod
    def _check_least(cls, least: str | None) -> str | None:
        if least is not None:
            bytes_of(least)
        return least


class Settings(Section):
    """What is listened to, told, ignored."""

    directory: AbsolutePath | None = None
    """A folder with journal files, instead of the machine's own journal."""
    units: tuple[Pattern, ...] = ()
    """Only entries of these units are looked at, but for what cannot be muted; `*` stands for anything."""
    priority: Priority = "debug"
    """Only entries at least as bad as this are looked at, but for what cannot be muted."""
    match: dict[str, str] = Field(default_factory=dict, max_length=10)
    """Only entries in which each of these fields fits its regular expression, with the same exception."""
    tell: dict[str, Told] = Field(default_factory=dict)
    """Entries for other integrations, beside those that rules wait for, by a name of your own."""
    ignore: dict[str, Ignore] = Field(default_factory=dict)
    """Entries in which nothing is looked for, but for what cannot be muted, by a name of your own."""
    floors: tuple[str, ...] = ()
    """Kinds of incidents that cannot be muted, beside those of which that is always true."""
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    """By kind of incident, instead of the default."""
    unusual: Unusual = Unusual()
    """What is found in messages that are not known."""
    canary: Canary = Canary()
    """How we see that we hear."""
    vacuum: Vacuum = Vacuum()
    """Whether and how far old entries may be deleted."""
    propose: Literal["never", "tell", "ask"] = "tell"
    """Whether an incident names what may help, and whether it is asked for at once, as the policy says."""
    tasks: dict[str, str] = Field(default_factory=dict)
    """By kind of incident, the task that may help, as in certificate: renew-certificates."""
    notify: Severity | Literal["never"] = Severity.WARNING
    """The least bad incident of which somebody gets a message."""
    to: tuple[str, ...] = ()
    """Who gets it, as the integration notify knows them; none named: whoever is its default."""

    @field_validator("match")
    @classmethod
    def _check_match(cls, match: dict[str, str]) -> dict[str, str]:
        return _checked(match)

    @model_validator(mode="after")
    def _check_kinds(self) -> Self:
        from integrations.journal.kinds import KINDS

        for name in (*self.thresholds, *self.floors, *self.tasks):
            if name not in KINDS:
                raise ValueError(f"{name!r:.80} is no kind of incident; there are {', '.join(KINDS)}")
        return self
