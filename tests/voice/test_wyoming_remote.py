"""Speech becomes text somewhere else: servers made with the protocol's own library, good and bad ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from agent.api import TransientError
from integrations.voice.elsewhere import Elsewhere
from integrations.voice.heard import Heard
from integrations.voice.wyoming.events import (
    Error,
    Transcribe,
    Transcript,
    TranscriptChunk,
    TranscriptStart,
    TranscriptStop,
)
from integrations.voice.wyoming.remote import RemoteAsr
from tests.voice import speech
from tests.voice.wyoming_peers import COMMAND, command, free_port, hearing, serving

PCM = bytes(range(256)) * 25  # 0.2 s
TEXT = Transcript(COMMAND).event()


class Server:
    """Answers the events of kind `at` with the same events each time."""

    def __init__(self, *answer: Event | bytes, at: str = "audio-stop", hangs: bool = False) -> None:
        self.answer = answer
        self.at = at
        self.hangs = hangs
        self.events: list[Event] = []
        self.gone = asyncio.Event()

    def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncEventHandler:
        server = self

        class Handler(AsyncEventHandler):
            async def handle_event(self, event: Event) -> bool:
                server.events.append(event)
                if event.type != server.at:
                    return True
                for one in server.answer:
                    if isinstance(one, Event):
                        await self.write_event(one)
                    else:
                        self.writer.write(one)
                return server.hangs

            async def disconnect(self) -> None:
                server.gone.set()

        return Handler(reader, writer)


@asynccontextmanager
async def remote(
    server: Server, *, within: float = 2, language: str | None = None
) -> AsyncIterator[RemoteAsr]:
    port = free_port()
    running = AsyncTcpServer("127.0.0.1", port)
    await running.start(server.handler)
    try:
        yield RemoteAsr(f"tcp://127.0.0.1:{port}", within, language=language)
    finally:
        await running.stop()
        await asyncio.sleep(0)


async def said(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def without_end() -> AsyncIterator[bytes]:
    while True:
        yield PCM
        await asyncio.sleep(0.01)


async def test_the_text_is_that_of_the_server_and_is_believed():
    async with remote(Server(TEXT)) as asr:
        heard = await asr.transcribe(said(PCM, PCM))

    assert heard == Heard(text=COMMAND, confidence=1.0)


async def test_the_server_gets_all_of_the_sound_and_its_form():
    server = Server(TEXT)
    async with remote(server) as asr:
        await asr.transcribe(said(PCM, PCM))

    chunks = [event for event in server.events if event.type == "audio-chunk"]
    assert b"".join(chunk.payload or b"" for chunk in chunks) == PCM + PCM
    assert (chunks[0].data["rate"], chunks[0].data["width"], chunks[0].data["channels"]) == (16_000, 2, 1)


async def test_the_server_is_told_the_language():
    server = Server(TEXT)
    async with remote(server, language="de") as asr:
        await asr.transcribe(said(PCM))

    assert Transcribe.from_event(server.events[0]).language == "de"


async def test_text_that_is_still_being_heard_is_passed_on():
    chunks = (TranscriptStart().event(), *(TranscriptChunk(word).event() for word in ("turn", " on")))
    partials: list[str] = []
    async with remote(Server(*chunks, TEXT, TranscriptStop().event())) as asr:
        await asr.transcribe(said(PCM), partials.append)

    assert partials == ["turn", "turn on"]


async def test_a_server_that_hears_the_end_of_speech_by_itself_is_not_sent_more():
    async with remote(Server(TEXT, at="audio-chunk", hangs=True)) as asr:
        heard = await asyncio.wait_for(asr.transcribe(without_end()), 5)

    assert heard == Heard(text=COMMAND)


async def test_no_text_is_nothing_understood():
    async with remote(Server(Transcript("  ").event())) as asr:
        assert await asr.transcribe(said(PCM)) is None


async def test_the_connection_is_closed_when_it_was_heard():
    server = Server(TEXT, hangs=True)
    async with remote(server) as asr:
        await asr.transcribe(said(PCM))

        await asyncio.wait_for(server.gone.wait(), 5)


@pytest.mark.parametrize("at", ["audio-stop", "audio-start"])
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((Error(text="no model").event(),), "refuses: no model"),
        ((), "gave no text: "),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "gave no text: its header is no JSON object"),
        ((b"[]\n",), "gave no text: its header is no JSON object"),
        ((b'{"type": "transcript", "data": {"text": 7}}\n',), "gave no text: its transcript says 7"),
        ((Transcript("x" * 2_001).event(),), "gave no text: its transcript says 'xxx"),
        (
            (b'{"type": "transcript", "data_length": 99999999}\n',),
            "gave no text: its data_length is 99999999",
        ),
        ((b"x" * 200_000,), "gave no text: its header is longer than 65536 bytes"),
    ],
)
async def test_a_server_that_makes_no_text_says_why(answer, at, says):
    async with remote(Server(*answer, at=at, hangs=bool(answer))) as asr:
        with pytest.raises(TransientError, match=rf"Wyoming server 127.0.0.1:\d+ {says}"):
            await asr.transcribe(said(*[PCM] * 20))


async def test_a_server_that_hangs_costs_a_bounded_time():
    server = Server(hangs=True)
    async with remote(server, within=0.3) as asr:
        began = time.monotonic()

        with pytest.raises(TransientError, match=r"Wyoming server 127.0.0.1:\d+ says nothing for 300ms"):
            await asr.transcribe(said(PCM))

        assert time.monotonic() - began < 2
        await asyncio.wait_for(server.gone.wait(), 5)


async def test_a_server_that_is_not_there_is_named():
    port = free_port()

    with pytest.raises(TransientError, match=f"Wyoming server 127.0.0.1:{port} is not there"):
        await RemoteAsr(f"tcp://127.0.0.1:{port}", 2).transcribe(said(PCM))


async def test_what_fails_in_the_sound_itself_is_no_fault_of_the_server():
    async def broken() -> AsyncIterator[bytes]:
        yield PCM
        raise TransientError("the microphone is gone")

    async with remote(Server(TEXT)) as asr:
        with pytest.raises(TransientError, match="the microphone is gone"):
            await asr.transcribe(broken())


@pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng")
async def test_what_a_satellite_hears_is_understood_by_the_server_of_the_house():
    """The ear only tells where speech begins and ends; a server makes text of it, with pauses as one."""
    none = {"engine": "none", "model": None, "language": "en"}
    pcm = command() + speech.silence(1.0) + command("open the garage door") + speech.silence(1.0)
    running: set[asyncio.Task[None]] = set()

    def once(_name, work):
        running.add(asyncio.create_task(work))

    async with hearing() as understands, serving(ear=understands) as port:
        asr = RemoteAsr(f"tcp://127.0.0.1:{port}", 5)
        async with hearing(none, Elsewhere(asr, once=once, problem=lambda *_: None)) as ear:
            pieces = (pcm[start : start + 2_560] for start in range(0, len(pcm), 2_560))
            heard = await ear.transcribe(said(*pieces), whole=True)
        await asyncio.gather(*running)

    assert heard is not None
    assert heard.text == "turn on the kitchen light open the garage door"


@pytest.mark.skipif(not speech.HAS_ESPEAK, reason="needs espeak-ng")
async def test_one_house_understands_for_another():
    partials: list[str] = []
    async with hearing() as ear, serving(ear=ear) as port:
        pcm = command()
        pieces = (pcm[start : start + 2_560] for start in range(0, len(pcm), 2_560))
        heard = await RemoteAsr(f"tcp://127.0.0.1:{port}", 5).transcribe(said(*pieces), partials.append)

    assert heard == Heard(text=COMMAND)
    assert partials[-1] == COMMAND
