"""An entry of our own that has to come back: silence looks like health."""

import asyncio
import secrets
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from agent.api import House, told
from integrations.journal.section import Canary

log = structlog.get_logger(__name__)
FIELD = "HEARTHD_CANARY"
_POLL = 0.25
MOST_SENT = 20


class Watchman:
    """Writes a canary from time to time and waits for it; `deaf` is called when it does not come."""

    def __init__(
        self,
        *,
        house: House,
        section: Canary,
        moved: Callable[[], object],
        deaf: Callable[[], None],
        able: Callable[[], bool],
    ) -> None:
        """`moved` changes while entries come; `able` says whether anything is listened to at all."""
        self.heard = 0
        """How many came back."""
        self._house = house
        self._section = section
        self._moved = moved
        self._deaf = deaf
        self._able = able
        self._waiting = ""
        self._sent: deque[str] = deque(maxlen=MOST_SENT)

    def hear(self, text: str) -> bool:
        """Take what a canary said; whether it is one of ours."""
        if text and text == self._waiting:
            self._waiting = ""
            self.heard += 1
        return text in self._sent

    async def keep_watch(self) -> None:
        """Write canaries until cancelled."""
        while True:
            if self._able():
                await self._try()
            await self._house.clock.sleep(self._section.every)

    async def _try(self) -> None:
        self._waiting = secrets.token_hex(8)
        self._sent.append(self._waiting)
        began = self._house.clock.monotonic()
        try:
            await asyncio.to_thread(write, self._section.socket, self._waiting)
        except OSError as error:
            reason = error.strerror or str(error)
            text = (
                f"no entry can be written to {self._section.socket}: {reason}; whether we hear is not known"
            )
            self._house.problem("canary", text)
            return
        if await self._comes(self._section.within):
            self._house.metrics.observe("journal.canary_ms", (self._house.clock.monotonic() - began) * 1000)
            self._house.problem("canary", None)
            return
        log.error("journal.canary_lost", within=self._section.within)
        self._house.metrics.count("journal.canary_lost")
        waited = told(self._section.within)
        text = f"an entry of our own did not come back within {waited}: we do not hear the journal"
        self._house.problem("canary", text)
        self._deaf()
        if await self._comes(self._section.within):
            self._house.problem("canary", None)

    async def _comes(self, within: float) -> bool:
        """Whether the canary comes, `within` seconds after the last entry before it."""
        moved, since = self._moved(), self._house.clock.monotonic()
        while self._waiting:
            if self._house.clock.monotonic() - since > within:
                return False
            await self._house.clock.sleep(min(_POLL, within / 4))
            if (now := self._moved()) != moved:
                moved, since = now, self._house.clock.monotonic()
        return True


def write(path: Path, text: str) -> None:
    """Write a canary to the journal, in its own form.

    Raises:
        OSError: nobody takes it.
    """
    lines = [f"{FIELD}={text}", "PRIORITY=7", "SYSLOG_IDENTIFIER=hearthd", "MESSAGE=hearthd listens"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1.0)
        sock.connect(str(path))
        sock.send("".join(f"{line}\n" for line in lines).encode())
