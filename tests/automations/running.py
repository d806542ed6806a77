"""Tasks of a test: commands that a test writes itself, run by the real runner, and what is left of them."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

from agent.automations.task_runner import Command, ProcessRunner
from agent.automations.task_section import TaskConfig
from agent.runtime.clock import Clock

DAEMON = {"HOME": "/nowhere", "LANG": "C.UTF-8", "HEARTHD_MQTT__PASSWORD": "hush", "PATH": "/opt/venv/bin"}


def runner(environment=None):
    return ProcessRunner(clock=Clock(), environment=DAEMON if environment is None else environment)


def task(*command, **more):
    return TaskConfig.model_validate({"command": list(command), **more})


def shell(script, **more):
    """A command that is a script of the test's own."""
    return replace(Command(task="t", argv=("sh", "-c", script), stop_within=0.3, timeout=10.0), **more)


async def ran(command, started=lambda: None, **more):
    return await runner(**more).run(command, started)


def script(folder: Path, text: str, name="tool") -> str:
    """An executable file with `text` in it."""
    path = folder / name
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def numbers(file: Path) -> list[int]:
    return [int(one) for one in file.read_text().split()] if file.exists() else []


async def pids_in(file: Path, count: int) -> list[int]:
    """The numbers that a script wrote into `file`, once there are so many."""
    async with asyncio.timeout(8):
        while True:
            found = numbers(file)
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)


async def gone(*pids: int) -> bool:
    """Whether processes end within a moment: the system takes one to bury what was killed."""
    try:
        async with asyncio.timeout(2):
            while any(alive(pid) for pid in pids):
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
