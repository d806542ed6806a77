"""The machine's journal for a recording, through `journalctl`: a program of the host's own version, apart.

Only what is written from now on; after a `journalctl` that ended, the next goes on where that one was.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import structlog

from agent.errors import ConfigError
from agent.redaction import LONGEST_READ, one_line, redacted
from agent.runtime.child import ended, last_words
from agent.runtime.clock import Clock

log = structlog.get_logger(__name__)
CHUNK = 65_536
LONGEST_LINE = 1 << 20
"""Bytes; a longer entry is counted and left out."""
MOST_FIELDS = 100
DELAYS = (0.2, 1.0, 5.0, 15.0, 60.0)
TRIES_AT_A_PLACE = 3
END_WITHIN = 1.0
FULL_FOR = 0.05
"""Seconds after which it is looked again whether the disk has caught up."""
_IDS = ("_ID", "PRIORITY")
Entry = dict[str, str]


class Journal:
    """Follows the journal and hands over the entries that are `wanted`, less what is secret in them."""

    def __init__(
        self,
        *,
        wanted: Callable[[Mapping[str, str]], bool],
        heard: Callable[[Entry, bool], None],
        full: Callable[[], bool],
        clock: Clock,
        directory: Path | None = None,
    ) -> None:
        """`heard` takes an entry and whether a secret was left out of it; while `full`, the journal waits.

        Raises:
            ConfigError: there is no journalctl.
        """
        program = shutil.which("journalctl")
        if program is None:
            raise ConfigError("--journal: journalctl is not there; systemd's would be right")
        self._program = program
        self._wanted = wanted
        self._heard = heard
        self._full = full
        self._clock = clock
        self._directory = directory
        self._began = clock.time()
        self._cursor = ""
        self._process: asyncio.subprocess.Process | None = None
        self.skipped = 0
        """Entries that were too long, or none."""

    async def follow(self) -> None:
        """Hand over entries until cancelled."""
        failures = 0
        while True:
            cursor = self._cursor
            reason = await self._one_life()
            failures = 1 if self._cursor != cursor else failures + 1
            log.warning("journal.reader_ended", reason=reason)
            if failures > TRIES_AT_A_PLACE:
                self._cursor, self._began = "", self._clock.time()
            await self._clock.sleep(DELAYS[min(failures - 1, len(DELAYS) - 1)])

    def _arguments(self) -> Sequence[str]:
        fixed = ["--follow", "--merge", "--no-tail", "--no-pager", "--all", "--quiet", "--output=json"]
        place = f"--cursor={self._cursor}" if self._cursor else f"--since=@{self._began:.6f}"
        where = [] if self._directory is None else [f"--directory={self._directory}"]
        return (*fixed, place, *where)

    async def _one_life(self) -> str:
        """Run one journalctl to its end; why it ended."""
        try:
            async with self._child() as child:
                _, said = await asyncio.gather(self._read(child), last_words(child))
                return said or f"it ended with {await child.wait()}"
        except OSError as error:
            return str(error)

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[asyncio.subprocess.Process]:
        child = await asyncio.create_subprocess_exec(
            self._program,
            *self._arguments(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
        )
        self._process = child
        try:
            yield child
        finally:
            await ended(child, within=END_WITHIN)

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        out = child.stdout
        assert out is not None  # noqa: S101  # it was asked for
        rest, skipping = b"", False
        while chunk := await out.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if skipping:
                    skipping = False
                    continue
                self._line(line)
                while self._full():
                    await self._clock.sleep(FULL_FOR)
            if len(rest) > LONGEST_LINE:
                self.skipped += not skipping
                rest, skipping = b"", True

    def _line(self, line: bytes) -> None:
        try:
            raw = orjson.loads(line)
        except ValueError:
            raw = None
        if not isinstance(raw, dict) or not isinstance(cursor := raw.get("__CURSOR"), str):
            self.skipped += 1
            return
        if cursor == self._cursor:
            return
        self._cursor = cursor
        fields = {key: _text(value) for key, value in raw.items() if not key.startswith("__")}
        if self._wanted(fields):
            cleaned = without_secrets(fields)
            self._heard(cleaned, any(cleaned[key] != fields[key][:LONGEST_READ] for key in cleaned))


def without_secrets(fields: Mapping[str, str]) -> Entry:
    """`fields` as they may be written down: bounded, and what looks like a secret left out."""
    return {key: _cleaned(key, text[:LONGEST_READ]) for key, text in [*fields.items()][:MOST_FIELDS]}


def _cleaned(key: str, text: str) -> str:
    if key.endswith(_IDS) or (key.startswith("_") and key != "_CMDLINE"):
        return text
    most = 4 * LONGEST_READ
    cleaned = redacted(text, most=most)
    return text if cleaned == one_line(text, most=most) else cleaned


def _text(value: Any) -> str:
    """The text of a field, which may be bytes (a list of numbers) or several values (a list)."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if value and all(type(one) is int and 0 <= one <= 255 for one in value):  # noqa: PLR2004
            return bytes(value).decode(errors="replace")
        return "\n".join(map(_text, value[:100]))
    return "" if value is None else str(value)
