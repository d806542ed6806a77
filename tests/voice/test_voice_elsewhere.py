"""Speech that a Wyoming server makes into text, for a microphone of ours."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator

import pytest
from wyoming.event import async_read_event, async_write_event

from integrations.voice.microphone import State
from integrations.voice.wyoming.events import Transcript
from tests.voice.living import Listening, listening

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]
TEXT = "Turn on the kitchen light."


class Whisper:
    """A peer that hears the same in everything, once all of it has come."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = 0

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["Whisper"]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while (event := await async_read_event(reader)) is not None:
                if event.type == "audio-chunk":
                    self.heard += len(event.payload or b"")
                if event.type == "audio-stop":
                    await async_write_event(Transcript(text=TEXT).event(), writer)
                    break
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


@contextlib.asynccontextmanager
async def house_with(tmp_path, port: int) -> AsyncIterator[Listening]:
    stt = {"engine": "wyoming", "url": f"tcp://127.0.0.1:{port}", "timeout": 5}
    async with listening(tmp_path, more=lambda _: {"stt": stt}) as house:
        await house.settled()
        yield house


async def test_what_the_server_hears_is_done(tmp_path):
    async with Whisper().serving() as whisper, house_with(tmp_path, whisper.port) as house:
        await house.command("turn on the kitchen light")
        heard = await house.next("voice/heard")

        assert heard["text"] == TEXT
        assert whisper.heard > 2 * 16_000
        await house.becomes("light.kitchen", "on")


async def test_a_server_that_is_not_there_is_told_and_nothing_is_done(tmp_path):
    async with house_with(tmp_path, 1) as house:
        await house.command("turn on the kitchen light")
        await house.problem("is not there")
        await house.settled(State.IDLE)

        assert house.state("light.kitchen") == "off"
