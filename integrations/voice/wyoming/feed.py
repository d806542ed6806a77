"""Sound on its way from a connection to the ear, bounded on both sides."""

import asyncio
from collections.abc import AsyncIterator

from integrations.voice.wyoming.events import Event
from integrations.voice.wyoming.sound import PIECE, Intake
from integrations.voice.wyoming.wire import WireError

MOST_WAITING = 50
"""Pieces that wait; then the connection is not read, which the sender feels."""
LONGEST = 75.0
"""Seconds of sound in one utterance; no ear listens for as long."""


class Feed:
    """One utterance: filled from events, read as `pieces`."""

    def __init__(self, *, endless: bool = False) -> None:
        """`endless`: it is no single utterance, but all that a room hears."""
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._intake = Intake()
        self._left = float("inf") if endless else LONGEST * PIECE
        self._read = True
        self.seconds = 0.0
        """How much has come."""

    async def put(self, event: Event) -> None:
        """Take an `audio-chunk`.

        Raises:
            WireError: it is no sound that we know, or too much of it.
        """
        async for piece in self._intake.pieces(event.data, event.payload or b""):
            self._left -= len(piece)
            self.seconds += len(piece) / PIECE
            if self._left < 0:
                raise WireError(f"it sent more than {LONGEST:g} s of sound without an end")
            if self._read:
                await self._pieces.put(piece)

    async def end(self) -> None:
        """There is no more."""
        if self._read:
            await self._pieces.put(None)

    def leave(self) -> None:
        """Nobody reads it any more; what still comes is dropped."""
        self._read = False
        while not self._pieces.empty():
            self._pieces.get_nowait()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, up to its end."""
        while (piece := await self._pieces.get()) is not None:
            yield piece
