"""What each command makes of a simulated device, domain by domain. Pure: it knows neither MQTT nor time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.demo_house.device import Change, Device
from integrations.demo_house.orders import json_object, number, one_of, service_and_data, word

STEPS = 4
"""Positions a moving cover reports on its way."""
MOST_ITEMS = 200
"""Items of a to-do list; of more, the oldest are forgotten."""
Changes = Sequence[Change]
UNCHANGED: Changes = [(None, {})]
"""What a device does that has understood and will not: it says again what it is."""


def obey(device: Device, what: str, payload: str) -> Changes:
    """What a command on the topic `what` leads to, step by step; the first step is immediate.

    Raises:
        ValueError: the device does not understand it.
    """
    return _OBEY[device.domain](device, what, payload)


def _on_off(device: Device, _what: str, payload: str) -> Changes:
    return [(word(payload, {"ON": "on", "OFF": "off", "PRESS": device.state}), {})]


def _light(_device: Device, what: str, payload: str) -> Changes:
    if what == "power":
        return [(word(payload, {"ON": "on", "OFF": "off"}), {})]
    if what == "brightness":
        return [("on", {"brightness": round(number(payload, 0, 255))})]
    asked = json_object(payload)
    state = word(asked.get("state"), {"ON": "on", "OFF": "off"})
    found: dict[str, Any] = {key: asked[key] for key in ("brightness", "effect") if key in asked}
    color = asked.get("color")
    if isinstance(color, dict):
        for mode, keys in (("rgb", "rgb"), ("hs", "hs"), ("xy", "xy")):
            parts = [color.get(key) for key in keys]
            if None not in parts:
                found |= {f"{mode}_color": parts, "color_mode": mode}
    if "color_temp" in asked:
        found |= {"color_temp_kelvin": asked["color_temp"], "color_mode": "color_temp"}
    return [(state, found)]


def _fan(device: Device, what: str, payload: str) -> Changes:
    if what == "percentage":
        value = round(number(payload, 0, 100))
        return [("on" if value else "off", {"percentage": value})]
    if what == "preset_mode":
        return [("on", {"preset_mode": one_of(payload, device.attributes.get("preset_modes", []))})]
    if what == "oscillation":
        return [(None, {"oscillating": word(payload, {"oscillate_on": True, "oscillate_off": False})})]
    if what == "direction":
        return [(None, {"direction": one_of(payload, ["forward", "reverse"])})]
    state = word(payload, {"ON": "on", "OFF": "off"})
    speed = device.attributes.get("percentage")
    return [(state, {"percentage": (speed or 100) if state == "on" else 0} if speed is not None else {})]


def _cover(device: Device, what: str, payload: str) -> Changes:
    """Moving takes a few steps; a later command ends the journey."""
    now = device.attributes["current_position"]
    if what == "tilt":
        return [(None, {"current_tilt_position": round(number(payload, 0, 100))})]
    if what == "position":
        goal = round(number(payload, 0, 100))
    else:
        goal = word(payload, {"OPEN": 100, "CLOSE": 0, "STOP": now})
    settled = ("closed" if goal == 0 else "open", {"current_position": goal})
    if goal == now:
        return [settled]
    going = "opening" if goal > now else "closing"
    way = [round(now + (goal - now) * step / STEPS) for step in range(1, STEPS)]
    return [(going, {}), *((going, {"current_position": position}) for position in way), settled]


def _valve(device: Device, _what: str, payload: str) -> Changes:
    if payload == "STOP":
        return _cover(device, "command", payload)
    return _cover(device, "position", payload)


def _lock(device: Device, _what: str, payload: str) -> Changes:
    action, rightful = _action(device, payload)
    how = word(
        action,
        {"LOCK": ("locking", "locked"), "UNLOCK": ("unlocking", "unlocked"), "OPEN": ("open", "open")},
    )
    return [(how[0], {}), (how[1], {})] if rightful else UNCHANGED


def _climate(device: Device, what: str, payload: str) -> Changes:
    if what == "mode":
        return [(one_of(payload, device.attributes["hvac_modes"]), {})]
    if what in ("temperature", "target_temp_low", "target_temp_high", "humidity"):
        return [(None, {what: number(payload, -50, 100)})]
    return [(None, {what: one_of(payload, device.attributes.get(f"{what}s", []))})]


def _water_heater(device: Device, what: str, payload: str) -> Changes:
    if what == "mode":
        return [(one_of(payload, device.attributes["operation_list"]), {})]
    return [(None, {"temperature": number(payload, 0, 100)})]


def _humidifier(device: Device, what: str, payload: str) -> Changes:
    if what == "humidity":
        return [(None, {"humidity": round(number(payload, 0, 100))})]
    if what == "mode":
        return [(None, {"mode": one_of(payload, device.attributes.get("available_modes", []))})]
    return _on_off(device, what, payload)


def _siren(device: Device, what: str, payload: str) -> Changes:
    if not payload.startswith("{"):
        return _on_off(device, what, payload)
    asked = json_object(payload)
    return [
        (
            word(asked.get("state"), {"ON": "on", "OFF": "off"}),
            {key: asked[key] for key in ("tone", "volume_level", "duration") if key in asked},
        )
    ]


def _vacuum(device: Device, what: str, payload: str) -> Changes:
    if what == "fan_speed":
        return [(None, {"fan_speed": one_of(payload, device.attributes.get("fan_speed_list", []))})]
    becomes: Mapping[str, Sequence[str]] = {
        "start": ["cleaning"],
        "pause": ["paused"],
        "stop": ["idle"],
        "clean_spot": ["cleaning"],
        "return_to_base": ["returning", "docked"],
        "locate": [device.state],
    }
    return [(state, {}) for state in word(payload, becomes)]


def _lawn_mower(_device: Device, _what: str, payload: str) -> Changes:
    becomes = {"start_mowing": ["mowing"], "pause": ["paused"], "dock": ["returning", "docked"]}
    return [(state, {}) for state in word(payload, becomes)]


def _alarm(device: Device, _what: str, payload: str) -> Changes:
    action, rightful = _action(device, payload)
    arming = {
        f"ARM_{how.upper()}": ["arming", f"armed_{how}"] for how in ("home", "away", "night", "vacation")
    }
    arming |= {
        "ARM_CUSTOM_BYPASS": ["arming", "armed_custom_bypass"],
        "DISARM": ["disarmed"],
        "TRIGGER": ["triggered"],
    }
    states = word(action, arming)
    free = action == "TRIGGER" or (
        action.startswith("ARM") and not device.attributes.get("code_arm_required", True)
    )
    return [(state, {}) for state in states] if rightful or free else UNCHANGED


def _action(device: Device, payload: str) -> tuple[str, bool]:
    """What is asked for, and whether with the right code, if the device wants one."""
    if device.code is None:
        return payload, True
    if not payload.startswith("{"):
        return payload, False
    asked = json_object(payload)
    given = asked.get("code")
    return str(asked.get("action")), given is not None and str(given) == device.code


def _value(_device: Device, _what: str, payload: str) -> Changes:
    return [(payload[:255], {})]


def _number_device(device: Device, _what: str, payload: str) -> Changes:
    value = number(payload, device.attributes.get("min", 0), device.attributes.get("max", 100))
    return [(f"{value:g}", {})]


def _select(device: Device, _what: str, payload: str) -> Changes:
    return [(one_of(payload, device.attributes.get("options", [])), {})]


def _player(device: Device, _what: str, payload: str) -> Changes:
    service, data = service_and_data(payload)
    now = device.attributes
    playing = "paused" if device.state == "playing" else "playing"
    volume = float(now.get("volume_level", 0.3))
    changes: Mapping[str, Change] = {
        "turn_on": ("idle", {}),
        "turn_off": ("off", {}),
        "toggle": ("idle" if device.state == "off" else "off", {}),
        "media_play": ("playing", {}),
        "media_pause": ("paused", {}),
        "media_play_pause": (playing, {}),
        "media_stop": ("idle", {}),
        "media_next_track": (None, {"media_track": int(now.get("media_track", 1)) + 1}),
        "media_previous_track": (None, {"media_track": max(1, int(now.get("media_track", 1)) - 1)}),
        "volume_up": (None, {"volume_level": round(min(1.0, volume + 0.1), 2)}),
        "volume_down": (None, {"volume_level": round(max(0.0, volume - 0.1), 2)}),
        "volume_set": (None, {"volume_level": data.get("volume_level", volume)}),
        "volume_mute": (None, {"is_volume_muted": bool(data.get("is_volume_muted"))}),
        "select_source": (None, {"source": data.get("source")}),
        "play_media": ("playing", {"media_title": str(data.get("media_content_id", ""))[:255]}),
    }
    return [word(service, changes)]


def _todo(device: Device, _what: str, payload: str) -> Changes:
    service, data = service_and_data(payload)
    items = [dict(item) for item in device.attributes.get("items", [])]
    named = str(data["item"]).casefold()
    found = [item for item in items if str(item.get("summary")).casefold() == named]
    if service not in ("add_item", "remove_item", "update_item"):
        raise ValueError(f"a to-do list knows no {service!r:.80}")
    if service == "add_item":
        uid = 1 + max((int(item["uid"]) for item in items if str(item.get("uid")).isdecimal()), default=0)
        items.append({"uid": str(uid), "summary": str(data["item"])[:255], "status": "needs_action"})
    elif not found:
        return UNCHANGED
    elif service == "remove_item":
        items = [item for item in items if item not in found]
    else:
        for item in found:
            item["summary"] = str(data.get("rename", item["summary"]))[:255]
            item["status"] = one_of(
                data.get("status", item.get("status", "needs_action")), ("needs_action", "completed")
            )
    items = items[-MOST_ITEMS:]
    still_open = sum(item.get("status") != "completed" for item in items)
    return [(str(still_open), {"items": items})]


def _script(_device: Device, _what: str, payload: str) -> Changes:
    service, _ = service_and_data(payload)
    return [(state, {}) for state in word(service, {"turn_on": ["on", "off"], "turn_off": ["off"]})]


def _deaf(device: Device, _what: str, _payload: str) -> Changes:
    raise ValueError(f"a {device.domain} takes no commands")


_OBEY: Mapping[str, Callable[[Device, str, str], Changes]] = {
    "light": _light,
    "switch": _on_off,
    "fan": _fan,
    "cover": _cover,
    "valve": _valve,
    "lock": _lock,
    "climate": _climate,
    "water_heater": _water_heater,
    "humidifier": _humidifier,
    "siren": _siren,
    "vacuum": _vacuum,
    "lawn_mower": _lawn_mower,
    "alarm_control_panel": _alarm,
    "button": _on_off,
    "scene": _on_off,
    "number": _number_device,
    "select": _select,
    "text": _value,
    "media_player": _player,
    "todo": _todo,
    "script": _script,
    "sensor": _deaf,
    "binary_sensor": _deaf,
    "weather": _deaf,
}
DOMAINS = tuple(_OBEY)
"""Every domain that is simulated."""
