"""Speech from a Wyoming server: a connection for each text, and nothing kept between two."""

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from wyoming.client import AsyncTcpClient
from wyoming.tts import Synthesize, SynthesizeVoice

from agent.api import TransientError, told
from integrations.voice.speaking.audio import Audio, checked_audio
from integrations.voice.speaking.program import MOST_OUTPUT
from integrations.voice.speaking.section import TtsSettings, for_language

# What the library raises at nonsense: no JSON object, no type, a body that is not all there.
_NONSENSE = (EOFError, LookupError, TypeError, ValueError, AttributeError)


class WyomingVoice:
    """Speaks by the `tts` of a Wyoming server."""

    def __init__(self, settings: TtsSettings) -> None:
        self._settings = settings
        parts = urlsplit(settings.url or "")
        self._host, self._port = parts.hostname or "", parts.port or 0
        self.name = f"Wyoming server {self._host}:{self._port}"

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound.

        Raises:
            TransientError: the server is not there, refuses, or takes too long.
        """
        client = AsyncTcpClient(self._host, self._port)
        given = for_language(self._settings.voice, language)
        voice = SynthesizeVoice(name=given) if given else SynthesizeVoice(language=language)
        try:
            async with asyncio.timeout(self._settings.timeout):
                await client.connect()
                await client.write_event(Synthesize(text=text, voice=voice).event())
                return await self._received(client)
        except TimeoutError:
            raise TransientError(f"{self.name} says nothing for {told(self._settings.timeout)}") from None
        except OSError as error:
            raise TransientError(f"{self.name} is not there: {error.strerror or error}") from None
        except _NONSENSE as error:
            raise TransientError(f"{self.name} sent something else than sound: {error!r:.120}") from None
        finally:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await client.disconnect()

    async def _received(self, client: AsyncTcpClient) -> Audio:
        """The sound that comes, up to its end."""
        pcm, form = bytearray(), dict[str, Any]()
        # Names instead of wyoming.audio, which imports a deprecated module.
        while (event := await client.read_event()) is not None:
            match event.type:
                case "audio-start":
                    form = event.data
                case "audio-chunk":
                    form = form or event.data
                    pcm += event.payload or b""
                case "error":
                    raise TransientError(f"{self.name} refuses: {event.data.get('text', 'no reason')!s:.200}")
                case _:
                    pass
            if event.type == "audio-stop" or len(pcm) > MOST_OUTPUT:
                return checked_audio(
                    bytes(pcm[:MOST_OUTPUT]),
                    rate=form.get("rate"),
                    width=form.get("width"),
                    channels=form.get("channels"),
                )
        raise TransientError(f"{self.name} hung up in mid-sentence")
