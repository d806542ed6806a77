"""How a simulated device announces itself and says its state, in Home Assistant's own keys."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.demo_house.device import STATELESS, Device
from integrations.demo_house.saying import color_modes

OWN_FORM = ("media_player", "todo", "weather", "script")
"""Domains that Home Assistant's MQTT integration lacks: one command topic that takes service and data."""


def config(device: Device, *, base: str, house: str, area: str | None) -> dict[str, Any]:
    """The payload that announces `device`, whose topics lie below `base`.

    `house` is where the simulator says whether it runs at all.
    """
    entity = device.entity
    key = entity.id.replace(".", "_")
    announced: dict[str, Any] = {
        "name": None,
        "unique_id": f"demo_{key}",
        "default_entity_id": entity.id,
        "availability": [{"topic": house}, {"topic": f"{base}/available"}],
        "availability_mode": "all",
        "device": {
            "identifiers": [f"demo_{key}"],
            "name": entity.name,
            "manufacturer": "hearthd",
            "model": "simulated",
            **({"suggested_area": area} if area else {}),
        },
        "origin": {"name": "hearthd simulated house"},
    }
    if entity.device_class or "device_class" in device.attributes:
        announced["device_class"] = entity.device_class or device.attributes["device_class"]
    unit = entity.unit or device.attributes.get("unit_of_measurement")
    if unit and entity.domain in ("sensor", "number"):
        announced["unit_of_measurement"] = unit
    if entity.domain not in STATELESS:
        announced |= {"json_attributes_topic": f"{base}/attributes"}
    return announced | _KEYS[entity.domain](device, base)


def _light(device: Device, base: str) -> dict[str, Any]:
    modes = color_modes(device)
    if device.attributes.get("schema") == "default":
        return {
            "command_topic": f"{base}/set/power",
            "state_topic": f"{base}/state",
            "state_value_template": "{{ value | upper }}",
            "brightness_command_topic": f"{base}/set/brightness",
            "brightness_state_topic": f"{base}/attributes",
            "brightness_value_template": "{{ value_json.brightness }}",
        }
    keys: dict[str, Any] = {
        "schema": "json",
        "command_topic": f"{base}/set/light",
        "state_topic": f"{base}/light",
        "supported_color_modes": modes,
        "brightness": modes != ["onoff"],
        "color_temp_kelvin": True,
    }
    for key in ("min_color_temp_kelvin", "max_color_temp_kelvin"):
        if key in device.attributes:
            keys[key.removesuffix("_color_temp_kelvin") + "_kelvin"] = device.attributes[key]
    if device.attributes.get("effect_list"):
        keys |= {"effect": True, "effect_list": device.attributes["effect_list"]}
    return keys


def _switch(_device: Device, base: str) -> dict[str, Any]:
    return {
        "command_topic": f"{base}/set/power",
        "state_topic": f"{base}/state",
        "state_on": "on",
        "state_off": "off",
    }


def _siren(device: Device, base: str) -> dict[str, Any]:
    tones = device.attributes.get("available_tones")
    more = {"available_tones": tones} if tones else {}
    return {"command_topic": f"{base}/set/siren", "state_topic": f"{base}/siren", **more}


def _fan(device: Device, base: str) -> dict[str, Any]:
    keys = {
        "command_topic": f"{base}/set/power",
        "state_topic": f"{base}/state",
        "state_value_template": "{{ value | upper }}",
    }
    for attribute, prefix in (
        ("percentage", "percentage"),
        ("preset_mode", "preset_mode"),
        ("oscillating", "oscillation"),
        ("direction", "direction"),
    ):
        if attribute not in device.attributes and f"{attribute}s" not in device.attributes:
            continue
        keys |= {
            f"{prefix}_command_topic": f"{base}/set/{prefix}",
            f"{prefix}_state_topic": f"{base}/attributes",
            f"{prefix}_value_template": f"{{{{ value_json.{attribute} }}}}",
        }
        if attribute == "oscillating":
            keys[f"{prefix}_value_template"] = (
                "{{ 'oscillate_on' if value_json.oscillating else 'oscillate_off' }}"
            )
        if attribute == "preset_mode":
            keys["preset_modes"] = device.attributes.get("preset_modes", [])
    if "direction" in device.attributes:
        keys["direction_value_template"] = "{{ value_json.direction }}"
    return keys


def _cover(device: Device, base: str) -> dict[str, Any]:
    keys = {
        "command_topic": f"{base}/set/command",
        "state_topic": f"{base}/state",
        "position_topic": f"{base}/attributes",
        "position_template": "{{ value_json.current_position }}",
        "set_position_topic": f"{base}/set/position",
    }
    if "current_tilt_position" in device.attributes:
        keys |= {
            "tilt_command_topic": f"{base}/set/tilt",
            "tilt_status_topic": f"{base}/attributes",
            "tilt_status_template": "{{ value_json.current_tilt_position }}",
        }
    return keys


def _valve(_device: Device, base: str) -> dict[str, Any]:
    return {
        "command_topic": f"{base}/set/valve",
        "state_topic": f"{base}/valve",
        "reports_position": True,
        "payload_stop": "STOP",
    }


def _lock(device: Device, base: str) -> dict[str, Any]:
    states = {f"state_{state}": state for state in ("locked", "unlocked", "locking", "unlocking", "jammed")}
    return {
        "command_topic": f"{base}/set/lock",
        "state_topic": f"{base}/state",
        "payload_open": "OPEN",
        **states,
        **_coded(device, "value", code_format=r"^\d+$" if _digits(device) else "^.+$"),
    }


def _climate(device: Device, base: str) -> dict[str, Any]:
    keys: dict[str, Any] = {
        "modes": device.attributes["hvac_modes"],
        "mode_command_topic": f"{base}/set/mode",
        "mode_state_topic": f"{base}/state",
        "temperature_command_topic": f"{base}/set/temperature",
        "temperature_state_topic": f"{base}/attributes",
        "temperature_state_template": "{{ value_json.temperature }}",
        "current_temperature_topic": f"{base}/attributes",
        "current_temperature_template": "{{ value_json.current_temperature }}",
        "min_temp": device.attributes.get("min_temp", 5),
        "max_temp": device.attributes.get("max_temp", 35),
        "temperature_unit": device.attributes.get("temperature_unit", "C"),
    }
    for mode in ("fan_mode", "swing_mode", "preset_mode"):
        modes = device.attributes.get(f"{mode}s")
        if modes:
            template = "preset_mode_value_template" if mode == "preset_mode" else f"{mode}_state_template"
            keys |= {
                f"{mode}s": modes,
                f"{mode}_command_topic": f"{base}/set/{mode}",
                f"{mode}_state_topic": f"{base}/attributes",
                template: f"{{{{ value_json.{mode} }}}}",
            }
    return keys


def _water_heater(device: Device, base: str) -> dict[str, Any]:
    return {
        "modes": device.attributes["operation_list"],
        "mode_command_topic": f"{base}/set/mode",
        "mode_state_topic": f"{base}/state",
        "temperature_command_topic": f"{base}/set/temperature",
        "temperature_state_topic": f"{base}/attributes",
        "temperature_state_template": "{{ value_json.temperature }}",
        "current_temperature_topic": f"{base}/attributes",
        "current_temperature_template": "{{ value_json.current_temperature }}",
        "min_temp": device.attributes.get("min_temp", 30),
        "max_temp": device.attributes.get("max_temp", 70),
    }


def _humidifier(device: Device, base: str) -> dict[str, Any]:
    keys = {
        "command_topic": f"{base}/set/power",
        "state_topic": f"{base}/state",
        "state_value_template": "{{ value | upper }}",
        "target_humidity_command_topic": f"{base}/set/humidity",
        "target_humidity_state_topic": f"{base}/attributes",
        "target_humidity_state_template": "{{ value_json.humidity }}",
        "current_humidity_topic": f"{base}/attributes",
        "current_humidity_template": "{{ value_json.current_humidity }}",
    }
    if device.attributes.get("available_modes"):
        keys |= {
            "modes": device.attributes["available_modes"],
            "mode_command_topic": f"{base}/set/mode",
            "mode_state_topic": f"{base}/attributes",
            "mode_state_template": "{{ value_json.mode }}",
        }
    return keys


def _vacuum(device: Device, base: str) -> dict[str, Any]:
    features = ["start", "pause", "stop", "return_home", "clean_spot", "locate", "status"]
    keys: dict[str, Any] = {"command_topic": f"{base}/set/vacuum", "state_topic": f"{base}/vacuum"}
    if device.attributes.get("fan_speed_list"):
        features.append("fan_speed")
        keys |= {
            "set_fan_speed_topic": f"{base}/set/fan_speed",
            "fan_speed_list": device.attributes["fan_speed_list"],
        }
    return {**keys, "supported_features": features}


def _lawn_mower(_device: Device, base: str) -> dict[str, Any]:
    commands = {f"{verb}_command_topic": f"{base}/set/mower" for verb in ("start_mowing", "pause", "dock")}
    return {"activity_state_topic": f"{base}/state", **commands}


def _alarm(device: Device, base: str) -> dict[str, Any]:
    features = ["arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass", "trigger"]
    return {
        "command_topic": f"{base}/set/alarm",
        "state_topic": f"{base}/state",
        "supported_features": features,
        **_coded(
            device,
            "action",
            code="REMOTE_CODE" if _digits(device) else "REMOTE_CODE_TEXT",
            code_arm_required=bool(device.attributes.get("code_arm_required", True)),
            code_trigger_required=False,
        ),
    }


def _coded(device: Device, verb: str, **keys: Any) -> dict[str, Any]:
    """`keys`, and the form of a command with a code, if the device wants one; which one is not told."""
    if device.code is None:
        return {}
    return {"command_template": f"{{{{ {{'action': {verb}, 'code': code}} | to_json }}}}", **keys}


def _digits(device: Device) -> bool:
    return (device.code or "").isdecimal()


def _pressed(_device: Device, base: str) -> dict[str, Any]:
    return {"command_topic": f"{base}/set/press"}


def _scene(_device: Device, base: str) -> dict[str, Any]:
    return {"command_topic": f"{base}/set/press", "payload_on": "ON"}


def _number(device: Device, base: str) -> dict[str, Any]:
    # What a number announces without bounds is from 1; ours is from 0.
    bounds: dict[str, Any] = {"min": 0, "max": 100} if device.domain == "number" else {}
    bounds |= {key: device.attributes[key] for key in ("min", "max", "step") if key in device.attributes}
    return {"command_topic": f"{base}/set/value", "state_topic": f"{base}/state", **bounds}


def _select(device: Device, base: str) -> dict[str, Any]:
    return {**_number(device, base), "options": device.attributes.get("options", [])}


def _text(device: Device, base: str) -> dict[str, Any]:
    return _number(device, base)


def _measured(_device: Device, base: str) -> dict[str, Any]:
    return {"state_topic": f"{base}/state"}


def _sensed(_device: Device, base: str) -> dict[str, Any]:
    return {"state_topic": f"{base}/state", "payload_on": "on", "payload_off": "off"}


def _own(device: Device, base: str) -> dict[str, Any]:
    keys: dict[str, Any] = {"state_topic": f"{base}/state"}
    if device.domain != "weather":
        keys["command_topic"] = f"{base}/set/service"
    if device.attributes.get("source_list"):
        keys["source_list"] = device.attributes["source_list"]
    return keys


_KEYS: Mapping[str, Callable[[Device, str], dict[str, Any]]] = {
    "light": _light,
    "switch": _switch,
    "siren": _siren,
    "fan": _fan,
    "cover": _cover,
    "valve": _valve,
    "lock": _lock,
    "climate": _climate,
    "water_heater": _water_heater,
    "humidifier": _humidifier,
    "vacuum": _vacuum,
    "lawn_mower": _lawn_mower,
    "alarm_control_panel": _alarm,
    "button": _pressed,
    "scene": _scene,
    "number": _number,
    "select": _select,
    "text": _text,
    "sensor": _measured,
    "binary_sensor": _sensed,
    **dict.fromkeys(OWN_FORM, _own),
}
