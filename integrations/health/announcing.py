"""Our own device in Home Assistant: sensors for what is measured, and what others contribute to it."""

from collections.abc import Mapping
from typing import Any

from agent.api import Topics

VERSION = "0.1.0"
_CLASSES = {
    "temperature": "temperature",
    "rss": "data_size",
    "memory_available": "data_size",
    "machine_uptime": "duration",
    "loop_lag": "duration",
}


def announcement(
    topics: Topics, units: Mapping[str, str], questions: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The payload of `homeassistant/device/hearthd_<node>/config`, in the device form.

    `units`: unit of each gauge. `questions`: the components for open questions, by key.
    """
    node = topics.node
    components = {name: _gauge(topics, name, unit) for name, unit in units.items()}
    components |= {key: dict(one) for key, one in questions.items()}
    components["problem"] = {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "state_topic": topics("health"),
        "value_template": "{{ 'OFF' if value_json.level == 'ok' else 'ON' }}",
    }
    components["pending"] = {
        "platform": "sensor",
        "name": "Pending approvals",
        "state_topic": topics("pending"),
        "value_template": "{{ value_json.pending | count }}",
        "json_attributes_topic": topics("pending"),
    }
    for key, component in components.items():
        if set(component) == {"platform"}:
            continue  # it is to be removed, and says nothing else
        component["unique_id"] = f"hearthd_{node}_{key}"
        component["entity_category"] = "diagnostic"
        component["default_entity_id"] = f"{component['platform']}.hearthd_{_slug(node)}_{key}"
    return {
        "device": {
            "identifiers": [f"hearthd_{node}"],
            "name": f"hearthd {node}",
            "manufacturer": "hearthd",
            "sw_version": VERSION,
        },
        "origin": {"name": "hearthd", "sw_version": VERSION},
        "availability": [
            {
                "topic": topics("status"),
                "value_template": "{{ 'online' if value == 'online' else 'offline' }}",
            }
        ],
        "components": components,
    }


def device_topic(prefix: str, node: str) -> str:
    """Where our device is announced."""
    return f"{prefix}/device/hearthd_{_slug(node, '-')}/config"


def _gauge(topics: Topics, name: str, unit: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "platform": "sensor",
        "name": name.replace("_", " ").capitalize(),
        "state_topic": topics("health"),
        "value_template": f"{{{{ value_json.gauges['{name}'].value | default(none) }}}}",
        "state_class": "measurement",
    }
    if unit:
        component["unit_of_measurement"] = unit
    if name in _CLASSES:
        component["device_class"] = _CLASSES[name]
    return component


def _slug(node: str, keep: str = "") -> str:
    return "".join(
        char if char.isascii() and (char.isalnum() or char in f"_{keep}") else "_" for char in node
    )
