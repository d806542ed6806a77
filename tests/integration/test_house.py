"""What an integration gets from the House it is handed."""

import pytest

from tests.house import living
from tests.integration.plugins import asked, listening, running, write

HELPFUL = """
class Helpful(Integration):
    async def init(self):
        {init}
INTEGRATION = Helpful
"""


@pytest.fixture
async def lives(own_broker, tmp_path):
    """Lives of one house after another, on one broker, with the integration it is given."""
    port = own_broker().port

    def live(init="pass", name="found"):
        folder = tmp_path / "plugins" / name
        if not folder.exists():
            write(folder, HELPFUL.format(init=init))
        return living(port, tmp_path)

    return live


# store --------------------------------------------------------------------------------------------------
async def test_what_is_stored_is_there_in_the_next_life(lives):
    async with lives() as house:
        (await running(house)).house.store.put("lamps", {"desk": [1, 2.5, None, "ä"]})
    async with lives() as house:
        found = await (await running(house)).house.store.get("lamps")

    assert found == {"desk": [1, 2.5, None, "ä"]}


async def test_what_is_stored_is_seen_by_its_owner_alone(lives):
    lives(name="other")
    async with lives() as house:
        (await running(house)).house.store.put("key", "mine")
        found = await (await running(house, "other")).house.store.get("key", "nothing")

    assert found == "nothing"


# work ---------------------------------------------------------------------------------------------------
async def test_work_that_raises_is_begun_again_after_a_pause(lives):
    async with lives() as house:
        began, clock = [], house.daemon.clock

        async def work():
            began.append(clock.monotonic())
            if len(began) < 3:
                raise ValueError(began)
            await clock.sleep(60)

        (await running(house)).house.run("work", work)
        await house.until(lambda: len(began) == 3)

        assert began[1] - began[0] >= 0.5
        assert began[2] - began[1] >= 1.0


async def test_work_asked_for_in_init_begins_after_it(lives):
    init = """self.order = []
        async def work():
            self.order.append("work")
        self.house.once("work", work())
        await asyncio.sleep(0.05)
        self.order.append("init")"""
    async with lives(init) as house:
        helpful = await running(house)
        await house.until(lambda: len(helpful.order) == 2)

        assert helpful.order == ["init", "work"]


async def test_work_ends_when_the_house_does(lives):
    ended = []
    async with lives() as house:

        async def work():
            try:
                await house.daemon.clock.sleep(60)
            finally:
                ended.append("work")

        (await running(house)).house.once("work", work())
        await house.until(lambda: house.daemon.hosted["found"].integration.house._work)

    assert ended == ["work"]


async def test_work_done_once_that_raises_is_counted_and_harms_nobody(lives):
    async with lives() as house:

        async def work():
            raise ValueError("no")

        (await running(house)).house.once("work", work())
        await house.until(lambda: house.daemon.metrics.counters.get("integration.found.work_failed") == 1)

        assert house.daemon.hosted["found"].standing.life == "running"


# the bus outside ----------------------------------------------------------------------------------------
async def test_every_message_is_handed_over_in_order_if_every_one_counts(lives):
    async with lives() as house:
        heard = []
        integration = await running(house)
        integration.house.subscribe("x/+", lambda m: heard.append(m.text()), qos=1, every=True)
        await listening(house, integration)
        for number in range(500):
            house.publish("x/same", str(number))
        await house.until(lambda: len(heard) == 500)

        assert heard == [str(number) for number in range(500)]


async def test_of_states_the_newest_is_always_handed_over(lives):
    async with lives() as house:
        heard = []
        integration = await running(house)
        integration.house.subscribe("x/+", lambda m: heard.append(m.text()), qos=1)
        await listening(house, integration)
        for number in range(500):
            house.publish("x/same", str(number))
        await house.until(lambda: "499" in heard)

        assert heard[-1] == "499"
        assert heard == sorted(heard, key=int)


async def test_a_subscription_that_was_ended_hears_nothing_more(lives):
    async with lives() as house:
        heard, still = [], []
        integration = await running(house)
        end = integration.house.subscribe("x/1", lambda m: heard.append(m.text()), qos=1, every=True)
        integration.house.subscribe("x/1", lambda m: still.append(m.text()), qos=1, every=True)
        await listening(house, integration)
        house.publish("x/1", "before")
        await house.until(lambda: heard)
        end()
        house.publish("x/1", "after")
        await house.until(lambda: len(still) == 2)

        assert heard == ["before"]


async def test_a_handler_that_raises_leaves_the_other_handlers_their_message(lives):
    async with lives() as house:
        heard = []
        integration = await running(house)
        integration.house.subscribe("x/1", lambda m: m.json()["lamp"], qos=1, every=True)
        integration.house.subscribe("x/1", lambda m: heard.append(m.text()), qos=1, every=True)
        await listening(house, integration)
        house.publish("x/1", "no JSON at all")
        await house.until(lambda: heard)

        assert house.daemon.metrics.counters["mqtt.handler_failures"] == 1


async def test_what_is_told_on_our_topics_has_version_time_and_trace(lives):
    async with lives() as house:
        own = (await running(house)).house
        own.tell(own.topics("found"), {"lamps": 3}, trace="t1")
        [told] = await house.until(lambda: house.on(house.topic("found")))

        assert {**told, "ts": "..."} == {"v": 1, "ts": "...", "trace": "t1", "lamps": 3}
        assert told["ts"].endswith("+00:00")


# problems -----------------------------------------------------------------------------------------------
async def test_a_problem_is_shown_until_it_is_cleared(lives):
    async with lives() as house:
        own = (await running(house)).house
        own.problem("lamp/desk", "it says 'ONN'; ON or OFF would be right")
        [shown] = await asked(house, "problems")
        own.problem("lamp/desk", None)

        assert (shown["source"], shown["where"]) == ("found", "lamp/desk")
        assert shown["problem"] == "it says 'ONN'; ON or OFF would be right"
        assert await asked(house, "problems") == []
