"""Peers that keep to no rules hold nothing for long, and the others are answered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.http.calling import KEYS, Web, answering, chunked, everything, request

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
IDLE = 0.6
API = {"keys": KEYS, "idle": IDLE, "connections": 6, "limit": {"most": 1_000_000, "within": 1}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(broker, tmp_path_factory) -> AsyncIterator[Web]:
    async with answering(broker.port, tmp_path_factory.mktemp("hostile"), api=API) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _well_afterwards(web):
    yield
    assert (await web.get("/healthz")).status == 200


async def trickling(web: Web, sent: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send `sent`, then a drop from time to time, until we are hung up on: what came, and after how long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    started, told = time.monotonic(), asyncio.create_task(everything(reader))
    try:
        writer.write(sent)
        while not told.done() and time.monotonic() - started < 10:
            writer.write(drop)
            await asyncio.wait({told}, timeout=0.05)
        return told.result(), time.monotonic() - started
    finally:
        told.cancel()
        writer.close()


async def test_a_request_whose_headers_never_end_is_hung_up_on(web):
    told, seconds = await trickling(web, b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a")

    assert (told, seconds < IDLE + 3) == (b"", True)


async def test_a_body_that_never_ends_is_refused(web):
    told, seconds = await trickling(web, request(b"{", "Content-Length: 1000"), b" ")

    assert told.startswith(b"HTTP/1.1 408 ")
    assert json.loads(told.partition(b"\r\n\r\n")[2]) == {"error": f"the body did not come within {IDLE} s"}
    assert seconds < IDLE + 4


async def test_a_connection_on_which_nobody_says_a_word_is_hung_up_on(web):
    assert await web.raw(b"") == b""


async def test_a_connection_that_is_kept_for_later_is_not_kept_for_ever(web):
    told = await web.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert told.startswith(b"HTTP/1.1 200 ")


async def test_who_takes_none_of_the_answers_is_hung_up_on(web):
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    reader._transport.pause_reading()
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5_000
    try:
        async with asyncio.timeout(10):
            while True:
                writer.write(asked)
                await writer.drain()
    except (ConnectionError, TimeoutError) as error:
        ended = error
    writer.close()

    assert isinstance(ended, ConnectionError)


async def test_there_are_so_many_connections_and_no_more(web):
    held = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(API["connections"])]
    told = await web.raw(request(b"{}"))
    for reader, writer in held:
        await asyncio.wait_for(reader.read(), 10)
        writer.close()

    assert told.startswith(b"HTTP/1.1 503 ")
    assert json.loads(told.partition(b"\r\n\r\n")[2]) == {"error": "too many connections; try again later"}


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"\0" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1_000 + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        request(b"", "Content-Length: -1"),
        request(b"", "Content-Length: 1", "Transfer-Encoding: chunked"),
    ],
    ids=["tls", "zeros", "version", "line", "many headers", "long header", "negative length", "two lengths"],
)
async def test_what_is_no_http_is_refused_in_words(web, sent):
    told = await web.raw(sent)

    assert told.split(b" ")[1] == b"400"
    assert json.loads(told.partition(b"\r\n\r\n")[2])["error"].startswith("the request cannot be read: ")


async def test_a_body_whose_pieces_are_none_is_refused(web):
    told = await web.raw(request(b"", "Transfer-Encoding: chunked") + b"zz\r\n{}\r\n")

    assert told.split(b" ")[1] == b"400"


async def test_a_connection_that_breaks_off_in_a_body_is_no_crash(web):
    counters = web.house.daemon.metrics.counters
    before, broken = counters["http.requests"], counters.get("http.broken_off", 0)
    with capture_logs() as logs:
        _, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(request(b"", "Transfer-Encoding: chunked") + chunked(b'{"text": "')[:-5])
        await web.house.until(lambda: counters["http.requests"] > before)
        writer.transport.abort()
        await web.house.until(lambda: counters.get("http.broken_off", 0) > broken)

    assert [one for one in logs if one["event"] == "request.crashed"] == []


async def test_requests_one_after_the_other_on_one_connection_are_answered_in_order(web):
    paths = ["/healthz", "/nothing", "/healthz", "/openapi.json"]
    asked = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]
    told = await web.raw(b"".join(asked))

    assert [one[:3] for one in told.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200", b"200"]
