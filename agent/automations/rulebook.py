"""The rules of one configuration, compiled: which there are and what sets each off.

A reload makes another book beside this one and takes it as a whole, so that no message is handled by half of
each. A rule that is written the same keeps what it remembers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.automations.index import Index
from agent.automations.jobs import Spec, Timing
from agent.automations.missed import Policy
from agent.automations.rules import Rule, compiled_rule
from agent.automations.schedule_section import signed_seconds
from agent.automations.templates import Templates
from agent.automations.triggers import TimeTrigger
from agent.automations.when_section import AutomationSection, TimeWhen

PREFIX = "rule/"
"""Before the name of a schedule that is a rule's trigger."""
_ON_TIME = Policy(missed="skip")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules by their ids. Those that are switched off are in no index."""

    rules: Mapping[str, Rule]
    index: Index

    def times(self) -> tuple[Spec, ...]:
        """The triggers that are times, as schedules."""
        return tuple(
            Spec(
                id=f"{PREFIX}{rule.id}/{watch.number}",
                source="config",
                timing=_timing(watch.trigger.section),
                policy=_ON_TIME,
                payload={"rule": rule.id, "when": watch.number},
            )
            for rule in self.rules.values()
            if rule.section.enabled
            for watch in rule.watches
            if isinstance(watch.trigger, TimeTrigger)
        )


def rulebook(
    sections: Sequence[AutomationSection],
    templates: Templates,
    *,
    own: str,
    before: Mapping[str, Rule],
) -> Rulebook:
    """The book of `sections`; `own`: the root of our own topics; `before`: the rules there were."""
    rules = {}
    for section in sections:
        old = before.get(section.id)
        same = old is not None and old.section == section
        rules[section.id] = old if old is not None and same else compiled_rule(section, templates)
    watches = (watch for rule in rules.values() if rule.section.enabled for watch in rule.watches)
    return Rulebook(rules, Index(watches, own=own))


def _timing(when: TimeWhen) -> Timing:
    if when.cron is not None:
        return Timing(kind="cron", text=when.cron)
    if when.every is not None:
        return Timing(kind="every", text=str(max(round(when.every), 1)))
    if when.at is not None:
        hour, minute = when.at.split(":")[:2]
        return Timing(kind="cron", text=f"{int(minute)} {int(hour)} * * *")
    return Timing(kind="sun", text=str(when.sun), offset=signed_seconds(when.offset or 0))
