"""The machine as a trigger: its journal, its units, its incidents, and calls from the web. Pure.

Of an entry of the journal only the fields with a leading underscore are believed: the rest is what the writer
wants it to be. Of a call from the web, the caller is believed as far as it was known, its text never.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from agent.automations.fired import Answer, Fired, NotFired
from agent.automations.templates import NOBODY, Template
from agent.automations.when_section import IncidentWhen, JournalWhen, UnitWhen, WebhookWhen
from agent.automations.world import either, shown
from agent.core.actions import Trust
from agent.core.events import IncidentChanged, JournalWritten, UnitChanged, WebhookCalled
from agent.mqtt.message import Message
from agent.redaction import redacted
from agent.templates import Purse, RefusedError, pattern

PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
LONGEST_MATCHED = 8_192
"""Letters of a journal field that a regular expression is tried on."""
_SEVERITIES = {"critical": "crit", "error": "err", "warn": "warning", **{one: one for one in PRIORITIES}}
_UNIT_FIELDS = ("_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT")


@dataclass(frozen=True, slots=True)
class JournalTrigger:
    """Fires at an entry of the journal."""

    section: JournalWhen
    template: Template | None = None

    def see(self, entry: JournalWritten, /, *, echo: bool = False) -> Answer:
        """What an entry means to it; `echo`: we wrote it."""
        if echo:
            return NotFired("the entry is our own")
        if entry.replayed:
            return NotFired("the entry is from before we listened")
        fields, section = entry.fields, self.section
        trust = Trust.SYSTEM
        if section.unit is not None:
            of = unit_of(fields)
            if not fits(section.unit, of):
                return NotFired(f"the entry was of {shown(of or 'no unit')}, not of {section.unit}")
        if section.priority is not None:
            level = _level(fields.get("PRIORITY"))
            if level > PRIORITIES.index(section.priority):
                return NotFired(f"the entry was {_called(level)}, not {section.priority} or worse")
            # Whoever writes chooses the priority; only systemd itself is believed in it.
            trust = trust if fields.get("_PID") == "1" else Trust.HOSTILE
        for field, wanted in section.match.items():
            reason = _unmatched(field, wanted, fields.get(field))
            if reason is not None:
                return NotFired(reason)
            trust = trust if field.startswith("_") else Trust.HOSTILE
        return _through(
            self.template,
            Fired(
                trust=trust,
                words=f"{shown(unit_of(fields) or 'somebody')} wrote {_quoted(fields.get('MESSAGE', ''))}",
                trigger={"platform": "journal", "entry": dict(fields)},
            ),
            hostile=True,
        )


@dataclass(frozen=True, slots=True)
class UnitTrigger:
    """Fires when a systemd unit goes into another state."""

    section: UnitWhen
    template: Template | None = None

    def see(self, change: UnitChanged, /, *, echo: bool = False) -> Answer:
        """What a change of a unit means to it; `echo`: our own command brought it about."""
        wanted = self.section.to
        if echo:
            return NotFired(f"{shown(change.unit)} went to {change.new} because we told it to")
        if not fits(self.section.name, change.unit):
            return NotFired(f"{shown(change.unit)} is not {self.section.name}")
        if change.old == change.new:
            return NotFired(f"{change.unit} stayed {change.new}")
        if change.replayed or change.old is None:
            return NotFired(f"{change.unit} is {change.new} as far as we know it, which is no news")
        if wanted is not None and change.new not in wanted:
            return NotFired(f"{change.unit} was {change.new}, not {either(wanted)}")
        return _through(
            self.template,
            Fired(
                trust=Trust.SYSTEM,
                words=f"{change.unit} went from {change.old} to {change.new}",
                trigger={"platform": "unit", "unit": change.unit, "from": change.old, "to": change.new},
            ),
        )


@dataclass(frozen=True, slots=True)
class IncidentTrigger:
    """Fires when an incident is opened or closed."""

    section: IncidentWhen
    template: Template | None = None

    def see(self, change: IncidentChanged, /, *, echo: bool = False) -> Answer:
        """What a change of an incident means to it; `echo`: a rule opened it."""
        if echo:
            return NotFired(f"the incident {shown(change.key)} is our own doing")
        section, word = self.section, "open" if change.open else "closed"
        if not fits(section.key, change.key):
            return NotFired(f"the incident was {shown(change.key)}, not {section.key}")
        if change.replayed or not change.news:
            return NotFired(f"the incident {shown(change.key)} goes on, which is no news")
        if word != section.to:
            return NotFired(f"the incident {shown(change.key)} was {word}, not {section.to}")
        severity = _SEVERITIES.get(change.severity, "debug")
        if section.severity is not None and PRIORITIES.index(severity) > PRIORITIES.index(section.severity):
            return NotFired(f"the incident was {shown(change.severity)}, not {section.severity} or worse")
        return _through(
            self.template,
            Fired(
                trust=change.trust,
                words=f"the incident {shown(change.key)} was {'opened' if change.open else 'closed'}",
                trigger={
                    "platform": "incident",
                    "key": change.key,
                    "severity": change.severity,
                    "title": change.title,
                    "count": change.count,
                    "to": word,
                },
            ),
            hostile=True,
        )


@dataclass(frozen=True, slots=True)
class WebhookTrigger:
    """Fires when its address is called; its trust is how far the caller was known, at most."""

    section: WebhookWhen
    template: Template | None = None

    def see(self, call: WebhookCalled, /, *, echo: bool = False) -> Answer:
        """What a call means to it; `echo`: we called ourselves."""
        if echo:
            return NotFired("the call was our own")
        if call.id != self.section.id:
            return NotFired(f"the call was for {shown(call.id)}, not for {self.section.id}")
        body = Message("", call.body)
        fired = Fired(
            trust=call.trust,
            words=f"the webhook {call.id} was called",
            trigger={"platform": "webhook", "webhook_id": call.id, "query": dict(call.query)},
            message=body,
        )
        return _through(self.template, fired, hostile=True, body=body)


def unit_of(fields: Mapping[str, str]) -> str:
    """The unit that an entry is of; empty for none.

    The journal itself notes who wrote an entry. Whom it is about is believed only of systemd.
    """
    if fields.get("_PID") == "1" and fields.get("UNIT"):
        return fields["UNIT"]
    return next((fields[key] for key in _UNIT_FIELDS if fields.get(key)), "")


def fits(wanted: str, name: str) -> bool:
    """Whether `name` is `wanted`, where `*` stands for anything and `.service` may be left away."""
    if name in (wanted, f"{wanted}.service"):
        return True
    return "*" in wanted and fnmatchcase(name, wanted)


def _through(
    template: Template | None, fired: Fired, *, hostile: bool = False, body: Message = NOBODY
) -> Answer:
    """`fired`, if the template agrees; it may have read what anybody can write (`hostile`)."""
    if template is None:
        return fired
    checked = template.check(body, fired.trigger)
    if not checked.met:
        return NotFired(checked.words)
    believed = Trust.HOSTILE if hostile else fired.trust
    return replace(fired, trust=min(fired.trust, template.trust(body, trigger=believed)))


def _level(priority: str | None) -> int:
    known = priority is not None and len(priority) == 1 and priority in "01234567"
    return int(priority) if priority is not None and known else len(PRIORITIES) - 1


def _called(level: int) -> str:
    return PRIORITIES[level]


def _quoted(text: str) -> str:
    """What stands in a field of the journal, as it may be told: without what is secret in it."""
    return repr(shown(redacted(text)))


def _unmatched(field: str, wanted: str, text: str | None) -> str | None:
    if text is None:
        return f"the entry has no {field}"
    try:
        if pattern(wanted).on(text[:LONGEST_MATCHED], Purse()).search(text[:LONGEST_MATCHED]):
            return None
    except RefusedError as error:
        return f"{field} could not be looked at: {error}"
    return f"{field} was {_quoted(text)}, which does not match {shown(wanted)!r}"
