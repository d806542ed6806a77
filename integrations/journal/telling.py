"""Who hears of incidents: the bus, the rules, and, once for each, a person."""

from typing import Any

import structlog

from agent.api import Action, Cause, House, IncidentChanged, Status, Target, Trust
from integrations.journal.book import Book
from integrations.journal.incident import Incident
from integrations.journal.proposing import Proposer
from integrations.journal.section import Settings, Severity

log = structlog.get_logger(__name__)
COUNTS_EVERY = 5.0
"""Seconds between two messages that only a count is another."""
NOTIFY = "notify.send"
_SHOWN = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "warning",
    Severity.CRITICAL: "critical",
}


class Teller:
    """Tells what has changed in the book."""

    def __init__(self, house: House, settings: Settings, book: Book, proposer: Proposer) -> None:
        self._house = house
        self._settings = settings
        self._book = book
        self._proposer = proposer
        self._told: dict[str, float] = {}
        self._opened: set[str] = set()
        """Incidents that were told of as open and not as closed since."""

    def resume(self) -> None:
        """Tell what was open before we were started; it is no news."""
        for incident in self._book.open.values():
            self._opened.add(incident.key)
            self._publish(incident)
            self._emit(incident, news=False, replayed=True)

    def flush(self) -> None:
        """Tell what has changed since the last time."""
        now = self._house.clock.monotonic()
        for key, news in list(self._book.changed.items()):
            if not news and now < self._told.get(key, -COUNTS_EVERY) + COUNTS_EVERY:
                continue
            del self._book.changed[key]
            incident = self._book.open.get(key) or self._book.closed.get(key)
            if incident is None or (not incident.open and key not in self._opened):
                continue  # it began and ended while nobody was told
            self._told[key] = now
            self._publish(incident)
            self._emit(incident, news=news)
            if incident.open:
                self._opened.add(key)
                self._notify(incident)
                self._proposer.ask(incident)
            else:
                self._proposer.withdraw(incident)
                self._opened.discard(key)
                self._told.pop(key, None)

    def body(self, incident: Incident) -> dict[str, Any]:
        """What is told of an incident, with what may help."""
        proposal = self._proposer.of(incident)
        return incident.body() | ({} if proposal is None else {"proposal": proposal})

    def _publish(self, incident: Incident) -> None:
        topic = self._house.topics("incident", incident.key)
        if incident.open:
            self._house.tell(topic, self.body(incident), trace=incident.trace, retain=True)
        else:
            self._house.publish(topic, b"", retain=True)

    def _emit(self, incident: Incident, *, news: bool, replayed: bool = False) -> None:
        if news:
            verb = log.warning if incident.open else log.info
            verb(
                "incident.changed",
                key=incident.key,
                open=incident.open,
                severity=incident.severity.value,
                trace=incident.trace,
            )
        self._house.emit(
            IncidentChanged(
                at=self._house.clock.now(),
                cause=incident.trace,
                key=incident.key,
                severity=incident.severity.value,
                open=incident.open,
                title=incident.title,
                count=max(incident.count, 1),
                news=news,
                replayed=replayed,
                trust=incident.trust,
            )
        )

    # one message ----------------------------------------------------------------------------------------
    def _notify(self, incident: Incident) -> None:
        least = self._settings.notify
        if incident.notified or least == "never" or incident.severity.rank < Severity(least).rank:
            return
        incident.notified = True
        self._house.once(f"notice.{incident.key}", self._send(incident, self._data(incident)))

    def _data(self, incident: Incident) -> dict[str, Any]:
        proposal = self._proposer.of(incident)
        help_ = [] if proposal is None else [f"What may help: {proposal['words']}"]
        data: dict[str, Any] = {
            "title": f"{self._house.topics.node}: {incident.title}",
            "message": "\n".join((incident.title, *(f"> {line}" for line in incident.first), *help_)),
            "severity": _SHOWN[incident.severity],
            "kind": "incident",
            "key": f"incident/{incident.key}",
        }
        return data | ({"to": list(self._settings.to)} if self._settings.to else {})

    async def _send(self, incident: Incident, data: dict[str, Any]) -> None:
        plugins = await self._house.ask("plugins", {})
        if not any(one["domain"] == "notify" and one["status"] == "running" for one in plugins):
            return
        # Of one incident there is one action, also where we die between sending it and noting that.
        action = Action(
            id=f"incident-{incident.key}-{incident.since:.0f}",
            service=NOTIFY,
            target=Target(),
            cause=Cause(kind="journal", who=incident.key),
            # Its text may be anybody's; that there is a message, and to whom, is what was configured.
            trust=Trust.OPERATOR,
            rule="journal.notify",
            trigger=incident.trust,
            born=self._house.clock.now(),
            data=data,
            trace=incident.trace,
            channel="journal",
        )
        ended = await self._house.do(action)
        bad = [one for one in ended if one.status not in (Status.CONFIRMED, Status.SENT)]
        if bad:
            log.warning("incident.notice_failed", key=incident.key, reason=bad[0].reason)
