"""Peers that send nonsense, too much, or nothing: each costs itself its connection, and others nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from integrations.voice.wyoming.events import Ping, Synthesize, Transcript
from tests.voice.wyoming_peers import FORM, ask, asking, espeak, send, serving, until


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def answer(port: int, sent: bytes, *, hang_up: bool = False) -> str:
    """What is said to `sent`, up to the end of the connection."""
    async with raw(port) as (reader, writer):
        writer.write(sent)
        if hang_up:
            writer.write_eof()
        try:
            return (await asyncio.wait_for(reader.read(), 5)).decode(errors="replace")
        except ConnectionResetError:
            return "reset"


async def serves(port: int) -> bool:
    """Whether somebody else is served as ever."""
    return (await ask(port, Ping(text="x"), "pong")).data == {"text": "x"}


async def room_for_another(port: int) -> bool:
    """Wait until somebody is served."""
    async with asyncio.timeout(8):
        while True:
            try:
                return await serves(port)
            except (AssertionError, OSError):
                await asyncio.sleep(0.02)


def line(**header: Any) -> bytes:
    return json.dumps(header).encode() + b"\n"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "header is no JSON object"),
        (b"\xff\xfe\x00\n", "header is no JSON object"),
        (b"[" * 60_000 + b"\n", "header is no JSON object"),
        (b"[]\n", "header is no JSON object"),
        (b"null\n", "header is no JSON object"),
        (b"{}\n", "has the type None"),
        (line(type=["describe"]), "has the type ['describe']"),
        (line(type="ping", data="x"), "data of its ping is no JSON object"),
        (line(type="ping", data_length=3) + b"[1]", "data is no JSON object"),
        (line(type="ping", data_length=300_000), "data_length is 300000; 0 to 262144 is possible"),
        (line(type="audio-chunk", payload_length=10**18), "payload_length is 1000000000000000000"),
        (line(type="audio-chunk", payload_length=-1), "payload_length is -1"),
        (line(type="audio-chunk", payload_length=1.5), "payload_length is 1.5"),
        (line(type="audio-chunk", payload_length=True), "payload_length is True"),
        (line(type="ping", data={"text": {"a": 1}}), "its text is {'a': 1}, and no text"),
        (line(type="transcript", data={"text": "x" * 2_001}), "its text has 2001 letters; 2000 are possible"),
    ],
)
async def test_what_is_no_event_ends_its_connection_with_the_reason(sent, says):
    async with serving() as port:
        said = await answer(port, sent)

        assert says in said
        assert await serves(port)


async def test_a_header_without_an_end_is_not_collected():
    async with serving() as port:
        said = await answer(port, b"x" * 200_000)

        assert "longer than 65536 bytes" in said or said == "reset"
        assert await serves(port)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"rate": 191_999}, "rate of 191999; 16000 would be right"),
        ({"rate": 10**9}, "8000 to 192000 samples a second are possible"),
        ({"rate": "16000"}, "the rate of its sound is '16000'; a number would be right"),
        ({"rate": None}, "the rate of its sound is None"),
        ({"width": 9}, "its samples are of 9 bytes; 2 would be right"),
        ({"width": 0}, "its samples are of 0 bytes"),
        ({"channels": 0}, "its sound has 0 channels"),
        ({"channels": 1_000}, "its sound has 1000 channels"),
        ({"channels": True}, "the channels of its sound is True"),
    ],
)
async def test_sound_of_a_form_that_nobody_has_is_refused(form, says):
    chunk = line(type="audio-chunk", data=FORM | form, payload_length=64) + bytes(64)
    async with serving() as port:
        said = await answer(port, chunk)

        assert says in said
        assert await serves(port)


@pytest.mark.parametrize("begun", [b"", b'{"type": "pi', line(type="audio-chunk", payload_length=64) + b"x"])
async def test_a_peer_from_whom_nothing_comes_is_left(begun):
    async with serving(idle=0.5) as port:
        began = time.monotonic()
        said = await answer(port, begun)

        assert "no event came for 0.5 s" in said
        assert time.monotonic() - began < 3


async def test_a_peer_that_sends_letter_by_letter_is_left():
    async with serving(idle=0.5) as port, raw(port) as (reader, writer):
        reading = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(5):
            while not reading.done():
                writer.write(b" ")
                await asyncio.wait([reading], timeout=0.05)

        assert await serves(port)


async def test_a_peer_that_reads_nothing_is_left_and_its_place_is_free_again():
    async with serving(idle=0.5, connections=1) as port, raw(port) as (_, writer):
        writer.write(line(type="ping", data={"text": "x" * 2_000}) * 10_000)

        assert await room_for_another(port)


async def test_a_peer_that_hangs_up_in_the_middle_of_an_event_hurts_nobody():
    async with serving() as port:
        async with raw(port) as (_, writer):
            writer.write(line(type="audio-chunk", data=FORM, payload_length=64_000) + b"half")
            await writer.drain()

        assert await serves(port)


async def test_more_connections_than_there_may_be_are_refused():
    async with serving(connections=2) as port, asking(port) as one, asking(port) as two:
        await send(one, Ping())
        await until(one, "pong")
        await send(two, Ping())
        await until(two, "pong")

        with pytest.raises((AssertionError, OSError)):
            await ask(port, Ping(), "pong")
        await send(one, Ping())
        assert (await until(one, "pong"))[-1].type == "pong"


async def test_a_connection_that_was_closed_makes_room():
    async with serving(connections=1) as port:
        assert await serves(port)

        assert await room_for_another(port)


KINDS = (
    *(
        "describe",
        "ping",
        "transcribe",
        "audio-start",
        "audio-chunk",
        "audio-stop",
        "transcript",
        "recognize",
    ),
    *("intent", "synthesize", "synthesize-start", "synthesize-chunk", "synthesize-stop", "info", "played"),
)
FIELDS = (
    *("text", "language", "context", "voice", "text_format", "rate", "width", "channels", "name"),
    *("timestamp", "vad_sensitivity", "transcript_names", "entities"),
)
JUNK = (
    None,
    True,
    -1,
    1.5,
    2**62,
    "",
    "\x00\u2028",
    [],
    [[]],
    {},
    {"name": []},
    {"language": {}},
    {"area": [1]},
)


@pytest.mark.parametrize("kind", KINDS)
async def test_fields_of_any_kind_end_one_connection_at_most(kind):
    """`serving` sees to it that the server still runs."""
    async with serving(voice=espeak()) as port:
        for junk in JUNK:
            await answer(port, line(type=kind, data=dict.fromkeys(FIELDS, junk)), hang_up=True)
            for field in FIELDS:
                given = {"text": "x", **FORM, field: junk}
                await answer(port, line(type=kind, data=given, payload_length=2) + b"xx", hang_up=True)

        assert await serves(port)


async def test_events_that_nobody_knows_are_dropped():
    async with serving() as port, asking(port) as client:
        client._writer.write(
            line(type="teapot", data={"x": 1}) + line(type="select-program", data={"name": "x"})
        )
        await send(client, Ping(text="still there?"))

        assert (await until(client, "pong"))[-1].data == {"text": "still there?"}


async def test_a_text_in_a_form_that_is_not_spoken_is_refused():
    async with serving() as port:
        error = await ask(port, Synthesize("<speak/>", text_format="ssml"), "error", "audio-stop")

    assert "'ssml' is not spoken" in error.data["text"]


async def test_a_language_that_is_none_is_that_of_the_house():
    async with serving() as port:
        handled = await ask(port, Transcript("hello", language="../../etc"), "handled")

    assert handled.type == "handled"


async def test_a_server_that_ends_hangs_up():
    async with serving() as port:
        client_ = asking(port)
        client = await client_.__aenter__()
        await send(client, Ping())
        await until(client, "pong")

    assert await client.read_event() is None
    await client.disconnect()
