"""What became of each rule lately, and why it did not go off: for `hearthd why`. Bounded for each rule."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

import structlog

from agent.automations.fired import Fired
from agent.automations.listing import awaited
from agent.automations.rules import Rule
from agent.core.events import RuleWent, utc
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
MOST = 20
Came = Literal["ran", "failed", "would have", "not so", "held back", "busy", "no plan", "stopped"]
"""`not so`: what must be so was not; `held back`: not so often; `busy`: it was still running."""

_COUNTERS: dict[Came, str] = {one: f"automation.{one.replace(' ', '_')}" for one in get_args(Came)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """A rule was set off, and what came of it."""

    at: datetime
    because: str
    came: Came | Literal["running"]
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
    now: Went | None = None
    """What was begun last; whether it goes on is for whoever runs it to say."""

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


class Histories:
    """Every rule's, and who else is told: the log, the bus, the counters."""

    def __init__(self, *, clock: Clock, bus: Bus, metrics: Metrics) -> None:
        self._clock = clock
        self._bus = bus
        self._metrics = metrics
        self._known: dict[str, History] = {}

    def forget(self, rule_id: str) -> None:
        """It is another rule now."""
        self._known.pop(rule_id, None)

    def looked(self, rule_id: str, number: int, reason: str) -> None:
        """A trigger of a rule looked and did not fire."""
        self._of(rule_id).looked[number] = (self._clock.time(), reason)

    def began(self, rule_id: str, fired: Fired, run: str) -> None:
        """A rule was set off, and is at it."""
        self._of(rule_id).now = Went(at=self._clock.now(), because=fired.words, came="running", run=run)

    def went(
        self, rule_id: str, fired: Fired, came: Came, words: str, *, run: str | None, known: bool = True
    ) -> None:
        """A rule was set off. What ran is told to everybody; `known`: it is still the rule of that name."""
        now = self._clock.now()
        if known:
            self._of(rule_id).went.append(Went(at=now, because=fired.words, came=came, words=words, run=run))
        self._metrics.count(_COUNTERS[came])
        if run is None:
            return
        log.info("rule.ended", rule=rule_id, because=fired.words, came=came, words=words, run=run)
        self._bus.publish(
            RuleWent(at=now, cause=run, rule=rule_id, because=fired.words, came=came, words=words)
        )

    def explained(self, rule: Rule, *, run: str | None) -> dict[str, Any]:
        """What `hearthd why RULE` shows; `run`: the one that is under way."""
        known = self._of(rule.id)
        now = known.now if known.now is not None and known.now.run == run else None
        awaits = {number: awaited(when) for number, when in enumerate(rule.section.when)}
        return {
            "rule": rule.id,
            "name": rule.section.name,
            "enabled": rule.section.enabled,
            "shadow": rule.section.shadow,
            "running": run is not None,
            "now": None if now is None else now.as_json(),
            **known.as_json(awaits),
        }

    def _of(self, rule_id: str) -> History:
        known = self._known.get(rule_id)
        if known is None:
            known = self._known[rule_id] = History()
        return known
