"""What became of each rule lately, and why it did not go off: for `hearthd why`. Bounded for each rule."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent.core.events import utc

MOST = 20
Came = Literal["ran", "failed", "would have", "not so", "held back", "busy", "no plan", "stopped"]
"""`not so`: what must be so was not; `held back`: not so often; `busy`: it was still running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """A rule was set off, and what came of it."""

    at: datetime
    because: str
    came: Came
    words: str = ""
    run: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For whoever asks."""
        found = {"at": self.at.isoformat(), "because": self.because, "came": self.came, "words": self.words}
        return {**found, "run": self.run} if self.run else found


@dataclass(slots=True)
class History:
    """One rule's."""

    went: deque[Went] = field(default_factory=lambda: deque(maxlen=MOST))
    looked: dict[int, tuple[float, str]] = field(default_factory=dict)
    """When each of its triggers last looked and did not fire, in seconds since the epoch, and why."""

    def as_json(self, awaits: Mapping[int, str]) -> dict[str, Any]:
        """What `hearthd why` shows; `awaits`: what its triggers wait for, in words."""
        triggers = []
        for number, words in awaits.items():
            told: dict[str, Any] = {"awaits": words}
            if number in self.looked:
                at, reason = self.looked[number]
                told |= {"looked": utc(at).isoformat(), "reason": reason}
            triggers.append(told)
        return {"triggers": triggers, "went": [one.as_json() for one in reversed(self.went)]}
