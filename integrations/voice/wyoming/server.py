"""The Wyoming server of the house, and its satellites.

Assistants such as Home Assistant connect to us, once for each of speech to text, handling and text to speech.
Satellites are the other way round: they wait, and we connect to them.
"""

import asyncio
import errno
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import structlog

from agent.api import TransientError
from integrations.voice.parts import Hears, Talks, Understood
from integrations.voice.speaking import Voice
from integrations.voice.wyoming.events import Info
from integrations.voice.wyoming.lately import Lately
from integrations.voice.wyoming.offer import info
from integrations.voice.wyoming.satellites import Satellite
from integrations.voice.wyoming.section import WyomingSettings
from integrations.voice.wyoming.serving import Connection
from integrations.voice.wyoming.wire import MOST_HEADER, WRITES_WITHIN, Wire

log = structlog.get_logger(__name__)


class WyomingServer:
    """All that speaks Wyoming with this house."""

    def __init__(
        self,
        settings: WyomingSettings,
        *,
        hearing: Hears,
        talking: Talks,
        understood: Understood,
        voice: Voice | None,
        areas: Mapping[str, str],
        language: str,
    ) -> None:
        """Store what it needs.

        Args:
            settings: where we listen, and whom we call.
            hearing: speech to text.
            talking: the way into the house.
            understood: what the house makes of a text, without doing it.
            voice: text to speech, None: the house has no voice.
            areas: the areas of satellites, as it is at the time (`places.Areas`).
            language: that of the house.
        """
        self._settings = settings
        self._hearing = hearing
        self._talking = talking
        self._understood = understood
        self._voice = voice
        self._areas = areas
        self._language = language
        self._lately = Lately()
        self._satellites = [
            Satellite(one, hearing=hearing, talking=talking, voice=voice, areas=areas, language=language)
            for one in settings.satellites
        ]
        self._connected: set[asyncio.Task[None]] = set()
        self._full = False
        self.listening = False
        """Whether somebody can connect now."""

    async def serve(self) -> None:
        """Work until cancelled.

        Raises:
            TransientError: we cannot listen.
        """
        async with AsyncExitStack() as stack:
            # The server is closed last: it waits for its connections, which end with the group.
            server = await self._bound(stack) if self._settings.enabled else None
            async with asyncio.TaskGroup() as group:
                self._group = group
                for one in self._satellites:
                    group.create_task(one.work(), name=f"wyoming satellite {one.session}")
                if server is not None:
                    await server.start_serving()
                    self.listening = True
                    log.info("wyoming.started", host=self._settings.host, port=self._settings.port)
                    await asyncio.Event().wait()

    def places(self, _session: str) -> Sequence[Satellite]:
        """The satellites that can be told to say something."""
        return self._satellites

    async def _bound(self, stack: AsyncExitStack) -> asyncio.Server:
        host, port = self._settings.host, self._settings.port
        try:
            server = await asyncio.start_server(
                self._welcome, host, port, limit=MOST_HEADER, start_serving=False
            )
        except OSError as error:
            why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
            raise TransientError(
                f"'voice: wyoming:' cannot listen on {host}:{port}: {why or error}"
            ) from None
        return await stack.enter_async_context(server)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer, takes_within=min(WRITES_WITHIN, self._settings.idle))
        if len(self._connected) >= self._settings.connections:
            if not self._full:  # once, however many try
                log.warning("wyoming.refused", host=wire.host, connections=len(self._connected))
            self._full = True
            writer.transport.abort()
            return
        self._full = False
        connection = Connection(
            wire,
            idle=self._settings.idle,
            hearing=self._hearing,
            talking=self._talking,
            understood=self._understood,
            voice=self._voice,
            areas=self._areas,
            language=self._language,
            lately=self._lately,
            info=self._info,
        )
        task = self._group.create_task(connection.serve(), name=f"wyoming {wire.host}")
        self._connected.add(task)
        task.add_done_callback(self._connected.discard)

    def _info(self) -> Info:
        voice = self._voice.name if self._voice is not None else None
        return info(language=self._language, areas=self._areas.values(), voice=voice)
