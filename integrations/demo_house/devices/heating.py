"""climate and water_heater: a mode, target temperatures, and what is measured."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, amount, choice, words

_TARGETS = {
    "temperature": "temperature",
    "target_temp_low": "temperature_low",
    "target_temp_high": "temperature_high",
}
_WORDED = ("fan_mode", "swing_mode", "preset_mode")


class Climate(Device):
    """A thermostat or air conditioner; it can do what the house file mentions."""

    initial = "heat"
    owned = frozenset(
        {*_TARGETS, *_WORDED, "current_temperature", "hvac_action", "humidity", "current_humidity"}
    )
    abilities = frozenset(
        {
            "hvac_modes",
            *(f"{one}s" for one in _WORDED),
            "min_temp",
            "max_temp",
            "target_temp_step",
            "min_humidity",
            "max_humidity",
            "temperature_unit",
        }
    )

    @property
    def modes(self) -> list[str]:
        """What it can do."""
        return words(self.can.get("hvac_modes"), ("off", "heat"))

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest temperature it can be set to."""
        fahrenheit = str(self.can.get("temperature_unit", "C")).lstrip("°").startswith("F")
        low, high = (45, 95) if fahrenheit else (7, 35)
        return self.can.get("min_temp", low), self.can.get("max_temp", high)

    @override
    def known_states(self) -> frozenset[str]:
        return frozenset(self.modes)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        if self.value is not None and self.value not in self.modes:
            self.value = self.modes[0]
        if not any(key in self.attributes for key in _TARGETS):
            self.attributes["temperature"] = self.limits[0] + (self.limits[1] - self.limits[0]) // 2
        self.attributes.setdefault("current_temperature", 20)
        for key in (*_TARGETS, "current_temperature"):
            if key in self.attributes:
                self.attributes[key] = amount(str(self.attributes[key]), -100, 300)

    @override
    def config(self) -> dict[str, Any]:
        low, high = self.limits
        found: dict[str, Any] = {
            "modes": self.modes,
            **self._aspect("mode", "mode"),
            "action_topic": self.topic("action"),
            "current_temperature_topic": self.topic("current_temperature"),
            "min_temp": low,
            "max_temp": high,
            "temp_step": self.can.get("target_temp_step", 0.5),
            "temperature_unit": str(self.can.get("temperature_unit", "C")).lstrip("°"),
        }
        for key, prefix in _TARGETS.items():
            if self._has(key):
                found |= self._aspect(prefix, key)
        for key in _WORDED:
            if f"{key}s" in self.can:
                listed = [one for one in words(self.can[f"{key}s"]) if one != "none"]
                found |= {f"{key}s": listed, **self._aspect(key, key)}
        if self._has("humidity"):
            found |= {**self._aspect("target_humidity", "humidity")}
            found |= {key: self.can[key] for key in ("min_humidity", "max_humidity") if key in self.can}
        if self._has("current_humidity"):
            found["current_humidity_topic"] = self.topic("current_humidity")
        return found

    @override
    def parts(self) -> dict[str, Any]:
        keys = (*_TARGETS, *_WORDED, "current_temperature", "humidity", "current_humidity")
        found = {key: self.attributes[key] for key in keys if key in self.attributes}
        return {**found, "action": self._action(), "mode": self.word()}

    @override
    def obey(self, part: str, text: str) -> None:
        key = part.removeprefix("set/")
        if part == "set/mode":
            self.value = choice(text, self.modes)
        elif part != key and key in _TARGETS and self._has(key):
            self.attributes[key] = amount(text, *self.limits)
        elif part != key and key in _WORDED and f"{key}s" in self.can:
            allowed = words(self.can[f"{key}s"])
            self.attributes[key] = choice(text, [*allowed, "none"] if key == "preset_mode" else allowed)
        elif part == "set/humidity" and self._has(key):
            low, high = self.can.get("min_humidity", 30), self.can.get("max_humidity", 99)
            self.attributes[key] = amount(text, low, high)
        else:
            super().obey(part, text)

    def _has(self, key: str) -> bool:
        """Whether it knows the attribute `key` at all."""
        if key == "temperature":
            return key in self.can or "target_temp_low" not in self.can
        return key in self.can

    def _aspect(self, prefix: str, part: str) -> dict[str, str]:
        return {
            f"{prefix}_command_topic": self.topic(f"set/{part}"),
            f"{prefix}_state_topic": self.topic(part),
        }

    def _action(self) -> str:
        now = self.attributes["current_temperature"]
        low = self.attributes.get("target_temp_low", self.attributes.get("temperature", now))
        high = self.attributes.get("target_temp_high", self.attributes.get("temperature", now))
        if self.value in ("heat", "heat_cool", "auto") and now < low:
            return "heating"
        if self.value in ("cool", "heat_cool", "auto") and now > high:
            return "cooling"
        return {None: "off", "off": "off", "dry": "drying", "fan_only": "fan"}.get(self.value, "idle")


class WaterHeater(Device):
    """A boiler for warm water."""

    initial = "eco"
    owned = frozenset({"temperature", "current_temperature"})
    abilities = frozenset({"operation_list", "min_temp", "max_temp", "temperature_unit"})

    @property
    def modes(self) -> list[str]:
        """How it can heat."""
        return words(self.can.get("operation_list"), ("off", "eco", "performance"))

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest temperature it can be set to."""
        return self.can.get("min_temp", 40), self.can.get("max_temp", 65)

    @override
    def known_states(self) -> frozenset[str]:
        return frozenset(self.modes)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        if self.value is not None and self.value not in self.modes:
            self.value = self.modes[0]
        self.attributes.setdefault("temperature", 50)
        self.attributes.setdefault("current_temperature", 48)
        for key in self.owned:
            self.attributes[key] = amount(str(self.attributes[key]), -100, 300)

    @override
    def config(self) -> dict[str, Any]:
        low, high = self.limits
        return {
            "modes": self.modes,
            "mode_command_topic": self.topic("set/mode"),
            "mode_state_topic": self.topic("mode"),
            "temperature_command_topic": self.topic("set/temperature"),
            "temperature_state_topic": self.topic("temperature"),
            "current_temperature_topic": self.topic("current_temperature"),
            "min_temp": low,
            "max_temp": high,
            "temperature_unit": str(self.can.get("temperature_unit", "C")).lstrip("°"),
        }

    @override
    def parts(self) -> dict[str, Any]:
        return {**{key: self.attributes[key] for key in sorted(self.owned)}, "mode": self.word()}

    @override
    def obey(self, part: str, text: str) -> None:
        match part:
            case "set/mode":
                self.value = choice(text, self.modes)
            case "set/temperature":
                self.attributes["temperature"] = amount(text, *self.limits)
            case _:
                super().obey(part, text)
