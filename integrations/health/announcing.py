"""Our own device in Home Assistant: sensors for what is measured, and what others contribute to it."""

from collections.abc import Mapping
from typing import Any

from agent.api import Topics, device_payload, gauge_component, plain, problem_component

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
    components["problem"] = problem_component(topics("health"))
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
        component["default_entity_id"] = f"{component['platform']}.hearthd_{plain(node)}_{key}"
    device = {
        "identifiers": [f"hearthd_{node}"],
        "name": f"hearthd {node}",
        "manufacturer": "hearthd",
        "sw_version": VERSION,
    }
    return device_payload(topics, device, {"name": "hearthd", "sw_version": VERSION}, components)


def _gauge(topics: Topics, name: str, unit: str) -> dict[str, Any]:
    return gauge_component(
        topics("health"),
        name,
        name=name.replace("_", " ").capitalize(),
        unit=unit,
        device_class=_CLASSES.get(name),
    )
