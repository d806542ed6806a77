"""light: on and off, brightness, colour temperature, colour and effects, in the JSON or the default schema."""

import colorsys
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, RefusedError, amount, choice, json_object, words

_NAMES: Mapping[str, tuple[str, ...]] = {
    "hs": ("h", "s"),
    "xy": ("x", "y"),
    "rgb": ("r", "g", "b"),
    "rgbw": ("r", "g", "b", "w"),
    "rgbww": ("r", "g", "b", "c", "w"),
}
_HIGHEST: Mapping[str, float] = {"h": 360, "s": 100, "x": 1, "y": 1}
_BYTE = 255


class Light(Device):
    """A light. `schema: default` in its attributes gives it a topic for each thing it can do."""

    states = frozenset({"on", "off"})
    initial = "off"
    owned = frozenset(
        {"brightness", "color_mode", "color_temp_kelvin", "effect", *(f"{mode}_color" for mode in _NAMES)}
    )
    abilities = frozenset(
        {"supported_color_modes", "effect_list", "min_color_temp_kelvin", "max_color_temp_kelvin", "schema"}
    )

    @property
    def modes(self) -> list[str]:
        """The colour modes it supports."""
        listed = words(self.can.get("supported_color_modes"))
        return listed or (["brightness"] if "brightness" in self.can else ["onoff"])

    @property
    def basic(self) -> bool:
        """Whether it speaks the default schema."""
        return self.can.get("schema") == "default"

    @property
    def kelvin(self) -> tuple[float, float]:
        """The warmest and the coolest white."""
        return self.can.get("min_color_temp_kelvin", 2000), self.can.get("max_color_temp_kelvin", 6535)

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        found = {"color_temp": "color_temp_kelvin", **{mode: f"{mode}_color" for mode in _NAMES}}
        for mode, key in found.items():
            if mode in self.modes and key in attributes and "color_mode" not in attributes:
                self.attributes["color_mode"] = mode

    @override
    def config(self) -> dict[str, Any]:
        modes, (low, high) = self.modes, self.kelvin
        found: dict[str, Any] = {"command_topic": self.topic("set"), "state_topic": self.topic("state")}
        effects = words(self.can.get("effect_list"))
        if effects:
            found["effect_list"] = effects
        if "color_temp" in modes:
            found |= {"color_temp_kelvin": True, "min_kelvin": low, "max_kelvin": high}
        if not self.basic:
            found |= {"schema": "json", "supported_color_modes": modes, "brightness": modes != ["onoff"]}
            return {**found, "effect": True} if effects else found
        for part in self._aspects():
            found[f"{part}_command_topic"] = self.topic(f"set/{part}")
            found[f"{part}_state_topic"] = self.topic(part)
        return found

    @override
    def parts(self) -> dict[str, Any]:
        attributes = self.attributes
        word = None if self.value is None else self.value.upper()
        mode = attributes.get("color_mode") or self._mode_by_default()
        if self.basic:
            found = {"state": word}
            found |= {key: self._said(key) for key in self._aspects() if self._said(key) is not None}
            return found
        said: dict[str, Any] = {"state": word, "color_mode": mode}
        if "brightness" in attributes and self.modes != ["onoff"]:
            said["brightness"] = attributes["brightness"]
        if mode == "color_temp" and "color_temp_kelvin" in attributes:
            said["color_temp"] = attributes["color_temp_kelvin"]
        if mode in _NAMES and f"{mode}_color" in attributes:
            said["color"] = dict(zip(_NAMES[mode], attributes[f"{mode}_color"], strict=True))
        if "effect" in attributes:
            said["effect"] = attributes["effect"]
        return {"state": said}

    @override
    def obey(self, part: str, text: str) -> None:
        if part == "set":
            self._change(json_object(text) if not self.basic else {"state": text})
        elif self.basic and part.removeprefix("set/") in self._aspects():
            self._change({**self._asked(part.removeprefix("set/"), text), "state": "ON"})
        else:
            super().obey(part, text)

    def _change(self, asked: Mapping[str, Any]) -> None:
        """All of it or nothing."""
        state = choice(str(asked.get("state", "ON")), ("ON", "OFF"))
        becomes: dict[str, Any] = {}
        if "brightness" in asked:
            if self.modes == ["onoff"]:
                raise RefusedError(f"{self.spec.id} cannot be dimmed")
            becomes["brightness"] = amount(str(asked["brightness"]), 0, _BYTE)
            state = "OFF" if becomes["brightness"] == 0 else state
        if "color_temp" in asked:
            if "color_temp" not in self.modes:
                raise RefusedError(f"{self.spec.id} has no colour temperature")
            kelvin = amount(str(asked["color_temp"]), *self.kelvin)
            becomes |= {"color_temp_kelvin": kelvin, "color_mode": "color_temp"}
        if "color" in asked:
            becomes |= self._color(asked["color"])
        if "effect" in asked:
            becomes["effect"] = choice(str(asked["effect"]), words(self.can.get("effect_list")))
        if becomes.get("brightness") == 0:
            del becomes["brightness"]
        if state == "ON" and self.modes != ["onoff"] and "brightness" not in self.attributes:
            becomes.setdefault("brightness", _BYTE)
        self.attributes |= becomes
        self.value = state.lower()

    def _color(self, color: Any) -> dict[str, Any]:
        if not isinstance(color, dict):
            raise RefusedError(
                f"the colour {color!r:.60} is wrong; an object such as {{'r', 'g', 'b'}} would be right"
            )
        given = {str(key): amount(str(one), 0, _HIGHEST.get(str(key), _BYTE)) for key, one in color.items()}
        mode = next((mode for mode, names in _NAMES.items() if set(names) == given.keys()), None)
        if mode is None:
            raise RefusedError(f"the colour {color!r:.60} is wrong; letters such as r, g, b would be right")
        values = [given[name] for name in _NAMES[mode]]
        if mode not in self.modes and mode == "rgb" and "hs" in self.modes:
            hue, saturation, _ = colorsys.rgb_to_hsv(*(one / _BYTE for one in values))
            mode, values = "hs", [round(hue * 360, 2), round(saturation * 100, 2)]
        if mode not in self.modes:
            raise RefusedError(
                f"{self.spec.id} has no {mode} colours; {', '.join(self.modes)} would be right"
            )
        return {"color_mode": mode, f"{mode}_color": values}

    def _aspects(self) -> list[str]:
        modes = self.modes
        found = [] if modes == ["onoff"] else ["brightness"]
        found += ["color_temp"] if "color_temp" in modes else []
        found += [mode for mode in _NAMES if mode in modes]
        return found + (["effect"] if self.can.get("effect_list") else [])

    def _said(self, aspect: str) -> Any:
        key = {"brightness": "brightness", "color_temp": "color_temp_kelvin", "effect": "effect"}.get(
            aspect, f"{aspect}_color"
        )
        own = self.attributes.get("color_mode") or self._mode_by_default()
        if aspect not in ("brightness", "effect") and aspect != own:
            return None
        found = self.attributes.get(key)
        return ",".join(map(str, found)) if isinstance(found, list) else found

    def _asked(self, aspect: str, text: str) -> dict[str, Any]:
        if aspect not in _NAMES:
            return {aspect: text}
        values = text.split(",")
        if len(values) != len(_NAMES[aspect]):
            raise RefusedError(
                f"the colour {text!r:.60} is wrong; {len(_NAMES[aspect])} numbers would be right"
            )
        return {"color": dict(zip(_NAMES[aspect], values, strict=True))}

    def _mode_by_default(self) -> str:
        return self.modes[0]
