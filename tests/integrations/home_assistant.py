"""Home Assistant as our device meets it: it learns components, shows entities, presses and types.

As in Home Assistant: a component that is announced by its platform alone is removed, and one that is left out
stays. A text without a state topic takes for its state what was typed.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jinja2.sandbox import SandboxedEnvironment
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

TEMPLATES = SandboxedEnvironment()
TEMPLATES.filters["to_json"] = json.dumps


class HomeAssistant:
    """What it knows; `ever` is its registry, from which nothing is forgotten."""

    def __init__(self, node: str = "test") -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.ever: set[str] = set()
        self.states: dict[str, str] = {}
        self.attributes: dict[str, dict[str, Any]] = {}
        self._config = f"homeassistant/device/hearthd_{node}/config"
        self._heard: dict[str, Any] = {}
        self._client: Client | None = None

    @contextmanager
    def running(self, port: int) -> Iterator["HomeAssistant"]:
        """It is up."""
        listening = threading.Event()
        self._client = client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = lambda _c, _d, message: self._hear(message)
        client.on_subscribe = lambda *_: listening.set()
        client.connect("127.0.0.1", port)
        client.loop_start()
        client.subscribe([(self._config, 1), ("hearthd/#", 1)])
        assert listening.wait(5)
        try:
            yield self
        finally:
            client.disconnect()
            client.loop_stop()

    def names(self, platform: str) -> list[str]:
        """What it shows of a platform."""
        return sorted(one["name"] for one in self._all() if one["platform"] == platform)

    def shown(self, beginning: str) -> dict[str, Any] | None:
        """The entity whose name begins so."""
        return next((one for one in self._all() if one["name"].startswith(beginning)), None)

    def press(self, button: dict[str, Any], *, retain: bool = False) -> None:
        """Press a button, which somebody may have on the screen longer than it is there."""
        self._publish(button["command_topic"], button["payload_press"], qos=button["qos"], retain=retain)

    def type(self, field: dict[str, Any], text: str) -> None:
        """Type into a field."""
        payload = TEMPLATES.from_string(field["command_template"]).render(value=text)
        self._publish(field["command_topic"], payload, qos=field["qos"])
        if "state_topic" not in field:
            self.states[field["unique_id"]] = text

    def _all(self) -> list[dict[str, Any]]:
        return list(self.entities.values())

    def _publish(self, topic: str, payload: str, *, qos: int, retain: bool = False) -> None:
        assert self._client is not None
        self._client.publish(topic, payload, qos=qos, retain=retain)

    def _hear(self, message: MQTTMessage) -> None:
        if message.topic == self._config:
            self._learn(json.loads(message.payload))
        elif message.topic.endswith(("/pending", "/health")):
            self._heard[message.topic] = json.loads(message.payload)
        for entity in self._all():
            if (topic := entity.get("state_topic")) not in self._heard:
                continue
            template = TEMPLATES.from_string(entity["value_template"])
            self.states[entity["unique_id"]] = template.render(value_json=self._heard[topic])
            if entity.get("json_attributes_topic") == topic:
                self.attributes[entity["unique_id"]] = self._heard[topic]

    def _learn(self, device: dict[str, Any]) -> None:
        known = dict(self.entities)
        for key, component in device["components"].items():
            if set(component) == {"platform"}:
                known.pop(key, None)
                continue
            known[key] = component
            self.ever.add(component["unique_id"])
        self.entities = known
