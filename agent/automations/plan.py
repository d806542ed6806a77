"""What a rule does, typed and in order: made when the configuration is loaded, printed by `hearthd check`.

Nothing that sets a rule off is in here: the moment chooses when, the plan is what.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.actions import NOTHING, SECRET, Target
from agent.durations import told

_LONGEST = 80
SEND = "notify.send"
"""The service behind a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """A service for targets. `said` is the sentence it was compiled from."""

    service: str
    target: Target = field(default_factory=Target)
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    said: str | None = None

    def as_text(self) -> str:
        """As in `light.turn_on light.hall brightness=40`."""
        kinds = self.target.as_json()
        targets = [
            name if kind == "entity" else f"{kind}:{name}" for kind, names in kinds.items() for name in names
        ]
        data = [f"{key}={'***' if key in SECRET else _value(one)}" for key, one in self.data.items()]
        return " ".join((self.service, ", ".join(targets), *data)).replace("  ", " ").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """A named command with its parameters."""

    task: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def as_text(self) -> str:
        """As in `task backup path=/srv`."""
        return " ".join(
            ("task", self.task, *(f"{key}={_value(one)}" for key, one in self.parameters.items()))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """A message to people; to everybody if `to` is empty."""

    text: str
    title: str | None = None
    to: tuple[str, ...] = ()
    kind: str | None = None
    severity: str | None = None
    key: str | None = None

    def as_text(self) -> str:
        """As in `notify ada: "nginx was restarted" severity=warning`."""
        whom = f" {', '.join(self.to)}:" if self.to else ""
        title = f" {_value(self.title)}" if self.title else ""
        more = (("kind", self.kind), ("severity", self.severity), ("key", self.key))
        told = "".join(f" {name}={_value(one)}" for name, one in more if one)
        return f"notify{whom}{title} {_value(self.text)}{told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Time that passes before the next step."""

    seconds: float

    def as_text(self) -> str:
        """As in `wait 5m`."""
        return f"wait {told(self.seconds)}"


Step = Do | RunTask | Notify | Delay


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a rule, in their order."""

    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def as_text(self) -> str:
        """One line: `light.turn_on light.hall; wait 5m; light.turn_off light.hall`."""
        return "; ".join(step.as_text() for step in self.steps)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)[:_LONGEST]
    text = "".join(one if one.isprintable() else "?" for one in value)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return text if text and text.replace("_", "").replace("-", "").replace("/", "").isalnum() else f'"{text}"'
