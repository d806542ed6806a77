"""From a discovery message to configs in full keys: both forms, abbreviations, `~`, shared options. Pure.

What cannot be read is `MalformedError`; what is wrong with one component of a device leaves the others alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.api import Message
from integrations.discovery import abbreviations
from integrations.discovery.options import MalformedError

LARGEST_CONFIG = 262_144
"""Bytes."""
MOST_COMPONENTS = 1_000
MOST_KEYS = 500
_SHARED = (
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "command_topic",
    "encoding",
    "payload_available",
    "payload_not_available",
    "qos",
    "state_topic",
)
"""What a device's config hands down to its components."""
_LEVEL = re.compile(r"[a-zA-Z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One entity's config, in full keys and with full topics."""

    domain: str
    key: str
    """Its name within its topic: empty in the single form."""
    object_id: str
    """What the topic, or the device's config, calls it."""
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What one discovery topic says now. `migrates`: its entities move to another topic."""

    components: tuple[Component, ...] = ()
    migrates: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Components that cannot be read, and why."""


def place(topic: str, prefix: str) -> tuple[str, str]:
    """The component and the object id (with its node id) that a discovery topic names.

    Raises:
        MalformedError: it names none.
    """
    levels = topic[len(prefix) + 1 :].split("/")
    if not all(_LEVEL.fullmatch(level) for level in levels):
        raise MalformedError("its topic has letters other than a-z, A-Z, 0-9, _ and -; those would be right")
    return levels[0], " ".join(levels[1:-1])


def announcement(message: Message, prefix: str) -> Announcement:
    """What `message` announces; nothing, if it is empty.

    Raises:
        MalformedError: it cannot be read.
    """
    domain, object_id = place(message.topic, prefix)
    if not message.payload:
        return Announcement()
    if len(message.payload) > LARGEST_CONFIG:
        raise MalformedError(f"it has {len(message.payload)} bytes; up to {LARGEST_CONFIG} would do")
    try:
        found = message.json()
    except ValueError as error:
        raise MalformedError(f"it is no JSON ({error}); a JSON object would be right") from None
    if not isinstance(found, dict):
        raise MalformedError(f"it is {str(found)[:60]!r}; a JSON object would be right")
    config = _expanded(found)
    if config.get("migrate_discovery") is True:
        return Announcement(migrates=True)
    if domain == "device":
        return _device(config)
    if "~" in config:
        _rebase(config, config["~"])
    return Announcement(
        components=(Component(domain=domain, key="", object_id=object_id.split(" ")[-1], config=config),)
    )


def _device(config: Mapping[str, Any]) -> Announcement:
    listed = config.get("components")
    if not isinstance(listed, dict):
        raise MalformedError("its components are missing; an object with a config for each would be right")
    if len(listed) > MOST_COMPONENTS:
        raise MalformedError(f"it has {len(listed)} components; up to {MOST_COMPONENTS} would do")
    components: list[Component] = []
    wrong: dict[str, str] = {}
    for key, one in listed.items():
        try:
            component = _component(key, one, config)
        except MalformedError as error:
            wrong[key] = str(error)
            continue
        if component is not None:
            components.append(component)
    return Announcement(components=tuple(components), wrong=wrong)


def _component(key: str, found: Any, device: Mapping[str, Any]) -> Component | None:
    if not isinstance(found, dict):
        raise MalformedError(f"it is {found!r:.60}; an object would be right")
    config = _expanded(found)
    domain = config.pop("platform", None)
    if not isinstance(domain, str):
        raise MalformedError(f"its platform is {domain!r:.60}; the name of a component would be right")
    if not config:
        return None
    base = config.get("~", device.get("~"))
    for option in _SHARED:
        if option in device and option not in config:
            config[option] = device[option]
    if base is not None:
        _rebase(config, base)
    config["device"] = device.get("device")
    return Component(domain=domain, key=key, object_id=key, config=config)


def _expanded(found: Mapping[str, Any]) -> dict[str, Any]:
    if len(found) > MOST_KEYS:
        raise MalformedError(f"it has {len(found)} keys; up to {MOST_KEYS} would do")
    full = abbreviations.CONFIG
    config = {full.get(key, key): value for key, value in found.items()}
    device = config.get("device")
    if isinstance(device, dict):
        config["device"] = {abbreviations.DEVICE.get(key, key): value for key, value in device.items()}
    availability = config.get("availability")
    if isinstance(availability, dict):
        availability = [availability]
    if isinstance(availability, list):
        config["availability"] = [
            {full.get(key, key): value for key, value in one.items()} if isinstance(one, dict) else one
            for one in availability
        ]
    return config


def _rebase(config: dict[str, Any], base: Any) -> None:
    """Put `base` where topics have a `~` at an end."""
    if not isinstance(base, str):
        raise MalformedError(f"~ is {base!r:.60}; the beginning of a topic would be right")
    for key, value in config.items():
        if key.endswith("topic") and isinstance(value, str):
            config[key] = _based(value, base)
    availability = config.get("availability")
    if isinstance(availability, list):
        config["availability"] = [
            {**one, "topic": _based(one["topic"], base)}
            if isinstance(one, dict) and isinstance(one.get("topic"), str)
            else one
            for one in availability
        ]


def _based(topic: str, base: str) -> str:
    if topic.startswith("~"):
        topic = base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic
