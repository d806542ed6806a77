"""The `automations:` section: what is awaited (`when`), what must be so (`if`), what is then done (`do`)."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from agent.automations.cron import normal_form
from agent.automations.do_section import Dos
from agent.automations.if_section import Ifs, check_limits, exactly_one
from agent.automations.schedule_section import signed_seconds
from agent.automations.written import EntityIds, StateWords, Template, Topic, as_list, short_for
from agent.durations import Duration
from agent.section import Section

Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
KINDS = ("mqtt", "state", "time", "journal", "unit", "incident", "webhook")
ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"
MOST_COUNTED = 1_000
Patience = Annotated[Duration, Field(gt=0, le=31 * 86_400)]


class StateWhen(Section):
    """An entity's state, or an attribute of it, changes."""

    entity: EntityIds
    """The entity, or several of which each one counts."""
    attribute: str | None = Field(default=None, min_length=1, max_length=200)
    """Watch this attribute instead of the state."""
    from_: StateWords | None = Field(default=None, alias="from")
    """Only from one of these; coming from `unavailable` or `unknown` counts only where it is named here."""
    to: StateWords | None = None
    """Only to one of these; `unavailable` and `unknown` count only where they are named."""
    above: float | None = None
    """Only when the number comes from elsewhere to above this."""
    below: float | None = None
    """Only when the number comes from elsewhere to below this."""
    for_: Patience | None = Field(default=None, alias="for")
    """Only when it has stayed so this long; what else changes meanwhile does not matter."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.above is None and self.below is None:
            return self
        if self.to is not None:
            raise ValueError(
                "'to' is for words, 'above' and 'below' are for numbers; one of both would be right"
            )
        return check_limits(self, self.above, self.below)


class TimeWhen(Section):
    """A time: exactly one of cron, every, at, sun. Schedules have more to say on it."""

    cron: str | None = Field(default=None, min_length=9, max_length=200, examples=["0 7 * * mon-fri"])
    """Five fields of cron, in the house's local time."""
    every: Patience | None = None
    """Again and again, after so long."""
    at: str | None = Field(default=None, pattern=r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:00)?$")
    """Every day at this local time, as "07:30"."""
    sun: Literal["sunrise", "sunset"] | None = None
    """Every day when the sun rises or sets."""
    offset: str | None = Field(default=None, pattern=r"^[+-]?[0-9][0-9a-z. ]*$", examples=["-30m"])
    """So long before (`-30m`) or after (`30m`) the sun."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        kind = exactly_one(self, ("cron", "every", "at", "sun"))
        if self.offset is not None and kind != "sun":
            raise ValueError(f"'offset' belongs to 'sun', not to {kind!r}")
        if self.cron is not None:
            normal_form(self.cron)
        signed_seconds(self.offset or 0)
        return self


class JournalWhen(Section):
    """An entry is written to the journal; everything that is given must fit."""

    unit: str | None = Field(default=None, min_length=1, max_length=200, examples=["nginx.service"])
    """The unit that wrote it, or that systemd wrote it about; `*` stands for anything."""
    priority: Priority | None = None
    """At least as bad as this."""
    match: Annotated[
        dict[str, str], BeforeValidator(short_for("MESSAGE"), json_schema_input_type=str | dict[str, str])
    ] = Field(default_factory=dict, max_length=10)
    """A regular expression that is found in the message, or one each for several fields."""

    @field_validator("match")
    @classmethod
    def _check_match(cls, match: dict[str, str]) -> dict[str, str]:
        from agent.templates import RefusedError, pattern

        for field, source in match.items():
            if not re.fullmatch(r"[A-Z0-9_]{1,64}", field):
                raise ValueError(f"{field!r:.80} is no field of the journal; 'MESSAGE' would be one")
            try:
                pattern(source)
            except RefusedError as error:
                raise ValueError(str(error)) from None
        return match

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.unit is None and self.priority is None and not self.match:
            raise ValueError("one of 'unit', 'priority', 'match' is needed: every entry would be too much")
        return self


class UnitWhen(Section):
    """A systemd unit goes into another state."""

    name: str = Field(min_length=1, max_length=200, examples=["nginx.service"])
    """The unit; `*` stands for anything."""
    to: StateWords | None = None
    """Only into one of these: active, inactive, failed, activating, deactivating, reloading."""


class IncidentWhen(Section):
    """An incident is opened, or goes on to be something else."""

    key: str = Field(default="*", min_length=1, max_length=200)
    """The key of the incident; `*` stands for anything."""
    severity: Priority | None = None
    """At least as bad as this."""
    to: Literal["open", "closed"] = "open"
    """Whether its beginning or its end counts."""


class WebhookWhen(Section):
    """Somebody calls a web address of ours."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """The last part of the address."""


class WhenSection(Section):
    """One thing that is awaited: exactly one of mqtt, state, time, journal, unit, incident, webhook."""

    mqtt: Topic | None = Field(default=None, examples=["zigbee2mqtt/hall_motion"])
    """A message on this topic (`+` and `#` allowed) that is no retained one."""
    state: Annotated[
        StateWhen | None, BeforeValidator(short_for("entity"), json_schema_input_type=str | StateWhen | None)
    ] = None
    """A change of an entity."""
    time: TimeWhen | None = None
    """A time."""
    journal: JournalWhen | None = None
    """An entry of the journal."""
    unit: Annotated[
        UnitWhen | None, BeforeValidator(short_for("name"), json_schema_input_type=str | UnitWhen | None)
    ] = None
    """A change of a systemd unit."""
    incident: Annotated[
        IncidentWhen | None,
        BeforeValidator(short_for("key"), json_schema_input_type=str | IncidentWhen | None),
    ] = None
    """The beginning or end of an incident."""
    webhook: Annotated[
        WebhookWhen | None, BeforeValidator(short_for("id"), json_schema_input_type=str | WebhookWhen | None)
    ] = None
    """A call from the web."""
    if_: Template | None = Field(default=None, alias="if")
    """Only if this template says yes; it sees `value`, `value_json`, `trigger` and `states('light.desk')`."""
    count: int | None = Field(default=None, ge=2, le=MOST_COUNTED)
    """Only at every so-manieth time `within` a while."""
    within: Patience | None = None
    """The while that `count` is for."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        exactly_one(self, KINDS)
        check_count(self)
        return self

    @property
    def kind(self) -> str:
        """What is awaited."""
        return exactly_one(self, KINDS)


class AutomationSection(Section):
    """One rule."""

    id: str = Field(pattern=ID, examples=["hall-light"])
    """Its name in `hearthd why`, in the audit log and on the bus."""
    alias: str | None = Field(default=None, min_length=1, max_length=200)
    """What people call it."""
    enabled: bool = True
    """Whether it listens at all."""
    shadow: bool = False
    """Everything but the act: what it would have done is reported."""
    when: Annotated[
        tuple[WhenSection, ...],
        BeforeValidator(as_list, json_schema_input_type=WhenSection | tuple[WhenSection, ...]),
        Field(min_length=1, max_length=50),
    ]
    """What sets it off: any one of these."""
    if_: Ifs = Field(default=(), alias="if", min_length=0)
    """What must be so then: all of these."""
    do: Dos
    """What is done, in this order."""
    mode: Literal["single", "restart", "queued"] = "single"
    """What happens when it is set off while it runs: nothing, it starts anew, or it runs again afterwards."""
    debounce: Patience | None = None
    """Wait until it has not been set off for so long."""
    throttle: Patience | None = None
    """Not again within so long."""
    count: int | None = Field(default=None, ge=2, le=MOST_COUNTED)
    """Only at every so-manieth time `within` a while, whichever of `when` it was."""
    within: Patience | None = None
    """The while that `count` is for."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_count(self)
        return self

    @property
    def name(self) -> str:
        """What to call it before people."""
        return self.alias or self.id


def check_count(section: "WhenSection | AutomationSection") -> None:
    """Refuse a `section` with only one of `count` and `within`.

    Raises:
        ValueError: it has only one of them.
    """
    if (section.count is None) != (section.within is None):
        given, missing = ("count", "within") if section.within is None else ("within", "count")
        raise ValueError(f"{given!r} needs {missing!r} beside it: 'count: 3' and 'within: 5m' go together")


def _unique(automations: Sequence[AutomationSection]) -> Sequence[AutomationSection]:
    seen: set[str] = set()
    for one in automations:
        if one.id in seen:
            raise ValueError(f"two automations have the id {one.id!r}; each needs one of its own")
        seen.add(one.id)
    return automations


Automations = Annotated[tuple[AutomationSection, ...], AfterValidator(_unique), Field(max_length=5_000)]
"""The `automations:` section: a list of rules."""
