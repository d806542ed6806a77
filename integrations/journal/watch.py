"""The path of an entry: told to whoever waits for it, known faults, what is unusual, incidents. Pure.

    entry --sieve--> told to the house
          --shape--> known faults --> book of incidents
          --not ignored--> unusual --> book of incidents

What cannot be muted is looked for in every entry, whatever filters and ignores say.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agent.api import EntryFilter, redacted
from integrations.journal.analyser import Analyser
from integrations.journal.book import Book
from integrations.journal.entry import LEAST_URGENT, Entry, Raw, micros, text_of, unit_of
from integrations.journal.ignores import Ignores
from integrations.journal.incident import Finding, key_of
from integrations.journal.kinds import kinds_with
from integrations.journal.section import PRIORITIES, Settings
from integrations.journal.sieve import Sieve, only
from integrations.journal.templates import Shape, Templates
from integrations.journal.unusual import Sentinel

MOST_BOOTS = 100
_URGENCY = {str(number): number for number in range(8)}


class Watch:
    """Looks at every entry. `tell` gets those that somebody waits for; `canary` knows our own ones."""

    def __init__(
        self,
        settings: Settings,
        *,
        tell: Callable[[Entry], None],
        canary: Callable[[str], bool],
        pid: int = 0,
    ) -> None:
        """`pid`: our own process, in whose words nothing is looked for."""
        self.kinds = kinds_with(settings.thresholds, settings.floors)
        self.book = Book(self.kinds)
        self.ignores = Ignores(settings.ignore)
        self.templates = Templates()
        self.sentinel = Sentinel(settings.unusual)
        self.entries = 0
        self.last = 0.0
        """When the last entry was written."""
        self._wanted = Sieve(())
        self._only = only(settings.units, PRIORITIES.index(settings.priority), settings.match)
        self._analyser = Analyser(self.book)
        self._tell = tell
        self._canary = canary
        # In a container we may be number one ourselves, and so is the systemd whose journal we read.
        self._pid = str(pid) if pid > 1 else ""
        self._boot = ""
        self._boots: deque[str] = deque(maxlen=MOST_BOOTS)

    def wait_for(self, filters: Iterable[EntryFilter]) -> None:
        """Tell entries that one of `filters` wants, from now on."""
        self._wanted = Sieve(filters)

    def take(self, batch: Sequence[Raw]) -> None:
        """Look at entries, in their order."""
        self._clock_of(batch[-1])
        wanted, filtered = self._wanted, self._only is not None or bool(self.ignores.sieve)
        shape_of, judge = self.templates.shape, self.sentinel.judge
        for raw in batch:
            if raw.get("_BOOT_ID") != self._boot:
                self._other_boot(raw)
            if "HEARTHD_CANARY" in raw and self._canary(text_of(raw["HEARTHD_CANARY"])):
                continue
            message = raw.get("MESSAGE")
            if type(message) is not str:
                message = text_of(message)
            about = raw.get("_SYSTEMD_UNIT")
            unit = about if type(about) is str and raw.get("_PID") != "1" else unit_of(raw)
            priority = raw.get("PRIORITY")
            urgency = _URGENCY.get(priority, LEAST_URGENT) if type(priority) is str else LEAST_URGENT
            if wanted and urgency <= wanted.least and wanted.lets(raw, unit, urgency) is not None:
                self._tell(Entry(raw, message))
            if raw.get("_PID") == self._pid:
                continue
            at = micros(raw.get("__REALTIME_TIMESTAMP")) / 1e6
            source = unit or ("kernel" if raw.get("_TRANSPORT") == "kernel" else text_of(raw.get("_COMM")))
            shape = shape_of(source, message, at)
            looked = not filtered or self._looked(raw, unit, urgency, at)
            if shape.faults and self._known(Entry(raw, message), shape, looked=looked):
                shape.template.new = False
                continue
            if looked:
                finding = judge(shape, urgency, source, at)
                if finding is not None:
                    self._take(finding, Entry(raw, message))
        self.entries += len(batch)
        self.last = micros(batch[-1].get("__REALTIME_TIMESTAMP")) / 1e6

    def unit_is_well(self, unit: str, at: float) -> None:
        """Note that a unit is seen not to have failed."""
        key = key_of("unit", unit)
        self.book.take(Finding(kind="unit-failed", subject=unit, key=key, ends=True), at=at, evidence="")

    def as_json(self) -> dict[str, Any]:
        """What has to survive together with our place in the journal."""
        return {"incidents": self.book.as_json(), "ignores": self.ignores.as_json(), "boot": self._boot}

    def load(self, found: Any) -> None:
        """Take over what `as_json` wrote."""
        if isinstance(found, dict):
            self.book.load(found.get("incidents"))
            self.ignores.load(found.get("ignores"))
            self._boot = text_of(found.get("boot"))
            self._boots.append(self._boot)

    # ----------------------------------------------------------------------------------------------------
    def _looked(self, raw: Raw, unit: str, urgency: int, at: float) -> bool:
        """Whether settings let us look at an entry beyond what cannot be muted."""
        if self._only is not None and self._only.lets(raw, unit, urgency) is None:
            return False
        return not self.ignores.hides(raw, unit, urgency, at)

    def _known(self, entry: Entry, shape: Shape, *, looked: bool) -> bool:
        """Look for known faults; whether there was one."""
        finding = self._analyser.look(entry, shape.faults)
        if finding is None:
            return False
        if looked or self.kinds[finding.kind].floor:
            self._take(finding, entry)
        return True

    def _take(self, finding: Finding, entry: Entry) -> None:
        key = finding.key or key_of(finding.kind, finding.subject)
        if not self.kinds[finding.kind].floor and self.ignores.hides_incident(key, entry.at):
            return
        self.book.take(finding, at=entry.at, evidence=f"{entry.writer}: {redacted(entry.message)}")

    def _other_boot(self, raw: Raw) -> None:
        """See whether the machine was started again: journals of several are read in turns."""
        boot = text_of(raw.get("_BOOT_ID"))
        if not boot or boot == self._boot:
            return
        if self._boot and boot not in self._boots:
            self.book.rebooted(Entry(raw, "").at)
        self._boot = boot
        if boot not in self._boots:
            self._boots.append(boot)

    def _clock_of(self, raw: Raw) -> None:
        """See from one entry whether the clock went back."""
        boot = text_of(raw.get("_BOOT_ID"))
        entry = Entry(raw, "")
        if entry.at and entry.monotonic:
            finding = self._analyser.clock(boot, entry.at, entry.monotonic)
            if finding is not None:
                self._take(finding, entry)
