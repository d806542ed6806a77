"""From the `do:` of an automation or a schedule to a typed plan, in the house as it is known.

    do: --section--> DoSection --compile--> Compiled | Refused | Waiting

A plan depends on what there is in the house, never on the states of it: compile again when `home.version`
has changed. Nothing raises for what a user wrote.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.actions.planner import Own, plan
from agent.actions.services import ALIASES, SERVICES, find
from agent.automations.do_section import Dos, DoSection, TargetSection
from agent.automations.named_tasks import run
from agent.automations.plan import SEND, Delay, Do, Notify, Plan, Step
from agent.automations.sentence_steps import checking
from agent.automations.sentences import Sentences
from agent.automations.task_section import TaskConfig
from agent.automations.tasks import RUN
from agent.automations.units import SERVICES as UNIT_SERVICES
from agent.automations.units import unit_do
from agent.configfile.explain import told
from agent.configfile.mistakes import Mistake, meant
from agent.configfile.tree import Keys, Place, Tree, tree_of
from agent.core.actions import NOTHING, Risk, Target
from agent.dialogue.language import LanguageConfig
from agent.engines.reads import Reads
from agent.errors import ActionError
from agent.home.registry import Home
from agent.section import Section

ALLOW = "allow "
"""What stands before the name of a unit that has to be allowed."""
_DOMAINS = frozenset(name.partition(".")[0] for name in (*SERVICES, *ALIASES))


class _Written(Section):
    do: Dos


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something to put right at `keys` of a `do:`."""

    keys: Keys
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a rule does. `needs`: what has to be there besides the house, such as "units"."""

    plan: Plan
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no plan."""

    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The house is not known yet: nothing has been discovered."""

    why: str = "waiting for the house: nothing has been discovered yet"


Found = Compiled | Refused | Waiting


class Compiler:
    """Compiles rules in one house. Not thread-safe; make another one for another configuration."""

    def __init__(
        self,
        *,
        home: Home,
        reader: Reads | None,
        language: LanguageConfig,
        tasks: Mapping[str, TaskConfig] = NOTHING,
        services: Mapping[str, Risk | Own] | None = None,
        people: Collection[str] | None = None,
        units: Collection[str] | None = None,
        domains: Collection[str] = (),
    ) -> None:
        """Take the house, its `reader` (None: there are no sentences) and the `tasks:` section.

        `services` are those that integrations brought along; None: it is not known which there are, and one
        of a domain that nobody here knows may be among them. `people`: who gets messages; None: it is not
        known. `units`: those to which something may be done; None: nobody does anything to any.
        `domains`: the first words of services that somebody here carries out, where only these are known.
        """
        self._home = home
        self._language = language.default
        self._tasks = tasks
        self._all_services = services is not None
        self._services = services or {}
        self._people = people
        self._units = units
        self._domains = domains
        self._messages = people is not None or SEND in self._services
        self._sentences = Sentences(
            home=home, reader=reader, units=language.units, tasks=tasks, services=self._services
        )

    def compiled(self, do: Sequence[DoSection], *, known: bool | None = None) -> Found:
        """What the steps of a `do:` come to.

        `known`: whether the house is; None: it is, once it holds anything at all. As long as it is not,
        nothing about it is a mistake.
        """
        known = len(self._home) > 0 if known is None else known
        steps: list[Step] = []
        wrong: list[Wrong] = []
        waits = False
        for at, section in enumerate(do):
            try:
                found = self._step(section, known=known, last=at + 1 == len(do))
            except ActionError as error:
                wrong.append(Wrong((at, section.way), str(error)))
                continue
            waits |= found is None
            steps += found or ()
        if wrong:
            return Refused(tuple(wrong))
        return Waiting() if waits else Compiled(Plan(tuple(steps)), needs=self._needs(steps))

    def written(self, do: Sequence[Any], *, known: bool | None = None) -> Found:
        """The same for steps that nobody has looked at, as a schedule holds them."""
        try:
            sections = _Written.model_validate({"do": tuple(do)}).do
        except ValidationError as error:
            tree = tree_of({"do": list(do)}, Place("do"))
            found = told(error, model=_Written, tree=tree)
            return Refused(tuple(Wrong(one.keys[1:], one.text) for one in found))
        return self.compiled(sections, known=known)

    def _step(self, section: DoSection, *, known: bool, last: bool) -> tuple[Step, ...] | None:
        """The steps of one section; None: the house has to be known first.

        Raises:
            ActionError: what is wrong with it.
        """
        way = section.way
        if section.say is not None:
            return self._said(section.say, known=known, last=last)
        if section.service is not None:
            return self._service(section.service, section.target, section.data or {}, known=known)
        if section.task is not None:
            return (run(section.task, section.with_ or {}, self._tasks),)
        if section.notify is not None:
            return (self._message(section, section.notify),)
        if section.delay is not None:
            return (Delay(seconds=section.delay),)
        return (unit_do(way, getattr(section, way)),)

    def _message(self, section: DoSection, text: str) -> Notify:
        to = section.to or ()
        for name in (one.removeprefix("notify.") for one in to):
            if self._people is not None and name not in self._people:
                raise ActionError(f"there is nobody called {name!r:.80}; {meant(name, self._people)}")
        return Notify(
            text=text,
            title=section.title,
            to=to,
            kind=section.kind,
            severity=section.severity,
            key=section.key,
        )

    def _said(self, text: str, *, known: bool, last: bool) -> tuple[Step, ...] | None:
        meaning = self._sentences.meaning(text, self._language, known=known)
        if meaning.mistake is not None:
            raise ActionError(meaning.mistake)
        if meaning.waits:
            return None
        if meaning.delays and not last:
            raise ActionError(
                f"the steps after {text!r:.80} would wait, too; make it the last one, or write"
                " '{delay: 10m}' as a step of its own"
            )
        return meaning.steps

    def _service(
        self, service: str, section: TargetSection | None, data: Mapping[str, Any], *, known: bool
    ) -> tuple[Step, ...] | None:
        target = _target(section)
        if service == RUN and len(target.entity) == 1:
            return (run(target.entity[0].removeprefix("task."), data, self._tasks),)
        if service in UNIT_SERVICES:
            if set(data) != {"unit"} or target:
                raise ActionError(f"{service} takes one unit: '{service[5:]}: nginx.service' would be right")
            return (unit_do(service[5:], data["unit"]),)
        step = Do(service=service, target=target, data=dict(data) or NOTHING)
        if service not in self._services:
            if not self._all_services and service.partition(".")[0] not in _DOMAINS:
                return (step,)
            find(service)
        elif not isinstance(self._services[service], Risk):
            # Its own planner looks at the moment, too.
            return (step,)
        if not known:
            return None
        planned = plan(checking(service, target, data), self._sentences.supposed, known=self._services)
        if planned.refusals and (target.entity or not planned.steps):
            raise ActionError("; ".join(dict.fromkeys(reason for _, reason in planned.refusals)))
        return (step,)

    def _needs(self, steps: Iterable[Step]) -> frozenset[str]:
        needs = set()
        for step in steps:
            if isinstance(step, Notify) or (isinstance(step, Do) and step.service == SEND):
                needs |= set() if self._messages else {"notify"}
            elif isinstance(step, Do) and step.service in UNIT_SERVICES:
                needs |= self._needs_of_unit(step)
            elif isinstance(step, Do) and step.service.partition(".")[0] not in _DOMAINS:
                there = step.service in self._services or step.service.partition(".")[0] in self._domains
                needs |= set() if there else {step.service}
        return frozenset(needs)

    def _needs_of_unit(self, step: Do) -> set[str]:
        if step.service in self._services:
            return set()
        if self._units is None:
            return {"units"}
        unit = str(step.data["unit"])
        return set() if unit in self._units else {f"{ALLOW}{unit}"}


def mistakes(found: Found, tree: Tree, where: Keys) -> list[Mistake]:
    """What is wrong with the `do:` that stands at `where` of `tree`, each with its file and line."""
    if not isinstance(found, Refused):
        return []
    return [_mistake(one, tree, where) for one in found.wrong]


def _mistake(wrong: Wrong, tree: Tree, where: Keys) -> Mistake:
    """`wrong` under the keys that were written: one step needs no list, and a bare text no key."""
    there = tree.at(where)
    keys = wrong.keys
    if there is not None and not there.items:
        keys = keys[1:]
    whole = tuple(where)
    for key in keys:
        inner = tree.at((*whole, key))
        if inner is None:
            break
        whole = (*whole, key)
    return Mistake(tree.place_of(whole), whole, wrong.text)


def _target(section: TargetSection | None) -> Target:
    if section is None:
        return Target()
    return Target(
        entity=section.entity or (),
        area=section.area or (),
        floor=section.floor or (),
        domain=section.domain or (),
    )
