"""Announced entities without a broker: what they make of messages, and of what is asked of them."""

import json
from datetime import UTC, datetime
from typing import Any

from agent.api import Message
from integrations.discovery.announced import Announced, announced
from integrations.discovery.ids import Ids
from integrations.discovery.naming import full_name, wanted_id
from integrations.discovery.payload import announcement
from integrations.discovery.templates import Templates

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEMPLATES = Templates(now=lambda: NOON)


def entity(domain: str, **config: Any) -> Announced:
    """The entity that a single-form `config` announces; keys may be short."""
    topic = f"homeassistant/{domain}/thing/config"
    component = announcement(message(topic, config), "homeassistant").components[0]
    name = full_name(domain, component.config, fallback=component.object_id)
    return announced(
        component,
        entity_id=Ids({}, free=lambda _id: True).give("it", wanted_id(domain, component.config, name)),
        name=name,
        owner="discovery",
        topic=topic,
        templates=TEMPLATES,
        ours="hearthd/node/",
        unique="it",
    )


def message(topic: str, payload: Any, *, retain: bool = False) -> Message:
    """A message as the broker delivers it."""
    if not isinstance(payload, bytes):
        payload = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
    return Message(topic, payload, retain=retain)


def hear(one: Announced, topic: str, payload: Any, *, retain: bool = False) -> bool:
    """Whether `payload` on `topic` said something to `one`."""
    heard = message(topic, payload, retain=retain)
    return [reading(one.live, heard) for reading in one.readings[topic]].count(True) > 0


def state(one: Announced) -> tuple[str | None, dict[str, Any]]:
    """The state and all attributes of `one`."""
    return one.live.value, dict(one.live.told())


def sent(one: Announced, service: str, **data: Any) -> list[tuple[str, str]]:
    """The topics and payloads that carry out `service`."""
    commands, _ = one.perform(service, data)
    return [(command.topic, command.payload) for command in commands]
