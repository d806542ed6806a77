"""The machine as a device in Home Assistant: a sensor for each gauge, and whether all is well."""

from collections.abc import Mapping
from typing import Any

from agent.api import Topics
from integrations.host.gauges import Gauge

VERSION = "0.1.0"
OF_HEALTH = frozenset({"cpu", "load", "memory", "disk", "temperature"})
"""Gauges that our other device, that of the health report, shows already."""
_CLASSES = {
    "°C": "temperature",
    "kB/s": "data_rate",
    "s": "duration",
}
_BATTERIES = frozenset({"battery", "ups_charge"})


def announcement(topics: Topics, gauges: Mapping[str, Gauge]) -> dict[str, Any]:
    """The payload of `homeassistant/device/hearthd_<node>_host/config`."""
    node = topics.node
    components = {name: _sensor(topics, name, one) for name, one in gauges.items() if name not in OF_HEALTH}
    components["problem"] = {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "state_topic": topics("host"),
        "value_template": "{{ 'OFF' if value_json.level == 'ok' else 'ON' }}",
    }
    for key, component in components.items():
        component["unique_id"] = f"hearthd_{node}_host_{key}"
        component["entity_category"] = "diagnostic"
        component["default_entity_id"] = f"{component['platform']}.{_slug(node)}_{key}"
    return {
        "device": {
            "identifiers": [f"hearthd_{node}_host"],
            "name": node,
            "manufacturer": "hearthd",
            "model": "Machine",
            "via_device": f"hearthd_{node}",
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
    """Where the machine is announced."""
    return f"{prefix}/device/hearthd_{_slug(node, '-')}_host/config"


def _sensor(topics: Topics, name: str, gauge: Gauge) -> dict[str, Any]:
    component: dict[str, Any] = {
        "platform": "sensor",
        "name": f"{name.partition('_')[0]} {gauge.about}".capitalize()
        if gauge.about.startswith("/")
        else name.replace("_", " ").capitalize(),
        "state_topic": topics("host"),
        "value_template": f"{{{{ value_json.gauges['{name}'].value | default(none) }}}}",
        "state_class": "measurement",
    }
    if gauge.unit:
        component["unit_of_measurement"] = gauge.unit
    kind = "battery" if name in _BATTERIES else _CLASSES.get(gauge.unit)
    if kind is not None:
        component["device_class"] = kind
    return component


def _slug(node: str, keep: str = "") -> str:
    return "".join(
        char if char.isascii() and (char.isalnum() or char in f"_{keep}") else "_" for char in node
    )
