"""The parent's end of a worker process: lines out, lines in, and its end."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from agent.inference.choice import Gpu, Library

LONGEST_LINE = 1 << 22
_NAMES = {one.value: one.name for one in signal.Signals}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model on disk, and how it is run."""

    path: Path
    context: int = 1024
    """How many tokens of prompt and answer it can hold."""
    threads: int = 1
    memory_limit_mb: int | None = None
    sha256: str | None = None
    template: str = "<|user|>%1<|intent|>%2"
    """What stands around `said`, which is at %1; the answer is at %2."""
    system_template: str = "<|bos|><|home|>%1%2"
    """What stands around `system`."""
    library: Library = "auto"
    """Which one runs it."""
    gpu: Gpu = "none"
    """What of it a GPU computes."""
    binding: bool = False
    """Whether gpt4all's own binding is used even where more could be had of its library."""
    load_within: float = 120.0
    """Seconds that loading may take."""


class DiedError(Exception):
    """The process ended under us."""


class Process:
    """A process that runs agent.inference.worker_main. Whoever starts one must `end` it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ended: asyncio.Future[Any] | None = None

    @classmethod
    async def started(cls, file: ModelFile) -> Self:
        """A new process that opens `file`, out of reach of our terminal, its output out of sight."""
        process = cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agent.inference.worker_main",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        )
        process.say(
            open={
                "path": str(file.path.absolute()),
                "context": file.context,
                "threads": file.threads,
                "memory_limit_mb": file.memory_limit_mb,
                "sha256": file.sha256,
                "library": file.library,
                "gpu": file.gpu,
                "binding": file.binding,
                "template": file.template,
                "system_template": file.system_template,
            }
        )
        return process

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as we know, and is not about to."""
        return self._ended is None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def say(self, **line: Any) -> None:
        """Send a line. That it is dead shows when its answer is read."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(orjson.dumps(line) + b"\n")

    async def line(self) -> Mapping[str, Any]:
        """What it says next.

        Raises:
            DiedError: nothing, ever.
        """
        if self._process.stdout is None:
            raise DiedError
        try:
            found: dict[str, Any] = orjson.loads(await self._process.stdout.readuntil())
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            raise DiedError from None
        return found

    def kill(self) -> None:
        """Have it end now."""
        # Not Popen's kill: it would reap a process that has just ended, and asyncio would not hear how.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def end(self, *, killed: bool = True) -> int:
        """Wait for its end, brought about if `killed`; its code, or the negative of the signal."""
        if killed:
            self.kill()
        if self._ended is None:
            # Not wait(): that does not return while unread output fills the pipe.
            self._ended = asyncio.gather(self._process.communicate())
        # Whoever stops waiting does not stop it: somebody else may wait too.
        await asyncio.shield(self._ended)
        return self._process.returncode or 0


def ending(code: int) -> str:
    """In words, how a process ended."""
    return _NAMES.get(-code, f"signal {-code}") if code < 0 else f"exit {code}"


def _environment() -> dict[str, str]:
    """No proxies, no keys, and no PATH: on a crash the library would look for a debugger to attach."""
    kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH", "LANG", "TZ") if key in os.environ}
    return {**kept, "HOME": "/", "PATH": "/nowhere", "OMP_NUM_THREADS": "1"}
