"""What is configured under `plugins: notify:`, and the words for how urgent a message is."""

from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, model_validator

from agent.api import Duration, Section

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
DAY = 86_400.0


class Severity(StrEnum):
    """How urgent a message is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Higher is more urgent."""
        return list(Severity).index(self)


class Quiet(Section):
    """A part of the day in which somebody wants to hear nothing."""

    start: time
    """Local time it begins, as 22:30."""
    end: time
    """Local time it ends; before `start` if it runs over midnight."""

    def over(self, now: datetime, zone: tzinfo | None) -> datetime | None:
        """When the quiet that holds at `now` is over; None if none does. Without a `zone`: the machine's."""
        local = now.astimezone(zone)
        at = local.time()
        within = self.start <= at < self.end
        if self.start > self.end:
            within = at >= self.start or at < self.end
        if not within:
            return None
        day = local.date() + timedelta(days=1 if at >= self.end else 0)
        ending = datetime.combine(day, self.end)
        # Without a zone of its own the wall time is the machine's, with the offset of that day.
        return ending.replace(tzinfo=zone) if zone is not None else ending.astimezone()


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


class Recipient(Section):
    """Somebody who gets messages."""

    urls: Annotated[tuple[SecretStr, ...], BeforeValidator(_listed)] = Field(default=(), max_length=16)
    """Where to: addresses in the form of apprise, as in ntfy://host/topic; better not here: !secret ada_ntfy.
    None at all: on the bus only."""
    quiet: Quiet | None = None
    """When messages wait, but for kinds that are never muted."""
    minimum: Severity = Severity.INFO
    """The least urgent that is sent at all, but for kinds that are never muted."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for number, url in enumerate(self.urls, 1):
            scheme, found, rest = url.get_secret_value().partition("://")
            if not (found and rest and scheme.isascii() and scheme.replace("+", "").isalnum()):
                raise ValueError(
                    f"address {number} is none; one as in ntfy://ntfy.example.org/hall is needed"
                )
        if len({url.get_secret_value() for url in self.urls}) < len(self.urls):
            raise ValueError("an address is there twice")
        return self


class Digest(Section):
    """What is collected and sent as one message."""

    every: Annotated[Duration, Field(gt=0, le=DAY)] | None = None
    """How long is collected, from the first message on, as in 15m; null: nothing is collected."""
    severity: Severity = Severity.INFO
    """The most urgent that is collected."""
    kinds: tuple[Kind, ...] = ()
    """The kinds that are collected; none named: all."""


class Limit(Section):
    """How much one person gets."""

    most: int = Field(default=20, ge=1, le=10_000)
    """Messages, at most; what is above comes later as one, with "... and 12 more"."""
    within: Duration = Field(default=3600.0, gt=0, le=DAY)
    """The span they are counted over."""


class Updates(Section):
    """What becomes of messages with the same key."""

    every: Duration = Field(default=600.0, ge=0, le=DAY)
    """A changed text is sent at most so often, the newest of them; a more urgent one at once."""
    forget: Duration = Field(default=DAY, gt=0, le=7 * DAY)
    """The same text is sent again after so long."""


class Settings(Section):
    """What the user configures under `plugins: notify:`."""

    to: dict[Name, Recipient] = Field(default_factory=dict, max_length=100)
    """Who gets messages, by a name of your own."""
    default: tuple[Name, ...] = ()
    """Who gets what is addressed to nobody; none named: everybody."""
    digest: Digest = Digest()
    """What is collected and sent as one message."""
    never_muted: tuple[Kind, ...] = ("safety", "security")
    """Kinds that no quiet, minimum, digest or limit holds back."""
    limit: Limit = Limit()
    """How much one person gets."""
    updates: Updates = Updates()
    """What becomes of messages with the same key."""
    keep: Duration = Field(default=21_600.0, gt=0, le=7 * DAY)
    """How long a message is tried to be sent."""
    timeout: Duration = Field(default=15.0, gt=0, le=300)
    """How long a server may take before it is called silent."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.default:
            if name not in self.to:
                raise ValueError(f"'default' names {name!r}, who is not in 'to'")
        return self
