"""A change asked of the world, how far it may reach, who asked, and how it ended.

Action --plan--> Step (one entity) --policy--> Verdict --executor--> Outcome
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, Literal

SECRET = frozenset({"code"})
"""Data that the device needs and nobody else may read."""
ENVELOPE = frozenset({"id", "ts", "ttl", "trace", "v", "who", "signature", "pin"})
"""What stands beside the parameters of a task in a message, and so is none of them."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Risk(IntEnum):
    """How far an action can reach, mildest first."""

    READ = 0
    REVERSIBLE = 1
    DISRUPTIVE = 2
    DESTRUCTIVE = 3

    @property
    def word(self) -> str:
        """The word used in configuration and on the bus."""
        return self.name.lower()


class Trust(IntEnum):
    """How far what led to an action can be believed; a mixture has its lowest part."""

    HOSTILE = 0
    DEVICE = 1
    ROOM = 2
    SYSTEM = 3
    HUMAN = 4
    OPERATOR = 5

    @property
    def word(self) -> str:
        """The word used in configuration and on the bus."""
        return self.name.lower()


class Verdict(IntEnum):
    """What the policy says of a step, strictest first."""

    REFUSE = 0
    ASK = 1
    ALLOW = 2

    @property
    def word(self) -> str:
        """The word used in configuration and on the bus."""
        return self.name.lower()


class Status(StrEnum):
    """Where a step stands: `accepted -> sent -> confirmed | failed`, or one of the other words."""

    ACCEPTED = "accepted"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    REFUSED = "refused"
    EXPIRED = "expired"
    PENDING = "pending"


CauseKind = Literal["voice", "bus", "http", "cli", "automation", "schedule", "journal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who or what led to an action."""

    kind: CauseKind
    who: str
    utterance: str | None = None

    def as_json(self) -> dict[str, str]:
        """The `cause` of the contracts."""
        spoken = {} if self.utterance is None else {"utterance": self.utterance}
        return {"kind": self.kind, "who": self.who, **spoken}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an action is meant for: entities by id, or every fitting entity of a place or domain.

    Several kinds narrow each other: `area=("kitchen",), domain=("light",)` is the kitchen's lights.
    """

    entity: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    floor: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entity or self.area or self.floor or self.domain)

    def as_json(self) -> dict[str, list[str]]:
        """The selectors that were given."""
        kinds = {"entity": self.entity, "area": self.area, "floor": self.floor, "domain": self.domain}
        return {kind: list(names) for kind, names in kinds.items() if names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A request to change the world, as it came in: nothing of it is resolved or checked yet.

    `born` and `ttl` (seconds; None: the configured one) bound when it may still be carried out. `channel` is
    how it came in; an approval does not come over the same one if that is a voice. An action of a configured
    rule names the `rule` and the trust of what set it off, its `trigger`.
    """

    id: str
    service: str
    target: Target
    cause: Cause
    trust: Trust
    born: datetime
    ttl: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    trace: str = ""
    channel: str = "bus"
    rule: str | None = None
    trigger: Trust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the entity's own report must show before a step may be called confirmed.

    `state` holds every state that fulfils it (empty: any). `attributes` holds wanted values; numbers may
    differ by `tolerance` of the same key. `within` is the time the device is given, in seconds.
    """

    state: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tolerance: Mapping[str, float] = field(default_factory=dict)
    items: tuple[tuple[str, str, int], ...] = ()
    """Summary (in small letters), status (empty: any), and how many of it the attribute `items` must hold at
    least; 0: none."""
    within: float = 5.0

    def met(self, state: str | None, attributes: Mapping[str, Any]) -> bool:
        """Whether a report of `state` with `attributes` fulfils this."""
        if self.state and state not in self.state:
            return False
        if not all(_listed(attributes.get("items"), *one) for one in self.items):
            return False
        return all(
            key in attributes and _near(attributes[key], wanted, self.tolerance.get(key, 0.0))
            for key, wanted in self.attributes.items()
        )

    def as_json(self) -> dict[str, Any]:
        """A form that survives the ledger."""
        return {
            "state": sorted(self.state),
            "attributes": dict(self.attributes),
            "tolerance": dict(self.tolerance),
            "items": [list(one) for one in self.items],
            "within": self.within,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Expectation":
        """The expectation that `as_json` wrote."""
        return cls(
            state=frozenset(found["state"]),
            attributes=found["attributes"],
            tolerance=found["tolerance"],
            items=tuple((one[0], one[1], one[2]) for one in found.get("items", ())),
            within=found["within"],
        )


def _listed(items: Any, summary: str, status: str, fewest: int) -> bool:
    if not isinstance(items, list | tuple):
        return False
    found = sum(
        isinstance(one, Mapping)
        and str(one.get("summary")).casefold() == summary
        and status in ("", one.get("status"))
        for one in items
    )
    return found >= fewest if fewest else not found


def _near(seen: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(wanted, list | tuple):
        return (
            isinstance(seen, list | tuple)
            and len(seen) == len(wanted)
            and all(_near(one, other, tolerance) for one, other in zip(seen, wanted, strict=True))
        )
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return (
            isinstance(seen, int | float)
            and not isinstance(seen, bool)
            and abs(seen - wanted) <= tolerance + 1e-9
        )
    return bool(seen == wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entity's share of an action: validated data in canonical form, ready for its provider."""

    action: Action
    entity: str
    owner: str
    risk: Risk
    data: Mapping[str, Any] = field(default_factory=dict)
    expects: Expectation | None = None
    """None: nothing the entity reports could show it; such a step ends at `sent`."""
    idempotent: bool = False
    """A set-to-value command that may be sent again while nothing newer was asked of the entity."""

    @property
    def told(self) -> dict[str, Any]:
        """The data as it may be told, published and recorded: without what opens a lock."""
        return {key: "***" if key in SECRET else value for key, value in self.data.items()}

    @property
    def service(self) -> str:
        """The service that is asked for, as in `light.turn_on`."""
        return self.action.service


class Handed(str):
    """What became of a step whose end nobody will hear of, in words: it ends at `sent`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One change in the life of a step; `reason` is fit to be spoken."""

    id: str
    action: str
    target: str
    status: Status
    cause: Cause
    at: datetime
    of: int = 1
    """How many steps the action has, so that a listener knows when it has heard of all."""
    reason: str | None = None
    trace: str = ""
    channel: str = "bus"
    final: bool = False

    def as_json(self) -> dict[str, Any]:
        """The payload of `.../outcome`, without the envelope."""
        body: dict[str, Any] = {
            "id": self.id,
            "action": self.action,
            "target": self.target,
            "status": self.status.value,
            "final": self.final,
            "of": self.of,
            "cause": self.cause.as_json(),
        }
        if self.reason is not None:
            body["reason"] = self.reason
        return body
