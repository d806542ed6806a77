"""A model behind OpenAI's interface: what is sent, what is understood, and what becomes of every failure."""

import asyncio
import time

import pytest
from pydantic import SecretStr

from agent.errors import ConfigError, TransientError
from agent.inference.openai import OpenAi, Server
from agent.inference.runner import Limits, Prompt
from agent.runtime.clock import Clock
from tests.inference.server import DONE, STREAM, Peer, answer, chunk, event, said

HELLO = Prompt(said="hello", system="You are a house.")
LIMITS = Limits(max_tokens=20, deadline=5)
KEY = "sk-very-secret"
FULL = answer({"error": {"message": "too many\nrequests"}}, "429 Too Many Requests")


class Hurried(Clock):
    """A clock whose pauses take no time and are remembered, and that can be put forward."""

    def __init__(self):
        self.slept = []
        self.ahead = 0.0

    def monotonic(self):
        return super().monotonic() + self.ahead

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)


def runner(peer, clock=None, **settings):
    server = Server(**{"url": peer.url, "model": "qwen", "api_key": SecretStr(KEY), **settings})
    return OpenAi("server", server, clock=clock or Hurried())


async def refused(peer, error, **settings):
    """Why the runner has no answer: one line."""
    with pytest.raises(error) as told:
        await runner(peer, **settings).generate(HELLO, LIMITS)
    assert "\n" not in str(told.value)
    assert KEY not in str(told.value)
    return str(told.value)


async def test_the_request_is_what_such_servers_take():
    async with Peer(said("hi")).open() as peer:
        await runner(peer).generate(HELLO, Limits(max_tokens=20, temperature=0.5, stop=("\n",)))

    (sent,) = peer.requests
    assert (sent.path, sent.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert sent.body == {
        "model": "qwen",
        "messages": [
            {"role": "system", "content": "You are a house."},
            {"role": "user", "content": "hello"},
        ],
        "max_tokens": 20,
        "temperature": 0.5,
        "stop": ["\n"],
        "stream": False,
    }


async def test_without_a_key_none_is_sent():
    async with Peer(said("hi")).open() as peer:
        await runner(peer, api_key=None).generate(HELLO, LIMITS)

    assert "authorization" not in peer.requests[0].headers


async def test_an_answer_in_one_piece_is_understood():
    async with Peer(said("hi there", reason="length", tokens=2)).open() as peer:
        found = await runner(peer).generate(HELLO, LIMITS)

    assert (found.text, found.ended, found.tokens, found.model) == ("hi there", "length", 2, "server")


async def test_a_streamed_answer_is_shown_as_it_comes():
    shown, halfway = [], asyncio.Event()

    async def stream(_request, writer):
        writer.write(STREAM + event("hi "))
        await halfway.wait()
        writer.write(event("there") + event(reason="stop") + DONE)

    def show(text):
        shown.append(text)
        halfway.set()

    async with Peer(stream).open() as peer:
        found = await runner(peer).generate(HELLO, LIMITS, show)

    assert shown == ["hi ", "there"]
    assert found.text == "hi there"
    assert 0 < found.first_token_ms < found.ms


# how likely ------------------------------------------------------------------------------------------------
def chances(*logarithms):
    """What a server says of its tokens."""
    return {"content": [{"token": "x", "logprob": one} for one in logarithms]}


async def test_a_server_is_asked_how_likely_its_answer_is_only_where_it_may_be():
    async with Peer(said("hi")).open() as peer:
        for logprobs in (False, True):
            await runner(peer, logprobs=logprobs).generate(HELLO, LIMITS)

    assert [one.body.get("logprobs") for one in peer.requests] == [None, True]


async def test_how_likely_an_answer_is_is_the_sum_over_its_tokens():
    async with Peer(said("hi", logprobs=chances(-0.5, -0.25))).open() as peer:
        found = await runner(peer, logprobs=True).generate(HELLO, LIMITS)

    assert found.logprob == -0.75


async def test_how_likely_a_streamed_answer_is_is_the_sum_over_its_pieces():
    pieces = event("hi ", logprobs=chances(-0.5)) + event("there", logprobs=chances(-0.25))
    async with Peer(STREAM + pieces + event(reason="stop", logprobs=None) + DONE).open() as peer:
        found = await runner(peer, logprobs=True).generate(HELLO, LIMITS, lambda _: None)

    assert found.logprob == -0.75


async def test_of_an_answer_that_says_nothing_of_it_that_is_not_known():
    async with Peer(said("hi")).open() as peer:
        found = await runner(peer, logprobs=True).generate(HELLO, LIMITS)

    assert found.logprob is None


async def test_a_form_is_none_of_the_servers_business():
    async with Peer(said("hi")).open() as peer:
        await runner(peer).generate(Prompt(said="hello", form="a.form:OnOff"), LIMITS)

    assert "OnOff" not in str(peer.requests[0].body)


# what is understood ----------------------------------------------------------------------------------------
async def test_a_piece_that_comes_in_two_is_put_together():
    whole = event("hello").decode().split("\r\n", 1)[1].removesuffix("\r\n")

    async with Peer(STREAM + chunk(whole[:20]) + chunk(whole[20:]) + DONE).open() as peer:
        found = await runner(peer).generate(HELLO, LIMITS, lambda _: None)

    assert found.text == "hello"


# failures that pass ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "502 Bad Gateway"])
async def test_what_may_pass_is_asked_again(status):
    async with Peer(answer({}, status), said("hi")).open() as peer:
        found = await runner(peer).generate(HELLO, LIMITS)

    assert found.text == "hi"
    assert len(peer.requests) == 2


async def test_a_connection_that_breaks_is_tried_again():
    async with Peer(b"HTTP/1.1 200", said("hi")).open() as peer:
        assert (await runner(peer).generate(HELLO, LIMITS)).text == "hi"


async def test_it_is_asked_three_times_at_most():
    async with Peer(FULL).open() as peer:
        told = await refused(peer, TransientError)

    assert told == "server answers 429: too many requests"
    assert len(peer.requests) == 3


async def test_the_pause_that_a_server_asks_for_is_kept():
    full = answer({}, "429 Too Many Requests", headers=["Retry-After: 1"])
    clock = Hurried()
    async with Peer(full, said("hi")).open() as peer:
        await runner(peer, clock).generate(HELLO, LIMITS)

    assert clock.slept == [1.0]


async def test_a_pause_beyond_the_deadline_is_not_waited_for_longer():
    full = answer({}, "429 Too Many Requests", headers=["Retry-After: 60"])
    async with Peer(full).open() as peer:
        began = time.monotonic()

        with pytest.raises(TransientError, match=r"server gave no answer within 0\.3 s"):
            await runner(peer, Clock()).generate(HELLO, Limits(deadline=0.3))

    assert time.monotonic() - began < 0.6


async def test_what_was_shown_already_is_not_asked_again():
    shown = []
    async with Peer(STREAM + event("hi")).open() as peer:
        with pytest.raises(TransientError, match="server: "):
            await runner(peer).generate(HELLO, LIMITS, shown.append)

    assert shown == ["hi"]
    assert len(peer.requests) == 1


async def test_a_server_that_is_not_there_is_named():
    async with Peer(said("hi")).open() as peer:
        pass

    assert (await refused(peer, TransientError)).startswith(f"server: 127.0.0.1:{peer.port} can't be reached")


# failures that stay ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("401 Unauthorized", "server refuses our key: no such key: ***"),
        ("404 Not Found", "server does not know this address or model: no such key: ***"),
        ("400 Bad Request", "server answers 400: no such key: ***"),
    ],
)
async def test_what_only_the_user_can_change_is_asked_once_and_the_key_not_told(status, told):
    async with Peer(answer({"error": {"message": f"no such key: {KEY}"}}, status)).open() as peer:
        assert await refused(peer, ConfigError) == told

    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "strange",
    [
        answer(b"<html>welcome</html>"),
        answer({"choices": []}),
        answer({"choices": [{"message": {"content": 7}}]}),
        answer(["hello"]),
        answer(b"null"),
    ],
)
async def test_an_answer_that_is_something_else_is_called_that(strange):
    async with Peer(strange).open() as peer:
        told = await refused(peer, TransientError)

    assert told == "server answered something that is not OpenAI's interface"


@pytest.mark.parametrize(
    "strange",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlots\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y" * 100_000,
    ],
)
async def test_what_is_not_http_is_one_line_too(strange):
    async with Peer(strange).open() as peer:
        told = await refused(peer, TransientError)

    assert told.startswith("server: ")


# time ------------------------------------------------------------------------------------------------------
async def test_a_server_that_never_answers_costs_the_deadline_and_its_connection_ends():
    async with Peer(None).open() as peer:
        began = time.monotonic()

        with pytest.raises(TransientError, match=r"server gave no answer within 0\.2 s"):
            await runner(peer).generate(HELLO, Limits(deadline=0.2))

        assert time.monotonic() - began < 0.5
        await peer.until(lambda one: one.left == 1)


async def test_the_servers_own_timeout_counts_where_it_is_shorter():
    async with Peer(None).open() as peer:
        told = await refused(peer, TransientError, timeout=0.1)

    assert told == "server gave no answer within 0.1 s"


async def test_cancelling_the_call_ends_the_connection():
    async with Peer(None).open() as peer:
        task = asyncio.create_task(runner(peer).generate(HELLO, LIMITS))
        await peer.until(lambda one: one.requests)

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        await peer.until(lambda one: one.left == 1)


# a door that stays shut ------------------------------------------------------------------------------------
async def test_after_three_failures_in_a_row_it_is_left_alone_then_tried_once():
    clock = Hurried()
    async with Peer(None).open() as peer:
        one = OpenAi("server", Server(url=peer.url, model="m"), clock=clock)
        for _ in range(3):
            with pytest.raises(TransientError, match="no answer"):
                await one.generate(HELLO, Limits(deadline=0.05))

        with pytest.raises(TransientError, match="server is left alone for 30 s: server gave no answer"):
            await one.generate(HELLO, LIMITS)
        assert (one.health().state, len(peer.requests)) == ("down", 3)
        clock.ahead = 31
        peer.answers = [said("hi")]
        assert (await one.generate(HELLO, LIMITS)).text == "hi"

    assert (one.health().state, one.health().reason) == ("ready", "")


async def test_who_failed_and_was_not_asked_since_is_not_well_again_by_time_alone():
    clock = Hurried()
    async with Peer(answer({}, "500 Internal Server Error")).open() as peer:
        one = OpenAi("server", Server(url=peer.url, model="m"), clock=clock)
        for _ in range(3):
            with pytest.raises(TransientError, match="answers 500"):
                await one.generate(HELLO, LIMITS)

        clock.ahead = 31

        assert (one.health().state, "answers 500" in one.health().reason) == ("down", True)
