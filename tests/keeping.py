"""Somebody who speaks of times to come, in a house without a broker. Time passes when the test says so."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.actions.approvals import Approvals
from agent.actions.executor import Executor
from agent.actions.ledger import Ledger
from agent.actions.planner import Plan
from agent.actions.policy import Policy, PolicyConfig
from agent.automations.said import Said
from agent.automations.schedules import Schedules
from agent.core.actions import Action, Cause, Outcome, Risk, Step, Trust
from agent.core.events import Event, OutcomeChanged, Rang, TimersChanged
from agent.core.intents import Reply, Utterance
from agent.dialogue.conversation import Conversation
from agent.dialogue.language import LanguageConfig
from agent.dialogue.learned import Learned
from agent.dialogue.understanding import Understanding
from agent.engines.cascade import Cascade
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.home.registry import Home, HomeConfig
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.metrics import Metrics
from agent.runtime.store import opened
from tests.actions.asking import ROOMS, entity
from tests.automations.virtual import BERLIN, HOME, VirtualClock, settled

GRAMMAR = Grammar(folders=())
"""Loaded once for all tests: it takes seconds."""
THINGS = (
    entity("light.kitchen", "Kitchen Light", area="kitchen", aliases=("厨房灯",)),
    entity("light.hall", "Hall Light", area="hall", aliases=("走廊灯",)),
    entity("light.desk", "Desk Lamp", area="study"),
    entity("light.bed", "Bed Lamp", area="shed"),
    entity("switch.heater", "Heater", area="study", aliases=("暖气",)),
    entity("switch.tv", "TV", area="hall", aliases=("电视",)),
    entity("cover.blinds", "Blinds", area="study", device_class="blind", aliases=("窗帘",)),
    entity("lock.front", "Front Door", area="hall", aliases=("前门",)),
)
_SERVICES = {
    "light.turn_on": "on",
    "light.turn_off": "off",
    "switch.turn_on": "on",
    "switch.turn_off": "off",
    "cover.open_cover": "open",
    "cover.close_cover": "closed",
    "lock.lock": "locked",
    "lock.unlock": "unlocked",
}
_ids = itertools.count()


class Somebody:
    """One life of the daemon as far as it is spoken to about time."""

    def __init__(
        self,
        clock: VirtualClock,
        store: Any,
        tasks: asyncio.TaskGroup,
        *,
        things: Any,
        notifies: bool,
        machine: Any = None,
    ) -> None:
        self.clock, self.store = clock, store
        self.bus = Bus()
        self.metrics = Metrics()
        self.home = Home(config=HomeConfig.model_validate(ROOMS), bus=self.bus, clock=clock)
        for one in things:
            self.home.add(one)
            self.home.report(
                one.id, "locked" if one.domain == "lock" else "closed" if one.domain == "cover" else "off"
            )
        self.sent: list[Step] = []
        self.events: list[Event] = []
        self.ledger = Ledger(store=store, clock=clock, key=b"k" * 32)
        self.executor = Executor(home=self.home, clock=clock, metrics=self.metrics, interruptions=lambda: 0)
        for service, value in _SERVICES.items():
            self._provide(service, value)
        self.messages: list[Mapping[str, Any]] = []
        if notifies:
            self.executor.provide_whole("notify.send", "test", self._notify, self._letter)
        self.pipeline = Pipeline(
            home=self.home,
            policy=Policy(config=PolicyConfig(), clock=clock, zone=BERLIN),
            ledger=self.ledger,
            executor=self.executor,
            approvals=Approvals(clock=clock),
            bus=self.bus,
            clock=clock,
            metrics=self.metrics,
        )
        self.schedules = Schedules(
            store=store, clock=clock, zone=BERLIN, place=HOME, fire=self._fire, look_every=60.0
        )
        self.said = Said(
            book=lambda: self.schedules,
            home=self.home,
            pipeline=self.pipeline,
            bus=self.bus,
            clock=clock,
            zone=BERLIN,
            units=lambda: "metric",
            services=self.executor.custom,
            memory=store.owned_by("said"),
        )
        reader = Reader(home=self.home, grammar=GRAMMAR)
        learned = Learned(store=store, clock=clock, mode=lambda: "off", vocabulary=lambda: reader.vocabulary)
        self.conversation = Conversation(
            home=self.home,
            understanding=Understanding(reader=reader, learned=learned, cascade=Cascade([]), home=self.home),
            learned=learned,
            pipeline=self.pipeline,
            clock=clock,
            metrics=self.metrics,
            config=LanguageConfig(),
            local=lambda when: when.astimezone(BERLIN),
            begin=lambda doing, name: tasks.create_task(doing, name=name),
            keeper=self.said,
            services=self.executor.custom,
            machine=machine,
        )

    async def say(self, text: str, **more: Any) -> Reply:
        """Say something and return the reply."""
        told = {
            "id": f"k{next(_ids)}",
            "language": "en",
            "session": "one",
            "trust": Trust.ROOM,
            "cause": Cause(kind="bus", who="ada"),
            "born": self.clock.now(),
        }
        return await self.conversation.say(Utterance(text=text, **{**told, **more}))

    async def shown(self, text: str, **more: Any) -> str:
        """What the screen shows as the answer."""
        return (await self.say(text, **more)).shown

    async def pass_(self, seconds: float) -> None:
        """Let time go by, waking by waking."""
        await settled(self.store)
        left = seconds
        while (step := self.clock.next_waking()) <= left:
            self.clock.advance(step)
            left -= step
            await settled(self.store)
        self.clock.advance(left)
        await settled(self.store)

    def state(self, key: str) -> str | None:
        return self.home.state(key).value

    @property
    def rang(self) -> list[Rang]:
        return [one for one in self.events if isinstance(one, Rang)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [one.outcome for one in self.events if isinstance(one, OutcomeChanged)]

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The newest list that was published."""
        return list([one for one in self.events if isinstance(one, TimersChanged)][-1].timers)

    @property
    def due(self) -> list[str]:
        """When what is kept comes, on the clock of the house."""
        return [f"{one.due.astimezone(BERLIN):%m-%d %H:%M:%S}" for one in self.said.kept() if one.due]

    def job(self, kind: str) -> Any:
        """The newest row of `hearthd jobs` of that kind."""
        return [one for one in self.schedules.jobs() if one.id.startswith(kind)][-1]

    async def _fire(self, firing: Any) -> None:
        await self.said.fire(firing)

    def _provide(self, service: str, value: str) -> None:
        async def obey(step: Step) -> None:
            self.sent.append(step)
            self.home.report(step.entity, value)

        self.executor.provide(service, "test", obey, None)

    def _letter(self, action: Action) -> Plan:
        return Plan(
            steps=(
                Step(
                    action=action, entity="notify.ada", owner="test", risk=Risk.REVERSIBLE, data=action.data
                ),
            )
        )

    async def _notify(self, step: Step, started: Any) -> str:
        started()
        self.messages.append(step.data)
        return "sent"


class Place:
    """A state folder whose daemon is started and ended. It is noon of a Saturday unless said otherwise."""

    def __init__(self, folder: Path, now: str = "2026-11-21T12:00") -> None:
        self.path = folder / "state.db"
        self.clock = VirtualClock(datetime.fromisoformat(now).replace(tzinfo=BERLIN))

    @asynccontextmanager
    async def living(
        self, *, things: Any = THINGS, notifies: bool = False, machine: Any = None
    ) -> AsyncIterator[Somebody]:
        async with opened(self.path) as store, asyncio.TaskGroup() as tasks:
            one = Somebody(self.clock, store, tasks, things=things, notifies=notifies, machine=machine)
            await one.ledger.open()
            await one.schedules.load()
            await one.said.load()
            await one.schedules.replace(())
            with one.bus.subscribe("test", Rang, TimersChanged, OutcomeChanged) as events:
                hearing = tasks.create_task(_heard(events, one.events))
                running = tasks.create_task(one.schedules.run())
                await settled(store)
                try:
                    yield one
                finally:
                    running.cancel()
                    await asyncio.wait([running])
                    await settled(store)
                    hearing.cancel()


async def _heard(events: Any, found: list[Event]) -> None:
    async for event in events:
        # One by one: nobody waits for the last of them.
        found += [event]


def without(key: str) -> tuple[Any, ...]:
    """The things of the house but one."""
    return tuple(one for one in THINGS if one.id != key)


def twin(key: str, of: str, **more: Any) -> Any:
    """A thing like another."""
    return replace(next(one for one in THINGS if one.id == of), id=key, **more)
