"""A living house with rules: a few announced devices that obey, and what became of each rule."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.announced import LAMP, LOCK
from tests.house import House, living

PLUG = {
    "name": "Plug",
    "unique_id": "plug",
    "default_entity_id": "switch.plug",
    "command_topic": "plug/set",
}
MOTION = {
    "name": "Hall Motion",
    "unique_id": "motion",
    "default_entity_id": "binary_sensor.hall",
    "state_topic": "motion/hall",
    "device_class": "motion",
}
FAN = {
    "name": "Attic Fan",
    "unique_id": "fan",
    "default_entity_id": "fan.attic",
    "command_topic": "fan/set",
    "state_topic": "fan/state",
}
DEVICES = {
    "homeassistant/light/desk/config": LAMP,
    "homeassistant/lock/front/config": LOCK,
    "homeassistant/switch/plug/config": PLUG,
    "homeassistant/binary_sensor/motion/config": MOTION,
}
LAMP_ON = {"service": "light.turn_on", "target": "light.desk"}
LAMP_OFF = {"service": "light.turn_off", "target": "light.desk"}
PLUG_ON = {"service": "switch.turn_on", "target": "switch.plug"}
KNOWN = {"light.desk", "lock.front", "switch.plug", "binary_sensor.hall"}
PLUG_OFF = {"service": "switch.turn_off", "target": "switch.plug"}
UNLOCK = {"service": "lock.unlock", "target": "lock.front"}
_marks = itertools.count()


def rule(name: str = "rule", **section: Any) -> dict[str, Any]:
    """A rule that switches the plug on at a message on `go`, with `section` besides."""
    return {"id": name, "when": {"mqtt": "go"}, "do": [PLUG_ON]} | section


def announced(
    port: int, devices: Mapping[str, Any] = DEVICES, states: Mapping[str, str] | None = None
) -> None:
    """Announce `devices`, retained, and their `states`, before anybody lives there."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    known = {"lamp/desk": '{"state": "OFF"}', "lock/front": "LOCKED", "motion/hall": "OFF"}
    for topic, payload in {**devices, **known, **(states or {})}.items():
        raw = payload if isinstance(payload, str) else orjson.dumps(payload)
        client.publish(topic, raw, qos=1, retain=True).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


def obey(house: House, topic: str = "lamp/desk/set", state: str = "lamp/desk", answer: Any = None) -> None:
    """Let a device do what it is told and say so."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == topic:
            house.client.publish(state, message.payload if answer is None else answer, qos=1, retain=True)

    house.client.on_message = heard


@asynccontextmanager
async def ruled(
    port: int,
    folder: Path,
    rules: Sequence[Mapping[str, Any]] = (),
    *,
    announce: bool = True,
    states: Mapping[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[House]:
    """The daemon with `rules` and obedient devices, once all of them are known."""
    if announce:
        announced(port, states=states)
    values = {"automations": [dict(one) for one in rules], "health": {"announce": False}, **more}
    async with living(port, folder, values) as house:
        obey(house)
        obey(house, "lock/front/set", "lock/front", answer="UNLOCKED")
        await there(house)
        yield house


def problems(house: House) -> list[str]:
    """What is wrong with rules and schedules."""
    known = house.daemon.by_itself._problems.as_json()
    return [one["problem"] for one in known if one["source"] == "automations"]


async def there(house: House) -> None:
    """Wait until the devices are known, and what they say of themselves."""
    home = house.daemon.home
    await house.until(lambda: {one.id for one in home.entities()} >= KNOWN, 15.0)
    await house.until(lambda: home.state("binary_sensor.hall").value is not None, 15.0)


def went(house: House, name: str = "rule") -> list[dict[str, Any]]:
    """What came of a rule each time it was set off, oldest first."""
    return house.daemon.by_itself.rule(name)["went"][::-1]


def came(house: House, name: str = "rule") -> list[str]:
    """The same in a word each."""
    return [one["came"] for one in went(house, name)]


def looked(house: House, name: str = "rule", number: int = 0) -> str | None:
    """Why a trigger of a rule did not fire when it last looked."""
    return house.daemon.by_itself.rule(name)["triggers"][number].get("reason")


async def over(house: House) -> None:
    """Everything published until now has come to the daemon, and what it led to has begun.

    The daemon hears messages in their order, so one that it answers is the end of those before it.
    """
    mark = f"mark{next(_marks)}"
    house.publish(
        house.topic("do"), {"id": mark, "service": "light.turn_on", "target": {"entity": "light.no"}}
    )
    await house.ended(mark)


async def all_of(house: House, name: str, count: int, limit: float = 15.0) -> list[str]:
    """What came of a rule, once it is so much."""
    return await house.until(lambda: found if len(found := came(house, name)) >= count else None, limit)


def commands(house: House, topic: str = "plug/set") -> list[Any]:
    """What a device was told."""
    return house.on(topic)
