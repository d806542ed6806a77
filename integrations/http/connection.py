"""One connection, bounded in every way in which somebody may hold it.

There are so many and no more; a request has to come as a whole in time; an answer has to be taken in time.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web
from typing_extensions import override

from agent.api import House
from integrations.http.answers import refused

log = structlog.get_logger(__name__)
LINGERS = 1.0
"""Seconds for which the rest of a body that nobody wants is read and thrown away."""
_BODY = b'{"error": "too many connections; try again later"}'
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)


class Lobby:
    """The connections there are."""

    def __init__(self, house: House, *, most: int) -> None:
        self._house = house
        self._most = most
        self._inside: set[object] = set()
        self._full = False

    def enter(self, one: object) -> bool:
        """Whether there is room for one more, who then is in."""
        if len(self._inside) >= self._most:
            self._house.metrics.count("http.full")
            if not self._full:  # once, however many try
                log.warning("connection.refused", connections=len(self._inside))
            self._full = True
            return False
        self._inside.add(one)
        self._full = False
        return True

    def leave(self, one: object) -> None:
        """Make room."""
        self._inside.discard(one)


class Connection(web.RequestHandler):
    """What aiohttp makes of a connection, within our bounds."""

    __slots__ = ("_idle", "_lobby", "_stalled", "_told")

    def __init__(self, server: web.Server, *, lobby: Lobby, idle: float, told: Callable[[str], None]) -> None:
        """Take `told`: what to count of requests that are none."""
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle,
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own documentation has it
            lingering_time=LINGERS,
            auto_decompress=False,
        )
        self._lobby = lobby
        self._idle = idle
        self._told = told
        self._stalled: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)
        if not self._lobby.enter(self):
            self.force_close()
            transport.write(FULL)
            transport.close()
            return
        # Whoever takes no byte of an answer is told apart from whoever takes it slowly.
        transport.set_write_buffer_limits(0)
        super().connection_made(transport)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._lobby.leave(self)
        self._moving()
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        transport = self.transport
        if transport is not None and self._stalled is None:
            self._stalled = asyncio.get_running_loop().call_later(self._idle, transport.abort)

    @override
    def resume_writing(self) -> None:
        self._moving()
        super().resume_writing()

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or too much of it. Anybody can send that: it is counted and not logged."""
        self._told("http.malformed")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request.crashed", reason=repr(exc))
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is on its way")
        why = (message or "it is no HTTP").splitlines()[0].strip().rstrip(":")
        response = refused(status, f"the request cannot be read: {why}")
        response.force_close()
        return response

    def _moving(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
