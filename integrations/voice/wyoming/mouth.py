"""What a satellite plays for us, one thing after the other."""

import asyncio
from contextlib import suppress

from integrations.voice.speaking import Audio
from integrations.voice.wyoming.uttering import events_of
from integrations.voice.wyoming.wire import Wire

PLAYS_LATE = 3.0
"""Seconds after the end of speech in which a satellite may say that it was played."""
SOUND_LATE = 0.5
"""The same of a sound: nobody waits for it."""


class Mouth:
    """The loudspeaker of one satellite, as long as it is connected."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._turn = asyncio.Lock()
        self._played = asyncio.Event()
        self.plays: bool | None = None
        """Whether it has a loudspeaker; None: nobody knows yet."""
        self.announces = False
        """Whether it plays what nobody asked for: what it hears then may be our own voice."""

    def played(self) -> None:
        """It says that it has played what it was sent."""
        self.plays = True
        self._played.set()

    async def announce(self, audio: Audio) -> bool:
        """Have it played while somebody may be listened to; whether the satellite says that it was.

        Raises:
            WireError: it is gone.
        """
        self.announces = True
        try:
            return await self.play(audio)
        finally:
            self.announces = False

    async def play(self, audio: Audio, *, late: float = PLAYS_LATE) -> bool:
        """Have it played, and wait for that; whether the satellite says so.

        Raises:
            WireError: it is gone.
        """
        async with self._turn:
            self._played.clear()
            await self._wire.write(*events_of(audio))
            with suppress(TimeoutError):
                async with asyncio.timeout(audio.seconds + late):
                    await self._played.wait()
        return self._played.is_set()
