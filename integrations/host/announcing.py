"""The machine as a device in Home Assistant: a sensor for each gauge, and whether all is well."""

from collections.abc import Iterable, Mapping
from typing import Any

from agent.api import Topics, device_payload, gauge_component, plain, problem_component
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


def announcement(topics: Topics, gauges: Mapping[str, Gauge], *, gone: Iterable[str] = ()) -> dict[str, Any]:
    """The payload of `homeassistant/device/hearthd_<node>_host/config`.

    `gone`: gauges that were announced before and are to be removed.
    """
    node = topics.node
    components = {name: _sensor(topics, name, one) for name, one in gauges.items()}
    components["problem"] = problem_component(topics("host"))
    for key, component in components.items():
        component["unique_id"] = f"hearthd_{node}_host_{key}"
        component["entity_category"] = "diagnostic"
        component["default_entity_id"] = f"{component['platform']}.{plain(node)}_{key}"
    components |= {name: {"platform": "sensor"} for name in gone}
    device = {
        "identifiers": [f"hearthd_{node}_host"],
        "name": node,
        "manufacturer": "hearthd",
        "model": "Machine",
        "via_device": f"hearthd_{node}",
    }
    return device_payload(topics, device, {"name": "hearthd", "sw_version": VERSION}, components)


def _sensor(topics: Topics, name: str, gauge: Gauge) -> dict[str, Any]:
    about = gauge.about.startswith("/")
    return gauge_component(
        topics("host"),
        name,
        name=(f"{name.partition('_')[0]} {gauge.about}" if about else name.replace("_", " ")).capitalize(),
        unit=gauge.unit,
        device_class="battery" if name in _BATTERIES else _CLASSES.get(gauge.unit),
    )
