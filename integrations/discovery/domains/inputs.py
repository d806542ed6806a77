"""button, scene, number, select and text: things that only take a value or a push."""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError, Message
from integrations.discovery.options import Options
from integrations.discovery.performing import amount, chosen, fixed, required
from integrations.discovery.reading import LONGEST_STATE, NONE, number, short, texts
from integrations.discovery.thing import STATE, Behaviour, Effort, Hear, Live, UnusableError


def button(options: Options) -> Behaviour:
    """A button: it is pressed and forgets."""
    made = Behaviour(stateless=True)
    made.does("button.press", fixed(options.required_sender(), options.text("payload_press", "PRESS")))
    return made


def scene(options: Options) -> Behaviour:
    """A scene: it is called up."""
    made = Behaviour(stateless=True)
    made.does("scene.turn_on", fixed(options.required_sender(), options.text("payload_on", "ON")))
    return made


def number_input(options: Options) -> Behaviour:
    """A number between two ends."""
    low, high = options.span("min", "max", (1, 100))
    made = Behaviour(capabilities={"min": low, "max": high, "step": options.number("step", 1)})
    reset = options.text("payload_reset", NONE)
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        if text not in (reset, NONE) and not low <= number(text, "value") <= high:
            raise UnusableError(f"it says {text!r:.80}; {low:g} to {high:g} would be right")
        live.value = None if text in (reset, NONE) else text
        return True

    made.reads(options.topic("state_topic"), hear, STATE)
    send = options.required_sender()

    def set_value(live: Live, data: Mapping[str, Any]) -> Effort:
        value = amount(live, data, "value")
        if not low <= value <= high:
            raise ActionError(f"{live.name} goes from {low:g} to {high:g}")
        return Effort([send(live, value)], str(value))

    made.does("number.set_value", set_value, STATE)
    return made


def select(options: Options) -> Behaviour:
    """One of several options."""
    allowed = options.strings("options")
    made = Behaviour(capabilities={"options": list(allowed)})
    made.reads(options.topic("state_topic"), _options(options, frozenset(allowed)), STATE)
    choose = chosen(options.required_sender(), "option", allowed, state=True)
    made.does("select.select_option", choose, STATE)
    return made


def text(options: Options) -> Behaviour:
    """A text."""
    low, high = options.span("min", "max", (0, LONGEST_STATE))
    made = Behaviour(capabilities={"min": low, "max": high})
    if "pattern" in options:
        made.capabilities["pattern"] = options.text("pattern", "")
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        found = text_of(message, live)
        if found is None:
            return False
        live.value = None if found == NONE else short("text", found)
        return True

    made.reads(options.topic("state_topic"), hear, STATE)
    send = options.required_sender()

    def set_value(live: Live, data: Mapping[str, Any]) -> Effort:
        value = str(required(live, data, "value"))
        if not low <= len(value) <= high:
            raise ActionError(f"{live.name} takes {low:g} to {high:g} letters")
        return Effort([send(live, value)], value)

    made.does("text.set_value", set_value, STATE)
    return made


def _options(options: Options, allowed: frozenset[str]) -> Hear:
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        found = text_of(message, live)
        if not found:
            return False
        if found != NONE and found not in allowed:
            raise UnusableError(f"it says {found!r:.80}, which is none of its options")
        live.value = None if found == NONE else found
        return True

    return hear
