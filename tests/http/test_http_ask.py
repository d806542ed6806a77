"""What people say over HTTP is done and answered as what they say over the bus."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.http.calling import KEYS, PHONE, Web, answering, request

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(broker, tmp_path_factory) -> AsyncIterator[Web]:
    async with answering(broker.port, tmp_path_factory.mktemp("ask"), api={"keys": KEYS}) as one:
        yield one


def lamp(web: Web) -> str | None:
    return web.house.daemon.home.state("light.desk").value


async def test_what_is_asked_is_done_and_answered(web):
    reply = await web.ask("turn on the desk lamp")

    assert (reply.status, lamp(web)) == (200, "on")
    assert reply.body["text"] == "Turned on the light"
    assert [one["status"] for one in reply.body["outcomes"]][-1] == "confirmed"


async def test_the_reply_is_the_one_that_the_bus_hears(web):
    reply = (await web.ask("is the front door locked")).body
    topic = web.house.topic("reply")
    [told] = await web.house.until(lambda: [one for one in web.house.on(topic) if one["id"] == reply["id"]])

    assert {key: one for key, one in reply.items() if key != "ts"} == {
        key: one for key, one in told.items() if key != "ts"
    }


async def test_who_has_no_key_is_somebody_in_the_room(web):
    [outcome] = (await web.ask("unlock the front door")).body["outcomes"]

    assert outcome["status"] == "pending"
    assert outcome["cause"]["kind"] == "http"
    assert outcome["cause"]["who"] == "somebody at 127.0.0.1"


async def test_who_has_a_key_is_an_authenticated_person(web):
    [outcome] = (await web.ask("unlock the front door", key=PHONE)).body["outcomes"]

    assert outcome["status"] == "confirmed"
    assert outcome["cause"] == {"kind": "http", "who": "phone", "utterance": "unlock the front door"}


async def test_what_is_said_in_one_session_is_a_conversation(web):
    await web.ask("turn on the desk lamp", session="kitchen panel")
    reply = await web.ask("turn it off again", session="kitchen panel")

    assert (reply.body["session"], lamp(web)) == ("kitchen panel", "off")


async def test_without_a_session_those_of_two_callers_are_two(web):
    await web.ask("turn on the desk lamp", key=PHONE)
    reply = await web.ask("turn it off again")

    assert reply.body["session"] == "http somebody at 127.0.0.1"


async def test_a_sentence_may_bring_its_language(web):
    assert (await web.ask("现在几点", language="zh-CN")).body["language"] == "zh-CN"


async def test_who_hangs_up_breaks_nothing_off(web):
    await web.ask("turn off the desk lamp")
    _, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(request(b'{"text": "turn on the desk lamp"}'))
    await writer.drain()
    writer.close()

    await web.house.until(lambda: lamp(web) == "on")


async def test_many_at_once_each_get_their_own_answer(web):
    sessions = [f"session {number}" for number in range(20)]
    replies = await asyncio.gather(*(web.ask("is the front door locked", session=one) for one in sessions))

    assert [one.body["session"] for one in replies] == sessions


async def test_an_answer_that_takes_too_long_is_told_so_and_what_was_begun_goes_on(own_broker, tmp_path):
    async with answering(own_broker().port, tmp_path, api={"timeout": 1.5, "keys": KEYS}) as web:
        house = web.house
        while (await web.ask("is the front door locked")).status != 200:
            """The first sentence takes longer, on a machine that has much to do."""
        # From now on the lock does nothing, so the answer waits for as long as a lock may take.
        house.client.on_message = lambda _c, _d, m: house.heard.append((m.topic, m.payload, m.retain))
        late = await web.ask("unlock the front door", key=PHONE)
        told = [one["status"] for one in house.on(house.topic("outcome"))]

    assert (late.status, late.error) == (504, "the answer takes longer than 1.5 s; what was begun goes on")
    assert told == ["accepted", "sent"]
