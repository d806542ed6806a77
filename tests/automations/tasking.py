"""The whole path from a request to its outcome for a house with nothing in it but tasks, all of it real."""

import asyncio
from contextlib import asynccontextmanager

from agent.actions.approvals import Approvals
from agent.actions.executor import Executor
from agent.actions.ledger import Ledger
from agent.actions.policy import Policy, PolicyConfig
from agent.automations.task_runner import ProcessRunner
from agent.automations.task_section import TaskConfig
from agent.automations.tasks import RUN, Tasks
from agent.core.actions import Action, Cause, Target, Trust
from agent.core.events import OutcomeChanged
from agent.home.registry import Home, HomeConfig
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.store import opened
from tests.actions.asking import KEY


class Works:
    """Tasks, and the one path that runs them."""

    def __init__(self, store, tasks, policy):
        self.clock, self.bus, self.metrics = Clock(), Bus(), Metrics()
        self.ledger = Ledger(store=store, clock=self.clock, key=KEY)
        home = Home(config=HomeConfig(), bus=self.bus, clock=self.clock)
        self.executor = Executor(home=home, clock=self.clock, metrics=self.metrics, interruptions=lambda: 0)
        self.pipeline = Pipeline(
            home=home,
            policy=Policy(config=PolicyConfig.model_validate(policy), clock=self.clock),
            ledger=self.ledger,
            executor=self.executor,
            approvals=Approvals(clock=self.clock),
            bus=self.bus,
            clock=self.clock,
            metrics=self.metrics,
        )
        self.reports = []
        self.tasks = Tasks(
            tasks=sections(tasks),
            runner=ProcessRunner(clock=self.clock, environment={}),
            told=lambda report: self.reports.append(report.as_json()),
        )
        self.tasks.provide(self.executor)

    def asked(self, target, data=None, *, action_id="1", trust=Trust.HUMAN, **more):
        return Action(
            id=action_id,
            service=more.pop("service", RUN),
            target=target if isinstance(target, Target) else Target(entity=(target,)),
            cause=Cause(kind="cli", who="ada"),
            trust=trust,
            born=more.pop("born", self.clock.now()),
            data=data or {},
            **more,
        )

    async def run(self, target, data=None, **more):
        """The outcome of the only step of a run."""
        (outcome,) = await self.pipeline.do(self.asked(target, data, **more))
        return outcome

    @asynccontextmanager
    async def outcomes(self):
        """Every change of an outcome, as it comes."""
        with self.bus.subscribe("test", OutcomeChanged) as changes:
            found = []
            note = found.append

            async def listen():
                async for change in changes:
                    note(change.outcome)

            listening = asyncio.create_task(listen())
            try:
                yield found
            finally:
                listening.cancel()


def sections(tasks):
    return {task_id: TaskConfig.model_validate(one) for task_id, one in tasks.items()}


@asynccontextmanager
async def works(folder, tasks, **policy):
    """One life of the daemon, as far as its tasks are concerned; lives in one folder share their disk."""
    async with opened(folder / "s.db") as store:
        made = Works(store, tasks, policy)
        await made.ledger.open()
        await made.pipeline.recover(await made.ledger.unsettled())
        yield made
