"""From a command on the bus to the device's own word for it, through the whole daemon."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from paho.mqtt import publish

from tests.announced import LAMP, LOCK
from tests.house import living

PLUG = {
    "name": "Plug",
    "unique_id": "plug",
    "default_entity_id": "switch.plug",
    "command_topic": "plug/set",
}


@pytest.fixture
async def house(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path) as running:
        running.publish("homeassistant/light/desk/config", LAMP, retain=True)
        running.publish("homeassistant/lock/front/config", LOCK, retain=True)
        running.publish("homeassistant/switch/plug/config", PLUG, retain=True)
        await running.until(lambda: len(list(running.daemon.home.entities())) == 3)
        yield running


def obey(house, topic="lamp/desk/set", state_topic="lamp/desk", answer=None):
    """A device that does what it is told and says so."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == topic:
            house.client.publish(state_topic, answer or message.payload, qos=1, retain=True)

    house.client.on_message = heard


async def test_a_lamp_that_obeys_is_confirmed(house):
    obey(house)
    action = await house.do("light.turn_on", {"entity": "light.desk"}, {"brightness": 40})

    assert await house.statuses(action) == ["accepted", "sent", "confirmed"]
    assert house.on("lamp/desk/set") == [{"state": "ON", "brightness": 40}]


async def test_a_lamp_that_stays_silent_fails_after_three_tries(house):
    action = await house.do("light.turn_on", {"entity": "light.desk"})

    ended = await house.ended(action)
    assert ended["status"] == "failed"
    assert "did not answer" in ended["reason"]
    assert len(house.on("lamp/desk/set")) == 3


async def test_a_lamp_that_says_otherwise_fails_with_what_it_said(house):
    obey(house, answer='{"state": "OFF"}')
    action = await house.do("light.turn_on", {"entity": "light.desk"})

    ended = await house.ended(action)
    assert (ended["status"], "reports 'off'" in ended["reason"]) == ("failed", True)
    assert len(house.on("lamp/desk/set")) == 1


async def test_a_device_without_a_state_is_sent_and_never_confirmed(house):
    action = await house.do("switch.turn_on", {"entity": "switch.plug"})

    assert await house.statuses(action) == ["accepted", "sent"]


async def test_unlocking_waits_for_approval_and_then_happens(house):
    obey(house, "lock/front/set", "lock/front", answer="UNLOCKED")
    action = await house.do("lock.unlock", {"entity": "lock.front"})
    await house.until(lambda: house.outcomes(action))
    waiting = house.on(house.topic("pending"))[-1]["pending"]
    house.publish(house.topic("approve"), {"id": action})

    assert await house.statuses(action) == ["pending", "accepted", "sent", "confirmed"]
    assert [one["id"] for one in waiting] == [action]
    assert await house.until(lambda: house.on(house.topic("pending"))[-1]["pending"] == [])


async def test_a_denied_question_is_refused_and_nothing_is_sent(house):
    action = await house.do("lock.unlock", {"entity": "lock.front"})
    await house.until(lambda: house.outcomes(action))
    house.publish(house.topic("deny"), {"id": action})

    assert await house.statuses(action) == ["pending", "refused"]
    assert house.on("lock/front/set") == []


async def test_a_repeated_id_is_answered_with_the_first_outcome_and_not_done_again(house):
    obey(house)
    action = await house.do("light.turn_on", {"entity": "light.desk"}, id="same")
    await house.ended(action)
    await house.do("light.turn_off", {"entity": "light.desk"}, id="same")
    await house.until(lambda: len(house.outcomes("same")) == 4)

    assert house.outcomes("same")[-1]["status"] == "confirmed"
    assert len(house.on("lamp/desk/set")) == 1


async def test_a_retained_command_is_refused(own_broker, tmp_path):
    broker = own_broker()
    command = {"id": "old", "service": "light.turn_on", "target": {"entity": "light.desk"}}
    publish.single("hearthd/test/do", json.dumps(command), qos=1, retain=True, port=broker.port)
    async with living(broker.port, tmp_path) as house:
        ended = await house.ended("old")

    assert ended["status"] == "refused"
    assert "retained" in ended["reason"]


async def test_a_command_published_to_be_retained_is_refused_at_once(house):
    command = {"id": "keep", "service": "light.turn_on", "target": {"entity": "light.desk"}}
    house.publish(house.topic("do"), command, retain=True)

    assert await house.statuses("keep") == ["refused"]
    assert house.on("lamp/desk/set") == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "a list"),
        (b"{}", "'service' is missing"),
        (b'{"id": 7, "service": "light.turn_on"}', "'id' is 7"),
        (b'{"id": "x", "service": "light.turn_on", "ttl": -1}', "'ttl' is -1"),
        (b'{"id": "x", "service": "light.turn_on", "ts": "yesterday"}', "'ts' is 'yesterday'"),
        (
            b'{"id": "x", "service": "light.turn_on", "ts": "2020-01-01T00:00:00Z", "target": "light.desk"}',
            "too late",
        ),
        (b'{"id": "x", "service": "light.turn_on", "ts": "2999-01-01T00:00:00Z"}', "in the future"),
        (b'{"id": "x", "service": "light.turn_on", "target": {"room": "a"}}', "'target' has 'room'"),
        (b'{"id": "x", "service": "light.turn_on"}', "no target was given"),
        (b'{"id": "x", "service": "light.turn_no", "target": "light.desk"}', "did you mean light.turn_on"),
        (b'{"id": "x", "service": "light.turn_on", "target": "light.desc"}', "did you mean 'light.desk'"),
        (b'{"id": "x", "service": "light.turn_on", "target": {"area": "studio"}}', "did you mean 'study'"),
        (b'{"id": "x", "service": "light.turn_on", "target": "switch.plug"}', "is a switch"),
        (
            b'{"id": "x", "service": "light.turn_on", "target": "light.desk", "data": {"color": "red"}}',
            "cannot change",
        ),
        (
            b'{"id": "x", "service": "light.turn_on", "target": "light.desk", "data": {"bright": 1}}',
            "knows no 'bright'",
        ),
        (
            b'{"id": "x", "service": "light.turn_on", "target": "light.desk", "data": {"brightness": NaN}}',
            "not JSON",
        ),
        (b"[" * 100_000, "not JSON"),
    ],
)
async def test_bad_input_is_answered_with_what_is_wrong(house, payload, reason):
    house.publish(house.topic("do"), payload)
    await house.until(lambda: house.on(house.topic("outcome")))

    [outcome] = house.on(house.topic("outcome"))
    assert reason in outcome["reason"]
    assert outcome["status"] in ("refused", "expired")
    assert house.on("lamp/desk/set") == []


async def test_an_area_reaches_its_lights_alone(house):
    obey(house)
    action = await house.do("light.turn_on", {"area": "Study"})

    ended = await house.ended(action)
    assert (ended["target"], ended["of"], ended["status"]) == ("light.desk", 1, "confirmed")


async def test_health_says_how_the_daemon_is(house):
    health = await house.until(lambda: house.on(house.topic("health")))

    assert health[-1]["level"] in ("ok", "warning", "critical")
    assert health[-1]["gauges"]["rss"]["value"] > 1
    assert await house.until(lambda: house.on("homeassistant/device/hearthd_test/config"))


async def test_status_is_online_and_at_the_end_stopped(own_broker, tmp_path):
    broker = own_broker()
    async with living(broker.port, tmp_path) as house:
        await house.until(lambda: house.on(house.topic("status")) == [b"online"])
        heard = house
        await asyncio.sleep(0)

    assert heard.on(heard.topic("status")) == [b"online", b"stopped"]


async def test_what_is_asked_between_two_lives_is_done_in_the_next(own_broker, tmp_path):
    port = own_broker().port
    async with living(port, tmp_path) as house:
        await house.until(lambda: house.daemon.mqtt.connected)
    now = datetime.now(UTC).isoformat()
    body = {"id": "between", "service": "switch.turn_on", "target": {"entity": "switch.none"}, "ts": now}
    publish.single("hearthd/test/do", json.dumps(body | {"ttl": 30}), qos=1, hostname="127.0.0.1", port=port)

    async with living(port, tmp_path) as house:
        ended = await house.ended("between")

    assert ended["status"] == "refused"
