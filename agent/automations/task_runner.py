"""Running one command to its end: the protocol, and the plain way, as a process of our own with limits.

Whatever the command does is a result, never an exception. When a run is over, however it came to be, nothing
that it started is left: not after a timeout, not after a cancel, not when it ended well.
"""

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from agent.automations.task_output import Outlet, last_line, seen
from agent.automations.task_processes import MARK, kill_left_of, signal_group
from agent.durations import told
from agent.runtime.clock import Clock

log = structlog.get_logger(__name__)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for, and what they get to look in."""
INHERITED = ("HOME", "LANG")
"""Variables of the daemon that a command gets."""
STOP_CANCELLED = 2.0
"""Seconds at most that a command has to end by itself when the daemon ends or its run is cancelled."""
REAPED = 5.0
"""Seconds in which the system must have told of the end of what was killed."""
DRAIN = 1.0
"""Seconds in which what was written must have come through once nobody is left to write."""
_CHILD = str(Path(__file__).with_name("task_child.py"))
_SIGNALS = {one.value: one.name for one in signal.Signals}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is to be run, with everything settled."""

    task: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    directory: str = "/"
    timeout: float = 600.0
    stop_within: float = 5.0
    output: int = 65_536
    """Bytes of output to keep."""
    limits: Mapping[str, int | None] = field(default_factory=dict)
    """By the names of setrlimit, without RLIMIT_."""
    nice: int = 0
    io: str | None = None
    sandbox: bool = False
    """Whether it runs in a throw-away unit, with no network and no files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """How a run ended. `code` is None if it never began (`obstacle` says why) or a signal ended it."""

    code: int | None = None
    signal: str | None = None
    obstacle: str | None = None
    timed_out: bool = False
    seconds: float = 0.0
    head: str = ""
    tail: str = ""
    truncated: int = 0
    """Bytes between head and tail that were not kept."""
    left: int = 0
    """Processes that it left behind, which were killed."""

    @property
    def output(self) -> str:
        """What was kept of what it wrote, with a line about what was not."""
        gap = f"\n[{self.truncated} bytes left out]\n" if self.truncated else ""
        return f"{self.head}{gap}{self.tail}"

    @property
    def line(self) -> str:
        """The last line that it wrote."""
        return last_line(self.tail) or last_line(self.head)

    def ending(self, command: Command) -> str:
        """How it ended, in words."""
        if self.obstacle is not None:
            return self.obstacle
        if self.timed_out:
            return f"it was not done within {told(command.timeout)} and was stopped"
        how = f"exit code {self.code}" if self.signal is None else f"ended by {self.signal}"
        return f"{how} after {told(round(self.seconds, 1 if self.seconds < 10 else 0))}"  # noqa: PLR2004


class Runner(Protocol):
    """Who runs commands."""

    async def run(self, command: Command, started: Callable[[], None]) -> TaskResult:
        """Run `command` to its end; `started` is called once it runs. Raises nothing of its own."""
        ...


class ProcessRunner:
    """Runs commands as processes beside us, each in a session of its own."""

    def __init__(self, *, clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
        """Take the daemon's `environment`, of which little is passed on."""
        self._clock = clock
        self._inherited = {name: environment[name] for name in INHERITED if name in environment}

    async def run(self, command: Command, started: Callable[[], None]) -> TaskResult:
        """Run `command` to its end: see Runner."""
        environment = {"PATH": PATH, **self._inherited, **command.environment}
        program = shutil.which(command.argv[0], path=environment["PATH"])
        if program is None:
            return TaskResult(obstacle=_not_found(command.argv[0], environment["PATH"]))
        began = self._clock.monotonic()
        mark = environment[MARK] = secrets.token_hex(12)
        try:
            with closing(_Pipes(command.output)) as pipes:
                run = _Run(command, pipes, mark)
                await run.to_its_end(program, environment, started)
        except (OSError, ValueError) as error:
            return TaskResult(obstacle=f"it could not be started: {error}")
        return run.result(self._clock.monotonic() - began)


class _Pipes:
    """Two pipes: what the command writes, and what is in the way of its beginning."""

    def __init__(self, most: int) -> None:
        self._writing: list[int] = []
        self._outlets: list[Outlet] = []
        try:
            self.output = self._open(most)
            self.told = self._open(8000)
        except OSError:
            self.close()
            raise

    @property
    def writing(self) -> tuple[int, ...]:
        """The ends that the process gets."""
        return tuple(self._writing)

    def hand_over(self) -> None:
        """Close our copies of what the process has now."""
        while self._writing:
            os.close(self._writing.pop())

    def close(self) -> None:
        """Close everything."""
        self.hand_over()
        for one in self._outlets:
            one.close()

    def _open(self, most: int) -> Outlet:
        reading, writing = os.pipe()
        self._writing.append(writing)
        found = Outlet(reading, most=most)
        self._outlets.append(found)
        return found


class _Run:
    """One process, from its start until nothing of it is left."""

    def __init__(self, command: Command, pipes: _Pipes, mark: str) -> None:
        self._command = command
        self._pipes = pipes
        self._mark = mark
        self._process: asyncio.subprocess.Process | None = None
        self._code: int | None = None
        self._timed_out = False
        self._left = 0

    async def to_its_end(
        self, program: str, environment: Mapping[str, str], started: Callable[[], None]
    ) -> None:
        """Start it and wait until it ends, for as long as it may take; then see to it that nothing is left.

        Raises:
            OSError: the system has no room for one.
        """
        grace = min(self._command.stop_within, STOP_CANCELLED)
        try:
            process = await _wholly(self._start(program, environment))
            try:
                async with asyncio.timeout(self._command.timeout):
                    await self._pipes.told.ended.wait()
                    if not self._pipes.told.kept.total:
                        started()
                    await process.wait()
            except TimeoutError:
                self._timed_out = True
            grace = self._command.stop_within
        finally:
            # There may be one whose start was cancelled, too.
            if self._process is not None:
                await self._stop(self._process, grace)

    def result(self, seconds: float) -> TaskResult:
        """What came of it."""
        kept, code = self._pipes.output.kept, self._code
        if self._pipes.told.kept.total:
            return TaskResult(obstacle=seen(self._pipes.told.kept.head))
        return TaskResult(
            code=code if code is not None and code >= 0 else None,
            signal=_SIGNALS.get(-code, f"signal {-code}") if code is not None and code < 0 else None,
            timed_out=self._timed_out,
            seconds=seconds,
            head=seen(kept.head),
            tail=seen(kept.tail),
            truncated=kept.truncated,
            left=self._left,
        )

    async def _start(self, program: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        command = self._command
        output, told_to = self._pipes.writing
        orders = {
            "told": told_to,
            "parent": os.getpid(),
            "directory": command.directory,
            "environment": list(environment),
            "limits": dict(command.limits),
            "nice": command.nice,
            "io": command.io,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", _CHILD, orjson.dumps(orders).decode(), program, *command.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(told_to,),
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        self._pipes.hand_over()
        return self._process

    async def _stop(self, process: asyncio.subprocess.Process, grace: float) -> None:
        """Ask it to end, then make it: it, its group, and what left the group."""
        by_itself = process.returncode is not None
        try:
            if not by_itself:
                signal_group(process.pid, signal.SIGTERM)
                signal_group(process.pid, signal.SIGCONT)
                await _within(grace, process.wait())
        finally:
            # Also when nobody wants to wait any more: asyncio must hear of its end before the loop is closed.
            await _wholly(self._end(process, by_itself=by_itself))

    async def _end(self, process: asyncio.subprocess.Process, *, by_itself: bool) -> None:
        try:
            # What it left behind is known while it still runs; what was stopped is no surprise.
            left = await asyncio.to_thread(kill_left_of, self._mark, process.pid)
            self._left = left if by_itself else 0
        finally:
            signal_group(process.pid, signal.SIGKILL)
        await _within(REAPED, process.wait())
        await _within(DRAIN, self._pipes.output.ended.wait())
        self._code = process.returncode
        if self._left:
            log.warning("task.left_processes", task=self._command.task, count=self._left)


async def _wholly(work: Coroutine[Any, Any, _T]) -> _T:
    """What `work` comes to. It is never broken off: whoever cancels us waits until it is done."""
    doing = asyncio.create_task(work, name="task.wholly")
    cancelled: asyncio.CancelledError | None = None
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return doing.result()
    # What went wrong with it is of no interest any more.
    with suppress(Exception):
        doing.result()
    raise cancelled


async def _within(seconds: float, what: Awaitable[object]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await what


def _not_found(program: str, path: str) -> str:
    if not program.startswith("/"):
        return f"there is no program {program!r} in {path}"
    if not Path(program).exists():
        return f"there is no program {program!r}"
    return f"{program!r} cannot be run: it is no file, or lacks the permission to"
