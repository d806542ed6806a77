"""The answers of a trigger: it fired, it did not and why, or it will if things stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.actions import NOTHING, Trust
from agent.mqtt.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A trigger fired. `trust` is that of what chose the moment; nothing of it chooses what is done."""

    trust: Trust
    words: str
    """What set it off: "binary_sensor.hall went from off to on"."""
    trigger: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What templates see as `trigger`."""
    message: Message | None = None
    """What templates see as `value` and `value_json`."""


@dataclass(frozen=True, slots=True)
class NotFired:
    """A trigger looked and did not fire. `ends`: what it was waiting to last is over."""

    reason: str
    ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A trigger fires after `seconds`, unless what it saw ends before. `subject` is what it saw it in."""

    subject: str
    seconds: float
    fired: Fired = field(repr=False)


Answer = Fired | NotFired | Lasting
