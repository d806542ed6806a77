"""A house that is sent rubbish: its lamp obeys, and after all of it everything is as well as before."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from structlog.testing import capture_logs

from tests.announced import LAMP
from tests.fuzz_words import CONFIGS
from tests.house import House, living
from tests.mosquitto import Mosquitto

OPEN = {"policy": {"table": {"disruptive": {"room": "allow"}}}}
"""Everything is allowed, so that everything is tried."""
DOMAINS = sorted(set(CONFIGS) - {"nonsense", "alarm_control_panel"})
"""Of each the house has one thing. What takes commands reports nothing, so nobody waits (an alarm has to)."""
_numbers = itertools.count()


def deep(levels: int) -> str:
    """So many brackets."""
    return "[" * levels + "]" * levels


def unused(prefix: str) -> str:
    """A name that nobody had before."""
    return f"{prefix}-{next(_numbers)}"


@asynccontextmanager
async def beset(state_dir: Path) -> AsyncIterator[House]:
    """A house with a lamp that obeys, on a broker of its own."""
    broker = Mosquitto().start()
    async with living(broker.port, state_dir, OPEN) as house:
        _obey(house)
        house.publish("homeassistant/light/desk/config", LAMP, retain=True)
        for domain in DOMAINS:
            house.publish(f"homeassistant/{domain}/blind/config", _blind(domain), retain=True)
        await house.until(lambda: len(house.daemon.home) == 1 + len(DOMAINS))
        yield house
    broker.close()


@asynccontextmanager
async def unharmed(house: House) -> AsyncIterator[House]:
    """What happens inside costs nobody anything: the lamp still obeys, and nothing failed or began anew."""
    with capture_logs() as logs:
        yield house
        ended = await house.ended(await house.do("light.turn_on", {"entity": "light.desk"}), 3.0)
    counters = house.daemon.metrics.counters

    assert ended["status"] == "confirmed"
    assert [one for one in logs if one.get("exc_info")] == []
    assert {name for name in counters if "fail" in name} <= {"action.failed"}
    assert {"mqtt.disconnects", "service.restarts"} & counters.keys() == set()
    assert [one.domain for one in house.daemon.hosted.values() if one.standing.restarts] == []


async def told(
    house: House, payload: str | bytes, topic: str = "do", *, retain: bool = False
) -> list[dict[str, Any]]:
    """All outcomes that came of `payload` before those of a later command."""
    start, last = len(house.heard), unused("last")
    house.publish(f"{house.topic()}/{topic}", payload, retain=retain)
    # What is wrong with this one is found where it is carried out, so nothing that came before is overtaken.
    house.publish(house.topic("do"), {"id": last, "service": "light.explode", "target": "light.desk"})
    await house.until(lambda: house.outcomes(last))
    return [one for one in outcomes_since(house, start) if one["id"] != last]


def outcomes_since(house: House, start: int) -> list[dict[str, Any]]:
    """The outcomes among what was heard from the `start`-th message on."""
    return [json.loads(raw) for topic, raw, _ in house.heard[start:] if topic == house.topic("outcome")]


async def answered(house: House, what: str, **more: Any) -> Any:
    """The answer to a question."""
    question = unused("question")
    house.publish(house.topic("query", what), {"id": question, **more})
    [answer] = await house.until(lambda: house.on(house.topic("answer", question)))
    return answer["answer"]


async def problems(house: House, where: str) -> list[str]:
    """What is shown to be wrong with a topic."""
    shown = await answered(house, "problems")
    return [one["problem"] for one in shown if where in one["where"].split(" ")]


async def shown(house: House, where: str) -> list[str]:
    """As `problems`, once there are any."""
    async with asyncio.timeout(5):
        while not (found := await problems(house, where)):
            await asyncio.sleep(0.01)
        return found


async def publish_modern(house: House, payload: str, properties: dict[str, Any]) -> None:
    """Publish a command with properties of MQTT 5."""
    packed = Properties(PacketTypes.PUBLISH)
    for key, value in properties.items():
        for one in value if isinstance(value, list) else [value]:
            setattr(packed, key, one)

    def publish() -> None:
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.connect("127.0.0.1", house.client.port)
        client.loop_start()
        client.publish(house.topic("do"), payload, 1, properties=packed).wait_for_publish(5)
        client.disconnect()
        client.loop_stop()

    await asyncio.to_thread(publish)


def _obey(house: House) -> None:
    """Be the lamp."""
    previous = house.client.on_message

    def heard(client: Any, data: Any, message: Any) -> None:
        if message.topic == "lamp/desk/set":
            house.client.publish("lamp/desk", message.payload, qos=1)
        previous(client, data, message)

    house.client.on_message = heard


def _blind(domain: str) -> dict[str, Any]:
    config = {key: value for key, value in CONFIGS[domain].items() if "command" in key or "set_" in key}
    config = config or CONFIGS[domain]
    kept = {
        key: value for key, value in CONFIGS[domain].items() if "topic" not in key and "template" not in key
    }
    named = {"unique_id": f"blind {domain}", "default_entity_id": f"{domain}.blind"}
    return json.loads(json.dumps({**kept, **config, **named}).replace("fuzzed/#", f"blind/{domain}"))
