"""Named commands on the one path: planned with their risk, ruled on, recorded, run once, told how it ended.

The service is `task.run`, the target `task.<id>`, the data its parameters. A step holds the parameters and a
checksum of the task as it was then: what was approved is what runs, or nothing does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

import structlog

from agent.actions.executor import Executor
from agent.actions.planner import Plan
from agent.automations.task_parameters import filled, taken
from agent.automations.task_runner import Command, Runner, TaskResult
from agent.automations.task_section import TaskConfig
from agent.core.actions import Action, Step
from agent.errors import ActionError

log = structlog.get_logger(__name__)
RUN = "task.run"
"""The service."""
OWNER = "tasks"
"""Who provides it."""
MOST_RUNNING = 32
"""Runs of all tasks together at a time; more are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What the bus may hear of a run: as much as the task's `publish` says."""

    task: str
    id: str
    trace: str
    body: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The payload, without the envelope."""
        return {"task": self.task, "id": self.id, **self.body}


Told = Callable[[TaskReport], None]


def target_of(task_id: str) -> str:
    """What a task is called as the target of an action."""
    return f"task.{task_id}"


class Tasks:
    """The tasks there are, and how many of each run."""

    def __init__(self, *, tasks: Mapping[str, TaskConfig], runner: Runner, told: Told) -> None:
        """Take the `tasks:` section; `told` takes what is published of each run."""
        self._tasks = dict(tasks)
        self._runner = runner
        self._told = told
        self._running: dict[str, int] = {}

    def provide(self, executor: Executor) -> None:
        """Make `task.run` a service of the house."""
        executor.provide_whole(RUN, OWNER, self.do, self.plan)

    def configure(self, tasks: Mapping[str, TaskConfig]) -> None:
        """Take another `tasks:` section; what runs goes on."""
        self._tasks = dict(tasks)

    def spoken(self) -> dict[str, tuple[str, ...]]:
        """What people call each task, by its id."""
        return {task_id: task.names(task_id) for task_id, task in self._tasks.items()}

    def running(self) -> dict[str, int]:
        """How many runs of each task there are now."""
        return {task_id: count for task_id, count in self._running.items() if count}

    # before the act -----------------------------------------------------------------------------------------
    def plan(self, action: Action) -> Plan:
        """The step of an action that asks for a task.

        Raises:
            ActionError: no such task, not these parameters, or it runs already.
        """
        target = action.target
        if len(set(target.entity)) != 1 or target.area or target.floor or target.domain:
            raise ActionError(f"{RUN} takes one task, as in 'task.backup'")
        task_id, task = self._found(target.entity[0])
        values = taken(task.parameters, action.data, task=target_of(task_id))
        self._room_for(task_id, task)
        step = Step(
            action=action,
            entity=target_of(task_id),
            owner=OWNER,
            risk=task.reach,
            data={"parameters": values, "definition": _checksum(task)},
        )
        return Plan(steps=(step,))

    # the act ------------------------------------------------------------------------------------------------
    async def do(self, step: Step, started: Callable[[], None]) -> str:
        """Run the task of `step` to its end; how it ended, in words.

        Raises:
            ActionError: it did not end well, or was not begun.
        """
        task_id, task = self._found(step.entity)
        if step.data.get("definition") != _checksum(task):
            raise ActionError(f"{step.entity} was changed since it was asked for; ask again")
        values = taken(task.parameters, step.data["parameters"], task=step.entity)
        self._room_for(task_id, task)
        command = command_of(task_id, task, values)
        self._running[task_id] = self._running.get(task_id, 0) + 1
        try:
            result = await self._runner.run(command, started)
        finally:
            self._running[task_id] -= 1
        well = result.obstacle is None and not result.timed_out and result.code in task.success_codes
        log.info(
            "task.ended",
            task=task_id,
            well=well,
            code=result.code,
            signal=result.signal,
            seconds=round(result.seconds, 3),
            left=result.left,
            trace=step.action.trace,
        )
        if task.publish.what != "nothing":
            body = {"well": well, **published(task, result)}
            self._told(TaskReport(task=task_id, id=step.action.id, trace=step.action.trace, body=body))
        ending = result.ending(command)
        if task.publish.what in ("line", "output") and result.line:
            ending = f"{ending}: {result.line}"
        if not well:
            raise ActionError(f"{task.names(task_id)[0]}: {ending}")
        return ending

    def _found(self, target: str) -> tuple[str, TaskConfig]:
        task_id = target.removeprefix("task.")
        task = self._tasks.get(task_id)
        if task is None:
            near = get_close_matches(task_id[:100], self._tasks, n=3, cutoff=0.6)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ActionError(f"there is no task {task_id!a:.100}{hint}")
        return task_id, task

    def _room_for(self, task_id: str, task: TaskConfig) -> None:
        running = self._running.get(task_id, 0)
        if running >= task.max_running:
            times = "" if running == 1 else f" {running} times"
            raise ActionError(f"{target_of(task_id)} is running{times} already")
        if sum(self._running.values()) >= MOST_RUNNING:
            raise ActionError(f"{MOST_RUNNING} tasks are running already; try again later")


def command_of(task_id: str, task: TaskConfig, values: Mapping[str, str]) -> Command:
    """The command of a run with these parameters, which were checked. Pure."""
    limits = task.limits
    return Command(
        task=task_id,
        argv=filled(task.command, values),
        environment={name: value.get_secret_value() for name, value in task.environment.items()},
        directory=str(task.directory),
        timeout=task.timeout,
        stop_within=task.stop_within,
        output=task.output,
        limits={
            "CPU": None if limits.cpu is None else int(limits.cpu),
            "AS": None if limits.memory_mb is None else limits.memory_mb << 20,
            "NOFILE": limits.files,
            "FSIZE": None if limits.file_mb is None else limits.file_mb << 20,
        },
        nice=limits.nice,
        io=limits.io,
        sandbox=task.sandbox,
    )


def published(task: TaskConfig, result: TaskResult) -> dict[str, Any]:
    """What the bus hears of a run. Pure."""
    what = task.publish.what
    found: dict[str, Any] = {"code": result.code, "seconds": round(result.seconds, 3)}
    told = {
        "signal": result.signal,
        "obstacle": result.obstacle,
        "timed_out": result.timed_out,
        "left": result.left,
    }
    found |= {key: value for key, value in told.items() if value}
    if what in ("line", "output"):
        found["line"] = result.line[: task.publish.most]
    if what == "output":
        output = result.output
        found["output"] = output[-task.publish.most :]
        found["truncated"] = bool(result.truncated) or len(output) > task.publish.most
    return found


def _checksum(task: TaskConfig) -> str:
    """Which definition it is; secrets are not in it, so that nobody can guess them from it."""
    return sha256(task.model_dump_json().encode()).hexdigest()[:16]
