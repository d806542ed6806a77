"""Speech to text by a Wyoming server, such as one of whisper: a connection for each utterance."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from agent.api import TransientError, told
from integrations.voice.heard import Heard
from integrations.voice.wyoming.events import AudioChunk, AudioStart, AudioStop, Event, Transcribe
from integrations.voice.wyoming.section import host_and_port
from integrations.voice.wyoming.wire import Wire, WireError

LONGEST = 60.0
"""Seconds that somebody may speak."""
MOST_TEXT = 2_000
_FORM = {"rate": 16_000, "width": 2, "channels": 1}
_SECOND = 32_000
OnPartial = Callable[[str], None]


class RemoteAsr:
    """The `asr` of a Wyoming server."""

    def __init__(self, url: str, timeout: float, *, language: str | None = None) -> None:
        """Store what it needs.

        Args:
            url: where it listens, as in tcp://192.168.1.20:10300.
            timeout: seconds to connect in, and from the end of what is said to its text.
            language: that of what is said; None: the server knows.
        """
        self._host, self._port = host_and_port(url)
        self._timeout = timeout
        self._language = language
        self.name = f"Wyoming server {self._host}:{self._port}"

    async def transcribe(
        self, audio: AsyncIterator[bytes], on_partial: OnPartial | None = None
    ) -> Heard | None:
        """What is said in `audio`, 16 kHz mono PCM; None if that is nothing that could be understood.

        Raises:
            TransientError: the server is not there, refuses, or takes too long.
        """
        try:
            wire = await Wire.connected(self._host, self._port, within=self._timeout)
        except TimeoutError:
            raise TransientError(f"{self.name} does not answer for {told(self._timeout)}") from None
        except OSError as error:
            raise TransientError(f"{self.name} is not there: {error.strerror or error}") from None
        sending = asyncio.create_task(self._send(wire, audio), name="wyoming sending")
        try:
            return await self._received(wire, sending, on_partial)
        except WireError as error:
            raise TransientError(f"{self.name} gave no text: {error}") from None
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await wire.close()

    async def _send(self, wire: Wire, audio: AsyncIterator[bytes]) -> None:
        await wire.write(Transcribe(language=self._language), AudioStart(**_FORM, timestamp=0))
        sent = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                async for pcm in audio:
                    stamp = 1000 * sent // _SECOND
                    await wire.write(AudioChunk(**_FORM, audio=pcm, timestamp=stamp))
                    sent += len(pcm)
        await wire.write(AudioStop(timestamp=1000 * sent // _SECOND))

    async def _received(
        self, wire: Wire, sending: asyncio.Task[None], on_partial: OnPartial | None
    ) -> Heard | None:
        """What the server makes of it, in time."""
        reading = asyncio.create_task(self._text(wire, on_partial), name="wyoming reading")
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
            failure = sending.exception() if sending.done() else None
            if failure is not None and not isinstance(failure, WireError):
                raise failure
            if not reading.done():
                # Also a server that refuses and hangs up while we send has said why before.
                await asyncio.wait({reading}, timeout=self._timeout)
            if not reading.done():
                raise TransientError(f"{self.name} says nothing for {told(self._timeout)}")
            return reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _text(self, wire: Wire, on_partial: OnPartial | None) -> Heard | None:
        partial = ""
        while (event := await wire.read(within=LONGEST + self._timeout)) is not None:
            match event.type:
                case "transcript":
                    text = " ".join(_said(event).split())
                    return Heard(text=text) if text else None
                case "transcript-chunk" if on_partial is not None and len(partial) < MOST_TEXT:
                    partial += _said(event)
                    on_partial(partial)
                case "error":
                    raise TransientError(f"{self.name} refuses: {event.data.get('text', 'no reason')!s:.200}")
                case _:
                    pass
        raise WireError("it hung up")


def _said(event: Event) -> str:
    text = event.data.get("text")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise WireError(f"its {event.type} says {text!r:.40}")
    return text
