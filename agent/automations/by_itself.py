"""What happens by itself, joined: schedules, rules, tasks, and what somebody said is to be done later."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any

import structlog

from agent.actions.executor import Executor
from agent.automations.compiling import Found, Refused
from agent.automations.engine import Automations
from agent.automations.firing import Clockwork
from agent.automations.house_world import HouseWorld
from agent.automations.jobs import Firing
from agent.automations.mentions import doubts
from agent.automations.plans import Plans
from agent.automations.rulebook import PREFIX, Rulebook
from agent.automations.runs import Runs
from agent.automations.schedule_section import ScheduleConfig
from agent.automations.schedules import Schedules
from agent.automations.sun import Place
from agent.automations.task_sandbox import Runners
from agent.automations.task_section import TaskConfig
from agent.automations.tasks import TaskReport, Tasks
from agent.automations.triggers import TIME_CAME
from agent.automations.when_section import AutomationSection
from agent.configfile.tree import Keys
from agent.core.events import TaskReported
from agent.dialogue.language import LanguageConfig
from agent.engines.reads import Reads
from agent.home.registry import Home
from agent.mqtt.client import Mqtt
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.problems import Problems
from agent.runtime.service import Service
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
LOOK_EVERY = 2.0
"""Seconds after which it is noticed that the house is another one, so that the rules are looked over."""

MOST_LOGGED = 10
"""Rules that the log names one by one when the house has changed; `hearthd devices --problems` names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """What the configuration says of it. `language` is what sentences are written in."""

    automations: Sequence[AutomationSection]
    schedules: Sequence[ScheduleConfig]
    tasks: Mapping[str, TaskConfig]
    language: LanguageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A configuration that can be taken."""

    sections: Sections
    book: Rulebook
    plans: Plans


class ByItself:
    """Schedules, rules and tasks. `begin`, then run the `services`; `take` what was `prepared` later."""

    def __init__(
        self,
        *,
        home: Home,
        mqtt: Mqtt,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        problems: Problems,
        store: Store,
        pipeline: Pipeline,
        executor: Executor,
        reader: Callable[[], Awaitable[Reads]],
        zone: tzinfo,
        place: Place | None,
        own: str,
        said: Callable[[Firing], Awaitable[None]],
    ) -> None:
        """Take `reader`, asked once a sentence is to be read, and `own`: the root of our own topics.

        `said` does what somebody said is to be done, or to ring, when its time has come.
        """
        self._home = home
        self._mqtt = mqtt
        self._bus = bus
        self._clock = clock
        self._problems = problems
        self._pipeline = pipeline
        self._executor = executor
        self._reader = reader
        self.schedules = Schedules(store=store, clock=clock, zone=zone, place=place, fire=self._fire)
        self._runs = Runs(pipeline=pipeline, bus=bus, clock=clock, book=self.schedules)
        self._rules = Automations(
            mqtt=mqtt,
            bus=bus,
            clock=clock,
            metrics=metrics,
            world=HouseWorld(home=home, clock=clock, zone=zone, place=place),
            runs=self._runs,
            own=own,
        )
        self._clockwork = Clockwork(runs=self._runs, automations=self._rules, said=said)
        self._tasks = Tasks(tasks={}, runner=Runners(clock=clock), told=self._told)
        self._tasks.provide(executor)
        executor.on_sent(self._rules.asked_of)
        self._now: Prepared | None = None
        self._looked_over = -1
        self._mean_nothing: set[str] = set()
        self._noted: set[str] = set()

    @property
    def services(self) -> tuple[Service, ...]:
        """What runs as long as the daemon does."""
        return (
            Service(name="automations", run=self._rules.run),
            Service(name="automations.runs", run=self._runs.run),
            Service(name="automations.plans", run=self._look_over),
            Service(name="schedules", run=self._keep_time),
        )

    async def begin(self, sections: Sections) -> None:
        """Bring back what is on disk and take the first configuration.

        Raises:
            ConfigError: a time in it cannot be computed.
            TransientError: the disk cannot be read or written now.
        """
        await self.schedules.load()
        self._runs.recall()
        await self.take(self.prepared(sections))

    def prepared(self, sections: Sections) -> Prepared:
        """The configuration of `sections`, made apart from the present one."""
        plans = Plans(
            home=self._home,
            reader=self._reader,
            services=self._executor.custom,
            language=sections.language,
            tasks=sections.tasks,
        )
        return Prepared(sections=sections, book=self._rules.book(sections.automations), plans=plans)

    async def found(self, prepared: Prepared) -> list[tuple[Keys, str, Found]]:
        """What every `do:` comes to in the house as it is: where it is written, whose it is."""
        sections = prepared.sections
        lists: tuple[tuple[str, Sequence[AutomationSection | ScheduleConfig]], ...] = (
            ("automation", sections.automations),
            ("schedule", sections.schedules),
        )
        found: list[tuple[Keys, str, Found]] = []
        for kind, written in lists:
            for at, one in enumerate(written):
                name = f"{kind} {one.id}"
                found.append(((f"{kind}s", at, "do"), name, await prepared.plans.of(name, one.do)))
                # It takes milliseconds each: what happens meanwhile is not kept waiting for all of them.
                await asyncio.sleep(0)
        return found

    async def take(self, prepared: Prepared) -> None:
        """Take another configuration: all of it, or none.

        Raises:
            ConfigError: a time cannot be computed.
            TransientError: it cannot be stored now.
        """
        sections = prepared.sections
        await self.schedules.replace(sections.schedules, prepared.book.times())
        self._tasks.configure(sections.tasks)
        self._clockwork.configure(sections.automations, sections.schedules, prepared.plans)
        self._rules.configure(prepared.book, prepared.plans)
        self._now, self._looked_over = prepared, -1

    def jobs(self) -> list[dict[str, Any]]:
        """Every schedule, for `hearthd jobs`."""
        return [self._with_what_came(asdict(row)) for row in self.schedules.jobs()]

    def job(self, name: str) -> dict[str, Any] | None:
        """A schedule, written or said, and what it asks; None if none is called so."""
        found = next((one for one in self.jobs() if one["id"] == name), None)
        return None if found is None else found | {"asks": self._asks("schedule", name)}

    def rule(self, rule_id: str) -> dict[str, Any] | None:
        """What became of a rule lately, for `hearthd why`; None if none is called so."""
        found = self._rules.explained(rule_id)
        if found is None:
            return None
        sections = self._now.sections.automations if self._now else ()
        known = self._known()
        notes = [one.text for rule in sections if rule.id == rule_id for one in doubts(rule, known)]
        return found | {"asks": self._asks("automation", rule_id), "notes": notes}

    def _asks(self, kind: str, who: str) -> list[dict[str, Any]]:
        """The questions that wait for a person, of a rule or a schedule."""
        cause = {"kind": kind, "who": who}
        return [
            {key: one[key] for key in ("id", "text", "expires")}
            for one in self._pipeline.pending()
            if cause.items() <= one["cause"].items()
        ]

    def _known(self) -> set[str] | None:
        """The entities there are; None: the house is not known yet."""
        return {one.id for one in self._home.entities()} or None

    def _with_what_came(self, row: dict[str, Any]) -> dict[str, Any]:
        """Of a rule's time, what the rule came to: that it was set off is nothing anybody waits for."""
        if not row["id"].startswith(PREFIX) or not (row["result"] or "").startswith("done"):
            return row
        rule = self._rules.explained(row["id"].removeprefix(PREFIX).rpartition("/")[0])
        since = row["last"].isoformat()
        came = next(
            (
                f"{one['came']}: {one['words']}" if one["words"] else one["came"]
                for one in (rule["went"] if rule else ())
                if one["because"] == TIME_CAME and one["at"] >= since
            ),
            "set off",
        )
        return row | {"result": row["result"].replace("done", came, 1)}

    def rules(self) -> list[dict[str, Any]]:
        """Every rule."""
        sections = self._now.sections.automations if self._now else ()
        return [found for one in sections if (found := self._rules.explained(one.id)) is not None]

    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """What people call each task, by its id."""
        return self._tasks.spoken()

    def task_names(self) -> tuple[str, ...]:
        """What people call the tasks there are."""
        return tuple(name for names in self.tasks().values() for name in names)

    async def _fire(self, firing: Firing) -> None:
        await self._clockwork.fire(firing)

    def _told(self, report: TaskReport) -> None:
        self._bus.publish(
            TaskReported(
                at=self._clock.now(), cause=report.trace, task=report.task, id=report.id, body=report.body
            )
        )

    async def _keep_time(self) -> None:
        """Hand on what is due; what was missed waits until the devices can be reached, if they ever can."""
        await self._mqtt.answered()
        if self._mqtt.connected:
            await self._mqtt.caught_up()
        await self.schedules.run()

    async def _look_over(self) -> None:
        """Whenever the house has become another one, say which rules mean nothing in it."""
        seen = -1
        if self._now is not None:
            # The templates are loaded before the first sentence is needed.
            await self.found(self._now)
        while True:
            await self._clock.sleep(LOOK_EVERY)
            version, now = self._home.version, self._now
            settled, seen = version == seen, version
            if not settled or version == self._looked_over or now is None or not len(self._home):
                continue
            self._looked_over = version
            every = await self.found(now)
            known = self._known()
            doubtful = {
                f"automation {one.id}": [doubt.text for doubt in doubts(one, known)]
                for one in now.sections.automations
                if one.enabled
            }
            for name in self._noted - {name for _, name, _ in every}:
                self._problems.note("automations", name, None)
            before, self._mean_nothing, self._noted = self._mean_nothing, set(), set()
            for _, name, found in every:
                wrong = [one.text for one in found.wrong] if isinstance(found, Refused) else []
                told = "; ".join([*wrong, *doubtful.get(name, ())]) or None
                self._problems.note("automations", name, told)
                if told is not None:
                    self._noted.add(name)
                if not wrong:
                    continue
                self._mean_nothing.add(name)
                if name not in before and len(self._mean_nothing) <= MOST_LOGGED:
                    log.warning("rule.refused", of=name, reason="; ".join(wrong))
            if len(self._mean_nothing) > MOST_LOGGED:
                log.warning("rules.refused", count=len(self._mean_nothing))
