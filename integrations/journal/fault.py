"""How a known fault is written down: words that have to be there, a pattern, who may say it. Pure.

Who says it counts: anybody can write "Out of memory" into the journal, and only the kernel is believed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import Formatter

from agent.api import one_line
from integrations.journal.entry import Entry
from integrations.journal.incident import Finding
from integrations.journal.section import Severity

LONGEST_SEARCHED = 2_000
LONGEST_TITLE = 160
Writer = Callable[[Entry], bool]


def kernel(entry: Entry) -> bool:
    """The kernel."""
    return entry.from_kernel


def systemd(entry: Entry) -> bool:
    """The system's own systemd."""
    return entry.from_systemd


def anybody(entry: Entry) -> bool:
    """Any program, but neither kernel nor systemd: its text is believed to be its own, and no more."""
    return not entry.from_kernel and not entry.from_systemd


def whoever(_: Entry) -> bool:
    """Whoever it is."""
    return True


def program(*names: str) -> Writer:
    """A program or unit of one of these names, as the journal knows it, not as it calls itself."""
    known = frozenset(names)

    def wrote(entry: Entry) -> bool:
        if entry["_EXE"].rpartition("/")[2] in known:
            return True
        unit = entry["_SYSTEMD_UNIT"].removesuffix(".service").partition("@")[0]
        if unit in known:
            return True
        # Of a process that was gone at once the journal knows no more than the user; root is believed.
        gone = not entry["_EXE"] and not unit
        return gone and entry["_UID"] == "0" and entry["SYSLOG_IDENTIFIER"] in known

    return wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One text by which a fault is known, or its end."""

    kind: str
    by: Writer
    words: tuple[str, ...]
    """Small letters without digits, one of which is in every such text: what is looked for first."""
    pattern: str
    subject: str = ""
    """With `{names}` of the pattern's groups, `{unit}` and `{writer}`."""
    title: str = ""
    key: str = ""
    weight: int = 1
    times: str = ""
    """The group that says how often it happened."""
    severity: Severity | None = None
    now: bool = False
    ends: bool = False
    provoked: bool = False
    """Anybody who reaches the machine can bring it about: it is true, and nothing to act on unasked."""
    least_uptime: float = 0.0
    """Seconds since the machine was started, before which it is as it should be."""
    compiled: "re.Pattern[str]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern))

    def in_(self, entry: Entry) -> Finding | None:
        """What `entry` says of this fault."""
        if not self.by(entry) or entry.monotonic < self.least_uptime:
            return None
        match = self.compiled.search(entry.message[:LONGEST_SEARCHED])
        if match is None:
            return None
        names = {name: text or "" for name, text in match.groupdict().items()}
        names.setdefault("unit", entry.unit)
        names["writer"] = entry.writer
        if "kb" in names:
            names["memory"] = _memory(names["kb"])
        if "device" in names:
            names["disk"] = disk_of(names["device"])
        many = int(names[self.times][:6]) if self.times and names.get(self.times) else self.weight
        return Finding(
            kind=self.kind,
            subject=_filled(self.subject, names),
            title=_filled(self.title, names),
            phrase=self.title,
            values=used(self.title, names),
            key=_filled(self.key, names),
            weight=many,
            severity=self.severity,
            now=self.now,
            ends=self.ends,
            believed=not self.provoked
            and (self.by not in (anybody, whoever) or entry.from_kernel or entry.from_systemd),
        )


def used(template: str, names: Mapping[str, str]) -> dict[str, str]:
    """Those of `names` that `template` has places for, fit to be kept."""
    places = sorted({name for _, name, _, _ in Formatter().parse(template) if name})
    return {name: one_line(names.get(name, ""), most=LONGEST_TITLE) for name in places}


def disk_of(device: str) -> str:
    """The disk of a partition."""
    match = re.fullmatch(r"((?:nvme\d+n\d+|mmcblk\d+))(?:p\d+)?|([a-z]{2,4})\d*", device)
    return (match[1] or match[2]) if match else device


def _filled(template: str, names: Mapping[str, str]) -> str:
    return one_line(template.format_map(names), most=LONGEST_TITLE) if template else ""


def _memory(kilobytes: str) -> str:
    if not kilobytes:
        return "an unknown amount"
    size = int(kilobytes[:12]) / 1024
    return f"{size / 1024:.1f} GB" if size >= 1024 else f"{size:.0f} MB"  # noqa: PLR2004
