"""switch and siren: on and off."""

from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, RefusedError, amount, choice, json_object, words


class Switch(Device):
    """A switch."""

    states = frozenset({"on", "off"})
    initial = "off"

    @override
    def config(self) -> dict[str, Any]:
        return {"command_topic": self.topic("set"), "state_topic": self.topic("state")}

    @override
    def parts(self) -> dict[str, Any]:
        return {"state": None if self.value is None else self.value.upper()}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        self.value = choice(text, ("ON", "OFF")).lower()


class Siren(Device):
    """A siren; with a duration it falls silent by itself."""

    states = frozenset({"on", "off"})
    initial = "off"
    owned = frozenset({"tone", "duration", "volume_level"})
    abilities = frozenset({"available_tones"})

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {"command_topic": self.topic("set"), "state_topic": self.topic("state")}
        tones = words(self.can.get("available_tones"))
        return {**found, "available_tones": tones} if tones else found

    @override
    def parts(self) -> dict[str, Any]:
        word = "None" if self.value is None else self.value.upper()
        own = {key: one for key, one in self.attributes.items() if key in self.owned}
        return {"state": {"state": word, **own}}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        asked = json_object(text) if text.startswith("{") else {"state": text}
        state = choice(str(asked.get("state")), ("ON", "OFF"))
        becomes: dict[str, Any] = {}
        if "tone" in asked:
            becomes["tone"] = choice(str(asked["tone"]), words(self.can.get("available_tones")))
        if "volume_level" in asked:
            becomes["volume_level"] = amount(str(asked["volume_level"]), 0, 1)
        if "duration" in asked:
            becomes["duration"] = amount(str(asked["duration"]), 0, 3600)
        if state == "OFF" and becomes:
            raise RefusedError(f"{text!r:.80} is wrong; only what is turned on has {', '.join(becomes)}")
        self.attributes |= becomes
        self.value = state.lower()
        ends = becomes.get("duration")
        self.plan([(ends, self.become("off"))] if ends else [])
