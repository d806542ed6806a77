"""The `do:` of an automation, as written: sentences, services, tasks, notifications, delays.

Only the form is checked here. What a sentence means, and whether there is such a task or entity, is found out
when the rule is compiled into a plan.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agent.automations.if_section import exactly_one
from agent.automations.written import as_list, short_for
from agent.durations import Duration
from agent.section import Section

KINDS = ("say", "service", "task", "notify", "delay", "restart", "start", "stop", "reload")
UNIT = r"^[A-Za-z0-9:_.\\@-]{1,200}$"
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(as_list, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1, max_length=100),
]
Unit = Annotated[str, Field(pattern=UNIT, examples=["nginx.service"])]
_BELONGS = {
    "target": ("service",),
    "data": ("service",),
    "with_": ("task",),
    "to": ("notify",),
    "title": ("notify",),
    "kind": ("notify",),
    "severity": ("notify",),
    "key": ("notify",),
}


class TargetSection(Section):
    """What a service is meant for; several kinds narrow each other."""

    entity: Names | None = None
    """Entities by id."""
    area: Names | None = None
    """Everything fitting in these areas."""
    floor: Names | None = None
    """Everything fitting on these floors."""
    domain: Names | None = None
    """Everything of these domains."""

    @model_validator(mode="before")
    @classmethod
    def _read_bare(cls, given: Any) -> Any:
        return {"entity": given} if isinstance(given, str | list) else given

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a target needs one of entity, area, floor, domain")
        return self


class DoSection(Section):
    """One step: exactly one of the ways to act. A bare text is a sentence."""

    say: str | None = Field(default=None, min_length=1, max_length=500)
    """A sentence, as one would say it: `turn on the hall light`."""
    service: str | None = Field(default=None, pattern=r"^[a-z_]+\.[a-z0-9_]+$", examples=["light.turn_on"])
    """A service, for `target` with `data`."""
    target: TargetSection | None = None
    """What the service is meant for: an entity id, or areas, floors, domains."""
    data: dict[str, Any] | None = Field(default=None, max_length=50)
    """The data of the service."""
    task: str | None = Field(default=None, min_length=1, max_length=64)
    """The name of a task."""
    with_: dict[str, str | bool | int | float] | None = Field(default=None, alias="with", max_length=50)
    """The parameters of the task."""
    notify: str | None = Field(default=None, min_length=1, max_length=2000)
    """A message to people."""
    title: str | None = Field(default=None, max_length=200)
    """The title of the message."""
    to: Names | None = None
    """Whom to notify; everybody where it is left out."""
    kind: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$", examples=["security"])
    """What the message is about: some kinds are never held back, others are collected."""
    severity: Literal["info", "warning", "critical"] | None = None
    """How urgent the message is: info where it is left out."""
    key: str | None = Field(default=None, min_length=1, max_length=128)
    """What the message goes on telling: one with the same key takes the place of the one before."""
    delay: Duration | None = Field(default=None, gt=0, le=86_400)
    """Wait so long before the next step."""
    restart: Unit | None = None
    """Restart this unit."""
    start: Unit | None = None
    """Start this unit."""
    stop: Unit | None = None
    """Stop this unit."""
    reload: Unit | None = None
    """Reload this unit."""

    @model_validator(mode="before")
    @classmethod
    def _read_bare(cls, given: Any) -> Any:
        return short_for("say")(given)

    @model_validator(mode="after")
    def _check(self) -> Self:
        exactly_one(self, KINDS)
        for name, ways in _BELONGS.items():
            if getattr(self, name) is not None and self.way not in ways:
                raise ValueError(f"{name.rstrip('_')!r} belongs to {ways[0]!r}, not to {self.way!r}")
        return self

    @property
    def way(self) -> str:
        """Which of the ways to act this is."""
        return exactly_one(self, KINDS)


Dos = Annotated[
    tuple[DoSection, ...],
    BeforeValidator(as_list, json_schema_input_type=str | DoSection | tuple[str | DoSection, ...]),
    Field(min_length=1, max_length=100),
]
"""One step or several, done in this order."""
