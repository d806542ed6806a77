"""All incidents: opened, counted, made worse, closed. Pure: time is that of the entries, handed in."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

from integrations.journal.incident import Finding, Incident, key_of
from integrations.journal.kinds import Kind

MOST_OPEN = 200
MOST_WATCHED = 2_000
MOST_CLOSED = 200
AGAIN = 1800.0
"""Seconds within which what was over goes on as the same incident."""
HOW = ("unit-failed", "unit-flapping", "start-limit")
"""Kinds that are one trouble, which grows."""


class Book:
    """The incidents there are. `changed` holds those that somebody has to be told of."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.open: dict[str, Incident] = {}
        self.closed: OrderedDict[str, Incident] = OrderedDict()
        self.changed: dict[str, bool] = {}
        """By key; whether it is news: opened, closed, or worse than it was."""
        self.left_out = 0
        """Incidents for which there was no room."""
        self._kinds = kinds
        self._watched: OrderedDict[str, deque[tuple[float, int, bool]]] = OrderedDict()
        self._early: dict[str, list[str]] = {}

    def take(self, finding: Finding, *, at: float, evidence: str) -> Incident | None:
        """Count what was found; the incident that it belongs to, if it is one by now."""
        key = finding.key or key_of(finding.kind, finding.subject)
        known = self.open.get(key)
        if finding.ends:
            if known is not None and known.well_since is None:
                known.well_since, known.well_believed = at, finding.believed
            return known
        kind = self._kinds[finding.kind]
        grows = known is not None and known.kind != finding.kind and kind.count > 1
        if (known is None or grows) and not finding.now:
            # What takes several is counted by itself, also where it would make a known trouble a bigger one.
            watched = key if known is None and finding.kind not in HOW else f"{key} {finding.kind}"
            if not self._enough(watched, kind, finding, at, evidence):
                return known
        if known is not None:
            self._count(known, finding, kind, at=at, evidence=evidence)
            return known
        return self._open(key, finding, kind, at=at, evidence=evidence)

    def sweep(self, now: float) -> None:
        """Close what has been well, or quiet, for long enough."""
        for incident in list(self.open.values()):
            kind = self._kinds[incident.kind]
            if incident.well_since is not None and now >= incident.well_since + kind.settle:
                self.close(incident, "it is well again", now)
            elif kind.quiet is not None and now >= incident.last + kind.quiet:
                self.close(incident, "it has not happened again", now)

    def rebooted(self, now: float) -> None:
        """The machine has started again: what can only be true of one life is over."""
        for incident in list(self.open.values()):
            if self._kinds[incident.kind].boot_ends:
                self.close(incident, "the machine was started again", now)

    def close(self, incident: Incident, why: str, now: float) -> None:
        """End an incident."""
        self.open.pop(incident.key, None)
        incident.open, incident.ended = False, why
        incident.last = max(incident.last, min(now, incident.last + AGAIN))
        self.closed[incident.key] = incident
        self.closed.move_to_end(incident.key)
        if len(self.closed) > MOST_CLOSED:
            self.closed.popitem(last=False)
        self.changed[incident.key] = True

    def find(self, kind: str, part: str, *, since: float) -> Incident | None:
        """The newest open incident of a kind that tells of `part`, not older than `since`."""
        fitting = [
            one
            for one in self.open.values()
            if one.kind == kind and one.last >= since and _same(one.subject, part)
        ]
        return max(fitting, key=lambda one: one.last, default=None)

    # what survives --------------------------------------------------------------------------------------
    def as_json(self) -> list[dict[str, Any]]:
        """A form that survives the store: open ones, and the last that were closed."""
        return [one.as_json() for one in (*list(self.closed.values())[-20:], *self.open.values())]

    def load(self, found: Any) -> None:
        """Take over what `as_json` wrote; what cannot be read is left out."""
        for one in found if isinstance(found, list) else ():
            try:
                incident = Incident.from_json(one)
            except (TypeError, LookupError, ValueError):
                continue
            if incident.kind in self._kinds:
                (self.open if incident.open else self.closed)[incident.key] = incident

    # ----------------------------------------------------------------------------------------------------
    def _enough(self, key: str, kind: Kind, finding: Finding, at: float, evidence: str) -> bool:
        """Whether it has happened often enough by now to be an incident."""
        if finding.weight >= kind.count:
            return True
        times = self._watched.setdefault(key, deque(maxlen=1_000))
        self._watched.move_to_end(key)
        if len(self._watched) > MOST_WATCHED:
            gone, _ = self._watched.popitem(last=False)
            self._early.pop(gone, None)
        times.append((at, finding.weight, finding.believed))
        while times and times[0][0] < at - kind.within:
            times.popleft()
        self._early.setdefault(key, []).append(evidence)
        del self._early[key][:-2]
        return sum(one for _, one, _ in times) >= kind.count

    def _open(self, key: str, finding: Finding, kind: Kind, *, at: float, evidence: str) -> Incident | None:
        watched = f"{key} {finding.kind}" if finding.kind in HOW else key
        times = self._watched.pop(watched, deque())
        early = self._early.pop(watched, [])
        before = self.closed.pop(key, None)
        believed = finding.believed and all(one for _, _, one in times)
        if before is not None and at <= before.last + AGAIN:
            before.open, before.ended, before.well_since = True, "", None
            before.believed = before.believed and believed
            self.open[key] = before
            self._count(before, finding, kind, at=at, evidence=evidence)
            self.changed[key] = True
            return before
        if len(self.open) >= MOST_OPEN and not self._make_room() and not kind.floor:
            self.left_out += 1
            return None
        incident = Incident(
            key=key,
            kind=finding.kind,
            subject=finding.subject,
            severity=finding.severity or kind.severity,
            title=finding.title,
            phrase=finding.phrase,
            values=dict(finding.values),
            since=times[0][0] if times else at,
            last=at,
            count=max(sum(one for _, one, _ in times), finding.weight),
            believed=believed,
        )
        for line in early:
            incident.note(line)
        if not early or early[-1] != evidence:
            incident.note(evidence)
        self.open[key] = incident
        self.changed[key] = True
        return incident

    def _make_room(self) -> bool:
        """Close the oldest of the least that there is; whether anything was."""
        mild = [one for one in self.open.values() if not self._kinds[one.kind].floor]
        if not mild:
            return False
        oldest = min(mild, key=lambda one: (one.severity.rank, one.last))
        self.close(oldest, "there are too many others", oldest.last)
        return True

    def _count(self, known: Incident, finding: Finding, kind: Kind, *, at: float, evidence: str) -> None:
        known.count += finding.weight
        known.last = max(known.last, at)
        known.well_since, known.well_believed = None, True
        known.note(evidence)
        news = False
        severity = finding.severity or kind.severity
        grown = finding.kind in HOW and known.kind in HOW and HOW.index(finding.kind) > HOW.index(known.kind)
        if grown or severity.rank > known.severity.rank:
            if grown or finding.kind == known.kind:
                known.kind = finding.kind
                known.call(finding)
            known.severity = max(known.severity, severity, key=lambda one: one.rank)
            # Whoever makes it worse chooses when that is told.
            known.believed = known.believed and finding.believed
            news = True
        self.changed[known.key] = self.changed.get(known.key, False) or news


def _same(subject: str, part: str) -> bool:
    """Whether a unit and a program are likely to be the same thing."""
    one, other = subject.lower().removesuffix(".service"), part.lower().removesuffix(".service")
    return bool(one and other) and (one in other or other in one)
