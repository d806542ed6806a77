"""Who runs a task: a process of ours, or the sandbox where the task says so."""

import os
from collections.abc import Callable, Mapping

from agent.automations.task_output import seen
from agent.automations.task_runner import Command, ProcessRunner, TaskResult
from agent.runtime.clock import Clock
from agent.runtime.sandbox import Order, Sandbox


class Runners:
    """Runs each command where it is to run."""

    def __init__(self, *, clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
        self._plain = ProcessRunner(clock=clock, environment=environment)
        self._sandbox = Sandbox(clock=clock)

    async def run(self, command: Command, started: Callable[[], None]) -> TaskResult:
        """Run `command` to its end: see Runner."""
        if not command.sandbox:
            return await self._plain.run(command, started)
        if (obstacle := self._sandbox.missing()) is not None:
            return TaskResult(obstacle=obstacle)
        started()
        ran = await self._sandbox.run(
            Order(
                argv=command.argv,
                environment=command.environment,
                limits={name: most for name, most in command.limits.items() if most is not None},
                seconds=command.timeout,
                output=command.output,
            )
        )
        return TaskResult(
            code=ran.code,
            signal=ran.signal,
            obstacle=ran.obstacle,
            timed_out=ran.timed_out,
            seconds=ran.seconds,
            tail=seen(ran.output),
            truncated=ran.truncated,
        )
