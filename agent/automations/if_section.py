"""The `if:` of an automation: what must be so at that moment for it to go on."""

from datetime import time
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from agent.automations.written import EntityId, StateWords, Template, as_list, short_for
from agent.section import Section

S = TypeVar("S", bound=Section)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_DEEP = 6
KINDS = ("state", "numeric", "time", "sun", "template", "and", "or", "not")


class StateIf(Section):
    """An entity is in one of these states."""

    entity: EntityId
    """The entity that is looked at."""
    attribute: str | None = None
    """Look at this attribute instead of the state."""
    is_: StateWords = Field(alias="is")
    """The states that will do; `unavailable` and `unknown` are states, too."""


class NumericIf(Section):
    """An entity's number lies between limits."""

    entity: EntityId
    """The entity that is looked at."""
    attribute: str | None = None
    """Look at this attribute instead of the state."""
    above: float | None = None
    """The number is greater than this."""
    below: float | None = None
    """The number is less than this."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        return check_limits(self, self.above, self.below)


class TimeIf(Section):
    """It is that time of day, on one of these days: the house's local time."""

    after: time | None = None
    """From this time on, as "22:00"."""
    before: time | None = None
    """Up to this time; earlier than `after` if the window runs over midnight."""
    weekdays: Annotated[
        tuple[Weekday, ...],
        BeforeValidator(as_list, json_schema_input_type=Weekday | tuple[Weekday, ...]),
    ] = WEEKDAYS
    """The days on which the window begins: one over midnight lasts into the next day."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.after is not None and self.after == self.before:
            raise ValueError(
                "'after' and 'before' are the same time; a window between two times would be right"
            )
        if self.after is None and self.before is None and self.weekdays == WEEKDAYS:
            raise ValueError("one of 'after', 'before', 'weekdays' is needed")
        for one in (self.after, self.before):
            if one is not None and one.tzinfo is not None:
                raise ValueError("times are the house's local time; leave the zone away")
        return self


class IfSection(Section):
    """One condition: exactly one of its keys is given. A bare text is a template."""

    state: StateIf | None = None
    """An entity is in one of some states."""
    numeric: NumericIf | None = None
    """An entity's number lies between limits."""
    time: TimeIf | None = None
    """It is that time of day or day of the week."""
    sun: Literal["up", "down"] | None = None
    """The sun stands above or below the horizon."""
    template: Template | None = None
    """A template gives `true`, `on`, `yes` or a number other than 0."""
    and_: "Ifs" = Field(default=(), alias="and")
    """All of these hold."""
    or_: "Ifs" = Field(default=(), alias="or")
    """At least one of these holds."""
    not_: "Ifs" = Field(default=(), alias="not")
    """None of these holds."""

    @model_validator(mode="before")
    @classmethod
    def _read_bare(cls, given: Any) -> Any:
        return short_for("template")(given)

    @model_validator(mode="after")
    def _check(self) -> Self:
        exactly_one(self, KINDS)
        if self.depth() > MOST_DEEP:
            raise ValueError(f"conditions are nested more than {MOST_DEEP} deep; a template would do")
        return self

    def depth(self) -> int:
        """How many conditions stand inside each other."""
        inner = (*self.and_, *self.or_, *self.not_)
        return 1 + max((one.depth() for one in inner), default=0)


Ifs = Annotated[
    tuple[IfSection, ...],
    BeforeValidator(as_list, json_schema_input_type=IfSection | tuple[IfSection, ...]),
    Field(min_length=1, max_length=50),
]
"""One condition or several that all must hold."""
IfSection.model_rebuild()


def exactly_one(section: Section, kinds: tuple[str, ...]) -> str:
    """The one of `kinds` that is given.

    Raises:
        ValueError: none is, or several are.
    """
    given = [kind for kind in kinds if _of(section, kind) not in (None, ())]
    if len(given) != 1:
        found = f"{' and '.join(given)} are given; " if given else ""
        raise ValueError(f"{found}exactly one of {', '.join(kinds)} would be right")
    return given[0]


def _of(section: Section, kind: str) -> Any:
    return (
        getattr(section, kind, None) if kind in type(section).model_fields else getattr(section, f"{kind}_")
    )


def check_limits(section: S, above: float | None, below: float | None) -> S:
    """`section`, if a number can be above `above` and below `below`.

    Raises:
        ValueError: none can, or there is no limit.
    """
    if above is None and below is None:
        raise ValueError("one of 'above', 'below' is needed")
    if above is not None and below is not None and above >= below:
        raise ValueError(
            f"no number is above {above:g} and below {below:g}; two rules, or 'or', would be right"
        )
    return section
