"""A rule of the configuration, compiled: what it waits for, what must be so, how often it may go off."""

from dataclasses import dataclass, field

from agent.automations.conditions import Conditions
from agent.automations.gate import Gate
from agent.automations.index import Watch
from agent.automations.templates import Templates
from agent.automations.triggers import compiled
from agent.automations.when_section import AutomationSection, WhenSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One automation. Its gates remember; everything else about it never changes."""

    section: AutomationSection
    watches: tuple[Watch, ...]
    conditions: Conditions
    gate: Gate
    gates: dict[int, Gate] = field(default_factory=dict)
    """The gates of those of its triggers that count for themselves, by their number."""

    @property
    def id(self) -> str:
        """Its name."""
        return self.section.id


def compiled_rule(section: AutomationSection, templates: Templates) -> Rule:
    """The rule that a section describes. Its plan is compiled elsewhere."""
    return Rule(
        section=section,
        watches=tuple(
            Watch(section.id, number, compiled(when, templates)) for number, when in enumerate(section.when)
        ),
        conditions=Conditions(section.if_, templates),
        gate=Gate(
            count=section.count, within=section.within, debounce=section.debounce, throttle=section.throttle
        ),
        gates={number: _gate(when) for number, when in enumerate(section.when) if when.count is not None},
    )


def _gate(when: WhenSection) -> Gate:
    return Gate(count=when.count, within=when.within)
