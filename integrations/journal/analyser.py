"""Which known faults an entry tells of, and what only several entries together tell. Pure.

What a message is about is decided once for each shape of it (its text without digits); an entry then costs
only the patterns that its shape may fit.
"""

import re
from collections import OrderedDict
from dataclasses import replace

from integrations.journal import machine_faults, service_faults
from integrations.journal.book import Book
from integrations.journal.entry import Entry
from integrations.journal.fault import Fault
from integrations.journal.incident import Finding, key_of
from integrations.journal.section import Severity

FAULTS: tuple[Fault, ...] = (*machine_faults.FAULTS, *service_faults.FAULTS)
STEP = 2.0
"""Seconds by which the clock has to go back to be noticed without anybody saying so."""
NEAR = 60.0
AT_ONCE = 3.0
_ACCEPTED = re.compile(r"^Accepted \S+ for (?P<who>.{0,64}?) from (?P<address>\S{1,64})")
_ACCEPTED_WORDS = "accepted "
GOT_IN = "after many failed logins somebody got in from {address}"
BACK = "the clock went back by {by} s"
MOST_ADDRESSES = 200
MOST_SESSIONS = 500


def faults_in(shape: str) -> tuple[Fault, ...]:
    """The faults that a message of this shape may tell of; `shape` is its text without digits."""
    low = shape.lower()
    found = tuple(fault for fault in FAULTS if any(word in low for word in fault.words))
    return (*found, LOGIN) if low.startswith(_ACCEPTED_WORDS) else found


LOGIN = replace(service_faults.LOGINS[0], pattern=_ACCEPTED.pattern, words=(_ACCEPTED_WORDS,))
"""Somebody got in: what is bad after many tries."""


class Analyser:
    """Looks at entries and tells the book what they say."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._port: tuple[str, float] = ("", 0.0)
        self._addresses: OrderedDict[str, None] = OrderedDict()
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._offset: tuple[str, float] | None = None

    def look(self, entry: Entry, faults: tuple[Fault, ...]) -> Finding | None:
        """What `entry` says of the first of `faults` that fits."""
        for fault in faults:
            finding = fault.in_(entry)
            if finding is not None:
                return self._together(finding, fault, entry)
        return None

    def clock(self, boot: str, realtime: float, monotonic: float) -> Finding | None:
        """Whether the clock went back since the last call, as the journal's own time stamps show."""
        offset = realtime - monotonic
        before, self._offset = self._offset, (boot, offset)
        if before is None or before[0] != boot or offset >= before[1] - STEP:
            return None
        by = before[1] - offset
        return Finding(
            kind="clock-step",
            subject="",
            key="clock-step",
            title=f"the clock went back by {by:.0f} s",
            phrase=BACK,
            values={"by": f"{by:.0f}"},
        )

    def _together(self, finding: Finding, fault: Fault, entry: Entry) -> Finding | None:
        match finding.kind:
            case "oom" | "segfault":
                return self._same_death(finding, entry)
            case "usb-lost":
                return self._same_port(finding, entry)
            case "auth-storm":
                return self._login(finding, fault, entry)
            case _:
                return finding

    def _same_death(self, finding: Finding, entry: Entry) -> Finding:
        """The kernel names the program, systemd the unit: of one death there is one incident."""
        near = self._book.find(finding.kind, finding.subject, since=entry.at - NEAR)
        if near is None and entry["COREDUMP_UNIT"]:
            near = self._book.find(finding.kind, entry["COREDUMP_UNIT"], since=entry.at - NEAR)
        return finding if near is None else replace(finding, key=near.key)

    def _same_port(self, finding: Finding, entry: Entry) -> Finding:
        """A serial line or a disk that is gone was at the port that has just lost its device."""
        if finding.ends:
            return finding
        if finding.now:
            port, at = self._port
            if port and entry.at - at <= AT_ONCE:
                return replace(finding, subject=port, key=key_of(finding.kind, port))
        elif re.fullmatch(r"[\d.-]+", finding.subject):
            self._port = (finding.subject, entry.at)
        return finding

    def _login(self, finding: Finding, fault: Fault, entry: Entry) -> Finding | None:
        known = self._book.open.get(key_of(finding.kind, finding.subject))
        found = fault.compiled.search(entry.message)
        address = (found.groupdict().get("address") or "") if found else ""
        if fault is LOGIN:
            if known is None or address not in self._addresses:
                return None
            title = GOT_IN.format(address=address)
            named = replace(finding, title=title, phrase=GOT_IN, values={"address": address})
            known.call(named)
            return replace(named, severity=Severity.CRITICAL)
        if finding.subject == "sshd" and (pid := entry["_PID"]):
            if not entry.message.startswith("Failed") and pid in self._sessions:
                return None  # the end of a connection whose failures were counted one by one
            _remember(self._sessions, pid, MOST_SESSIONS)
        if address:
            _remember(self._addresses, address, MOST_ADDRESSES)
        return finding


def _remember(known: OrderedDict[str, None], one: str, most: int) -> None:
    known[one] = None
    known.move_to_end(one)
    if len(known) > most:
        known.popitem(last=False)
