"""fan and humidifier: on and off, and how strongly."""

import math
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, amount, choice, words

FULL = 100


class Fan(Device):
    """A fan: speed, presets, oscillation and direction as far as the house file mentions them."""

    states = frozenset({"on", "off"})
    initial = "off"
    owned = frozenset({"percentage", "preset_mode", "oscillating", "direction"})
    abilities = frozenset({"preset_modes", "percentage_step"})

    @property
    def speeds(self) -> int:
        """How many speeds it has."""
        step = self.can.get("percentage_step", 1)
        return max(1, round(FULL / step))

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        self.attributes.setdefault("percentage", 0 if self.value == "off" else 50)
        self.attributes["percentage"] = amount(str(self.attributes["percentage"]), 0, FULL)

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "command_topic": self.topic("set"),
            "state_topic": self.topic("state"),
            "percentage_command_topic": self.topic("set/percentage"),
            "percentage_state_topic": self.topic("percentage"),
            "speed_range_min": 1,
            "speed_range_max": self.speeds,
        }
        modes = words(self.can.get("preset_modes"))
        if modes:
            found |= {"preset_modes": modes, **self._aspect("preset_mode", "preset_mode")}
        if "oscillating" in self.can:
            found |= self._aspect("oscillation", "oscillating")
        if "direction" in self.can:
            found |= self._aspect("direction", "direction")
        return found

    @override
    def parts(self) -> dict[str, Any]:
        attributes = self.attributes
        found: dict[str, Any] = {
            "percentage": math.ceil(attributes["percentage"] * self.speeds / FULL),
            **{key: attributes[key] for key in ("preset_mode", "direction") if key in attributes},
        }
        if "preset_modes" in self.can:
            found.setdefault("preset_mode", None)
        if "oscillating" in attributes:
            found["oscillating"] = "oscillate_on" if attributes["oscillating"] else "oscillate_off"
        return {**found, "state": None if self.value is None else self.value.upper()}

    @override
    def obey(self, part: str, text: str) -> None:
        attributes = self.attributes
        match part:
            case "set":
                self.value = choice(text, ("ON", "OFF")).lower()
                if self.value == "on" and not attributes["percentage"]:
                    attributes["percentage"] = self.can.get("percentage") or 50
            case "set/percentage":
                step = amount(text, 0, self.speeds)
                attributes["percentage"] = int(step * FULL // self.speeds)
                attributes.pop("preset_mode", None)
                self.value = "on" if step else "off"
            case "set/preset_mode" if "preset_modes" in self.can:
                attributes["preset_mode"] = choice(text, words(self.can["preset_modes"]))
                self.value = "on"
            case "set/oscillating" if "oscillating" in self.can:
                attributes["oscillating"] = choice(text, ("oscillate_on", "oscillate_off")) == "oscillate_on"
            case "set/direction" if "direction" in self.can:
                attributes["direction"] = choice(text, ("forward", "reverse"))
            case _:
                super().obey(part, text)

    def _aspect(self, prefix: str, part: str) -> dict[str, str]:
        return {
            f"{prefix}_command_topic": self.topic(f"set/{part}"),
            f"{prefix}_state_topic": self.topic(part),
        }


class Humidifier(Device):
    """A humidifier or dehumidifier."""

    states = frozenset({"on", "off"})
    initial = "off"
    owned = frozenset({"humidity", "current_humidity", "mode", "action"})
    abilities = frozenset({"available_modes", "min_humidity", "max_humidity"})

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest humidity it can be set to."""
        return self.can.get("min_humidity", 30), self.can.get("max_humidity", 80)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        self.attributes.setdefault("humidity", 50)
        self.attributes["humidity"] = amount(str(self.attributes["humidity"]), 0, FULL)
        self.attributes.setdefault("current_humidity", 45)

    @override
    def config(self) -> dict[str, Any]:
        low, high = self.limits
        found: dict[str, Any] = {
            "command_topic": self.topic("set"),
            "state_topic": self.topic("state"),
            "target_humidity_command_topic": self.topic("set/humidity"),
            "target_humidity_state_topic": self.topic("humidity"),
            "current_humidity_topic": self.topic("current_humidity"),
            "action_topic": self.topic("action"),
            "min_humidity": low,
            "max_humidity": high,
            "device_class": self.spec.device_class or "humidifier",
        }
        modes = words(self.can.get("available_modes"))
        if modes:
            found |= {"modes": modes, "mode_command_topic": self.topic("set/mode"), "mode_state_topic": self.topic("mode")}
        return found

    @override
    def parts(self) -> dict[str, Any]:
        attributes = self.attributes
        found = {"humidity": attributes["humidity"], "current_humidity": attributes["current_humidity"]}
        if "available_modes" in self.can:
            found["mode"] = attributes.get("mode")
        return {**found, "action": self._action(), "state": None if self.value is None else self.value.upper()}

    @override
    def obey(self, part: str, text: str) -> None:
        match part:
            case "set":
                self.value = choice(text, ("ON", "OFF")).lower()
            case "set/humidity":
                self.attributes["humidity"] = amount(text, *self.limits)
            case "set/mode" if "available_modes" in self.can:
                self.attributes["mode"] = choice(text, words(self.can["available_modes"]))
            case _:
                super().obey(part, text)

    def _action(self) -> str:
        if self.value != "on":
            return "off"
        target, now = self.attributes["humidity"], self.attributes["current_humidity"]
        if self.spec.device_class == "dehumidifier":
            return "drying" if now > target else "idle"
        return "humidifying" if now < target else "idle"
