"""From the bus to a recording, until cancelled."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from agent.mqtt.listener import Listener
from agent.mqtt.packets import Publication
from agent.recording.format import Gap, Journalled, Published
from agent.recording.masking import masked
from agent.recording.writer import Writer
from agent.runtime.clock import Clock

EVERY = 1.0
"""Seconds between two flushes: what a kill may cost."""
AT_ONCE = 256 * 1024
"""Bytes that do not wait for their second."""
MOST_WAITING = 32 * 1024 * 1024
"""Bytes that may wait for the disk; then the broker waits."""


class Recorder:
    """Hands what a `Listener` hears to a `Writer`. Make the listener with `heard`, `full`, `wake` of this."""

    def __init__(self, *, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._woken = asyncio.Event()
        self._lost: float | None = None
        self.messages = 0
        self.entries = 0
        """Those of the journal."""
        self.masked = 0
        """Messages and entries with a secret that was left out."""

    def heard(self, found: Publication) -> None:
        """Write down a message."""
        cleaned = masked(found.topic, found.payload)
        self.messages += 1
        self.masked += cleaned is not None
        self._writer.add(
            Published(
                time=self._clock.time(),
                topic=found.topic,
                payload=found.payload if cleaned is None else cleaned,
                qos=found.qos,
                retain=found.retain,
                response_topic=found.response_topic,
                correlation=found.correlation,
                expiry=found.expiry,
                masked=cleaned is not None,
            )
        )
        if self._writer.waiting >= AT_ONCE:
            self._woken.set()

    def entry(self, fields: Mapping[str, str], masked: bool) -> None:  # noqa: FBT001  # what a `Journal` calls
        """Write down an entry of the journal; `masked`: a secret was left out of it."""
        self.entries += 1
        self.masked += masked
        self._writer.add(Journalled(time=self._clock.time(), fields=fields))
        if self._writer.waiting >= AT_ONCE:
            self._woken.set()

    def wake(self) -> None:
        """Do not wait for the next second: something is to be looked after."""
        self._woken.set()

    def full(self) -> bool:
        """Whether the disk should catch up first."""
        return self._writer.waiting >= MOST_WAITING

    async def run(self, listener: Listener, *, ready: Callable[[], None]) -> None:
        """Record until cancelled; `ready` is called once the broker has taken us in.

        What waits then is left to whoever closes the writer.

        Raises:
            TransientError: there is no broker to begin with, or the disk takes no more.
        """
        try:
            await listener.begin()
            ready()
            while True:
                await self._wait(EVERY)
                if not listener.connected and self._lost is None:
                    self._lost = self._clock.time()
                await asyncio.to_thread(self._writer.flush)
                listener.resume()
                if not listener.connected:
                    await self._wait(listener.delay())
                    await self._come_back(listener)
        finally:
            await listener.close()

    async def _come_back(self, listener: Listener) -> None:
        """Try once; if it works, note for how long we heard nothing."""
        if await listener.connect():
            if self._lost is not None:
                now = self._clock.time()
                self._writer.add(Gap(time=now, since=self._lost, reason=listener.reason))
            self._lost = None

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()
