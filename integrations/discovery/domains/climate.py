"""climate and water_heater: a mode, one or two target temperatures, and what is measured."""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError
from integrations.discovery.options import Options
from integrations.discovery.performing import (
    chosen,
    fixed,
    measured,
    read_number,
    together,
    word_aspect,
)
from integrations.discovery.reading import NONE, states, words
from integrations.discovery.templates import Template
from integrations.discovery.thing import STATE, Behaviour, Effort, Live, Perform

_MODES = ("auto", "off", "cool", "heat", "dry", "fan_only")
_FAN_MODES = ("auto", "low", "medium", "high")
_SWING_MODES = ("on", "off")
_ACTIONS = ("off", "heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting")
_HEATER_MODES = ("off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance")
_TEMPERATURES = {
    "temperature": "temperature",
    "temperature_low": "target_temp_low",
    "temperature_high": "target_temp_high",
}


def climate(options: Options) -> Behaviour:
    """A thermostat, air conditioner or the like."""
    made = Behaviour(
        owned=("temperature", "target_temp_low", "target_temp_high", "current_temperature", "hvac_action")
    )
    fahrenheit = options.text("temperature_unit", "C").upper().startswith("F")
    low, high = options.span("min_temp", "max_temp", (44.6, 95) if fahrenheit else (7, 35))
    modes = options.strings("modes", _MODES)
    made.capabilities |= {
        "hvac_modes": list(modes),
        "min_temp": low,
        "max_temp": high,
        "target_temp_step": options.number("temp_step", 1),
        "temperature_unit": "°F" if fahrenheit else "°C",
    }
    _mode(made, options, modes, service="climate.set_hvac_mode", key="hvac_mode")
    _power(made, options, "climate", modes, "hvac_mode")
    setting = {
        key: one for prefix, key in _TEMPERATURES.items() if (one := _temperature(made, options, prefix, key))
    }
    if setting:
        changes = [key for key in setting if key not in made.reports]
        made.does("climate.set_temperature", _set_temperature(made, setting), *changes)
    for prefix, standard in (("fan_mode", _FAN_MODES), ("swing_mode", _SWING_MODES), ("preset_mode", ())):
        _word(made, options, prefix, standard)
    if "swing_horizontal_mode_command_topic" in options:
        _word(made, options, "swing_horizontal_mode", _SWING_MODES)
    action = words(_template(options, "action_template"), "hvac_action", _ACTIONS)
    made.reads(options.topic("action_topic"), action, "hvac_action")
    for what in ("temperature", "humidity"):
        template = _template(options, f"current_{what}_template")
        read_number(made, options, f"current_{what}_topic", f"current_{what}", template)
    _humidity(made, options)
    return made


def water_heater(options: Options) -> Behaviour:
    """A water heater."""
    made = Behaviour(owned=("temperature", "current_temperature"))
    fahrenheit = options.text("temperature_unit", "C").upper().startswith("F")
    low, high = options.span("min_temp", "max_temp", (110, 140) if fahrenheit else (43.3, 60))
    modes = options.strings("modes", _HEATER_MODES)
    made.capabilities |= {"operation_list": list(modes), "min_temp": low, "max_temp": high}
    _mode(made, options, modes, service="water_heater.set_operation_mode", key="operation_mode")
    _power(made, options, "water_heater", modes, "operation_mode")
    setting = _temperature(made, options, "temperature", "temperature")
    if setting is not None:
        made.does("water_heater.set_temperature", setting, "temperature")
    template = _template(options, "current_temperature_template")
    read_number(made, options, "current_temperature_topic", "current_temperature", template)
    return made


def _template(options: Options, key: str) -> Template | None:
    """A state template; `value_template` stands in for any of them."""
    return options.template(key) or options.template("value_template")


def _mode(made: Behaviour, options: Options, modes: tuple[str, ...], *, service: str, key: str) -> None:
    known: dict[str, str | None] = {**{mode: mode for mode in modes}, NONE: None}
    made.reads(
        options.topic("mode_state_topic"), states(_template(options, "mode_state_template"), known), STATE
    )
    send = options.sender("mode_command_topic", "mode_command_template")
    if send is not None:
        made.does(service, chosen(send, key, modes, state=True), STATE)


def _power(made: Behaviour, options: Options, domain: str, modes: tuple[str, ...], key: str) -> None:
    """Turning on and off: by the power topic, else by the mode."""
    send = options.sender("power_command_topic", "power_command_template")
    if send is not None:
        made.does(f"{domain}.turn_on", fixed(send, options.text("payload_on", "ON")))
        made.does(f"{domain}.turn_off", fixed(send, options.text("payload_off", "OFF"), "off"), STATE)
        return
    verb = "set_hvac_mode" if domain == "climate" else "set_operation_mode"
    set_mode = made.services.get(f"{domain}.{verb}")
    first = next(
        (mode for mode in ("heat_cool", "auto", "heat", "cool", *modes) if mode in modes and mode != "off"),
        None,
    )
    if set_mode is None or "off" not in modes or first is None:
        return
    made.does(f"{domain}.turn_on", lambda live, _data: set_mode(live, {key: first}), STATE)
    made.does(f"{domain}.turn_off", lambda live, _data: set_mode(live, {key: "off"}), STATE)


def _temperature(made: Behaviour, options: Options, prefix: str, key: str) -> Perform | None:
    template = _template(options, f"{prefix}_state_template")
    read_number(made, options, f"{prefix}_state_topic", key, template)
    send = options.sender(f"{prefix}_command_topic", f"{prefix}_command_template")
    return None if send is None else measured(send, key)


def _set_temperature(made: Behaviour, setting: Mapping[str, Perform]) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        efforts = []
        if data.get("hvac_mode") is not None:
            set_mode = made.services.get("climate.set_hvac_mode")
            if set_mode is None:
                raise ActionError(f"{live.name} has no modes")
            efforts.append(set_mode(live, data))
        for key in _TEMPERATURES.values():
            if data.get(key) is not None:
                if key not in setting:
                    raise ActionError(f"{live.name} cannot set the {key.replace('_', ' ')}")
                efforts.append(setting[key](live, data))
        if not efforts:
            raise ActionError(f"{live.name} needs to know the temperature")
        return together(*efforts)

    return perform


def _word(made: Behaviour, options: Options, prefix: str, standard: tuple[str, ...]) -> None:
    if f"{prefix}_command_topic" not in options and f"{prefix}_state_topic" not in options:
        return
    allowed = options.strings(f"{prefix}s", standard)
    if prefix == "preset_mode" and "none" not in allowed:
        allowed = ("none", *allowed)
    made.capabilities[f"{prefix}s"] = list(allowed)
    own = "preset_mode_value_template" if prefix == "preset_mode" else f"{prefix}_state_template"
    word_aspect(
        made,
        options,
        prefix,
        attribute=prefix,
        service=f"climate.set_{prefix}",
        allowed=allowed,
        template=_template(options, own),
    )


def _humidity(made: Behaviour, options: Options) -> None:
    template = _template(options, "target_humidity_state_template")
    read_number(made, options, "target_humidity_state_topic", "humidity", template)
    send = options.sender("target_humidity_command_topic", "target_humidity_command_template")
    if send is not None:
        low, high = options.span("min_humidity", "max_humidity", (30, 99))
        made.capabilities |= {"min_humidity": low, "max_humidity": high}
        made.does("climate.set_humidity", measured(send, "humidity"), "humidity")
