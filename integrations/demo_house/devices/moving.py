"""cover and valve: they take their time to move, step by step, and can be stopped on the way."""

from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, amount, choice, neat

STEPS = 4
"""Positions reported on the way."""
OPEN = 100


class Moving(Device):
    """What has a position from 0 (closed) to 100."""

    states = frozenset({"open", "closed", "opening", "closing"})
    initial = "closed"
    owned = frozenset({"current_position"})

    @property
    def position(self) -> float:
        """Where it is."""
        found: float = self.attributes["current_position"]
        return found

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        if "current_position" in attributes:
            self.attributes["current_position"] = amount(str(attributes["current_position"]), 0, OPEN)
            if state is None:
                self.value = self.rest()
        elif state in ("open", "closed") and (self.attributes.get("current_position", -1) > 0) != (
            state == "open"
        ):
            self.attributes["current_position"] = OPEN if state == "open" else 0
        self.attributes.setdefault("current_position", 0)

    def rest(self) -> str:
        """The state it is in when it does not move."""
        return "closed" if self.position == 0 else "open"

    def move(self, target: float) -> None:
        """Set out for `target`."""
        start = self.position
        if start == target:
            self.stop()
            return
        self.value = "opening" if target > start else "closing"
        each = self.travel_time * abs(target - start) / OPEN / STEPS
        self.plan(
            [(each, self._to(start + (target - start) * one / STEPS, one)) for one in range(1, STEPS + 1)]
        )

    def stop(self) -> None:
        """Stay where it is."""
        self.plan([])
        self.value = self.rest()

    def _to(self, position: float, number: int) -> Callable[[], None]:
        def then() -> None:
            self.attributes["current_position"] = round(position)
            if number == STEPS:
                self.value = self.rest()

        return then

    def motion(self, text: str) -> None:
        """Do what one of the three words says."""
        match choice(text, ("OPEN", "CLOSE", "STOP")):
            case "OPEN":
                self.move(OPEN)
            case "CLOSE":
                self.move(0)
            case _:
                self.stop()


class Cover(Moving):
    """A cover; it tilts if it has a `current_tilt_position`."""

    owned = frozenset({"current_position", "current_tilt_position"})

    @override
    def config(self) -> dict[str, Any]:
        found = {
            "command_topic": self.topic("set"),
            "state_topic": self.topic("state"),
            "position_topic": self.topic("position"),
            "set_position_topic": self.topic("set/position"),
        }
        if "current_tilt_position" in self.can:
            found |= {
                "tilt_command_topic": self.topic("set/tilt"),
                "tilt_status_topic": self.topic("tilt"),
                "payload_stop_tilt": "STOP",
            }
        return found

    @override
    def parts(self) -> dict[str, Any]:
        found: dict[str, Any] = {"position": neat(self.position), "state": self.word()}
        if "current_tilt_position" in self.attributes:
            found["tilt"] = neat(self.attributes["current_tilt_position"])
        return found

    @override
    def obey(self, part: str, text: str) -> None:
        if part == "set":
            self.motion(text)
        elif part == "set/position":
            self.move(amount(text, 0, OPEN))
        elif part == "set/tilt" and "current_tilt_position" in self.can:
            if text != "STOP":
                self.attributes["current_tilt_position"] = amount(text, 0, OPEN)
        else:
            super().obey(part, text)


class Valve(Moving):
    """A valve; with a `current_position` in the house file it reports and takes positions."""

    @property
    def positions(self) -> bool:
        """Whether it reports positions."""
        return "current_position" in self.can

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {"command_topic": self.topic("set"), "state_topic": self.topic("state")}
        return {**found, "reports_position": self.positions, "payload_stop": "STOP"}

    @override
    def parts(self) -> dict[str, Any]:
        if self.positions and self.value is not None:
            return {"state": {"state": self.value, "position": neat(self.position)}}
        return {"state": self.word()}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        if self.positions and text != "STOP":
            self.move(amount(text, 0, OPEN))
        else:
            self.motion(text)
