"""Follows the journal through `journalctl`: a program of the host's own version, in a process of its own.

`--merge` and `--cursor` are no matter of taste: `--follow` alone shows nothing of earlier boots since systemd
250, and `--after-cursor` leaves out one entry too many where its own was vacuumed. So the entry at the cursor
comes again, and is left out here.
"""

import asyncio
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from agent.api import House, ended, last_words
from integrations.journal.entry import FIELDS, Raw, micros, parsed
from integrations.journal.lines import Lines

log = structlog.get_logger(__name__)
CHUNK = 65_536
DELAYS = (0.2, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
LIVES_WELL = 5.0
"""Seconds after which a child is taken to be well."""
TRIES_AT_A_PLACE = 3
"""How often a place in the journal may end journalctl before we go on by time."""
QUIET_MEANS_CAUGHT_UP = 0.5
END_WITHIN = 1.0
SLICE = 200
"""Entries that are looked at in one go: a few milliseconds."""
MOST_RECENT = 4096
FUTURE = 60.0
"""Seconds a place may be ahead of the clock."""
PLACES = (Path("/var/log/journal"), Path("/run/log/journal"))
_NO_SUCH_CURSOR = "Failed to seek to cursor"


class Handler(Protocol):
    """Takes entries in their order."""

    def __call__(self, batch: Sequence[Raw], *, replayed: bool) -> None:
        """`replayed`: they were written before we began to listen."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is in the journal: after the entry at `cursor`, or at a time, in seconds."""

    at: float
    cursor: str = ""

    def as_json(self) -> dict[str, Any]:
        """A form that survives the store."""
        return {"at": self.at, "cursor": self.cursor}

    @classmethod
    def from_json(cls, found: Any) -> "Place | None":
        """The place that `as_json` wrote; None if it is none."""
        try:
            at, cursor = found["at"], found["cursor"]
        except (TypeError, LookupError):
            return None
        good = isinstance(at, float | int) and isinstance(cursor, str) and "\0" not in cursor
        return cls(float(at), cursor) if good else None


class Follower:
    """Reads the journal from `place` on, for ever. `problem` hears what is in the way, and when it is not."""

    def __init__(
        self,
        *,
        house: House,
        place: Place | None,
        directory: Path | None,
        problem: Callable[[str | None], None],
        delays: Sequence[float] = DELAYS,
    ) -> None:
        self._delays = delays
        now = house.clock.time()
        self.place = place or Place(now)
        """After the last entry that was dealt with."""
        self.behind = True
        """Whether what comes was written before we began."""
        self.lines = Lines()
        self.unreadable = 0
        """Lines that were no entries."""
        self._house = house
        self._directory = directory
        self._problem = problem
        self._began = now
        self._everything = False
        self.obstructed = False
        """Whether nothing can be read now."""
        self._child: asyncio.subprocess.Process | None = None
        self._wanted_anew = False
        self._by_time = place is None
        self._recent: set[str] = set()
        self._order: deque[str] = deque()
        if self.place.at > now + FUTURE:
            log.warning("journal.place_left", reason="it lies in the future", at=self.place.at, now=now)
            self.place, self._by_time = Place(now), True

    def ask_for(self, *, everything: bool) -> None:
        """Read every field of entries, or only those that we look at."""
        if everything != self._everything:
            self._everything = everything
            if self._child is not None:
                self.restart()

    def restart(self) -> None:
        """End journalctl and go on with another."""
        self._wanted_anew = True
        if self._child is not None and self._child.returncode is None:
            with suppress(ProcessLookupError):
                self._child.terminate()

    async def follow(self, handle: Handler) -> None:
        """Hand over entries in order, each once, in batches."""
        failures, stuck, told = 0, 0, ""
        while True:
            obstacle = await asyncio.to_thread(obstacle_to, self._directory)
            self.obstructed = obstacle is not None
            if obstacle is None:
                self._wanted_anew = False
                place, began = self.place, self._house.clock.monotonic()
                reason = await self._one_life(handle)
                lived = self._house.clock.monotonic() - began
                if self._wanted_anew or self.place != place or lived > LIVES_WELL:
                    failures, stuck, told = 0, 0, ""
                if self._wanted_anew:
                    continue
                stuck += 1
                self._choose_place(reason, stuck)
                obstacle = f"journalctl ended: {reason}; what is in the way there?" if failures > 1 else None
                log.warning("journal.reader_ended", reason=reason, lived=round(lived, 1))
                self._house.metrics.count("journal.reader_ended")
            if obstacle is not None:
                self.behind = False
                if told != obstacle:
                    log.info("journal.following_failed", reason=obstacle)
                    self._problem(obstacle)
                told = obstacle
            await self._house.clock.sleep(self._delays[min(failures, len(self._delays) - 1)])
            failures += 1

    def _choose_place(self, reason: str, stuck: int) -> None:
        """Go on by time where the cursor cannot be used, and from now on where that ends journalctl too."""
        if _NO_SUCH_CURSOR in reason or stuck == TRIES_AT_A_PLACE:
            log.warning("journal.cursor_left", reason=reason, since=self.place.at)
            self._by_time = True
        elif stuck > 2 * TRIES_AT_A_PLACE:
            log.error("journal.entries_left", reason=reason, since=self.place.at)
            self.place, self._by_time = Place(self._house.clock.time()), True

    async def _one_life(self, handle: Handler) -> str:
        """Run one journalctl to its end; why it ended."""
        program = shutil.which("journalctl") or "journalctl"
        try:
            child = await asyncio.create_subprocess_exec(
                program,
                *self._arguments(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
                limit=4 * CHUNK,
            )
        except OSError as error:
            return str(error)
        self._child = child
        well = asyncio.get_running_loop().call_later(LIVES_WELL, self._problem, None)
        try:
            _, said = await asyncio.gather(self._read(child, handle), last_words(child))
            return said or f"it ended with {await child.wait()}"
        finally:
            well.cancel()
            await ended(child, within=END_WITHIN)

    def _arguments(self) -> list[str]:
        fixed = ["--follow", "--merge", "--no-tail", "--no-pager", "--all", "--quiet", "--output=json"]
        if not self._everything:
            fixed.append(f"--output-fields={','.join(FIELDS)}")
        if self._directory is not None:
            fixed.append(f"--directory={self._directory}")
        if self.place.cursor and not self._by_time:
            return [*fixed, f"--cursor={self.place.cursor}"]
        return [*fixed, f"--since=@{self.place.at:.6f}"]

    async def _read(
        self,
        child: asyncio.subprocess.Process,
        handle: Handler,
    ) -> None:
        out = child.stdout
        assert out is not None  # noqa: S101  # it was asked for
        self.lines = Lines()
        while True:
            try:
                async with asyncio.timeout(QUIET_MEANS_CAUGHT_UP if self.behind else None):
                    chunk = await out.read(CHUNK)
            except TimeoutError:
                self.behind = False
                continue
            if not chunk:
                return
            batch = self._entries(self.lines.feed(chunk))
            # Of one batch some may be from before; what rules hear has to be right.
            new = self._first_new(batch) if self.behind else 0
            for part, replayed in ((batch[:new], True), (batch[new:], False)):
                self.behind = self.behind and (replayed or not part)
                for first in range(0, len(part), SLICE):
                    self._hand_over(part[first : first + SLICE], handle, replayed=replayed)
                    # Whoever was told something has to be able to take it, and others want to live too.
                    await asyncio.sleep(0)

    def _hand_over(self, entries: Sequence[Raw], handle: Handler, *, replayed: bool) -> None:
        """Have entries dealt with. What breaks `handle` is left behind: it would break it every time."""
        try:
            handle(entries, replayed=replayed)
        finally:
            last = entries[-1]
            self.place = Place(micros(last.get("__REALTIME_TIMESTAMP")) / 1e6, last["__CURSOR"])
            self._by_time = False

    def _first_new(self, batch: Sequence[Raw]) -> int:
        for number, raw in enumerate(batch):
            if micros(raw.get("__REALTIME_TIMESTAMP")) / 1e6 >= self._began:
                return number
        return len(batch)

    def _entries(self, lines: Iterable[bytes]) -> list[Raw]:
        """The entries in `lines`, less those that we had."""
        recent, order, mine = self._recent, self._order, self.place
        found = []
        for line in lines:
            raw = parsed(line)
            if raw is None:
                self.unreadable += 1
                continue
            cursor = raw["__CURSOR"]
            if cursor in recent or cursor == mine.cursor:
                continue
            if self._by_time and mine.cursor and micros(raw.get("__REALTIME_TIMESTAMP")) / 1e6 <= mine.at:
                continue
            recent.add(cursor)
            order.append(cursor)
            if len(order) > MOST_RECENT:
                recent.discard(order.popleft())
            found.append(raw)
        return found


def obstacle_to(directory: Path | None) -> str | None:
    """Why the journal cannot be read, and what to do; None if it can."""
    if shutil.which("journalctl") is None:
        return "journalctl is not there; install systemd's, or set 'journal: {enabled: false}'"
    places = PLACES if directory is None else (directory,)
    files = [file for place in places for depth in ("*.journal", "*/*.journal") for file in place.glob(depth)]
    where = " or ".join(str(place) for place in places)
    if not files:
        if any(place.exists() and not os.access(place, os.R_OK | os.X_OK) for place in places):
            return f"{where} may not be looked into; put our user into the group systemd-journal"
        return f"there is no journal in {where}; with 'journal: {{enabled: false}}' none is looked for"
    system = [file for file in files if file.name.startswith("system")] or files
    if not any(os.access(file, os.R_OK) for file in system):
        return f"{system[0]} may not be read; put our user into the group systemd-journal"
    return None
