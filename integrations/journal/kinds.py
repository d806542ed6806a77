"""The kinds of incidents: how bad each is, how often it takes, when it is over. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from integrations.journal.section import Severity, Threshold

HOUR = 3600.0
MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of incident."""

    name: str
    severity: Severity = Severity.ERROR
    floor: bool = False
    """Nothing hides it: no filter, no ignore."""
    count: int = 1
    within: float = 5 * MINUTE
    quiet: float | None = HOUR
    """It is over once it has not happened for so long; None: only something else ends it."""
    settle: float = MINUTE
    """How long it has to be well again before that is believed."""
    boot_ends: bool = True
    """Whether it is over when the machine starts again."""


_ALL = (
    Kind(name="oom", severity=Severity.CRITICAL, floor=True),
    Kind(name="disk-full", severity=Severity.CRITICAL, floor=True, boot_ends=False),
    Kind(name="inodes-full", severity=Severity.CRITICAL, floor=True, boot_ends=False),
    Kind(name="read-only", severity=Severity.CRITICAL, floor=True, quiet=None),
    Kind(name="io-error", severity=Severity.CRITICAL, floor=True, quiet=24 * HOUR, boot_ends=False),
    Kind(name="unit-failed", floor=True, quiet=None, settle=5 * MINUTE),
    Kind(name="unit-flapping", floor=True, count=3, within=10 * MINUTE, quiet=None, settle=10 * MINUTE),
    Kind(name="start-limit", severity=Severity.CRITICAL, floor=True, quiet=None),
    Kind(name="auth-storm", severity=Severity.ERROR, floor=True, count=10, quiet=HOUR / 2, boot_ends=False),
    Kind(name="segfault"),
    Kind(name="certificate", quiet=24 * HOUR, boot_ends=False),
    Kind(name="dns", severity=Severity.WARNING, count=3, within=2 * MINUTE, quiet=HOUR / 4),
    Kind(name="clock-step", severity=Severity.WARNING),
    Kind(name="broker-lost", count=2, quiet=HOUR / 4),
    Kind(name="usb-lost", severity=Severity.WARNING, count=2, within=10 * MINUTE),
    Kind(name="thermal", severity=Severity.WARNING, quiet=HOUR / 4),
    Kind(name="power", severity=Severity.WARNING, quiet=HOUR / 4),
    Kind(name="novel", severity=Severity.INFO),
    Kind(name="burst", severity=Severity.WARNING, quiet=10 * MINUTE),
    Kind(name="flapping", severity=Severity.WARNING, quiet=HOUR / 4),
)
KINDS: Mapping[str, Kind] = {one.name: one for one in _ALL}


def kinds_with(thresholds: Mapping[str, Threshold], floors: tuple[str, ...]) -> Mapping[str, Kind]:
    """The kinds as they are configured."""
    found = dict(KINDS)
    for name, threshold in thresholds.items():
        given = {key: value for key, value in threshold.model_dump().items() if value is not None}
        found[name] = replace(found[name], **given)
    for name in floors:
        found[name] = replace(found[name], floor=True)
    return found
