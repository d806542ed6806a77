"""Rules for tests: a world that stands still, sections from YAML, happenings in one line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from agent.automations.fired import Answer
from agent.automations.rules import Rule, compiled_rule
from agent.automations.templates import Templates
from agent.automations.triggers import compiled
from agent.automations.when_section import Automations, AutomationSection, WhenSection
from agent.configfile.section import read_section
from agent.core.events import StateChanged
from agent.core.home import State
from agent.errors import ConfigError
from agent.mqtt.message import Message
from agent.section import Section

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=BERLIN)
"""A Wednesday."""


@dataclass
class StillWorld:
    """A house whose states, time and sun are what the test says."""

    states: dict[str, State] = field(default_factory=dict)
    at: datetime = NOON
    sun: bool | None = None

    def state(self, entity_id: str) -> State:
        return self.states.get(entity_id, State())

    def now(self) -> datetime:
        return self.at

    def sun_is_up(self) -> bool | None:
        return self.sun


class File(Section):
    automations: Automations = ()


def written(folder: Path, text: str) -> tuple[AutomationSection, ...]:
    """The rules of a file with `text` as its `automations:` section."""
    path = folder / "rules.yaml"
    path.write_text(text)
    return read_section(File, path, environment={}).automations


def refused(folder: Path, text: str) -> list[str]:
    """The lines that tell what is wrong with `text`, without the name of the file."""
    with pytest.raises(ConfigError) as told:
        written(folder, text)
    return str(told.value).replace(f"{folder}/rules.yaml:", "").splitlines()


def answer(when: Mapping[str, Any], happening: Any, *, echo: bool = False, world: Any = None) -> Answer:
    """What the trigger `when` says to `happening`."""
    trigger = compiled(WhenSection.model_validate(when), Templates.of(world or StillWorld()))
    return trigger.see(happening, echo=echo)


def rule(world: Any = None, **section: Any) -> Rule:
    """A rule that turns a light on, with `section` besides."""
    whole = {"id": "rule", "when": {"mqtt": "a"}, "do": "turn on the light"} | section
    return compiled_rule(AutomationSection.model_validate(whole), Templates.of(world or StillWorld()))


def message(
    payload: Any = b"", *, topic: str = "hall", retain: bool = False, resumed: bool = False
) -> Message:
    """A message; what is no bytes is sent as JSON."""
    raw = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return Message(topic, raw, retain=retain, resumed=resumed)


def said(
    value: str | None, *, available: bool | None = True, stale: bool = False, **attributes: Any
) -> State:
    """What an entity says of itself."""
    return State(value=value, attributes=attributes, available=available, heard=1.0, stale=stale)


def change(
    old: State | str | None,
    new: State | str | None,
    *,
    entity: str = "light.x",
    replayed: bool = False,
    cause: str = "",
) -> StateChanged:
    """A change of an entity."""
    before, after = (one if isinstance(one, State) else said(one) for one in (old, new))
    return StateChanged(
        at=datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
        entity=entity,
        old=before,
        new=after,
        replayed=replayed,
        cause=cause,
    )
