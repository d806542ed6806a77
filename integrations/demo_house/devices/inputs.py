"""number, select and text take a value; button and scene are pushed, which they count."""

import re
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import LONGEST, Device, RefusedError, amount, choice, neat, words


class Number(Device):
    """A number between two ends."""

    abilities = frozenset({"min", "max", "step", "mode"})

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most it can be."""
        return self.can.get("min", 0), self.can.get("max", 100)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        if self.value is None and state is None:
            self.value = str(neat(self.limits[0]))
        if self.value is not None:
            self.value = str(amount(self.value, *self.limits))

    @override
    def config(self) -> dict[str, Any]:
        low, high = self.limits
        found = {"command_topic": self.topic("set"), "state_topic": self.topic("state"), "min": low, "max": high}
        return {**found, "step": self.can.get("step", 1), "mode": self.can.get("mode", "auto")}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        self.value = str(amount(text, *self.limits))


class Select(Device):
    """One of several options."""

    abilities = frozenset({"options"})

    @property
    def options(self) -> list[str]:
        """What it can be."""
        return words(self.can.get("options"), (self.spec.state or "none",))

    @override
    def known_states(self) -> frozenset[str]:
        return frozenset(self.options)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        if self.value is None and state is None:
            self.value = self.options[0]

    @override
    def config(self) -> dict[str, Any]:
        return {"command_topic": self.topic("set"), "state_topic": self.topic("state"), "options": self.options}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        self.value = choice(text, self.options)


class Text(Device):
    """A text."""

    initial = ""
    abilities = frozenset({"min", "max", "pattern", "mode"})

    @override
    def config(self) -> dict[str, Any]:
        low, high = self._limits()
        found = {"command_topic": self.topic("set"), "state_topic": self.topic("state"), "min": low, "max": high}
        return {**found, **{key: self.can[key] for key in ("pattern", "mode") if key in self.can}}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        low, high = self._limits()
        if not low <= len(text) <= high:
            raise RefusedError(f"{text!r:.80} has {len(text)} letters; {low} to {high} would be right")
        if "pattern" in self.can and re.search(str(self.can["pattern"]), text) is None:
            raise RefusedError(f"{text!r:.80} does not match {self.can['pattern']!r}")
        self.value = text

    def _limits(self) -> tuple[int, int]:
        return int(self.can.get("min", 0)), min(int(self.can.get("max", LONGEST)), LONGEST)


class Button(Device):
    """A button: `presses` counts how often it was pressed."""

    @override
    def config(self) -> dict[str, Any]:
        return {"command_topic": self.topic("set"), "payload_press": "PRESS"}

    @override
    def parts(self) -> dict[str, Any]:
        return {"presses": self.attributes.get("presses", 0)}

    @override
    def hidden(self) -> frozenset[str]:
        return super().hidden() | {"presses"}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        choice(text, ("PRESS",))
        self.attributes["presses"] = int(self.attributes.get("presses", 0)) + 1


class Scene(Device):
    """A scene: it puts its `entities` into their states; `activations` counts how often."""

    abilities = frozenset({"entities"})

    @override
    def config(self) -> dict[str, Any]:
        return {"command_topic": self.topic("set"), "payload_on": "ON"}

    @override
    def parts(self) -> dict[str, Any]:
        return {"activations": self.attributes.get("activations", 0)}

    @override
    def hidden(self) -> frozenset[str]:
        return super().hidden() | {"activations"}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        choice(text, ("ON",))
        self.attributes["activations"] = int(self.attributes.get("activations", 0)) + 1

    @override
    def reaches(self) -> Mapping[str, str]:
        return reached(self)


def reached(device: Device) -> dict[str, str]:
    """The states of other entities that the `entities` attribute of `device` asks for."""
    listed = device.can.get("entities")
    if not isinstance(listed, dict):
        return {}
    return {
        str(entity): ("on" if state else "off") if isinstance(state, bool) else str(state)
        for entity, state in listed.items()
    }
