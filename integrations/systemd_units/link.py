"""Keeps the line to systemd, and follows what units do: the state of each, and news of it for whoever waits.

Without D-Bus, or without systemd on it, this waits and tries again with growing pauses; it never fails.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import structlog
from typing_extensions import override

from agent.api import ActionError, House, TransientError, UnitChanged
from integrations.systemd_units.connection import Connection, Signals
from integrations.systemd_units.section import Settings

log = structlog.get_logger(__name__)
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between two tries; the last one stays."""
LOST = "lost"
"""What a watch is told in the place of a state when the line is cut."""
SUPERSEDED = "superseded"
"""What it is told when somebody else has begun to do something to the unit."""
MOST_NEWS = 1_000


class Link(Signals):
    """The line to systemd, and the states that were heard over it."""

    def __init__(self, config: Settings, house: House) -> None:
        self._config = config
        self._house = house
        self._connection: Connection | None = None
        self._obstacle = "hearthd has not reached systemd yet"
        self._states: dict[str, str] = {}
        self._known = False
        self._anew = asyncio.Event()
        self._held: set[str] = set()
        self._watches: list[tuple[str, asyncio.Queue[str]]] = []

    @property
    def open(self) -> Connection:
        """The line.

        Raises:
            ActionError: there is none now; the text says why.
        """
        if self._connection is None:
            raise ActionError(f"the units of this machine cannot be seen: {self._obstacle}")
        return self._connection

    def as_json(self) -> dict[str, Any]:
        """How it stands."""
        failed = sorted(name for name, active in self._states.items() if active == "failed")
        obstacle = None if self._connection is not None else self._obstacle
        return {
            "connected": obstacle is None,
            "reason": obstacle,
            "units": len(self._states),
            "failed": failed,
        }

    async def keep(self) -> None:
        """Be connected, until cancelled."""
        failures = 0
        while True:
            try:
                connection = await Connection.open(self._config.address, self)
            except TransientError as error:
                self._lost(str(error))
                await self._house.clock.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            self._connection = connection
            try:
                await self._list(connection)
                failures = 0
                await connection.closed()
            except (ActionError, TransientError) as error:
                log.info("systemd.not_listed", reason=str(error))
            finally:
                self._connection = None
                connection.close()
            self._lost("the line to D-Bus was cut")
            await self._house.clock.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def keep_listed(self) -> None:
        """Look at everything again whenever systemd was restarted or reloaded, until cancelled."""
        while True:
            await self._anew.wait()
            self._anew.clear()
            connection = self._connection
            if connection is not None:
                try:
                    await connection.subscribe()
                    await self._list(connection)
                except (ActionError, TransientError) as error:
                    log.info("systemd.not_listed", reason=str(error))

    @contextmanager
    def watch(self, unit: str) -> Iterator[asyncio.Queue[str]]:
        """Every state that `unit` goes into from now on, and LOST when the line is cut."""
        news: asyncio.Queue[str] = asyncio.Queue(MOST_NEWS)
        entry = (unit, news)
        self._watches.append(entry)
        try:
            yield news
        finally:
            self._watches.remove(entry)

    def supersede(self, unit: str, *, but: asyncio.Queue[str]) -> None:
        """End every watch of `unit` `but` the own: from now on it does what another action wants."""
        for name, news in self._watches:
            if name == unit and news is not but:
                _put(news, SUPERSEDED)

    def seen_to(self, unit: str) -> bool:
        """Whether somebody is at it now, so that what it goes through is our own doing."""
        return unit in self._held

    @contextmanager
    def held(self, unit: str, *, cause: str) -> Iterator[None]:
        """Tell of `unit` what came of it in the end, and why; what it goes through meanwhile is our doing.

        A rule that waits for a unit to stop would else be set off by its own restart of it, for ever.

        Raises:
            ActionError: somebody else is at it.
        """
        if unit in self._held:
            raise ActionError(f"{unit} is being seen to already")
        before = self._states.get(unit)
        self._held.add(unit)
        try:
            yield
        finally:
            self._held.discard(unit)
            now = self._states.get(unit)
            if now is not None and now != before:
                self._emit(unit, before, now, cause=cause)

    # what systemd tells ---------------------------------------------------------------------------------
    @override
    def changed(self, unit: str, active: str) -> None:
        old = self._states.get(unit)
        if old == active:
            return
        self._states[unit] = active
        self._tell(unit, active)
        if unit not in self._held:
            self._emit(unit, old, active)

    @override
    def anew(self) -> None:
        self._anew.set()

    # ----------------------------------------------------------------------------------------------------
    async def _list(self, connection: Connection) -> None:
        """See how every unit is now; what is otherwise than before has changed meanwhile."""
        found = await connection.units()
        gone = dict.fromkeys(self._states.keys() - found.keys(), "inactive")
        for name, active in {**gone, **{one.name: one.active for one in found.values()}}.items():
            self.changed(name, active)
        for name in gone:
            del self._states[name]
        if not self._known:
            log.info("systemd.connected", units=len(found))
        self._known = True
        self._house.problem("dbus", None)

    def _emit(self, unit: str, old: str | None, new: str, *, cause: str = "") -> None:
        if self._known and self._concerns(unit):
            self._house.emit(
                UnitChanged(at=self._house.clock.now(), unit=unit, old=old, new=new, cause=cause)
            )

    def _concerns(self, unit: str) -> bool:
        return unit in self._config.allow or any(fnmatchcase(unit, one) for one in self._config.watch)

    def _lost(self, reason: str) -> None:
        self._obstacle = reason
        for _, news in self._watches:
            _put(news, LOST)
        # Where nobody configured anything, a machine without systemd is no mistake.
        if self._config.allow or self._config.address or self._known:
            self._house.problem("dbus", f"the units of this machine cannot be seen: {reason}")

    def _tell(self, unit: str, active: str) -> None:
        for name, news in self._watches:
            if name == unit:
                _put(news, active)


def _put(news: asyncio.Queue[str], state: str) -> None:
    if not news.full():
        news.put_nowait(state)
