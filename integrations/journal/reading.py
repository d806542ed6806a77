"""Reads some lines of the journal for somebody who asks: bounded in number, in length and in time, redacted.

Arguments are names and numbers that were checked; what is searched for is compared here and reaches no
program.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.api import ActionError, redacted
from integrations.journal.entry import FIELDS, Entry, parsed, text_of
from integrations.journal.section import PRIORITIES

WITHIN = 5.0
"""Seconds that journalctl may take."""
MOST_LINES = 50
MOST_SEARCHED = 20_000
"""Entries that are looked at for a word."""
LONGEST_QUOTE = 240
LONGEST_JSON = 1 << 20
_UNIT = re.compile(r"[A-Za-z0-9@._:\\-]{1,255}", re.ASCII)
_ENDING = re.compile(r"\.(?:service|socket|timer|mount|automount|swap|path|target|slice|scope)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which lines are wanted. Times are seconds since the epoch."""

    units: tuple[str, ...] = ()
    priority: str = ""
    since: float | None = None
    until: float | None = None
    boot: bool = False
    """Only those since the machine was started."""
    grep: str = ""
    lines: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the log: text of a stranger, without secrets."""

    at: float
    writer: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """For whoever asks."""
        at = datetime.fromtimestamp(self.at, UTC).isoformat()
        return {"at": at, "unit": self.writer, "message": self.message}


def units_called(said: str) -> tuple[str, ...]:
    """The units that may be meant by `said`, where nobody knows which there are.

    Raises:
        ActionError: no unit can be called so.
    """
    name = said.strip().replace(" ", "-")
    if not _UNIT.fullmatch(name):
        raise ActionError(f"no unit is called {said!a:.80}; nginx.service would be right")
    if _ENDING.search(name):
        return (name,)
    other = name.removesuffix("d") if name.endswith("d") else f"{name}d"
    return tuple(f"{one}.service" for one in (name, other) if one)


async def read(wish: Wish, directory: Path | None) -> list[Line]:
    """The newest lines that are wanted, oldest first.

    Raises:
        ActionError: the journal cannot be read; the text says why.
    """
    program = shutil.which("journalctl")
    if program is None:
        raise ActionError("journalctl is not on this machine")
    try:
        child = await asyncio.create_subprocess_exec(
            program,
            *_arguments(wish, directory),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
            limit=LONGEST_JSON,
        )
    except OSError as error:
        raise ActionError(f"journalctl can't be run: {error.strerror}") from error
    try:
        async with asyncio.timeout(WITHIN):
            found = await _chosen(child, wish)
    except TimeoutError as error:
        raise ActionError(f"the journal could not be read within {WITHIN:g} s; ask for less of it") from error
    except ValueError as error:
        raise ActionError("the journal holds an entry that is too long to be shown") from error
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()
    return found[::-1]


async def _chosen(child: asyncio.subprocess.Process, wish: Wish) -> list[Line]:
    assert child.stdout is not None  # noqa: S101  # it was asked for
    found: list[Line] = []
    wanted = wish.grep.casefold()
    async for written in child.stdout:
        raw = parsed(written)
        if raw is None or "HEARTHD_CANARY" in raw:
            continue
        entry = Entry(raw, text_of(raw.get("MESSAGE")))
        if wanted and wanted not in entry.message.casefold():
            continue
        message = redacted(entry.message, most=LONGEST_QUOTE)
        if message:
            found.append(Line(at=entry.at, writer=entry.writer, message=message))
        if len(found) >= min(wish.lines, MOST_LINES):
            break
    return found


def _arguments(wish: Wish, directory: Path | None) -> Sequence[str]:
    most = MOST_SEARCHED if wish.grep else min(wish.lines, MOST_LINES) + 5
    found = ["--reverse", "--no-pager", "--quiet", "--output=json", f"--lines={most}"]
    found.append(f"--output-fields={','.join(FIELDS)}")
    found += ["--boot"] if wish.boot else ["--merge"]
    if directory is not None:
        found.append(f"--directory={directory}")
    found += [f"--unit={one}" for one in wish.units if _UNIT.fullmatch(one)]
    if wish.priority in PRIORITIES:
        found.append(f"--priority={wish.priority}")
    if wish.since is not None:
        found.append(f"--since=@{wish.since:.0f}")
    if wish.until is not None:
        found.append(f"--until=@{wish.until:.0f}")
    return found
