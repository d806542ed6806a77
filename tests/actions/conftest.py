"""The executor on a workbench, the ledger and the whole pipeline from life to life: all of it real."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from agent.actions.approvals import Approvals
from agent.actions.executor import Executor
from agent.actions.ledger import Ledger
from agent.actions.policy import Policy, PolicyConfig
from agent.core.actions import Expectation, Trust
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.metrics import Metrics
from agent.runtime.store import opened
from tests.actions.asking import KEY, NOON, ROOMS, action, entered, entity, house
from tests.fakes import FakeClock


class Workbench:
    """An executor with real parts around it, and the peers that carry out its services."""

    def __init__(self):
        self.clock = FakeClock(NOON)
        self.home = house(entity("light.desk"), entity("light.other"), clock=self.clock)
        self.metrics = Metrics()
        self.cuts = 0
        self.executor = Executor(
            home=self.home, clock=self.clock, metrics=self.metrics, interruptions=lambda: self.cuts
        )
        self.told = []
        self.reasons = []

    def provide(self, *peers, service="light.turn_on", owner="test"):
        """Let the first command be answered by the first of `peers`, and so on; the last takes the rest."""
        sent = []

        async def handler(step):
            sent.append(step)
            await peers[min(len(sent), len(peers)) - 1](step)

        self.executor.provide(service, owner, handler, None)
        return sent

    def tell(self, _entry, status, reason=None, *, final=True):
        self.told.append((status.value, final))
        self.reasons.append(reason)

    async def carry_out(self, **more):
        """The statuses of a step, the last one final."""
        await self.executor.carry_out(self.entry(**more), self.tell)
        assert [final for _, final in self.told] == [False] * (len(self.told) - 1) + [True]
        return [status for status, _ in self.told]

    def entry(self, *, within=5.0, shows="on", action_id="1", service="light.turn_on", **more):
        asked = action(service, "light.desk", id=action_id)
        expects = Expectation(state=frozenset({shows}), within=within) if shows else None
        made = entered(asked, at=self.clock.now())
        return replace(made, step=replace(made.step, **{"expects": expects, "idempotent": True, **more}))

    # peers ----------------------------------------------------------------------------------------------
    async def obeys(self, step):
        self.home.report(step.entity, "on")

    async def contradicts(self, step):
        self.home.report(step.entity, "off")

    async def stays_silent(self, step):
        pass

    def soon(self, report):
        """A peer that reports once its command is on its way."""

        async def peer(step):
            asyncio.get_running_loop().call_soon(report)

        return peer


@pytest.fixture
def workbench():
    return Workbench()


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s.db"


@pytest.fixture
def life(path, clock):
    """Makes lives of the daemon, as far as its ledger is concerned."""

    @asynccontextmanager
    async def one():
        async with opened(path) as store:
            ledger = Ledger(store=store, clock=clock, key=KEY)
            await ledger.open()
            yield ledger

    return one


class Household:
    """The whole path from a request to its outcome, with two locks whose peers obey."""

    def __init__(self, store, clock, config):
        self.clock = clock
        self.home = house(
            entity("lock.front", area="hall", aliases=("the door",)),
            entity("light.desk", area="study"),
            clock=clock,
            **ROOMS,
        )
        self.metrics = Metrics()
        self.ledger = Ledger(store=store, clock=clock, key=KEY)
        self.approvals = Approvals(clock=clock)
        self.executor = Executor(home=self.home, clock=clock, metrics=self.metrics, interruptions=lambda: 0)
        self.pipeline = Pipeline(
            home=self.home,
            policy=Policy(config=PolicyConfig.model_validate(config), clock=clock),
            ledger=self.ledger,
            executor=self.executor,
            approvals=self.approvals,
            bus=Bus(),
            clock=clock,
            metrics=self.metrics,
        )
        self.sent = []
        self.before_the_act = lambda: None
        for service, value in (("lock.unlock", "unlocked"), ("light.turn_on", "on")):
            self._provide(service, value)

    def _provide(self, service, value):
        async def obey(step):
            self.before_the_act()
            self.sent.append(step)
            self.home.report(step.entity, value)

        self.executor.provide(service, "test", obey, None)

    async def unlock(self, target="lock.front", *, action_id="q", **more):
        """Somebody in the room asks for a lock to be opened: the policy asks back."""
        asked = action("lock.unlock", target, id=action_id, **{"trust": Trust.ROOM, **more})
        return await self.pipeline.do(asked)

    async def answer(self, question="q", *, yes=True, trust=Trust.HUMAN, channel="cli"):
        """Why an answer did not count, None if it did."""
        return await self.pipeline.approve(question, who="ada", trust=trust, channel=channel, yes=yes)


@pytest.fixture
def household(path, clock):
    """Makes lives of the whole path on one file; what was left open comes back."""

    @asynccontextmanager
    async def one(**config):
        async with opened(path) as store:
            made = Household(store, clock, config)
            await made.ledger.open()
            await made.pipeline.recover(await made.ledger.unsettled())
            yield made

    return one
