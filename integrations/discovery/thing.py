"""What an announced entity is made of: readings that take state in, services that make commands.

A domain turns a config into a `Behaviour`; the rest of this integration knows no domain.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.api import Message

STATE = "state"
"""The name of the state itself among what an entity reports."""
KEEP: Any = object()
"""This changes nothing of the state."""
_MISSING: Any = object()


class UnusableError(ValueError):
    """A payload cannot be used; the text says what it is and what would be right.

    `partly`: the rest of it was, and holds.
    """

    def __init__(self, text: str, *, partly: bool = False) -> None:
        super().__init__(text)
        self.partly = partly


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One message to a device."""

    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


class Live:
    """One entity as it is now: changed by its readings, told to the house as a whole."""

    __slots__ = ("_assumed", "_told", "attributes", "entity_id", "extra", "name", "value")

    def __init__(self, entity_id: str, name: str) -> None:
        self.entity_id = entity_id
        self.name = name
        self.value: str | None = None
        self.attributes: dict[str, Any] = {}
        self.extra: Mapping[str, Any] = {}
        """What the device says of itself beyond what its domain knows."""
        self._assumed = False
        self._told: dict[str, Any] | None = {}

    def put(self, key: str, value: Any) -> None:
        """Set an attribute; None takes it away."""
        if value is None:
            if key in self.attributes:
                del self.attributes[key]
                self._told = None
        elif self.attributes.get(key, _MISSING) != value:
            self.attributes[key] = value
            self._told = None

    def put_extra(self, extra: Mapping[str, Any]) -> None:
        """Replace what the device says beyond its domain."""
        if extra != self.extra:
            self.extra = extra
            self._told = None

    @property
    def assumed(self) -> bool:
        """Whether the state is an assumption of ours."""
        return self._assumed

    @assumed.setter
    def assumed(self, assumed: bool) -> None:
        if assumed is not self._assumed:
            self._assumed = assumed
            self._told = None

    def told(self) -> Mapping[str, Any]:
        """All attributes, for the house; never changed afterwards."""
        if self._told is None:
            self._told = {**self.extra, **self.attributes}
            if self._assumed:
                self._told["assumed_state"] = True
        return self._told

    def this(self) -> Mapping[str, Any]:
        """What templates call `this`."""
        state = "unknown" if self.value is None else self.value
        return {"entity_id": self.entity_id, "state": state, "attributes": self.told(), "name": self.name}


Hear = Callable[[Live, Message], bool]
"""Takes what a message says; False if it says nothing. Raises UnusableError or UnrenderableError."""


class Send(Protocol):
    """Makes one command with `value` in it; `more` is for its template."""

    def __call__(self, live: Live, value: Any, **more: Any) -> Command:
        """The command."""
        ...


@dataclass(slots=True)
class Effort:
    """What carrying out a service takes, and what it should lead to."""

    commands: Sequence[Command]
    value: Any = KEEP
    attributes: Mapping[str, Any] = field(default_factory=dict)


Perform = Callable[[Live, Mapping[str, Any]], Effort]
"""Makes the commands of a service from its canonical data. Raises ActionError."""


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """What a domain makes of a config."""

    readings: list[tuple[str, Hear]] = field(default_factory=list)
    """Topics, each with what is read from it."""
    services: dict[str, Perform] = field(default_factory=dict)
    capabilities: dict[str, Any] = field(default_factory=dict)
    reports: set[str] = field(default_factory=set)
    """The attributes, and STATE, that a reading sets."""
    assumes: set[str] = field(default_factory=set)
    """The attributes, and STATE, that commands change but nothing reports."""
    stateless: bool = False
    """It has no state to speak of: a button."""
    optimistic: bool = False
    """It wants its commands to be taken for done."""
    device_class: str | None = None
    unit: str | None = None
    initial: str | None = None
    """The state before anything was heard."""
    off_delay: float | None = None
    """Seconds after which it is off again by itself."""
    expire_after: float | None = None
    """Seconds after which what it said no longer holds."""
    owned: Iterable[str] = ()
    """Further attribute names that free attributes must not take."""

    def reads(self, topic: str | None, hear: Hear, *what: str) -> None:
        """Listen on `topic`, if there is one; `what` it reports."""
        if topic is not None:
            self.readings.append((topic, hear))
            self.reports.update(what)

    def does(self, service: str, perform: Perform, *changes: str) -> None:
        """Offer `service`, which `changes` these."""
        self.services[service] = perform
        self.assumes.update(changes)
