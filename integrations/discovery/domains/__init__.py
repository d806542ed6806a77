"""What every domain makes of a config, and what is the same for all of them."""

from collections.abc import Callable, Mapping

from agent.api import Message
from integrations.discovery.domains.alarm_control_panel import alarm_control_panel
from integrations.discovery.domains.climate import climate, water_heater
from integrations.discovery.domains.cover import cover
from integrations.discovery.domains.fan import fan
from integrations.discovery.domains.humidifier import humidifier
from integrations.discovery.domains.inputs import button, number_input, scene, select, text
from integrations.discovery.domains.light import light
from integrations.discovery.domains.lock import lock
from integrations.discovery.domains.movers import lawn_mower, vacuum
from integrations.discovery.domains.observed import device_tracker, event, update
from integrations.discovery.domains.sensor import binary_sensor, sensor
from integrations.discovery.domains.siren import siren
from integrations.discovery.domains.spoken import media_player, script, todo, weather
from integrations.discovery.domains.switch import switch
from integrations.discovery.domains.valve import valve
from integrations.discovery.options import Options
from integrations.discovery.reading import shown
from integrations.discovery.thing import STATE, Behaviour, Hear, Live, UnusableError

DOMAINS: Mapping[str, Callable[[Options], Behaviour]] = {
    "alarm_control_panel": alarm_control_panel,
    "binary_sensor": binary_sensor,
    "button": button,
    "climate": climate,
    "cover": cover,
    "device_tracker": device_tracker,
    "event": event,
    "fan": fan,
    "humidifier": humidifier,
    "lawn_mower": lawn_mower,
    "light": light,
    "lock": lock,
    "media_player": media_player,
    "number": number_input,
    "scene": scene,
    "script": script,
    "select": select,
    "sensor": sensor,
    "siren": siren,
    "switch": switch,
    "text": text,
    "todo": todo,
    "update": update,
    "vacuum": vacuum,
    "valve": valve,
    "water_heater": water_heater,
    "weather": weather,
}
LARGEST_EXTRA = 262_144
"""Bytes of a payload with free attributes."""
_NOT_FREE = frozenset(
    ("assumed_state", "available", "device_class", "entity_id", "friendly_name", "icon", "name")
)


def behaviour(domain: str, options: Options) -> Behaviour:
    """What an entity of `domain` (one of DOMAINS) does.

    Raises:
        MalformedError: its config cannot be used.
    """
    made = DOMAINS[domain](options)
    made.device_class = options.optional_text("device_class")
    made.unit = options.optional_text("unit_of_measurement")
    if "icon" in options:
        made.capabilities["icon"] = options.text("icon", "")
    topic = options.topic("json_attributes_topic")
    if topic is not None:
        made.readings.append((topic, _free_attributes(options, made)))
    made.assumes -= made.reports
    made.stateless = made.stateless or (not made.readings and not made.services)
    made.optimistic = options.flag("optimistic", default=False) or (
        bool(made.services) and (made.stateless or STATE in made.assumes or not made.reports)
    )
    if made.assumes:
        made.capabilities["unreported"] = sorted(made.assumes)
    return made


def _free_attributes(options: Options, made: Behaviour) -> Hear:
    """Whatever else the device tells, but never what its domain knows better."""
    template = options.template("json_attributes_template")
    taken = _NOT_FREE | set(made.owned) | (made.reports - {STATE})

    def hear(live: Live, message: Message) -> bool:
        if len(message.payload) > LARGEST_EXTRA:
            raise UnusableError(
                f"its attributes have {len(message.payload)} bytes; up to {LARGEST_EXTRA} would be right"
            )
        source = message
        if template is not None:
            rendered = template.render(message, live)
            if rendered is None:
                return False
            source = Message(message.topic, rendered.encode())
        try:
            found = source.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnusableError(f"its attributes are {shown(message)}; a JSON object would be right")
        live.put_extra({key: value for key, value in found.items() if key not in taken})
        return True

    return hear
