"""switch: on and off."""

from integrations.discovery.options import Options
from integrations.discovery.performing import fixed, on_off
from integrations.discovery.reading import NONE, states
from integrations.discovery.thing import STATE, Behaviour


def switch(options: Options) -> Behaviour:
    """A switch."""
    made = Behaviour()
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    known = {options.text("state_on", on): "on", options.text("state_off", off): "off", NONE: None}
    made.reads(options.topic("state_topic"), states(options.template("value_template"), known), STATE)
    send = options.required_sender()
    on_off(made, "switch", fixed(send, on, "on"), fixed(send, off, "off"))
    return made
