"""The server: it listens as soon as it can, and closes within a time.

A port that is taken is one problem that is shown until it is free; it is tried again with growing pauses.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import structlog
from aiohttp import web

from agent.api import House
from integrations.http.connection import Connection, Lobby
from integrations.http.listening import obstacle, shown
from integrations.http.routes import Routes
from integrations.http.section import Settings

log = structlog.get_logger(__name__)
CLOSES_WITHIN = 0.5
"""Seconds that each of two steps may take: requests end, and then they are cut off."""
LONGEST_PAUSE = 60.0
PROBLEM = "listening"


class Server:
    """Listens, and hands requests to the routes."""

    def __init__(self, house: House, settings: Settings) -> None:
        self._house = house
        self._settings = settings
        self.obstacle: str | None = None
        """Why it does not listen, None if it does or is about to."""
        self.listening = False

    async def serve(self) -> None:
        """Work until cancelled."""
        settings = self._settings
        async with self._runner() as server:
            lobby = Lobby(self._house, most=settings.connections)

            def connection() -> Connection:
                return Connection(server, lobby=lobby, idle=settings.idle, told=self._house.metrics.count)

            listener = await self._listen(connection)
            try:
                self.listening = True
                where = shown(settings.host, settings.port)
                log.info("http.started", where=where, keys=sorted(settings.keys))
                await asyncio.Event().wait()
            finally:
                self.listening = False
                listener.close()

    @asynccontextmanager
    async def _runner(self) -> AsyncIterator[web.Server]:
        app = Routes(self._house, self._settings).app()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSES_WITHIN)
        await runner.setup()
        try:
            yield cast("web.Server", runner.server)  # there is one from `setup` on
        finally:
            await runner.cleanup()

    async def _listen(self, connection: Callable[[], Connection]) -> asyncio.Server:
        """Listen, or wait until that can be."""
        host, port = self._settings.host, self._settings.port
        pause = 1.0
        while True:
            try:
                found = await asyncio.get_running_loop().create_server(connection, host, port)
            except OSError as error:
                self._house.metrics.count("http.not_listening")
                self._told(obstacle(error, host, port))
            else:
                self._told(None)
                return found
            await self._house.clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _told(self, why: str | None) -> None:
        """Show why we do not listen; it is logged once as long as it is the same."""
        if why is not None and why != self.obstacle:
            log.warning("http.refused", reason=why)
        self.obstacle = why
        self._house.problem(PROBLEM, why)
