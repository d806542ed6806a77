"""Facts on the in-process bus: past tense, immutable, each knowing what led to it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from agent.core.actions import Action, Outcome, Verdict
from agent.core.home import Entity, State

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


def utc(seconds: float) -> datetime:
    """Seconds since the epoch as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
