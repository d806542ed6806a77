"""A daemon with rules and a lamp, recorded beside a real broker; then the same again in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson
import pytest
from paho.mqtt.client import Client

from tests.announced import LAMP
from tests.house import House, living
from tests.recording.recording import recorded, speaker
from tests.recording.replaying import HALL, Replaying

LAMP_ON = {
    "id": "noticed",
    "when": {"state": {"entity": "light.desk", "to": "on"}},
    "do": {"service": "light.turn_off", "target": {"entity": "light.desk"}},
}
"""Fires when somebody else turns the lamp on, and not on what the rule above did."""
RULES = [HALL | {"throttle": "1s"}, LAMP_ON]


@asynccontextmanager
async def lamp(port: int) -> AsyncIterator[Client]:
    """A lamp that obeys, and says so."""
    with speaker(port) as client:

        def obey(_client: Client, _data: object, message: Any) -> None:
            client.publish("lamp/desk", message.payload, qos=1, retain=True)

        client.on_message = obey
        client.subscribe("lamp/desk/set", qos=1)
        client.publish("homeassistant/light/desk/config", orjson.dumps(LAMP), qos=1, retain=True)
        client.publish("lamp/desk", '{"state": "OFF"}', qos=1, retain=True).wait_for_publish(5)
        yield client


def ended(house: House, who: str) -> int:
    """How often something that a rule asked for has come to its end."""
    told = house.on(house.topic("outcome"))
    return sum(one["final"] and one["cause"]["who"] == who for one in told)


@pytest.fixture
async def lived(own_broker, tmp_path) -> Replaying:
    """Somebody walks by twice, once too soon for the rule; then somebody turns the lamp on by hand."""
    own = own_broker()
    house = Replaying(tmp_path)
    async with (
        lamp(own.port) as device,
        recorded(own.port, house.file),
        living(own.port, tmp_path / "daemon", {"automations": RULES}) as daemon,
    ):
        await daemon.until(lambda: daemon.daemon.home.get("light.desk"))
        say = partial(device.publish, qos=1)
        say("hall/motion", '{"occupancy": true}')
        say("hall/motion", '{"occupancy": true}')
        await daemon.until(lambda: ended(daemon, "hall"))
        say("lamp/desk", '{"state": "OFF"}')
        # A report within five seconds of what we asked for could be ours.
        await asyncio.sleep(5.5)
        say("lamp/desk", '{"state": "ON"}')
        await daemon.until(lambda: ended(daemon, "noticed"))
    return house


def test_a_life_is_the_same_again_and_another_rule_makes_a_difference(lived, capsys):
    same, told = lived.replay(capsys, automations=RULES)
    differs, other = lived.replay(capsys, automations=RULES[1:])

    assert (same, told["same"], told["then"]) == (0, 2, 2)
    assert [one["cause"]["who"] for one in told["now"]] == ["hall", "noticed"]
    assert (differs, [one["cause"]["who"] for one in other["only_then"]]) == (1, ["hall"])
