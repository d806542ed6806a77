"""humidifier: on and off, target humidity, mode."""

from integrations.discovery.options import Options
from integrations.discovery.performing import fixed, measured, on_off, read_number, word_aspect
from integrations.discovery.reading import NONE, neat, numbers, states, words
from integrations.discovery.thing import STATE, Behaviour

ACTIONS = ("off", "humidifying", "drying", "idle")


def humidifier(options: Options) -> Behaviour:
    """A humidifier or dehumidifier."""
    made = Behaviour(owned=("humidity", "current_humidity", "mode", "action"))
    low, high = options.span("min_humidity", "max_humidity", (0, 100))
    made.capabilities |= {"min_humidity": low, "max_humidity": high}
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    known = {on: "on", off: "off", NONE: None}
    made.reads(options.topic("state_topic"), states(options.template("state_value_template"), known), STATE)
    send = options.required_sender()
    on_off(made, "humidifier", fixed(send, on, "on"), fixed(send, off, "off"))
    target = numbers(
        options.template("target_humidity_state_template"),
        "humidity",
        neat,
        reset=options.text("payload_reset_humidity", NONE),
    )
    made.reads(options.topic("target_humidity_state_topic"), target, "humidity")
    to_humidity = options.required_sender("target_humidity_command_topic", "target_humidity_command_template")
    made.does("humidifier.set_humidity", measured(to_humidity, "humidity"), "humidity")
    modes = options.strings("modes")
    if modes:
        made.capabilities["available_modes"] = list(modes)
    word_aspect(
        made,
        options,
        "mode",
        attribute="mode",
        service="humidifier.set_mode",
        allowed=modes,
        template=options.template("mode_state_template"),
        reset=options.text("payload_reset_mode", NONE),
    )
    action = words(options.template("action_template"), "action", ACTIONS)
    made.reads(options.topic("action_topic"), action, "action")
    template = options.template("current_humidity_template")
    read_number(made, options, "current_humidity_topic", "current_humidity", template)
    return made
