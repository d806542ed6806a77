"""A simulated device and its present state. Pure: it knows neither MQTT nor time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.api import HouseEntity

Change = tuple[str | None, dict[str, Any]]
"""A new state (None: as it was) and new attributes."""
STATELESS = ("button", "scene")
"""Domains that are pressed and forget."""
LOCKED_BY_CODE = ("lock", "alarm_control_panel")
"""Domains whose attribute `code`, if there is one, has to come with a command."""


@dataclass(slots=True)
class Device:
    """One entity of the house with its present state."""

    entity: HouseEntity
    state: str
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The part of the id before the point."""
        return self.entity.domain

    @property
    def code(self) -> str | None:
        """The code that it wants to hear, None if it wants none."""
        code = self.attributes.get("code") if self.domain in LOCKED_BY_CODE else None
        return None if code is None else str(code)

    @property
    def told(self) -> dict[str, Any]:
        """The attributes that it tells anybody: all but its code."""
        if self.code is None:
            return self.attributes
        return {key: value for key, value in self.attributes.items() if key != "code"}

    def apply(self, change: Change) -> None:
        """Be in the state that `change` says."""
        state, attributes = change
        self.state = self.state if state is None else state
        self.attributes = {**self.attributes, **attributes}


def made(entity: HouseEntity) -> Device:
    """The device of an entity in the state its house file gives it, with what its domain always has."""
    state = entity.state if entity.state is not None else _FIRST.get(entity.domain, "unknown")
    attributes = {**_ALWAYS.get(entity.domain, {}), **entity.attributes}
    if entity.domain in ("cover", "valve") and "current_position" not in attributes:
        attributes["current_position"] = 0 if state == "closed" else 100
    return Device(entity, state, attributes)


_FIRST = {
    "light": "off",
    "switch": "off",
    "fan": "off",
    "siren": "off",
    "humidifier": "off",
    "cover": "closed",
    "valve": "closed",
    "lock": "locked",
    "climate": "off",
    "water_heater": "eco",
    "vacuum": "docked",
    "lawn_mower": "docked",
    "media_player": "off",
    "alarm_control_panel": "disarmed",
    "number": "0",
    "select": "",
    "text": "",
    "sensor": "0",
    "binary_sensor": "off",
    "weather": "sunny",
    "todo": "0",
    "script": "off",
    "scene": "unknown",
    "button": "unknown",
}
_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "climate": {"hvac_modes": ["off", "heat", "cool", "auto"], "temperature": 20, "current_temperature": 20},
    "water_heater": {
        "operation_list": ["off", "eco", "performance"],
        "temperature": 50,
        "current_temperature": 48,
    },
    "humidifier": {"humidity": 50, "current_humidity": 45},
    "media_player": {"volume_level": 0.3, "is_volume_muted": False},
    "vacuum": {"battery_level": 100},
    "todo": {"items": []},
}
