"""A call of a webhook sets off the rules that wait for it: it chooses when, never what."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.automations.ruled import (
    LAMP_OFF,
    LAMP_ON,
    PLUG_ON,
    UNLOCK,
    all_of,
    came,
    commands,
    looked,
    rule,
    went,
)
from tests.http.calling import KEYS, PHONE, Web, answering

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
RULES = [
    rule("bell", when={"webhook": "bell"}, do=[LAMP_ON]),
    rule("parcel", when={"webhook": "parcel", "if": "{{ value_json.weight > 2 }}"}, do=[PLUG_ON]),
    rule("shown", when={"webhook": "shown", "if": "{{ trigger.query.colour == 'red' }}"}, do=[LAMP_OFF]),
    rule("door", when={"webhook": "door"}, do=[UNLOCK]),
    rule("own-door", when={"webhook": "own-door"}, do=[UNLOCK]),
    rule("raw", when={"webhook": "raw", "if": "{{ value == 'open sesame' }}"}, do=[LAMP_ON]),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(broker, tmp_path_factory) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("webhooks")
    async with answering(broker.port, folder, RULES, api={"keys": KEYS, "max_body": 1024}) as one:
        yield one


async def test_a_call_sets_off_the_rule_that_waits_for_it(web):
    answer = await web.post("/v1/webhook/bell")
    ran = await all_of(web.house, "bell", 1)

    assert (answer.status, answer.body, ran) == (202, {"id": "bell", "status": "accepted"}, ["ran"])
    assert web.house.daemon.home.state("light.desk").value == "on"


async def test_why_a_rule_went_off_names_the_call(web):
    await web.post("/v1/webhook/bell")
    await all_of(web.house, "bell", 2)

    assert "the webhook bell was called" in str(went(web.house, "bell")[-1])


async def test_what_a_call_says_decides_whether(web):
    await web.post("/v1/webhook/parcel", json={"weight": 1})
    await web.house.until(lambda: looked(web.house, "parcel"))
    before = len(commands(web.house))
    await web.post("/v1/webhook/parcel", json={"weight": 3})

    assert await all_of(web.house, "parcel", 1) == ["ran"]
    assert (before, len(commands(web.house))) == (0, 1)


async def test_a_call_may_say_it_in_its_address(web):
    await web.post("/v1/webhook/shown?colour=red&colour=red")

    assert await all_of(web.house, "shown", 1) == ["ran"]


async def test_what_a_call_says_need_not_be_json(web):
    await web.post("/v1/webhook/raw", data=b"\xff\xfe", headers={"Content-Type": "image/png"})
    await web.post("/v1/webhook/raw", data=b"open sesame", headers={"Content-Type": "text/plain"})

    assert await all_of(web.house, "raw", 1) == ["ran"]


async def test_what_anybody_may_set_off_does_nothing_disruptive_without_a_yes(web):
    await web.post("/v1/webhook/door")
    question = await web.house.until(
        lambda: next(
            (one for one in web.house.daemon.pipeline.pending() if one["cause"]["who"] == "door"), None
        )
    )

    assert question["action"] == "lock.unlock"
    assert web.house.daemon.home.state("lock.front").value == "locked"


async def test_what_somebody_with_a_key_sets_off_is_as_their_own(web):
    await web.post("/v1/webhook/own-door", key=PHONE)

    assert await all_of(web.house, "own-door", 1) == ["ran"]
    assert web.house.daemon.home.state("lock.front").value == "unlocked"


async def test_a_wrong_key_sets_off_nothing(web):
    before = came(web.house, "bell")
    answer = await web.post("/v1/webhook/bell", key="this-is-no-key-of-anybody")
    await web.post("/v1/webhook/bell")
    await all_of(web.house, "bell", len(before) + 1)

    assert (answer.status, len(came(web.house, "bell"))) == (401, len(before) + 1)


async def test_a_call_that_no_rule_waits_for_is_taken_as_any_so_that_nobody_can_guess(web):
    answer = await web.post("/v1/webhook/nobody")

    assert (answer.status, answer.body) == (202, {"id": "nobody", "status": "accepted"})


@pytest.mark.parametrize("name", ["a/b", "a%20b", "x" * 65, ""])
async def test_what_can_be_no_webhook_is_not_there(web, name):
    assert (await web.post(f"/v1/webhook/{name}")).status == 404


async def test_a_call_that_is_too_long_sets_off_nothing(web):
    before = len(came(web.house, "bell"))
    answer = await web.post("/v1/webhook/bell", data=b"x" * 2000)

    assert (answer.status, len(came(web.house, "bell"))) == (413, before)
