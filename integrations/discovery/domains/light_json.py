"""light, JSON schema: one topic for all it reports, one for all it is told, as zigbee2mqtt has it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from agent.api import ActionError, Message
from integrations.discovery.domains.light_color import (
    COLORED,
    MODES,
    OWNED,
    assumed_color,
    channels,
    kelvin_range,
    put_color,
    put_temperature,
    temperature_read,
    temperature_written,
    wanted_color,
)
from integrations.discovery.options import Options
from integrations.discovery.performing import amount, on_off
from integrations.discovery.reading import json_object, neat, number
from integrations.discovery.scaling import brightness_from, brightness_to, clipped
from integrations.discovery.thing import STATE, Behaviour, Command, Effort, Hear, Live, UnusableError

_NAMES: Mapping[str, tuple[str, ...]] = {
    "hs": ("h", "s"),
    "xy": ("x", "y"),
    "rgb": ("r", "g", "b"),
    "rgbw": ("r", "g", "b", "w"),
    "rgbww": ("r", "g", "b", "c", "w"),
}
_FLAGS = ("color_temp", "hs", "rgb", "xy")
"""How supported modes were announced before `supported_color_modes`."""
_STATES = {"ON": "on", "OFF": "off", "None": None, None: None}


def json_light(options: Options) -> Behaviour:
    """A light that speaks JSON."""
    made = Behaviour(owned=OWNED)
    modes = _modes(options)
    scale = options.scale("brightness_scale")
    in_kelvin = options.flag("color_temp_kelvin", default=False)
    made.capabilities |= {
        "supported_color_modes": modes,
        "transition": options.flag("transition", default=True),
        "flash": options.flag("flash", default=True),
    }
    if options.flag("effect", default=False) or "effect_list" in options:
        made.capabilities["effect_list"] = list(options.strings("effect_list"))
    if "color_temp" in modes:
        made.capabilities |= kelvin_range(options)
    reported = (STATE, *(key for key in OWNED if key != "effect"), "effect")
    made.reads(options.topic("state_topic"), _reading(scale, in_kelvin=in_kelvin), *reported)
    writing = _Writing(options, modes, scale, in_kelvin=in_kelvin)
    changes = [f"{mode}_color" for mode in modes if mode in COLORED]
    changes += ["color_temp_kelvin"] if "color_temp" in modes else []
    changes += ["brightness"] if modes != ["onoff"] else []
    changes += ["effect"] if "effect_list" in made.capabilities else []
    on_off(made, "light", writing.turn_on, writing.turn_off, *changes)
    return made


def _modes(options: Options) -> list[str]:
    listed = [mode for mode in options.strings("supported_color_modes") if mode in MODES]
    if not listed:
        listed = [flag for flag in _FLAGS if options.raw(flag) is True]
    if listed:
        return listed
    return ["brightness"] if options.flag("brightness", default=False) else ["onoff"]


def _reading(scale: float, *, in_kelvin: bool) -> Hear:
    takes: tuple[Callable[[Live, Mapping[str, Any]], None], ...]
    takes = (_state, partial(_brightness, scale), partial(_color, in_kelvin))

    def hear(live: Live, message: Message) -> bool:
        said = json_object(message)
        wrong: list[str] = []
        for take in takes:
            try:
                take(live, said)
            except UnusableError as error:
                wrong.append(str(error))
        if said.get("effect") is not None:
            live.put("effect", str(said["effect"])[:255])
        if wrong:
            raise UnusableError("; ".join(wrong), partly=True)
        return True

    return hear


def _brightness(scale: float, live: Live, said: Mapping[str, Any]) -> None:
    value = said.get("brightness")
    if value is not None and (value := number(value, "brightness")) > 0:
        live.put("brightness", brightness_from(value, scale))


def _color(in_kelvin: bool, live: Live, said: Mapping[str, Any]) -> None:  # noqa: FBT001
    color, warm = said.get("color"), said.get("color_temp")
    mode = said.get("color_mode") or _guess(color, warm)
    if not isinstance(mode, str) or mode not in MODES:
        return
    if mode == "color_temp" and warm is not None:
        put_temperature(live, temperature_read(warm, in_kelvin=in_kelvin))
    elif mode in _NAMES and isinstance(color, dict):
        put_color(live, mode, _channels(color, mode))
    else:
        live.put("color_mode", mode)


def _state(live: Live, said: Mapping[str, Any]) -> None:
    if "state" not in said:
        return
    word = said["state"]
    if not isinstance(word, str | None) or word not in _STATES:
        raise UnusableError(f"its state is {word!r:.80}; 'ON' or 'OFF' would be right")
    live.value = _STATES[word]


def _guess(color: Any, warm: Any) -> str | None:
    """The colour mode of a device that does not say it."""
    if isinstance(color, dict):
        return next(
            (mode for mode in ("xy", "rgbww", "rgbw", "rgb", "hs") if set(_NAMES[mode]) <= color.keys()), None
        )
    return None if warm is None else "color_temp"


def _channels(color: Mapping[str, Any], mode: str) -> list[float]:
    names = _NAMES[mode]
    if mode == "hs" and "h" not in color:
        names = ("hue", "saturation")
    missing = [name for name in names if name not in color]
    if missing:
        raise UnusableError(f"its colour {dict(color)!r:.80} lacks {', '.join(missing)}")
    return channels([color[name] for name in names], mode)


class _Writing:
    """What a JSON light is told."""

    def __init__(self, options: Options, modes: list[str], scale: float, *, in_kelvin: bool) -> None:
        self._send = options.required_sender("command_topic", "")
        self._modes = modes
        self._scale = scale
        self._in_kelvin = in_kelvin
        self._flash = {
            "short": options.number("flash_time_short", 2),
            "long": options.number("flash_time_long", 10),
        }
        self._fades = options.flag("transition", default=True)

    def turn_on(self, live: Live, data: Mapping[str, Any]) -> Effort:
        """On, with everything else that is asked in the same message."""
        said: dict[str, Any] = {"state": "ON"}
        becomes: dict[str, Any] = {}
        if data.get("brightness") is not None:
            if self._modes == ["onoff"]:
                raise ActionError(f"{live.name} cannot be dimmed")
            brightness = amount(live, data, "brightness")
            said["brightness"] = brightness_to(brightness, self._scale)
            becomes["brightness"] = brightness
        color = wanted_color(live, data, self._modes)
        if color is not None:
            mode, values = color
            written = values if mode in ("hs", "xy") else clipped(values)
            said["color"] = dict(zip(_NAMES[mode], written, strict=True))
            becomes.update(assumed_color(mode, values))
        if data.get("color_temp_kelvin") is not None:
            if "color_temp" not in self._modes:
                raise ActionError(f"{live.name} cannot set its colour temperature")
            kelvin = amount(live, data, "color_temp_kelvin")
            said["color_temp"] = temperature_written(kelvin, in_kelvin=self._in_kelvin)
            becomes["color_temp_kelvin"] = kelvin
        if data.get("effect") is not None:
            said["effect"] = becomes["effect"] = str(data["effect"])
        self._timing(data, said)
        return Effort([self._command(live, said)], "on", becomes)

    def turn_off(self, live: Live, data: Mapping[str, Any]) -> Effort:
        """Off, now or slowly."""
        said: dict[str, Any] = {"state": "OFF"}
        self._timing(data, said)
        return Effort([self._command(live, said)], "off")

    def _timing(self, data: Mapping[str, Any], said: dict[str, Any]) -> None:
        transition, flash = data.get("transition"), data.get("flash")
        if self._fades and isinstance(transition, int | float):
            said["transition"] = neat(transition)
        if flash in self._flash:
            said["flash"] = self._flash[flash]

    def _command(self, live: Live, said: Mapping[str, Any]) -> Command:
        return self._send(live, orjson.dumps(said).decode())
