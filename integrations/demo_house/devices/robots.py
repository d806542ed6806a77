"""vacuum and lawn_mower: machines that go out and come home."""

from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, choice, words

_FEATURES = ("start", "pause", "stop", "return_home", "clean_spot", "locate")


class Vacuum(Device):
    """A vacuum robot."""

    states = frozenset({"cleaning", "docked", "idle", "paused", "returning", "error"})
    initial = "docked"
    owned = frozenset({"fan_speed", "battery_level"})
    abilities = frozenset({"fan_speed_list", "supported_features"})

    @override
    def config(self) -> dict[str, Any]:
        speeds = words(self.can.get("fan_speed_list"))
        found: dict[str, Any] = {"command_topic": self.topic("set"), "state_topic": self.topic("state")}
        found["supported_features"] = [*self._features(), *(["fan_speed"] if speeds else [])]
        if speeds:
            found |= {"fan_speed_list": speeds, "set_fan_speed_topic": self.topic("set/fan_speed")}
        return found

    @override
    def parts(self) -> dict[str, Any]:
        own = {key: self.attributes[key] for key in sorted(self.owned) if key in self.attributes}
        return {"state": {"state": self.value, **own}}

    @override
    def obey(self, part: str, text: str) -> None:
        if part == "set/fan_speed" and "fan_speed_list" in self.can:
            self.attributes["fan_speed"] = choice(text, words(self.can["fan_speed_list"]))
            return
        if part != "set":
            super().obey(part, text)
        verbs = ["return_to_base" if one == "return_home" else one for one in self._features()]
        match choice(text, verbs):
            case "start" | "clean_spot":
                self._now("cleaning")
            case "pause" if self.value in ("cleaning", "returning"):
                self._now("paused")
            case "stop" if self.value != "docked":
                self._now("idle")
            case "return_to_base" if self.value != "docked":
                self._now("returning")
                self.plan([(self.travel_time, self.become("docked"))])

    def _now(self, state: str) -> None:
        self.value = state
        self.plan([])

    def _features(self) -> list[str]:
        return [one for one in words(self.can.get("supported_features"), _FEATURES) if one in _FEATURES]


class LawnMower(Device):
    """A lawn mower."""

    states = frozenset({"mowing", "paused", "docked", "returning", "error"})
    initial = "docked"

    @override
    def config(self) -> dict[str, Any]:
        return {
            "activity_state_topic": self.topic("state"),
            "start_mowing_command_topic": self.topic("set/start_mowing"),
            "pause_command_topic": self.topic("set/pause"),
            "dock_command_topic": self.topic("set/dock"),
        }

    @override
    def obey(self, part: str, text: str) -> None:
        match part:
            case "set/start_mowing":
                self.value = "mowing"
                self.plan([])
            case "set/pause":
                self.value = "docked" if self.value == "docked" else "paused"
                self.plan([])
            case "set/dock":
                if self.value != "docked":
                    self.value = "returning"
                    self.plan([(self.travel_time, self.become("docked"))])
            case _:
                super().obey(part, text)
