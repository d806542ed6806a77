"""sensor and binary_sensor: what is measured, for as long as it holds."""

from agent.api import Message
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.reading import NONE, number, short, states, texts
from integrations.discovery.thing import STATE, Behaviour, Live, UnusableError

_WORDED = frozenset({"date", "timestamp", "enum"})
"""Device classes whose values are no numbers."""


def sensor(options: Options) -> Behaviour:
    """A sensor: its state is the value as it was sent."""
    made = Behaviour(expire_after=_seconds(options, "expire_after"))
    device_class = options.optional_text("device_class")
    numeric = device_class not in _WORDED and any(
        key in options for key in ("unit_of_measurement", "state_class", "device_class")
    )
    allowed = options.strings("options")
    if allowed:
        made.capabilities["options"] = list(allowed)
    if "state_class" in options:
        made.capabilities["state_class"] = options.text("state_class", "")
    text_of = texts(options.template("value_template"))
    known = frozenset(allowed)

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text and (numeric or text is None):
            return False
        if text == NONE:
            live.value = None
            return True
        if numeric:
            number(text, "value")
        elif known and text not in known:
            raise UnusableError(
                f"it says {text!r:.80}, which is none of its options; {allowed[0]!r} would be one"
            )
        live.value = short("value", text)
        return True

    made.reads(options.required_topic("state_topic"), hear, STATE)
    return made


def binary_sensor(options: Options) -> Behaviour:
    """A binary sensor."""
    made = Behaviour(expire_after=_seconds(options, "expire_after"), off_delay=_seconds(options, "off_delay"))
    known = {options.text("payload_on", "ON"): "on", options.text("payload_off", "OFF"): "off", NONE: None}
    made.reads(
        options.required_topic("state_topic"), states(options.template("value_template"), known), STATE
    )
    return made


def _seconds(options: Options, key: str) -> float | None:
    seconds = options.optional_number(key)
    if seconds is not None and seconds < 0:
        raise MalformedError(f"{key} is {seconds:g}; seconds from 0 on would be right")
    return seconds or None
