"""Our own device in Home Assistant, as another daemon's discovery learns it: sensors, problem."""

import contextlib
import time

import pytest

from agent.api import device_topic
from tests.announced import LOCK
from tests.house import living

CONFIG = "homeassistant/device/hearthd_test/config"
OFTEN = {"health": {"interval": 1}}


@pytest.fixture
async def pair(own_broker, tmp_path):
    """A house with a lock, and another daemon on the same bus that learns the first one's device."""
    async with contextlib.AsyncExitStack() as stack:
        port = own_broker().port
        one = await stack.enter_async_context(living(port, tmp_path / "one", OFTEN))
        watcher = {"node": {"name": "watcher"}, "health": {"announce": False}}
        other = await stack.enter_async_context(living(port, tmp_path / "other", watcher, hear=False))
        one.publish("homeassistant/lock/front/config", LOCK, retain=True)
        await one.until(lambda: one.daemon.home.get("lock.front"))
        await one.until(lambda: other.daemon.home.state("sensor.hearthd_test_rss").value)
        yield one, other


async def health_of(house, count=1):
    """The newest health report, once there were `count`."""
    return (await house.until(lambda: house.on(house.topic("health"))[count - 1 :]))[-1]


def obeyed(house):
    """A lock that does what it is told."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == "lock/front/set":
            house.client.publish("lock/front", message.payload + b"ED", qos=1, retain=True)

    house.client.on_message = heard


# our device ---------------------------------------------------------------------------------------------
async def test_another_daemon_understands_all_of_our_device(pair):
    one, other = pair
    parts = one.on(CONFIG)[-1]["components"]
    announced = {key: part for key, part in parts.items() if set(part) != {"platform"}}
    known = {entity.id: entity for entity in other.daemon.home.entities() if entity.id != "lock.front"}

    assert set(known) == {component["default_entity_id"] for component in announced.values()}
    assert {entity.category for entity in known.values()} == {"diagnostic"}
    assert {entity.device for entity in known.values()} == {"hearthd test"}
    one.publish("hearthd/watcher/query/problems", {"id": "q"})
    [told] = await one.until(lambda: one.on("hearthd/watcher/answer/q"))
    assert told["answer"] == []


async def test_another_daemon_sees_what_we_measure(pair):
    one, other = pair
    measured = (await health_of(one))["gauges"]
    home = other.daemon.home
    await one.until(lambda: home.state("sensor.hearthd_test_machine_uptime").value)

    assert float(home.state("sensor.hearthd_test_machine_uptime").value) > 0
    assert home.get("sensor.hearthd_test_rss").unit == "MB"
    assert {f"sensor.hearthd_test_{name}" for name in measured} <= {one.id for one in home.entities()}
    assert home.state("sensor.hearthd_test_pending").value == "0"


async def test_we_do_not_learn_our_own_device(pair):
    one, _ = pair

    assert [entity.id for entity in one.daemon.home.entities()] == ["lock.front"]


async def test_the_problem_sensor_is_on_while_the_level_is_not_ok(own_broker, tmp_path):
    port = own_broker().port
    never = {"warning": None, "critical": None}
    quiet = dict.fromkeys(("rss", "loop_lag", "memory", "disk", "state_disk", "temperature"), never)
    watcher = {"node": {"name": "watcher"}, "health": {"announce": False}}
    async with living(port, tmp_path / "other", watcher) as other:
        seen = other.daemon.home
        async with living(port, tmp_path / "one", {"health": {"thresholds": quiet}}, hear=False):
            await other.until(lambda: seen.state("binary_sensor.hearthd_test_problem").value == "off")
        low = {"health": {"thresholds": {**quiet, "rss": {"warning": 1}}}}
        async with living(port, tmp_path / "one", low, hear=False):
            await other.until(lambda: seen.state("binary_sensor.hearthd_test_problem").value == "on")


async def test_our_device_is_gone_when_we_are(own_broker, tmp_path):
    port = own_broker().port
    watcher = {"node": {"name": "watcher"}, "health": {"announce": False}}
    async with living(port, tmp_path / "other", watcher) as other:
        seen = other.daemon.home
        async with living(port, tmp_path / "one", hear=False):
            await other.until(lambda: seen.state("sensor.hearthd_test_rss").available)

        await other.until(lambda: seen.state("sensor.hearthd_test_rss").available is False)


async def test_switched_off_we_announce_no_device(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, {"health": {"announce": False}}) as house:
        await health_of(house)
        house.publish(house.topic("query", "health"), {"id": "later"})
        await house.until(lambda: house.on(house.topic("answer", "later")))

        assert house.on(CONFIG) == []


async def test_after_a_broker_without_memory_came_back_all_is_announced_again(own_broker, tmp_path, ear):
    broker = own_broker()
    async with living(broker.port, tmp_path) as house:
        await house.until(lambda: house.on(CONFIG))
        broker.kill9()
        broker.start()
        late = await ear(broker.port)

        await late.until(lambda ear: {CONFIG, house.topic("health")} <= {one[0] for one in ear.heard}, 10)


@pytest.mark.parametrize("node", ["küche", "a.b-c", "x" * 64])
def test_the_topic_of_our_device_suits_home_assistant_whatever_the_node_is_called(node):
    levels = device_topic("homeassistant", node).split("/")

    assert levels[:2] == ["homeassistant", "device"]
    assert levels[2].isascii()
    assert levels[2].replace("-", "_").replace("_", "").isalnum()


# Home Assistant comes up --------------------------------------------------------------------------------
async def test_after_the_birth_of_home_assistant_we_announce_once_more_a_little_later(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path) as house:
        await house.until(lambda: house.on(CONFIG))
        health = house.daemon.hosted["health"].integration
        began = time.monotonic()
        for number in range(3):
            house.publish("homeassistant/status", "online")
            await house.until(lambda: health._births.coming)
            house.publish(house.topic("query", "health"), {"id": f"heard {number}"})
            await house.until(lambda number=number: house.on(house.topic("answer", f"heard {number}")))
        before, reports = len(house.on(CONFIG)), len(house.on(house.topic("health")))
        to_come = [task for task in health.house._work if task.get_name() == "health.announce"]
        await house.until(lambda: len(house.on(house.topic("health"))) > reports, 8)

        assert 1 <= time.monotonic() - began < 7
        assert len(house.on(CONFIG)) == before + len(to_come) == before + 1


@pytest.mark.parametrize("payload", ["offline", "", b"\xff"])
async def test_nothing_else_on_that_topic_makes_us_announce(own_broker, tmp_path, payload):
    async with living(own_broker().port, tmp_path) as house:
        await house.until(lambda: house.on(CONFIG))
        house.publish("homeassistant/status", payload)
        house.publish(house.topic("query", "health"), {"id": "later"})
        await house.until(lambda: house.on(house.topic("answer", "later")))

        assert not house.daemon.hosted["health"].integration._births.coming


# questions ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verb", "statuses"),
    [("approve", ["pending", "accepted", "sent", "confirmed"]), ("deny", ["pending", "refused"])],
)
async def test_another_daemon_presses_the_button_of_a_question_and_sees_it_go(pair, verb, statuses):
    one, other = pair
    obeyed(one)
    action = await one.do("lock.unlock", {"entity": "lock.front"})
    button = f"button.hearthd_test_{verb}_1"
    await one.until(lambda: other.daemon.home.get(button))
    one.publish("hearthd/watcher/do", {"id": "p", "service": "button.press", "target": {"entity": button}})

    assert await one.statuses(action) == statuses
    await one.until(lambda: other.daemon.home.get(button) is None)


async def test_the_number_of_open_questions_is_a_sensor(pair):
    one, other = pair
    await one.do("lock.unlock", {"entity": "lock.front"})

    await one.until(lambda: other.daemon.home.state("sensor.hearthd_test_pending").value == "1")
