"""`hearthd check` of what is to be done by itself: rules and schedules, compiled in the house as left."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from agent.automations.compiling import Compiler, Found, mistakes
from agent.automations.listing import rule_lines, schedule_lines
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
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock


def checked_rules(
    loaded: Loaded,
    *,
    automations: Sequence[AutomationSection],
    schedules: Sequence[ScheduleConfig],
    tasks: Mapping[str, TaskConfig],
) -> tuple[list[str], list[str]]:
    """What is wrong with these sections of `loaded`, by line, and what each rule and schedule does.

    The house is the one that the daemon left behind; where it never ran, what is said of the house is no
    mistake yet.
    """
    config = loaded.config
    home = as_left(config.node.state_dir, config.home)
    home = home or Home(config=config.home, bus=Bus(), clock=Clock())
    reader = Reader(home=home, grammar=Grammar(folders=loaded.sentence_folders))
    compiler = Compiler(
        home=home, reader=reader, language=config.language, tasks=tasks, people=_people(loaded)
    )
    rules = [(("automations", at, "do"), compiler.compiled(rule.do)) for at, rule in enumerate(automations)]
    jobs = [(("schedules", at, "do"), compiler.written(job.do)) for at, job in enumerate(schedules)]
    lines = [
        line for rule, (_, found) in zip(automations, rules, strict=True) for line in rule_lines(rule, found)
    ]
    lines += [
        line for job, (_, found) in zip(schedules, jobs, strict=True) for line in schedule_lines(job, found)
    ]
    return [str(one) for one in _mistakes(loaded, (*rules, *jobs))], lines


def _people(loaded: Loaded) -> Collection[str] | None:
    """Who gets messages; None where the integration for them does not run, or its settings are wrong."""
    if not loaded.enabled("notify", default=False):
        return None
    people = (loaded.config.plugins["notify"].model_extra or {}).get("to", {})
    return people if isinstance(people, Mapping) else None


def _mistakes(loaded: Loaded, found: Iterable[tuple[Keys, Found]]) -> Iterable[Mistake]:
    for where, one in found:
        yield from mistakes(one, loaded.tree, where)
