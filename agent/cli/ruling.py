"""`hearthd check` of what is to be done by itself: rules and schedules, compiled in the house as left."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.automations.calendar import house_zone
from agent.automations.compiling import Compiler, Found, mistakes
from agent.automations.listing import rule_lines, schedule_lines
from agent.automations.mentions import DOMAINS, Doubt, doubts, impossible
from agent.automations.oversights import notes, written
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.task_section import TaskConfig
from agent.automations.when_section import AutomationSection
from agent.config import Loaded
from agent.configfile.mistakes import Mistake
from agent.configfile.tree import Keys
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.home.furnished import as_left
from agent.home.registry import Home
from agent.integration import loader
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRules:
    """What is wrong, by line; what each rule and schedule does; and what is worth telling, by line."""

    mistakes: list[str]
    lines: list[str]
    notes: list[str]


def checked_rules(
    loaded: Loaded,
    *,
    automations: Sequence[AutomationSection],
    schedules: Sequence[ScheduleConfig],
    tasks: Mapping[str, TaskConfig],
) -> CheckedRules:
    """What is to be said of these sections of `loaded`.

    The house is the one that the daemon left behind; where it never ran, what is said of the house is no
    mistake yet.
    """
    config = loaded.config
    left = as_left(config.node.state_dir, config.home)
    home = left or Home(config=config.home, bus=Bus(), clock=Clock())
    reader = Reader(home=home, grammar=Grammar(folders=loaded.sentence_folders))
    compiler = Compiler(
        home=home,
        reader=reader,
        language=config.language,
        tasks=tasks,
        people=_people(loaded),
        units=_units(loaded),
        domains=_domains(loaded),
    )
    rules = [(("automations", at, "do"), compiler.compiled(rule.do)) for at, rule in enumerate(automations)]
    jobs = [(("schedules", at, "do"), compiler.written(job.do)) for at, job in enumerate(schedules)]
    lines = [
        line for rule, (_, found) in zip(automations, rules, strict=True) for line in rule_lines(rule, found)
    ]
    lines += [
        line for job, (_, found) in zip(schedules, jobs, strict=True) for line in schedule_lines(job, found)
    ]
    there = {one.id for one in home.entities()}
    domains = {*DOMAINS, *_domains(loaded), *(one.partition(".")[0] for one in there)}
    wrong = [*_mistakes(loaded, (*rules, *jobs)), *_found(loaded, lambda rule: impossible(rule, domains))]
    zone = house_zone(config.node.timezone)
    noted = [
        *_found(loaded, lambda rule: doubts(rule, there or None)),
        *notes(
            automations,
            schedules,
            tasks,
            loaded.tree,
            now=Clock().now(),
            zone=zone,
            webhooks=loaded.enabled("http", default=False),
        ),
    ]
    return CheckedRules(mistakes=[str(one) for one in wrong], lines=lines, notes=[str(one) for one in noted])


def _found(loaded: Loaded, look: Callable[[AutomationSection], Iterable[Doubt]]) -> Iterable[Mistake]:
    """What `look` finds in every rule, with its file and line."""
    for at, rule in enumerate(loaded.config.automations):
        for one in look(rule):
            yield written(loaded.tree, ("automations", at, *one.keys), one.text)


def _people(loaded: Loaded) -> Collection[str] | None:
    """Who gets messages; None where the integration for them does not run, or its settings are wrong."""
    if not loaded.enabled("notify", default=False):
        return None
    people = (loaded.config.plugins["notify"].model_extra or {}).get("to", {})
    return people if isinstance(people, Mapping) else None


def _units(loaded: Loaded) -> Collection[str] | None:
    """The units to which something may be done; None where the integration for them does not run."""
    if not loaded.enabled("systemd_units", default=True):
        return None
    section = loaded.config.plugins.get("systemd_units")
    allowed = (section.model_extra or {}).get("allow", ()) if section is not None else ()
    return allowed if isinstance(allowed, list | tuple) else ()


def _domains(loaded: Loaded) -> Collection[str]:
    """The first words of the services that integrations of this configuration may bring along."""
    manifests = [found.manifest for found in loader.find(*loaded.plugin_folders) if found.problem is None]
    running = [one for one in manifests if loaded.enabled(one.domain, default=one.enabled)]
    return {name for one in running for name in (one.domain, *one.services)}


def _mistakes(loaded: Loaded, found: Iterable[tuple[Keys, Found]]) -> Iterable[Mistake]:
    for where, one in found:
        yield from mistakes(one, loaded.tree, where)
