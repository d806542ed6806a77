"""Speech to text for one connection: `audio-start`, `audio-chunk`s and `audio-stop` to a `transcript`."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from agent.api import ConfigError, TransientError
from integrations.voice.heard import Heard
from integrations.voice.parts import Hears
from integrations.voice.wyoming.events import (
    Event,
    Transcript,
    TranscriptChunk,
    TranscriptStart,
    TranscriptStop,
)
from integrations.voice.wyoming.feed import Feed
from integrations.voice.wyoming.lately import Lately
from integrations.voice.wyoming.settling import Settling
from integrations.voice.wyoming.wire import Wire, WireError

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}", re.ASCII)


class Transcribing:
    """Makes text of what a client sends, one utterance after the other."""

    def __init__(
        self,
        wire: Wire,
        *,
        hearing: Hears,
        language: str,
        lately: Lately,
        expected: Callable[[object], Sequence[str] | None],
        refuse: Callable[[Exception], Awaitable[None]],
    ) -> None:
        """Store what it needs.

        `expected` tells from a `context` what alone may be said next; `refuse` ends the connection with a
        reason.
        """
        self._wire = wire
        self._hearing = hearing
        self._language = language
        self._lately = lately
        self._expected = expected
        self._refuse = refuse
        self._context: object = None
        self._spoken: str | None = None
        self._feed: Feed | None = None
        self._task: asyncio.Task[None] | None = None

    async def take(self, event: Event) -> None:
        """Take what a client that wants text sends.

        Raises:
            ConfigError: this house does not understand the language.
            WireError: it is no sound that we know, or too much of it.
        """
        match event.type:
            case "transcribe":
                self._spoken = language_of(event.data.get("language"))
                self._context = event.data.get("context")
            case "audio-start":
                await self._begin()
            case "audio-chunk":
                # Some announce nothing, and just begin to send.
                feed = self._feed or await self._begin()
                await feed.put(event)
            case _:
                await self._heard()

    async def _begin(self) -> Feed:
        await self.stop()
        if self._spoken and _base(self._spoken) != _base(self._language):
            raise ConfigError(f"this house understands {self._language!r}, not {self._spoken!r}")
        self._feed = feed = Feed()
        self._task = asyncio.create_task(self._transcribe(feed), name="wyoming transcription")
        return feed

    async def _heard(self) -> None:
        if self._feed is not None and self._task is not None:
            await self._feed.end()
            await asyncio.wait({self._task})
            await self.stop()

    async def stop(self) -> None:
        """Listen no more."""
        task, self._task, self._feed = self._task, None, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _transcribe(self, feed: Feed) -> None:
        """Tell what is heard, as it is, and at the end."""
        partials: asyncio.Queue[str | None] = asyncio.Queue()
        settling = Settling()
        only = self._expected(self._context)
        hearing = asyncio.create_task(
            self._hearing.transcribe(feed.pieces(), on_partial=partials.put_nowait, whole=True, only=only),
            name="wyoming hearing",
        )
        hearing.add_done_callback(lambda _: partials.put_nowait(None))
        hearing.add_done_callback(lambda _: feed.leave())
        try:
            await self._wire.write(TranscriptStart(language=self._language))
            while (partial := await partials.get()) is not None:
                if more := settling.more(partial):
                    await self._wire.write(TranscriptChunk(text=more))
            heard = await hearing
        except TransientError as error:
            await self._refuse(error)
            return
        except WireError:
            return  # it is gone, as whoever reads it sees too
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        await self._tell(heard, settling)

    async def _tell(self, heard: Heard | None, settling: Settling) -> None:
        text = heard.text if heard is not None else ""
        if heard is not None:
            self._lately.put(heard)
        rest = settling.rest(text)
        with suppress(WireError):  # most hang up as soon as they have what they want
            await self._wire.write(
                *([TranscriptChunk(text=rest)] if rest else []),
                Transcript(text=text, language=self._language),
                TranscriptStop(),
            )


def language_of(given: object) -> str | None:
    """A language that somebody tells, None if it is none."""
    return given if isinstance(given, str) and _LANGUAGE.fullmatch(given) else None


def _base(language: str) -> str:
    return re.split("[-_]", language, maxsplit=1)[0].casefold()
