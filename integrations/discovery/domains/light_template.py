"""light, template schema: templates take the state apart and put the commands together."""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError, Message
from integrations.discovery.domains.light_color import (
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
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.performing import amount, on_off
from integrations.discovery.reading import NONE, number
from integrations.discovery.scaling import brightness_from, clipped, rgb_to_hs
from integrations.discovery.thing import STATE, Behaviour, Command, Effort, Hear, Live, UnusableError

_CHANNELS = ("red", "green", "blue")


def template_light(options: Options) -> Behaviour:
    """A light whose device brings templates for both directions."""
    made = Behaviour(owned=OWNED)
    able = _able(options)
    made.capabilities |= {"supported_color_modes": able, "transition": True, "flash": True}
    if "effect_list" in options:
        made.capabilities["effect_list"] = list(options.strings("effect_list"))
    if "color_temp" in able:
        made.capabilities |= kelvin_range(options)
    in_kelvin = options.flag("color_temp_kelvin", default=False)
    reported = {
        STATE: "state_template",
        "brightness": "brightness_template",
        "color_temp_kelvin": "color_temp_template",
        "rgb_color": "red_template",
        "effect": "effect_template",
    }
    heard = [what for what, key in reported.items() if key in options]
    if heard:
        made.reads(options.topic("state_topic"), _reading(options, in_kelvin=in_kelvin), *heard)
    changes = [
        what
        for what in ("brightness", "color_temp_kelvin", "rgb_color", "effect")
        if reported[what] in options
    ]
    writing = _Writing(options, able, in_kelvin=in_kelvin)
    on_off(made, "light", writing.turn_on, writing.turn_off, *changes)
    return made


def _able(options: Options) -> list[str]:
    colored = ["rgb"] if all(f"{one}_template" in options for one in _CHANNELS) else []
    warm = ["color_temp"] if "color_temp_template" in options else []
    return (warm + colored) or (["brightness"] if "brightness_template" in options else ["onoff"])


def _reading(options: Options, *, in_kelvin: bool) -> Hear:
    templates = {
        key: template
        for key in ("state", "brightness", "color_temp", "effect", *_CHANNELS)
        if (template := options.template(f"{key}_template")) is not None
    }
    known = {"on": "on", "off": "off", NONE: None}

    def hear(live: Live, message: Message) -> bool:
        said = {key: template.render(message, live) for key, template in templates.items()}
        state = said.get("state")
        if state:
            if state not in known:
                raise UnusableError(f"its state is {state!r:.80}; 'on' or 'off' would be right")
            live.value = known[state]
        if said.get("brightness") not in (None, "", NONE):
            live.put("brightness", brightness_from(number(said["brightness"], "brightness"), 255))
        if said.get("color_temp") not in (None, "", NONE):
            put_temperature(live, temperature_read(said["color_temp"], in_kelvin=in_kelvin))
        color = [said.get(one) for one in _CHANNELS]
        if all(one not in (None, "", NONE) for one in color):
            put_color(live, "rgb", channels(color, "rgb"))
        if said.get("effect"):
            live.put("effect", None if said["effect"] == NONE else str(said["effect"])[:255])
        return True

    return hear


class _Writing:
    """What a template light is told."""

    def __init__(self, options: Options, able: list[str], *, in_kelvin: bool) -> None:
        self._topic = options.command_topic("command_topic")
        self._on = options.template("command_on_template")
        self._off = options.template("command_off_template")
        if self._topic is None or self._on is None or self._off is None:
            raise MalformedError(
                "command_topic, command_on_template and command_off_template belong to a template light"
            )
        self._qos, self._retain = options.qos, options.retain
        self._able = able
        self._in_kelvin = in_kelvin

    def turn_on(self, live: Live, data: Mapping[str, Any]) -> Effort:
        """On, with everything that is asked as variables of the template."""
        values: dict[str, Any] = {"state": True}
        becomes: dict[str, Any] = {}
        if data.get("brightness") is not None:
            values["brightness"] = becomes["brightness"] = amount(live, data, "brightness")
        color = wanted_color(live, data, self._able)
        if color is not None:
            red, green, blue = clipped(color[1][:3])
            hue, saturation = rgb_to_hs(red, green, blue)
            values |= {"red": red, "green": green, "blue": blue, "hue": hue, "sat": saturation}
            becomes.update(assumed_color("rgb", (red, green, blue)))
        if data.get("color_temp_kelvin") is not None:
            if "color_temp" not in self._able:
                raise ActionError(f"{live.name} cannot set its colour temperature")
            kelvin = amount(live, data, "color_temp_kelvin")
            values["color_temp"] = temperature_written(kelvin, in_kelvin=self._in_kelvin)
            becomes["color_temp_kelvin"] = kelvin
        if data.get("effect") is not None:
            values["effect"] = becomes["effect"] = str(data["effect"])
        for key in ("flash", "transition"):
            if data.get(key) is not None:
                values[key] = data[key]
        return Effort([self._command(live, self._on, values)], "on", becomes)

    def turn_off(self, live: Live, data: Mapping[str, Any]) -> Effort:
        """Off, now or slowly."""
        values = {"state": False} | {key: data[key] for key in ("transition",) if data.get(key) is not None}
        return Effort([self._command(live, self._off, values)], "off")

    def _command(self, live: Live, template: Any, values: Mapping[str, Any]) -> Command:
        payload = template.fill(live, **values)
        return Command(topic=str(self._topic), payload=payload, qos=self._qos, retain=self._retain)
