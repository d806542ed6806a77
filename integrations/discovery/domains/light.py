"""light, default schema: one topic for each thing it can do. `schema` leads to the others."""

from collections.abc import Callable, Mapping
from typing import Any

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
from integrations.discovery.domains.light_json import json_light
from integrations.discovery.domains.light_template import template_light
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.performing import amount, fixed, on_off
from integrations.discovery.reading import NONE, number, states, texts, words
from integrations.discovery.scaling import brightness_from, brightness_to, clipped
from integrations.discovery.templates import Template
from integrations.discovery.thing import STATE, Behaviour, Command, Effort, Hear, Live, Perform, Send


def light(options: Options) -> Behaviour:
    """A light, in any of Home Assistant's three schemas."""
    schema = options.text("schema", "basic").lower()
    if schema == "json":
        return json_light(options)
    if schema == "template":
        return template_light(options)
    if schema not in ("basic", "default"):
        raise MalformedError(f"schema is {schema!r:.40}; basic, json or template would be right")
    return _basic(options)


def _basic(options: Options) -> Behaviour:
    made = Behaviour(owned=OWNED)
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    template = options.template("state_value_template") or options.template("value_template")
    made.reads(options.topic("state_topic"), states(template, {on: "on", off: "off", NONE: None}), STATE)
    own_mode = "color_mode_state_topic" in options
    parts = _Parts(options)
    parts.read(made, own_mode=own_mode)
    if own_mode:
        reading = words(options.template("color_mode_value_template"), "color_mode", MODES)
        made.reads(options.topic("color_mode_state_topic"), reading, "color_mode")
    made.capabilities["supported_color_modes"] = parts.modes()
    if "effect_list" in options:
        made.capabilities["effect_list"] = list(options.strings("effect_list"))
    if "color_temp" in parts.send:
        made.capabilities |= kelvin_range(options)
    send = options.required_sender("command_topic", "")
    first = options.text("on_command_type", "last")
    if first not in ("first", "last", "brightness"):
        raise MalformedError(f"on_command_type is {first!r:.40}; first, last or brightness would be right")
    if first == "brightness" and "brightness" not in parts.send:
        raise MalformedError("on_command_type is 'brightness'; that takes a brightness_command_topic")
    changes = [key for mode, keys in parts.sets.items() if mode in parts.send for key in keys]
    on_off(made, "light", _turn_on(parts, send, on, first), fixed(send, off, "off"), *changes)
    return made


class _Parts:
    """What the light can do besides on and off: for each a topic to read and a topic to set."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.scale = options.scale("brightness_scale")
        self.white_scale = options.scale("white_scale")
        self.in_kelvin = options.flag("color_temp_kelvin", default=False)
        self.sets: dict[str, tuple[str, ...]] = {
            "brightness": ("brightness",),
            "color_temp": ("color_temp_kelvin",),
            "effect": ("effect",),
            "white": (),
            **{mode: (f"{mode}_color",) for mode in COLORED},
        }
        found = {
            mode: options.sender(f"{mode}_command_topic", f"{mode}_command_template") for mode in self.sets
        }
        self.send: dict[str, Send] = {mode: send for mode, send in found.items() if send is not None}

    def modes(self) -> list[str]:
        """The colour modes, as Home Assistant counts them."""
        colored = [mode for mode in ("color_temp", *COLORED, "white") if mode in self.send]
        return colored or (["brightness"] if "brightness" in self.send else ["onoff"])

    def read(self, made: Behaviour, *, own_mode: bool) -> None:
        """Listen to what it reports of them."""
        options, scale = self.options, self.scale

        def bright(live: Live, text: str) -> None:
            value = number(text, "brightness")
            if value > 0:
                live.put("brightness", brightness_from(value, scale))
                if not live.attributes.get("color_mode"):
                    live.put("color_mode", "brightness")

        def warm(live: Live, text: str) -> None:
            put_temperature(live, temperature_read(text, in_kelvin=self.in_kelvin))

        self._reads(made, "brightness", bright, "brightness")
        self._reads(made, "color_temp", warm, "color_temp_kelvin", "color_mode")
        for mode in COLORED:
            self._reads(made, mode, _colored(mode, keeps_mode=own_mode), f"{mode}_color", "color_mode")
        effects = options.strings("effect_list")
        reading = words(options.template("effect_value_template"), "effect", effects)
        made.reads(options.topic("effect_state_topic"), reading, "effect")

    def _reads(self, made: Behaviour, mode: str, take: Callable[[Live, str], None], *what: str) -> None:
        template = self.options.template(f"{mode}_value_template")
        made.reads(self.options.topic(f"{mode}_state_topic"), _taking(template, take), *what)


def _taking(template: Template | None, take: Callable[[Live, str], None]) -> Hear:
    text_of = texts(template)

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text or text == NONE:
            return False
        take(live, text)
        return True

    return hear


def _colored(mode: str, *, keeps_mode: bool) -> Callable[[Live, str], None]:
    def take(live: Live, text: str) -> None:
        before = live.attributes.get("color_mode")
        put_color(live, mode, channels(text.split(","), mode))
        if keeps_mode:
            live.put("color_mode", before)

    return take


def _turn_on(parts: _Parts, send: Send, on: str, order: str) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        commands: list[Command] = []
        becomes: dict[str, Any] = {}
        _color(parts, live, data, commands, becomes)
        brightness = amount(live, data, "brightness") if data.get("brightness") is not None else None
        if brightness is None and order == "brightness" and not commands:
            brightness = live.attributes.get("brightness") or 255
        if brightness is not None:
            _brightness(parts, live, brightness, commands)
            becomes["brightness"] = brightness
        if data.get("effect") is not None:
            if "effect" not in parts.send:
                raise ActionError(f"{live.name} has no effects")
            commands.append(parts.send["effect"](live, data["effect"]))
            becomes["effect"] = data["effect"]
        if order == "first":
            commands.insert(0, send(live, on))
        elif order == "last":
            commands.append(send(live, on))
        return Effort(commands, "on", becomes)

    return perform


def _color(
    parts: _Parts, live: Live, data: Mapping[str, Any], commands: list[Command], becomes: dict[str, Any]
) -> None:
    color = wanted_color(live, data, tuple(parts.send))
    if color is not None:
        mode, values = color
        written = (
            [f"{one:g}" for one in values] if mode in ("hs", "xy") else [str(one) for one in clipped(values)]
        )
        named = dict(zip(_NAMES[mode], values if mode in ("hs", "xy") else clipped(values), strict=True))
        commands.append(parts.send[mode](live, ",".join(written), **named))
        becomes.update(assumed_color(mode, values))
    if data.get("color_temp_kelvin") is not None:
        if "color_temp" not in parts.send:
            raise ActionError(f"{live.name} cannot set its colour temperature")
        kelvin = amount(live, data, "color_temp_kelvin")
        value = temperature_written(kelvin, in_kelvin=parts.in_kelvin)
        commands.append(parts.send["color_temp"](live, value))
        becomes["color_temp_kelvin"] = kelvin


_NAMES = {
    "hs": ("hue", "sat"),
    "xy": ("x", "y"),
    "rgb": ("red", "green", "blue"),
    "rgbw": ("red", "green", "blue", "white"),
    "rgbww": ("red", "green", "blue", "cold_white", "warm_white"),
}


def _brightness(parts: _Parts, live: Live, brightness: float, commands: list[Command]) -> None:
    if "brightness" in parts.send:
        commands.append(parts.send["brightness"](live, brightness_to(brightness, parts.scale)))
    elif "white" in parts.send and not any(mode in parts.send for mode in COLORED):
        commands.append(parts.send["white"](live, brightness_to(brightness, parts.white_scale)))
    elif "rgb" in parts.send:
        color = live.attributes.get("rgb_color") or [255, 255, 255]
        red, green, blue = clipped([one * brightness / 255 for one in color])
        commands.append(parts.send["rgb"](live, f"{red},{green},{blue}", red=red, green=green, blue=blue))
    else:
        raise ActionError(f"{live.name} cannot be dimmed")
