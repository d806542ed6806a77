"""sensor and binary_sensor: they only report."""

from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, neat

_WORDED = ("date", "timestamp", "enum")
_DIGITS = 2


class Sensor(Device):
    """A sensor. `drift: 0.2` in its attributes lets a numeric one wander by up to that much."""

    initial = "0"
    abilities = frozenset({"state_class", "options"})

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        unit = self.spec.unit or self.can.get("unit_of_measurement")
        return self.spec.device_class not in _WORDED and bool(unit or self.spec.device_class)

    @property
    def drift(self) -> float:
        """How far it may wander at a time."""
        found = self.can.get("drift", 0)
        return float(found) if self.numeric and isinstance(found, int | float) else 0.0

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {"state_topic": self.topic("state")}
        if self.numeric:
            found["state_class"] = self.can.get("state_class", "measurement")
        if "options" in self.can:
            found["options"] = self.can["options"]
        return found

    def wander(self, by: float) -> None:
        """Move by `by` of its drift, -1 to 1, around where the house file put it."""
        middle = float(self.spec.state or 0)
        if self.value is not None:
            moved = float(self.value) + by * self.drift
            self.value = str(neat(round(min(max(moved, middle - 5 * self.drift), middle + 5 * self.drift), _DIGITS)))


class BinarySensor(Device):
    """A binary sensor."""

    states = frozenset({"on", "off"})
    initial = "off"

    @override
    def config(self) -> dict[str, Any]:
        return {"state_topic": self.topic("state")}

    @override
    def parts(self) -> dict[str, Any]:
        return {"state": None if self.value is None else self.value.upper()}
