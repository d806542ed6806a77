"""Speech from a Wyoming server: real ones, made with the protocol's own library."""

import asyncio
import time
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from wyoming.error import Error
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import Synthesize

from agent.api import TransientError
from integrations.voice.speaking import TtsSettings
from integrations.voice.speaking.wyoming_tts import WyomingVoice

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it imports audioop where there still is one
    from wyoming.audio import AudioChunk, AudioStart, AudioStop

PCM = b"\1\2" * 4_000
START = AudioStart(rate=22_050, width=2, channels=1).event()
CHUNK = AudioChunk(rate=22_050, width=2, channels=1, audio=PCM[:4_000]).event()
STOP = AudioStop().event()


class Peer:
    """A server that answers whatever it is asked with the same events."""

    def __init__(self, *answer: Event | bytes, hangs: bool = False) -> None:
        self.answer = answer
        self.hangs = hangs
        self.asked: list[Synthesize] = []
        self.gone = asyncio.Event()
        self.port = 0

    def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncEventHandler:
        peer = self

        class Handler(AsyncEventHandler):
            async def handle_event(self, event: Event) -> bool:
                peer.asked.append(Synthesize.from_event(event))
                for one in peer.answer:
                    if isinstance(one, Event):
                        await self.write_event(one)
                    else:
                        self.writer.write(one)
                return peer.hangs

            async def disconnect(self) -> None:
                peer.gone.set()

        return Handler(reader, writer)


@asynccontextmanager
async def serving(*answer: Event | bytes, hangs: bool = False) -> AsyncIterator[Peer]:
    peer = Peer(*answer, hangs=hangs)
    server = AsyncTcpServer("127.0.0.1", 0)
    await server.start(peer.handler)
    assert server._server is not None
    peer.port = server._server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        await server.stop()
        await asyncio.sleep(0)


def voice_of(peer: Peer, **settings: object) -> WyomingVoice:
    given = {"url": f"tcp://127.0.0.1:{peer.port}", "timeout": 2, **settings}
    return WyomingVoice(TtsSettings.model_validate(given))


async def test_speech_comes_from_the_server_in_the_rate_that_it_tells():
    async with serving(START, CHUNK, CHUNK, STOP, hangs=True) as peer:
        audio = await voice_of(peer).synthesise("The light is on.", "en")

    assert (audio.pcm, audio.rate, audio.channels) == (PCM, 22_050, 1)


async def test_the_server_is_told_the_text_and_the_language():
    async with serving(START, CHUNK, STOP) as peer:
        await voice_of(peer).synthesise("灯开了", "zh-CN")

    assert peer.asked[0].text == "灯开了"
    assert peer.asked[0].voice is not None
    assert peer.asked[0].voice.language == "zh-CN"


async def test_the_server_is_told_the_voice_that_is_configured():
    async with serving(START, CHUNK, STOP) as peer:
        await voice_of(peer, voice={"en": "en_US-amy-low"}).synthesise("hello", "en-GB")

    assert peer.asked[0].voice is not None
    assert peer.asked[0].voice.name == "en_US-amy-low"


async def test_the_connection_is_closed_when_it_was_said():
    async with serving(START, CHUNK, STOP, hangs=True) as peer:
        await voice_of(peer).synthesise("hello", "en")

        await asyncio.wait_for(peer.gone.wait(), 5)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((Error(text="no such voice").event(),), "refuses: no such voice"),
        ((START, CHUNK), "hung up in mid-sentence"),
        ((), "hung up in mid-sentence"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "hung up in mid-sentence"),
        ((b"[]\n",), "something else than sound"),
        ((b"{}\n",), "something else than sound"),
        ((START, b'{"type": "audio-chunk", "payload_length": 99999}\nabc'), "something else than sound"),
        ((STOP,), "its samples are of None bytes"),
        ((AudioStart(rate=22_050, width=4, channels=1).event(), STOP), "its samples are of 4 bytes"),
        ((AudioStart(rate=7, width=2, channels=1).event(), STOP), "7 samples a second"),
    ],
)
async def test_a_server_that_does_not_speak_says_why(answer, says):
    async with serving(*answer) as peer:
        with pytest.raises(TransientError, match=says):
            await voice_of(peer).synthesise("hello", "en")


@pytest.mark.parametrize("answer", [(), (START, CHUNK)])
async def test_a_server_that_hangs_costs_a_bounded_time(answer):
    async with serving(*answer, hangs=True) as peer:
        began = time.monotonic()

        with pytest.raises(TransientError, match=r"Wyoming server 127.0.0.1:\d+ says nothing for 300ms"):
            await voice_of(peer, timeout="300ms").synthesise("hello", "en")

        assert time.monotonic() - began < 2
        await asyncio.wait_for(peer.gone.wait(), 5)


async def test_a_server_that_is_not_there_is_named(unused_tcp_port_factory: Callable[[], int]):
    peer = Peer()
    peer.port = unused_tcp_port_factory()

    with pytest.raises(TransientError, match=rf"Wyoming server 127.0.0.1:{peer.port} is not there"):
        await voice_of(peer).synthesise("hello", "en")


async def test_the_server_is_asked_anew_once_it_is_back():
    async with serving() as peer:
        voice = voice_of(peer)
        with pytest.raises(TransientError):
            await voice.synthesise("hello", "en")
        peer.answer = (START, CHUNK, STOP)

        assert (await voice.synthesise("hello", "en")).pcm == PCM[:4_000]
