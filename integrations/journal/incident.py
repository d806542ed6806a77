"""One incident: what is wrong, since when, how often, and what it is known from."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from agent.api import Trust
from integrations.journal.section import Severity

MOST_FIRST = 2
MOST_LAST = 3
MOST_KEY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an analyser says of one entry: something is wrong, or (`ends`) it is well again."""

    kind: str
    subject: str
    title: str = ""
    weight: int = 1
    """How often it happened, where one entry tells of several times."""
    severity: Severity | None = None
    """Where this one is worse than its kind is."""
    now: bool = False
    """It is an incident at once, however often its kind takes."""
    ends: bool = False
    believed: bool = True
    """Whether the kernel, systemd or the journal itself say so, and not some program's text."""
    key: str = ""
    """Under which key, where it is not that of its kind and subject."""
    phrase: str = ""
    """The title with places for `values`: what it is told by in other languages."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Incident:
    """Something that is wrong. Times are seconds since the epoch, of the entries."""

    key: str
    kind: str
    subject: str
    severity: Severity
    title: str
    since: float
    last: float
    count: int = 1
    first: list[str] = field(default_factory=list)
    latest: list[str] = field(default_factory=list)
    believed: bool = True
    """Whether all that made it an incident, and as bad as it is, is believed."""
    well_since: float | None = None
    """Since when it looks well again."""
    well_believed: bool = True
    """Whether that is believed."""
    open: bool = True
    ended: str = ""
    """Why it is over."""
    notified: bool = False
    """Whether somebody was sent a message; that happens once."""
    proposed: str | None = None
    """The id of the action that was asked for to help; that happens once."""
    trace: str = field(default_factory=lambda: secrets.token_hex(6))
    """Under which id it is told, logged, and found as the cause of what is done because of it."""
    phrase: str = ""
    """The title with places for `values`."""
    values: dict[str, str] = field(default_factory=dict)
    template: str = ""
    """What an ignore of it would go by, for messages that are not known."""

    def call(self, finding: Finding) -> None:
        """Take the title of `finding`, if it has one."""
        if finding.title:
            self.title, self.phrase, self.values = finding.title, finding.phrase, dict(finding.values)

    def note(self, evidence: str) -> None:
        """Keep a line as evidence: the first ones and the last ones."""
        if len(self.first) < MOST_FIRST:
            self.first.append(evidence)
        elif not self.latest or evidence != self.latest[-1]:
            self.latest.append(evidence)
            del self.latest[:-MOST_LAST]

    def body(self) -> dict[str, Any]:
        """What the bus is told."""
        return {
            "key": self.key,
            "kind": self.kind,
            "subject": self.subject,
            "severity": self.severity.value,
            "title": self.title,
            "since": _written(self.since),
            "last": _written(self.last),
            "count": max(self.count, 1),
            "evidence": [*self.first, *self.latest],
            "trust": self.trust.word,
        }

    @property
    def trust(self) -> Trust:
        """How far that can be believed which opened it, or, once it is over, which ended it."""
        believed = self.believed and (self.open or self.well_believed)
        return Trust.SYSTEM if believed else Trust.HOSTILE

    def as_json(self) -> dict[str, Any]:
        """A form that survives the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Incident":
        """The incident that `as_json` wrote."""
        return cls(**{**found, "severity": Severity(found["severity"])})


def key_of(kind: str, subject: str) -> str:
    """The key of an incident: letters, digits, points and dashes, fit for a topic."""
    text = f"{kind}-{subject}" if subject else kind
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-@") else "-" for one in text)
    return plain[:MOST_KEY].strip("-")


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
