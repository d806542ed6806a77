"""Speech that is made into text by a server: what the ear records goes there as it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, Protocol

import structlog

from agent.api import TransientError
from integrations.voice.heard import Heard

log = structlog.get_logger(__name__)
MOST_WAITING = 400
"""Pieces of sound, of 80 ms each, that wait for the server; what is more is dropped."""
Tell = Callable[[Mapping[str, Any]], None]


class Asr(Protocol):
    """A server that makes text of speech."""

    async def transcribe(
        self, audio: AsyncIterator[bytes], on_partial: Callable[[str], None] | None = None
    ) -> Heard | None:
        """What is said in `audio`; None if that is nothing.

        Raises:
            TransientError: the server is not there, or too slow.
        """
        ...


class Elsewhere:
    """Takes the sound of utterances, and tells what was said as the ear would."""

    def __init__(
        self,
        asr: Asr,
        *,
        once: Callable[[str, Coroutine[Any, Any, None]], None],
        problem: Callable[..., None],
    ) -> None:
        """Store what it needs: `once` runs work in the background, `problem` shows what is wrong."""
        self._asr = asr
        self._once = once
        self._problem = problem
        self._open: dict[int, asyncio.Queue[bytes | None]] = {}

    def sound(self, stream: int, pcm: bytes, tell: Tell) -> None:
        """The next piece of what is said on `stream`."""
        waiting = self._open.get(stream)
        if waiting is None:
            waiting = self._open[stream] = asyncio.Queue(MOST_WAITING + 1)
            self._once("recognising", self._recognise(stream, waiting, tell))
        if waiting.qsize() < MOST_WAITING:
            waiting.put_nowait(pcm)

    def recorded(self, stream: int, tell: Tell) -> None:
        """That was all."""
        if (waiting := self._open.pop(stream, None)) is not None:
            waiting.put_nowait(None)
        else:
            tell({"event": "silence", "stream": stream, "why": "nothing"})

    async def _recognise(self, stream: int, waiting: asyncio.Queue[bytes | None], tell: Tell) -> None:
        ended = 0.0
        time = asyncio.get_running_loop().time

        async def sound() -> AsyncIterator[bytes]:
            nonlocal ended
            while (pcm := await waiting.get()) is not None:
                yield pcm
            ended = time()

        def partial(text: str) -> None:
            tell({"event": "partial", "stream": stream, "text": text})

        try:
            heard = await self._asr.transcribe(sound(), partial)
        except TransientError as error:
            log.warning("voice.not_recognised", reason=str(error))
            self._problem("stt", str(error))
            heard = None
        else:
            self._problem("stt", None)
        if self._open.get(stream) is waiting:
            # The server has answered before the end; what still comes is of nothing.
            self._open.pop(stream)
        if heard is None:
            tell({"event": "silence", "stream": stream, "why": "unclear"})
            return
        words = [[word, heard.confidence] for word in heard.text.split()]
        took = 1000 * (time() - ended) if ended else 0.0
        tell(
            {
                "event": "heard",
                "stream": stream,
                "text": heard.text,
                "words": words,
                "confidence": heard.confidence,
                "unknown": heard.unknown,
                "ms": round(took, 1),
            }
        )
