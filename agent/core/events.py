"""Facts on the in-process bus: past tense, immutable, each knowing what led to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from agent.core.actions import Action, Outcome, Trust, Verdict
from agent.core.home import Entity, State
from agent.core.intents import Reply

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `cause` is the trace id of what led to it, empty for none."""

    number: int = field(default_factory=lambda: next(_numbers))
    at: datetime
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAdded(Event):
    """An entity became known, or its description changed."""

    entity: Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRemoved(Event):
    """An entity is no longer announced."""

    entity: Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """An entity reported something new. `replayed`: the report is a retained one, not news."""

    entity: str
    old: State
    new: State
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReceived(Event):
    """Somebody asked for an action."""

    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Event):
    """The policy ruled on one step of an action."""

    action: Action
    target: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChanged(Event):
    """A step of an action went on to its next status."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChanged(Event):
    """The list of actions that wait for approval is another one now."""

    pending: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConnected(Event):
    """The broker answered. `resumed`: it kept our session, and may now deliver what it stored."""

    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLost(Event):
    """The broker is gone."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRefused(Event):
    """A message on a topic of ours was longer than any may be; nobody was shown it."""

    topic: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWent(Event):
    """A rule went off: it `ran`, `failed`, or `would have` done what `words` say."""

    rule: str
    because: str
    came: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReported(Event):
    """A task ended; `body` is as much of that as may be told."""

    task: str
    id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    """A timer, an alarm or a reminder has come. `id` is the same if a restart makes it ring again."""

    id: str
    kind: str
    name: str
    text: str
    """What is to be said, in `language`."""
    language: str
    due: datetime
    late: float
    """Seconds from when it was due."""
    area: str | None
    """Where it was asked for."""
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersChanged(Event):
    """What was said and is still to come is another list now, what is next first."""

    timers: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalWritten(Event):
    """An entry of the journal. `replayed`: it was written before we began to listen."""

    fields: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged(Event):
    """A systemd unit went from one state to another. `old` is None where it was not known before."""

    unit: str
    old: str | None
    new: str
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged(Event):
    """An incident was opened or closed, or goes on (`news` false: only its count or evidence is another).

    `trust` is that of what it was known from: hostile where that is text that some program wrote.
    """

    key: str
    severity: str
    open: bool
    title: str = ""
    count: int = 1
    news: bool = True
    replayed: bool = False
    trust: Trust = Trust.HOSTILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(Event):
    """What a reply said would follow is there: `reply`, for whoever waits for that in its session."""

    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCalled(Event):
    """Somebody called a web address of ours; `trust` says how far they were known."""

    id: str
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    trust: Trust = Trust.HOSTILE


def utc(seconds: float) -> datetime:
    """Seconds since the epoch as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
