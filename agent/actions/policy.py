"""May this step happen? A table of risk and trust first, then limits, breaker and quiet hours.

`judge` is pure. `Policy` adds what has happened lately. Neither a model nor any text can reach past it: the
risk comes from the catalogue and the configuration, the trust from the way the request came in.
"""

import hmac
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import structlog
from pydantic import BeforeValidator, Field, SecretStr

from agent.core.actions import Risk, Step, Trust, Verdict
from agent.runtime.clock import Clock
from agent.section import Section

log = structlog.get_logger(__name__)

RiskWord = Literal["read", "reversible", "disruptive", "destructive"]
TrustWord = Literal["hostile", "device", "room", "system", "human", "operator"]
VerdictWord = Literal["refuse", "ask", "allow"]

DEFAULT_TABLE: dict[RiskWord, dict[TrustWord, VerdictWord]] = {
    "read": dict.fromkeys(("hostile", "device", "room", "system", "human", "operator"), "allow"),
    "reversible": {
        "hostile": "refuse",
        "device": "allow",
        "room": "allow",
        "system": "allow",
        "human": "allow",
        "operator": "allow",
    },
    "disruptive": {
        "hostile": "refuse",
        "device": "refuse",
        "room": "ask",
        "system": "ask",
        "human": "allow",
        "operator": "allow",
    },
    "destructive": {
        "hostile": "refuse",
        "device": "refuse",
        "room": "refuse",
        "system": "refuse",
        "human": "ask",
        "operator": "ask",
    },
}
MOST_KEYS = 5_000
"""Action-and-target pairs whose recent history is kept."""
MOST_WRONG_PINS, WRONG_PINS_FOR = 5, 300.0
"""So many wrong PINs within so many seconds, and none is believed until the first of them is that old."""


class Limit(Section):
    """How often one action may be done to one target."""

    most: int = Field(ge=1)
    """Times, at most."""
    within: float = Field(gt=0)
    """The span they are counted over, in seconds."""


DEFAULT_LIMITS: dict[RiskWord, Limit] = {
    "reversible": Limit(most=6000, within=60.0),
    "disruptive": Limit(most=30, within=3600.0),
    "destructive": Limit(most=6, within=3600.0),
}


class Breaker(Section):
    """When to stop trying something that keeps failing."""

    failures: int = Field(default=5, ge=1)
    """Failures in a row that open the breaker for an action and its target."""
    pause: float = Field(default=60.0, gt=0)
    """Seconds it stays open; then one try is let through, and a success closes it."""


def _clock_time(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)  # YAML 1.1 reads an unquoted 22:30 as a sexagesimal number
    return value


class QuietHours(Section):
    """A part of the day in which some services need a person, or do not happen."""

    start: Annotated[time, BeforeValidator(_clock_time)]
    """Local time it begins, as "22:30"."""
    end: Annotated[time, BeforeValidator(_clock_time)]
    """Local time it ends; before `start` if it runs over midnight."""
    services: tuple[str, ...] = ("siren.*", "vacuum.*", "lawn_mower.*")
    """Services it holds for; `*` stands for anything."""
    verdict: Literal["ask", "refuse"] = "ask"
    """What becomes of them: `ask` lets an authenticated person's own wish through and asks about everything
    else, rules and schedules of the configuration included, but no messages to people; `refuse` lets nothing
    through."""


class PolicyConfig(Section):
    """The `policy:` section. The defaults are safe for a house with people in it."""

    table: dict[RiskWord, dict[TrustWord, VerdictWord]] = Field(default_factory=lambda: DEFAULT_TABLE)
    """What is allowed, asked or refused, by risk of the action and trust of what led to it.
    Cells left out keep their default."""
    risks: dict[str, RiskWord] = Field(default_factory=dict)
    """Risk by service or entity instead of the catalogue's: `switch.oven: disruptive`, `script.*: read`."""
    limits: dict[RiskWord, Limit] = Field(default_factory=lambda: DEFAULT_LIMITS)
    """How often one action may be done to one target, by risk; reading is never limited."""
    breaker: Breaker = Breaker()
    """When to stop trying something that keeps failing."""
    quiet_hours: tuple[QuietHours, ...] = ()
    """Parts of the day in which some services need a person, or do not happen."""
    ttl: float = Field(default=30.0, gt=0, le=3600)
    """Seconds after its birth in which an action may be carried out, where it does not say so itself."""
    approval_ttl: float = Field(default=120.0, gt=0, le=86_400)
    """Seconds a question waits for its answer."""
    most_pending: int = Field(default=16, ge=1, le=1000)
    """Questions that may wait at a time; more are refused."""
    pin: SecretStr | None = None
    """Where one is set, an approval needs it (or the local command line)."""

    def verdict(self, risk: Risk, trust: Trust) -> Verdict:
        """The cell of the table."""
        words: Mapping[Any, Any] = self.table.get(risk.word, {})  # type: ignore[call-overload]
        default: Mapping[Any, str] = DEFAULT_TABLE[risk.word]  # type: ignore[index]
        return Verdict[words.get(trust.word, default[trust.word]).upper()]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and why, in words."""

    verdict: Verdict
    reason: str


def judge(
    config: PolicyConfig, *, risk: Risk, trust: Trust, rule: str | None = None, trigger: Trust | None = None
) -> Ruling:
    """Look up the table.

    A configured rule with configured arguments may be set off by anything: the text chooses when, never what.
    If what set it off is less than `system`, a disruptive action then asks.
    """
    lowest = trust if rule is not None or trigger is None else min(trust, trigger)
    if rule is not None and trust < Trust.OPERATOR:
        return Ruling(Verdict.REFUSE, "only the configuration names a rule")
    verdict = config.verdict(risk, lowest)
    if rule is not None and trigger is not None and trigger < Trust.SYSTEM and risk >= Risk.DISRUPTIVE:
        verdict = min(verdict, Verdict.ASK)
    words = {
        Verdict.ALLOW: f"{risk.word} actions are allowed to {_whom(lowest)}",
        Verdict.ASK: f"a {risk.word} action from {_whom(lowest)} needs approval",
        Verdict.REFUSE: f"a {risk.word} action is not allowed to {_whom(lowest)}{_who_else(config, risk)}",
    }
    return Ruling(verdict, words[verdict])


def _who_else(config: PolicyConfig, risk: Risk) -> str:
    """Who may ask for it, where an authenticated person may."""
    may = config.verdict(risk, Trust.HUMAN) is not Verdict.REFUSE
    return f"; {_whom(Trust.HUMAN)} may ask for it, with `hearthd do` on the machine itself" if may else ""


def _whom(trust: Trust) -> str:
    return {
        Trust.HOSTILE: "text from outside",
        Trust.DEVICE: "a device",
        Trust.ROOM: "somebody who is not authenticated",
        Trust.SYSTEM: "the system",
        Trust.HUMAN: "an authenticated person",
        Trust.OPERATOR: "the configuration",
    }[trust]


@dataclass(slots=True)
class _History:
    done: deque[float] = field(default_factory=deque)
    failures: int = 0
    open_until: float = 0.0


class Policy:
    """The table together with what has happened lately, per action and target."""

    def __init__(self, *, config: PolicyConfig, clock: Clock, zone: tzinfo | None = None) -> None:
        self.config = config
        self._clock = clock
        self._zone = zone
        self._wrong_pins: deque[float] = deque()
        self._history: OrderedDict[tuple[str, str], _History] = OrderedDict()

    def risk(self, step: Step) -> Risk:
        """The step's risk after the configuration had its say."""
        for pattern, word in self.config.risks.items():
            if fnmatchcase(step.service, pattern) or fnmatchcase(step.entity, pattern):
                return Risk[word.upper()]
        return step.risk

    def decide(self, step: Step) -> Ruling:
        """Rule on `step` as things stand now; changes nothing."""
        risk, action = self.risk(step), step.action
        ruling = judge(self.config, risk=risk, trust=action.trust, rule=action.rule, trigger=action.trigger)
        if ruling.verdict is Verdict.REFUSE or risk is Risk.READ:
            return ruling
        if (reason := self.held_back(step)) is not None:
            return Ruling(Verdict.REFUSE, reason)
        now = self._clock.now().astimezone(self._zone).time()
        for quiet in self.config.quiet_hours:
            if _within(now, quiet) and any(fnmatchcase(step.service, one) for one in quiet.services):
                hours = f"quiet hours from {quiet.start:%H:%M} to {quiet.end:%H:%M}"
                verdict = Verdict[quiet.verdict.upper()]
                # A person who asks is the person it needs, a rule is none. A question is a message itself.
                needed = action.trust < Trust.HUMAN or action.rule is not None
                if verdict is Verdict.REFUSE or (needed and not step.service.startswith("notify.")):
                    least = min(ruling.verdict, verdict)
                    way = (
                        f"ask again after {quiet.end:%H:%M}"
                        if least is Verdict.REFUSE
                        else "it needs approval"
                    )
                    return Ruling(least, f"{hours} hold for {step.service}; {way}")
        return ruling

    def held_back(self, step: Step) -> str | None:
        """Why limits or the breaker forbid `step` now, None if they do not."""
        known = self._history.get((step.service, step.entity))
        if known is None:
            return None
        now, risk = self._clock.monotonic(), self.risk(step)
        if known.open_until > now:
            return (
                f"{step.service} on {step.entity} failed {known.failures} times in a row;"
                f" the next try is let through in {known.open_until - now:.0f} s"
            )
        words: Mapping[Any, Limit] = self.config.limits
        limit = words.get(risk.word)
        if limit is None:
            return None
        while known.done and now - known.done[0] >= limit.within:
            known.done.popleft()
        if len(known.done) >= limit.most:
            wait = known.done[-limit.most] + limit.within - now
            return (
                f"{step.service} on {step.entity} was done {limit.most} times in {limit.within:g} s already;"
                f" it may be done again in {wait:.0f} s"
            )
        return None

    def started(self, *steps: Step) -> None:
        """Count `steps` as done, before anything is awaited: what is decided meanwhile has to see them.

        The one try that the breaker lets through holds back the others until it has ended.
        """
        now = self._clock.monotonic()
        for step in steps:
            if self.risk(step) is not Risk.READ:
                known = self._of(step.service, step.entity)
                known.done.append(now)
                if known.failures >= self.config.breaker.failures:
                    known.open_until = now + self.config.breaker.pause

    def withdrawn(self, *steps: Step) -> None:
        """Forget that `steps` were started: they were never sent."""
        for step in steps:
            known = self._history.get((step.service, step.entity))
            if known is not None and known.done and self.risk(step) is not Risk.READ:
                known.done.pop()
                known.open_until = 0.0

    def ended(self, step: Step, *, well: bool) -> None:
        """Learn how `step` ended: failures in a row open the breaker, a success closes it."""
        known = self._of(step.service, step.entity)
        if well:
            known.failures, known.open_until = 0, 0.0
            return
        known.failures += 1
        if known.failures >= self.config.breaker.failures:
            known.open_until = self._clock.monotonic() + self.config.breaker.pause

    def recall(self, done: Iterable[tuple[str, str, float]]) -> None:
        """Take over what an earlier life did: (service, target, seconds since the epoch), oldest first."""
        shift = self._clock.monotonic() - self._clock.time()
        for service, target, at in done:
            self._of(service, target).done.append(at + shift)

    def pin_matches(self, pin: str) -> bool:
        """Whether `pin` is the configured one; False while none is, or after too many wrong ones."""
        known, now = self.config.pin, self._clock.monotonic()
        if known is None:
            return False
        while self._wrong_pins and self._wrong_pins[0] <= now - WRONG_PINS_FOR:
            self._wrong_pins.popleft()
        if len(self._wrong_pins) >= MOST_WRONG_PINS:
            log.warning("pin.locked", seconds=round(self._wrong_pins[0] + WRONG_PINS_FOR - now))
            return False
        if hmac.compare_digest(known.get_secret_value().encode(), pin.encode()):
            self._wrong_pins.clear()
            return True
        self._wrong_pins.append(now)
        return False

    def expiry(self, born: datetime, ttl: float | None) -> float:
        """Seconds since the epoch at which an action born then is too late."""
        return born.timestamp() + (self.config.ttl if ttl is None else ttl)

    def _of(self, service: str, target: str) -> _History:
        known = self._history.get((service, target))
        if known is None:
            known = self._history[service, target] = _History(done=deque(maxlen=10_000))
            if len(self._history) > MOST_KEYS:
                self._history.popitem(last=False)
        else:
            self._history.move_to_end((service, target))
        return known


def _within(now: time, quiet: QuietHours) -> bool:
    if quiet.start <= quiet.end:
        return quiet.start <= now < quiet.end
    return now >= quiet.start or now < quiet.end
