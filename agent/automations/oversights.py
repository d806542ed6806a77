"""What rules, schedules and tasks have overlooked, as far as this machine and the configuration can tell.

A mistake is what can never work: the sun where nobody knows where the house stands. A note is what may be
meant so, or may yet come: a time that is over, a program that is not there, a call that nothing receives.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from agent.automations.calendar import moment_of
from agent.automations.if_section import IfSection
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.task_runner import PATH
from agent.automations.task_section import TaskConfig
from agent.automations.when_section import AutomationSection
from agent.configfile.mistakes import Mistake
from agent.configfile.tree import Key, Keys, Tree

NO_SUN = (
    "nobody knows where the house stands; 'node: {latitude: 52.5, longitude: 13.4}' would be right, with the"
    " numbers of its place"
)
NO_WEBHOOKS = "nobody listens for it: 'api:' is off; with 'api: {}' calls of .../v1/webhook/<id> come in"


def sunless(
    automations: Sequence[AutomationSection], schedules: Sequence[ScheduleConfig], tree: Tree
) -> list[Mistake]:
    """Whatever goes by the sun: a mistake, where nobody knows where the house stands."""
    found: list[Keys] = [("schedules", at, "sun") for at, one in enumerate(schedules) if one.sun is not None]
    for at, rule in enumerate(automations):
        if not rule.enabled:
            continue
        for number, when in enumerate(rule.when):
            if when.time is not None and when.time.sun is not None:
                found.append(("automations", at, "when", number, "time", "sun"))
        for number, one in enumerate(rule.if_):
            found += _of_sun(one, ("automations", at, "if", number))
    return [written(tree, keys, NO_SUN) for keys in found]


def notes(
    automations: Sequence[AutomationSection],
    schedules: Sequence[ScheduleConfig],
    tasks: Mapping[str, TaskConfig],
    tree: Tree,
    *,
    now: datetime,
    zone: tzinfo,
    webhooks: bool,
) -> list[Mistake]:
    """What is worth telling of sections of `tree`, and is no mistake. `webhooks`: somebody receives them."""
    found: list[Mistake] = []
    for at, rule in enumerate(automations):
        for number, when in enumerate(rule.when):
            if when.webhook is not None and rule.enabled and not webhooks:
                found.append(written(tree, ("automations", at, "when", number, "webhook"), NO_WEBHOOKS))
    for at, one in enumerate(schedules):
        if one.at is not None and moment_of(one.at, zone) <= now.timestamp():
            text = f"{one.at:%Y-%m-%d %H:%M} is over: it is not run any more"
            found.append(written(tree, ("schedules", at, "at"), text))
    for name, task in tasks.items():
        keys = ("tasks", name)
        if not Path(task.directory).is_dir():
            found.append(written(tree, (*keys, "directory"), f"there is no folder {str(task.directory)!r}"))
        if (obstacle := _no_program(task)) is not None:
            found.append(written(tree, (*keys, "command", 0), obstacle))
    return found


def written(tree: Tree, keys: Keys, text: str) -> Mistake:
    """`text` about what stands at `keys`: a list may be written as its only item, a section as a text."""
    there: tuple[Key, ...] = ()
    for key in keys:
        inner = tree.at((*there, key))
        if inner is not None:
            there = (*there, key)
        elif isinstance(key, str):
            break
    return Mistake(tree.place_of(there), there, text)


def _of_sun(one: IfSection, keys: Keys) -> Iterator[Keys]:
    if one.sun is not None:
        yield (*keys, "sun")
    for key, inner in (("and", one.and_), ("or", one.or_), ("not", one.not_)):
        for at, deeper in enumerate(inner):
            yield from _of_sun(deeper, (*keys, key, at))


def _no_program(task: TaskConfig) -> str | None:
    program = task.command[0]
    own = task.environment.get("PATH")
    if shutil.which(program, path=own.get_secret_value() if own is not None else PATH) is not None:
        return None
    if program.startswith("/"):
        there = "may not be run" if Path(program).exists() else "is not there"
        return f"the program {program} {there}"
    return f"there is no program {program!r} on this machine"
