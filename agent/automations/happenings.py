"""What can set a rule off beside a message and a state: the journal, units, incidents, calls from the web."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.core.actions import Trust
from agent.core.events import StateChanged
from agent.mqtt.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalWritten:
    """An entry of the journal. `replayed`: it was written before we began to listen."""

    fields: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged:
    """A systemd unit went from one state to another. `old` is None where it was not known before."""

    unit: str
    old: str | None
    new: str
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged:
    """An incident was opened or closed, or goes on (`news` false: only its count or evidence is another)."""

    key: str
    severity: str
    open: bool
    title: str = ""
    count: int = 1
    news: bool = True
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCalled:
    """Somebody called a web address of ours; `trust` says how far they were known."""

    id: str
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    trust: Trust = Trust.HOSTILE


Happening = Message | StateChanged | JournalWritten | UnitChanged | IncidentChanged | WebhookCalled
