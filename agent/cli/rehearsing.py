"""A house that lives through a recording in virtual time, and does nothing.

Its devices are those that announce themselves on the recording, its rules and schedules those of a
configuration; between them is the daemon's own path, but for the last step of it: nothing leaves here.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typing_extensions import override

from agent.actions.approvals import Approvals
from agent.actions.executor import Executor, Provider, Tell
from agent.actions.ledger import Entry, Ledger
from agent.actions.policy import Policy
from agent.automations.by_itself import ByItself
from agent.automations.calendar import house_zone
from agent.automations.jobs import Firing
from agent.automations.sun import place_of
from agent.config import Loaded
from agent.core.actions import Action, Cause, Expectation, Risk, Status, Step, Target, Trust
from agent.core.events import IncidentChanged, JournalWritten, OutcomeChanged, RuleWent, UnitChanged, utc
from agent.core.intents import Reply, Utterance
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.errors import ActionError, ConfigError, HearthError
from agent.home.registry import Home
from agent.integration import loader
from agent.integration.host import Hosted, Life
from agent.integration.house import Parts
from agent.mqtt.message import Message
from agent.mqtt.tape import Tape
from agent.mqtt.topics import Topics
from agent.pipeline import Pipeline
from agent.recording.deeds import BY_ITSELF, Deeds
from agent.recording.format import Journalled, Published, Recorded
from agent.recording.machine import Machine
from agent.recording.virtual_clock import VirtualClock
from agent.reloading import sections_of, settings
from agent.runtime.bus import Bus
from agent.runtime.metrics import Metrics
from agent.runtime.problems import Problems
from agent.runtime.service import Service
from agent.runtime.store import Store, opened

PLAYED = ("discovery", "notify")
"""The integrations that take part: one knows the devices, the other what messages to people are."""
QUIET_TURNS = 12
SILENT = 86_400.0
"""Seconds without a word after which nobody was there, or the clock was put right: time jumps."""
NOTABLE = ("would have", "no plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A rule that went off without asking for anything."""

    time: float
    rule: str
    came: str
    words: str


@dataclass(slots=True)
class Lived:
    """What was done then, what would have been done now, and until when."""

    then: Deeds = field(default_factory=Deeds)
    now: Deeds = field(default_factory=Deeds)
    notes: list[Note] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


class Pretending(Executor):
    """Carries everything out up to the point where something would happen."""

    @override
    async def _carry_out(self, entry: Entry, step: Step, tell: Tell) -> None:
        provider = self._providers.get((step.service, step.owner))
        self._listener(step)
        if isinstance(provider, Provider):
            # Its commands go onto the tape; what a device that reports nothing is taken to do, is remembered.
            await provider.handler(step)
        tell(entry, Status.SENT)

    def asked_then(self, outcome: Mapping[str, Any], born: datetime) -> None:
        """Somebody had an entity do something: what it reports next is no news, as it was none then."""
        cause, entity, service = outcome.get("cause"), outcome.get("target"), outcome.get("action")
        if not isinstance(cause, Mapping) or not isinstance(entity, str) or not isinstance(service, str):
            return
        if cause.get("kind") in BY_ITSELF or outcome.get("status") != Status.ACCEPTED:
            return
        action = Action(
            id="then",
            service=service,
            target=Target(entity=(entity,)),
            cause=Cause(kind="bus", who="then"),
            trust=Trust.ROOM,
            born=born,
        )
        self._listener(
            Step(action=action, entity=entity, owner="", risk=Risk.REVERSIBLE, expects=Expectation())
        )


async def rehearse(happened: Iterable[Recorded], loaded: Loaded, node: Callable[[], str]) -> Lived:
    """Live through `happened` with the rules and schedules of `loaded`; `node` is whose recording it is.

    Raises:
        ConfigError: nothing is recorded, or the configuration cannot be used.
    """
    lived = Lived()
    wrong: HearthError | None = None
    following = iter(happened)
    first = next(following, None)
    if first is None:
        raise ConfigError("nothing is recorded there")
    lived.began = lived.ended = first.time
    with TemporaryDirectory(prefix="hearthd-replay-") as folder:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(opened(Path(folder) / "hearthd.db"))
            rehearsal = _Rehearsal(loaded, store, Topics(node()), lived)
            await rehearsal.open()
            async with asyncio.TaskGroup() as tasks:
                working = [
                    tasks.create_task(_run(service), name=service.name) for service in rehearsal.services
                ]
                try:
                    await rehearsal.begun()
                    await rehearsal.play(first)
                    for one in following:
                        await rehearsal.play(one)
                except HearthError as error:
                    # Raised behind the task group, which would wrap it.
                    wrong = error
                for task in working:
                    task.cancel()
    if wrong is not None:
        raise wrong
    return lived


async def _run(service: Service) -> None:
    await service.run()


class _Rehearsal:
    """The parts of the house, put together as the daemon does it."""

    def __init__(self, loaded: Loaded, store: Store, topics: Topics, lived: Lived) -> None:
        config = loaded.config
        self._lived = lived
        self._store = store
        self._sections = sections_of(config)
        self._outcomes, self._incidents = topics("outcome"), topics("incident", "+").removesuffix("+")
        self._machine = Machine()
        self._clock = clock = VirtualClock(datetime.fromtimestamp(lived.began, UTC), settled=self._settled)
        self._bus = bus = Bus()
        metrics, problems = Metrics(), Problems(clock=clock)
        self._tape = Tape(topics=topics, bus=bus, clock=clock, metrics=metrics)
        home = Home(config=config.home, bus=bus, clock=clock)
        self._ledger = Ledger(store=store, clock=clock, key=secrets.token_bytes(32))
        zone = house_zone(config.node.timezone)
        policy = Policy(config=config.policy, clock=clock, zone=zone)
        self._executor = Pretending(home=home, clock=clock, metrics=metrics, interruptions=lambda: 0)
        pipeline = Pipeline(
            home=home,
            policy=policy,
            ledger=self._ledger,
            executor=self._executor,
            approvals=Approvals(clock=clock),
            bus=bus,
            clock=clock,
            metrics=metrics,
        )
        reader = Reader(home=home, grammar=Grammar(folders=loaded.sentence_folders))

        async def read() -> Reader:
            return reader

        self._by_itself = ByItself(
            home=home,
            mqtt=self._tape,
            bus=bus,
            clock=clock,
            metrics=metrics,
            problems=problems,
            store=store,
            pipeline=pipeline,
            executor=self._executor,
            reader=read,
            zone=zone,
            place=place_of(config.node.latitude, config.node.longitude),
            own=topics(),
            said=_nobody_said,
        )
        parts = Parts(
            home=home,
            mqtt=self._tape,
            bus=bus,
            pipeline=pipeline,
            say=_nobody_speaks,
            ledger=self._ledger,
            store=store,
            topics=topics,
            clock=clock,
            metrics=metrics,
            problems=problems,
            key=b"",
            pin_matches=lambda _: False,
            ask=_nobody_asks,
            zone=zone,
        )
        self._hosted = [
            Hosted(found, settings=settings(loaded, domain), parts=parts, executor=self._executor)
            for found in loader.find()
            if (domain := found.manifest.domain) in PLAYED
            and loaded.enabled(domain, default=found.manifest.enabled)
        ]
        self.services = [
            Service(name="replay.told", run=self._hear),
            Service(name="pipeline", run=pipeline.run),
            *self._by_itself.services,
            *(one.service for one in self._hosted),
        ]

    async def open(self) -> None:
        """Make the tables and take the configuration."""
        await self._ledger.open()
        await self._by_itself.begin(self._sections)

    async def begun(self) -> None:
        """Wait until everybody listens."""
        for one in self._hosted:
            await one.tried.wait()
            if one.standing.life is not Life.RUNNING:
                raise ConfigError(f"{one.domain}: {one.standing.reason}")
        await self._settled()

    async def play(self, one: Recorded) -> None:
        """Let time go by until `one` happened, and let it happen."""
        apart = one.time - self._clock.time()
        if abs(apart) > SILENT:
            self._clock.jump(apart)
        if self._clock.next_waking() > one.time - self._clock.time():
            self._clock.skip(one.time - self._clock.time())
        else:
            await self._clock.advance(one.time)
        self._lived.ended = max(self._lived.ended, one.time)
        match one:
            case Published():
                message = one.message()
                if one.topic == self._outcomes and not one.retain:
                    self._see_outcome(message, one.time)
                if one.topic.startswith(self._incidents):
                    key = one.topic.removeprefix(self._incidents)
                    self._tell(self._machine.incident(key, message, one.time))
                if not self._tape.play(message):
                    return
            case Journalled():
                self._tell(self._machine.unit(one.fields, one.time))
                self._bus.publish(JournalWritten(at=self._clock.now(), fields=one.fields))
        await self._settled()

    def _tell(self, event: UnitChanged | IncidentChanged | None) -> None:
        if event is not None:
            self._bus.publish(event)

    def _see_outcome(self, message: Message, time: float) -> None:
        try:
            outcome = message.json()
        except ValueError:
            return
        if isinstance(outcome, dict):
            self._lived.then.see(outcome, time)
            self._executor.asked_then(outcome, utc(time))

    async def _hear(self) -> None:
        """Write down what the rules ask for."""
        with self._bus.subscribe("replay", OutcomeChanged, RuleWent) as events:
            async for event in events:
                at = event.at.timestamp()
                if isinstance(event, OutcomeChanged):
                    self._lived.now.see(event.outcome.as_json(), at)
                elif isinstance(event, RuleWent) and event.came in NOTABLE:
                    self._lived.notes.append(
                        Note(time=at, rule=event.rule, came=event.came, words=event.words)
                    )

    async def _settled(self) -> None:
        """Everything has gone on that can without time going by."""
        quiet = 0
        while quiet < QUIET_TURNS:
            if await self._store.committed():
                quiet = 0
            else:
                await asyncio.sleep(0)
                quiet += 1


async def _nobody_said(_firing: Firing) -> None:
    raise ActionError("what somebody said is not in the recording")


async def _nobody_speaks(_: Utterance) -> Reply:
    raise ActionError("nobody speaks in a replay")


async def _nobody_asks(_what: str, _arguments: Mapping[str, Any], _trust: Trust) -> Any:
    raise ActionError("nobody asks in a replay")
