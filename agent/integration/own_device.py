"""Our own devices in Home Assistant, as integrations announce them: what all of them have in common."""

from collections.abc import Awaitable, Callable, Mapping
from random import SystemRandom
from typing import Any

from agent.integration.contract import House
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics

BORN_WITHIN = (1.0, 5.0)
"""Seconds after Home Assistant came up in which we announce ourselves again: not all of us at once."""


def plain(node: str, keep: str = "") -> str:
    """The name of a node in letters, digits, `_` and what `keep` adds."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in f"_{keep}") else "_" for char in node
    )


def device_topic(prefix: str, node: str, part: str = "") -> str:
    """Where our device is announced; `part` tells apart the devices of one node."""
    return f"{prefix}/device/hearthd_{plain(node, '-')}{part}/config"


def device_payload(
    topics: Topics, device: Mapping[str, Any], origin: Mapping[str, Any], components: Mapping[str, Any]
) -> dict[str, Any]:
    """What is announced: `components` are there as long as we are."""
    return {
        "device": device,
        "origin": origin,
        "availability": [
            {
                "topic": topics("status"),
                "value_template": "{{ 'online' if value == 'online' else 'offline' }}",
            }
        ],
        "components": components,
    }


def problem_component(state_topic: str) -> dict[str, Any]:
    """Whether the report on `state_topic` says that all is well."""
    return {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "state_topic": state_topic,
        "value_template": "{{ 'OFF' if value_json.level == 'ok' else 'ON' }}",
    }


def gauge_component(
    state_topic: str, gauge: str, *, name: str, unit: str, device_class: str | None
) -> dict[str, Any]:
    """A sensor for a gauge of the report on `state_topic`."""
    component: dict[str, Any] = {
        "platform": "sensor",
        "name": name,
        "state_topic": state_topic,
        "value_template": f"{{{{ value_json.gauges['{gauge}'].value | default(none) }}}}",
        "state_class": "measurement",
    }
    if unit:
        component["unit_of_measurement"] = unit
    if device_class is not None:
        component["device_class"] = device_class
    return component


class Births:
    """Announces again whenever Home Assistant has come up; `coming` while it is about to."""

    def __init__(self, house: House, prefix: str, announce: Callable[[], Awaitable[None]]) -> None:
        self._house = house
        self._announce = announce
        self.coming = False
        house.subscribe(f"{prefix}/status", self._heard, qos=1)

    def _heard(self, message: Message) -> None:
        if message.payload == b"online" and not message.retain and not self.coming:
            self.coming = True
            self._house.once("announce", self._again())

    async def _again(self) -> None:
        await self._house.clock.sleep(SystemRandom().uniform(*BORN_WITHIN))
        self.coming = False
        await self._announce()
