"""The remedy `journal.vacuum`: old entries are deleted until the journal is small enough, for good."""

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.api import Action, ActionError, Doer, House, Own, Plan, Risk, Step, redacted
from integrations.journal.section import Vacuum, bytes_of

SERVICE = "journal.vacuum"
FILES = "journal.files"
"""What it is done to, as a target."""
LONGEST_OUTPUT = 1_000_000
_USED = re.compile(r"take up ([\d.]+)([BKMGT])")
_WHY = "Permission denied|Read-only file system|Operation not permitted"
_FAILED = re.compile(rf"^(?:Failed to .*|.*: (?:{_WHY}).*)$", re.MULTILINE)


class Vacuuming:
    """Plans it and does it, as far as the configuration allows it."""

    def __init__(self, house: House, allowed: Vacuum, directory: Path | None) -> None:
        self._house = house
        self._least = allowed.least
        self._within = allowed.within
        self._where = () if directory is None else (f"--directory={directory}",)
        self._busy = False

    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        """The service with its planner and its doer."""
        return {SERVICE: (self._plan, self._do)}

    def remedy(self) -> dict[str, Any] | None:
        """What may be done, for whoever looks or proposes; None where it may not."""
        size = self._least
        if size is None:
            return None
        return {
            "service": SERVICE,
            "data": {"size": size},
            "words": f"delete the oldest entries of the journal until it holds no more than {size}",
            "risk": Risk.DISRUPTIVE.word,
            "needs": "the journal holds more than that",
            "within": self._within,
            "ends": "it holds less than before",
            "undone_by": None,
        }

    def _plan(self, action: Action) -> Plan:
        least = self._least
        if least is None:
            raise ActionError("the journal may not be made smaller: journal, vacuum, least allows it")
        size = action.data.get("size", least)
        if not set(action.data) <= {"size"} or action.target:
            raise ActionError(f"{SERVICE} takes a size and nothing else, as in size=500M")
        try:
            wanted = bytes_of(str(size))
        except ValueError as error:
            raise ActionError(str(error)) from error
        if wanted < bytes_of(least):
            raise ActionError(f"the journal may not become smaller than {least}: journal, vacuum, least")
        step = Step(
            action=action,
            entity=FILES,
            owner=self._house.owner,
            risk=Risk.DISRUPTIVE,
            data={"size": str(size)},
        )
        return Plan(steps=(step,))

    async def _do(self, step: Step, started: Callable[[], None]) -> str:
        if self._least is None:
            raise ActionError("the journal may not be made smaller any more")
        if self._busy:
            raise ActionError("the journal is being seen to already")
        self._busy = True
        try:
            async with asyncio.timeout(self._within):
                return await self._vacuum(str(step.data["size"]), started)
        except TimeoutError as error:
            raise ActionError(f"journalctl was not done after {self._within:g} s, and was ended") from error
        finally:
            self._busy = False

    async def _vacuum(self, size: str, started: Callable[[], None]) -> str:
        before = await self._used()
        if before <= bytes_of(size):
            return f"the journal holds {_told(before)} already"
        started()
        code, written = await self._run(f"--vacuum-size={size}")
        after = await self._used()
        failed = _FAILED.search(written)
        if failed is not None or code != 0:
            why = redacted(failed[0], most=200) if failed is not None else f"exit code {code}"
            raise ActionError(f"journalctl could not delete (all of) it: {why}")
        if after >= before:
            raise ActionError(
                f"nothing could be deleted: all {_told(before)} are in files that are still written to"
            )
        rest = "" if after <= bytes_of(size) else "; the rest is in files still written to"
        return f"the journal held {_told(before)} and holds {_told(after)} now{rest}"

    async def _used(self) -> int:
        _, written = await self._run("--disk-usage")
        found = _USED.search(written)
        if found is None:
            raise ActionError("journalctl does not say how much the journal holds")
        return bytes_of(f"{float(found[1]):.0f}{found[2]}" if found[2] == "B" else f"{found[1]}{found[2]}")

    async def _run(self, *arguments: str) -> tuple[int, str]:
        program = shutil.which("journalctl")
        if program is None:
            raise ActionError("journalctl is not there")
        process = await asyncio.create_subprocess_exec(
            *(program, "--no-pager", *self._where, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
        try:
            written, _ = await process.communicate()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()
        return process.returncode or 0, written[:LONGEST_OUTPUT].decode(errors="replace")


def _told(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
