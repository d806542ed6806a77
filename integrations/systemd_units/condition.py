"""How one unit is: from what systemd says of it to a sentence, and to facts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import Words
from integrations.systemd_units.unit import UP

UNKNOWN = 2**64 - 1
"""What systemd says of a number that it does not know."""
MEGABYTE = 1e6
_GOOD = ("", "success")


@dataclass(frozen=True, slots=True)
class Condition:
    """A unit, and all that systemd says of it."""

    unit: str
    found: Mapping[str, Any]

    @property
    def there(self) -> bool:
        """Whether there is such a unit."""
        return self.found.get("LoadState") not in ("not-found", None)

    @property
    def short(self) -> str:
        """What people call it."""
        return self.unit.removesuffix(".service")

    @property
    def active(self) -> str:
        """The state of systemd's own words."""
        return str(self.found.get("ActiveState", "unknown"))

    @property
    def failed(self) -> bool:
        """Whether it failed, or is being started again after it did."""
        return self.active == "failed" or self.found.get("SubState") == "auto-restart"

    def number(self, key: str) -> int | None:
        """A number that systemd knows."""
        value = self.found.get(key)
        known = isinstance(value, int) and not isinstance(value, bool) and value != UNKNOWN
        return int(value) if known and value is not None else None

    def since(self) -> float | None:
        """Seconds since the epoch of its last change of state."""
        entered = "ActiveEnterTimestamp" if self.active in UP else "StateChangeTimestamp"
        at = self.number(entered)
        return at / 1e6 if at else None

    def sentence(self, words: Words, now: float) -> str:
        """How it is, in one sentence."""
        at = self.since()
        span = None if at is None or at > now else words.span(now - at)
        key = self._key()
        timed = {"running": "running_for", "stopped": "stopped_for", "failed": "failed_ago"}.get(key)
        if timed is not None and span is not None:
            sentence = words.said(timed, unit=self.short, span=span)
        else:
            sentence = words.said(key, unit=self.short)
        why = self.why(words)
        return words.said("because", sentence=sentence, why=why) if why and self.failed else sentence

    def why(self, words: Words) -> str | None:
        """Why it failed, as far as systemd knows."""
        result = str(self.found.get("Result") or "")
        if result in _GOOD:
            return None
        code = self.found.get("ExecMainStatus")
        known = words.word(result, "")
        return known.format_map({"code": code}) if known else result.replace("-", " ")

    def lines(self, words: Words) -> tuple[str, ...]:
        """More of it, for a screen."""
        state = f"{self.active} ({self.found.get('SubState', '?')})"
        lines = [words.said("line_unit", unit=self.unit, state=state)]
        description = str(self.found.get("Description") or "")
        if description and description != self.unit:
            lines.append(description)
        memory = self.number("MemoryCurrent")
        if memory is not None:
            lines.append(words.said("line_memory", amount=f"{memory / MEGABYTE:.0f} MB"))
        if self.number("NRestarts"):
            lines.append(words.said("line_restarts", count=self.number("NRestarts")))
        return tuple(lines)

    def facts(self) -> dict[str, Any]:
        """The same as values."""
        return {
            "unit": self.unit,
            "description": str(self.found.get("Description") or ""),
            "load": self.found.get("LoadState"),
            "active": self.active,
            "sub": self.found.get("SubState"),
            "result": self.found.get("Result"),
            "exit_status": self.found.get("ExecMainStatus"),
            "since": self.since(),
            "enabled": self.found.get("UnitFileState"),
            "restarts": self.number("NRestarts"),
            "main_pid": self.number("MainPID"),
            "memory": self.number("MemoryCurrent"),
        }

    def _key(self) -> str:
        if self.found.get("LoadState") == "masked":
            return "masked"
        if self.failed:
            return "failed"
        ended = self.found.get("Type") == "oneshot" and self.found.get("Result") == "success"
        if self.active == "inactive" and ended and self.since() is not None:
            return "ended"
        states = {"activating": "starting", "deactivating": "stopping", "inactive": "stopped"}
        return "running" if self.active in UP else states.get(self.active, "stopped")
