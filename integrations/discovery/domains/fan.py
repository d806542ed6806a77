"""fan: on and off, speed, preset, oscillation and direction."""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError, Message
from integrations.discovery.options import Options
from integrations.discovery.performing import amount, fixed, on_off, required, together, word_aspect
from integrations.discovery.reading import NONE, number, states, texts
from integrations.discovery.scaling import speed_percent, speed_step
from integrations.discovery.thing import STATE, Behaviour, Effort, Live, UnusableError


def fan(options: Options) -> Behaviour:
    """A fan."""
    made = Behaviour(owned=("percentage", "preset_mode", "oscillating", "direction"))
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    known = {on: "on", off: "off", NONE: None}
    made.reads(options.topic("state_topic"), states(options.template("state_value_template"), known), STATE)
    send = options.required_sender()
    _speed(made, options)
    modes = options.strings("preset_modes")
    if modes:
        made.capabilities["preset_modes"] = list(modes)
    word_aspect(
        made,
        options,
        "preset_mode",
        attribute="preset_mode",
        service="fan.set_preset_mode",
        allowed=modes,
        template=options.template("preset_mode_value_template"),
        reset=options.text("payload_reset_preset_mode", NONE),
    )
    _oscillation(made, options)
    word_aspect(
        made,
        options,
        "direction",
        attribute="direction",
        service="fan.set_direction",
        allowed=("forward", "reverse"),
        template=options.template("direction_value_template"),
    )
    turn_on = fixed(send, on, "on")

    def on_with(live: Live, data: Mapping[str, Any]) -> Effort:
        whole = turn_on(live, data)
        for key in ("percentage", "preset_mode"):
            if data.get(key) is not None:
                setting = made.services.get(f"fan.set_{key}")
                if setting is None:
                    raise ActionError(f"{live.name} has no {key.replace('_', ' ')}")
                whole = together(whole, setting(live, data))
        return whole

    on_off(made, "fan", on_with, fixed(send, off, "off"))
    return made


def _speed(made: Behaviour, options: Options) -> None:
    low, high = options.span("speed_range_min", "speed_range_max", (1, 100))
    reset = options.text("payload_reset_percentage", NONE)
    text_of = texts(options.template("percentage_value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        if text in (reset, NONE):
            live.put("percentage", None)
            return True
        step = number(text, "speed")
        if not 0 <= step <= high:
            raise UnusableError(f"its speed is {text!r:.80}; 0 to {high:g} would be right")
        live.put("percentage", speed_percent(step, low, high))
        return True

    made.reads(options.topic("percentage_state_topic"), hear, "percentage")
    send = options.sender("percentage_command_topic", "percentage_command_template")
    if send is None:
        return
    made.capabilities["percentage_step"] = 100 / (high - low + 1)

    def set_percentage(live: Live, data: Mapping[str, Any]) -> Effort:
        percentage = amount(live, data, "percentage")
        step = 0 if percentage <= 0 else speed_step(percentage, low, high)
        return Effort([send(live, step)], "on" if step else "off", {"percentage": percentage})

    made.does("fan.set_percentage", set_percentage, "percentage")


def _oscillation(made: Behaviour, options: Options) -> None:
    on = options.text("payload_oscillation_on", "oscillate_on")
    off = options.text("payload_oscillation_off", "oscillate_off")
    text_of = texts(options.template("oscillation_value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        if text not in (on, off, NONE):
            raise UnusableError(f"its oscillation is {text!r:.80}; {on!r} or {off!r} would be right")
        live.put("oscillating", None if text == NONE else text == on)
        return True

    made.reads(options.topic("oscillation_state_topic"), hear, "oscillating")
    send = options.sender("oscillation_command_topic", "oscillation_command_template")
    if send is None:
        return

    def oscillate(live: Live, data: Mapping[str, Any]) -> Effort:
        wanted = bool(required(live, data, "oscillating"))
        return Effort([send(live, on if wanted else off)], attributes={"oscillating": wanted})

    made.does("fan.oscillate", oscillate, "oscillating")
