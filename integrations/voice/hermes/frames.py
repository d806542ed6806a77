"""Sound as satellites send it, one small WAV file after the other, on its way to the ear."""

import asyncio
from collections.abc import AsyncIterator

from integrations.voice.ear.sources.conversion import Converter, checked, is_odd
from integrations.voice.ear.sources.source import RATE, SourceError
from integrations.voice.speaking.audio import Audio, read_wav

MOST_FRAME = 64 * 1024
"""Bytes of one frame: two seconds, where usual is a tenth of one."""
MOST_WAITING = 5.0
"""Seconds of sound that wait for the ear; what comes then is dropped."""
_AT_ONCE = 4_096  # samples that are converted while everything else waits


class Frames:
    """One utterance: filled with frames, read as PCM of 16 kHz, one channel."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Audio | None] = asyncio.Queue()
        self._seconds = 0.0
        self._over = False
        self.seconds = 0.0
        """How much has come."""
        self.dropped = 0.0
        """How much of it nobody heard."""

    def put(self, wav: bytes) -> None:
        """Take a frame.

        Raises:
            ValueError: it is none; the text says what would be right.
        """
        if self._over:
            return
        if len(wav) > MOST_FRAME:
            raise ValueError(f"a frame of {len(wav)} bytes; {MOST_FRAME} are possible, 2092 are usual")
        audio = read_wav(wav)
        try:
            checked(audio.rate, audio.channels, "the sound")
        except SourceError as error:
            raise ValueError(str(error)) from None
        if is_odd(audio.rate):
            raise ValueError(f"the sound has a rate of {audio.rate}: 16000 would be right")
        if not audio.pcm:
            return
        self.seconds += audio.seconds
        if self._seconds + audio.seconds > MOST_WAITING:
            self.dropped += audio.seconds
            return
        self._seconds += audio.seconds
        self._waiting.put_nowait(audio)

    def end(self) -> None:
        """There is no more."""
        if not self._over:
            self._over = True
            self._waiting.put_nowait(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, up to its end."""
        form: tuple[int, int] | None = None
        converter = Converter(RATE, 1)
        while (audio := await self._waiting.get()) is not None:
            self._seconds -= audio.seconds
            if (audio.rate, audio.channels) != form:
                form = (audio.rate, audio.channels)
                converter = Converter(*form)
            size = 2 * audio.channels * _AT_ONCE
            for start in range(0, len(audio.pcm), size):
                yield converter.feed(audio.pcm[start : start + size])
                await asyncio.sleep(0)
