"""The way in over HTTP; without `api:` in the configuration nothing of it is imported, and nobody listens."""

import asyncio
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from typing_extensions import override

from agent.api import Integration
from integrations.http.listening import shown
from integrations.http.section import Settings


class Http(Integration[Settings]):
    """Answers requests, as long as it runs."""

    Config = Settings

    @override
    async def init(self) -> None:
        # The library takes its time to be loaded, and the others need not wait for that.
        await asyncio.to_thread(import_module, "integrations.http.serving")
        from integrations.http.serving import Server

        self._server = Server(self.house, self.config)
        self.house.run("server", self._server.serve)

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {"http": lambda _: self._told()}

    def _told(self) -> dict[str, Any]:
        return {
            "where": shown(self.config.host, self.config.port),
            "listening": self._server.listening,
            "obstacle": self._server.obstacle,
        }


INTEGRATION = Http
