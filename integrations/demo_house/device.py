"""A simulated device: its state, and what each command makes of it. Pure: it knows neither MQTT nor time."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.api import HouseEntity

STEPS = 4
"""Positions a moving cover reports on its way."""
Change = tuple[str | None, dict[str, Any]]
"""A new state (None: as it was) and new attributes."""


@dataclass(slots=True)
class Device:
    """One entity of the house with its present state."""

    entity: HouseEntity
    state: str
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The part of the id before the point."""
        return self.entity.domain

    def obey(self, what: str, payload: str) -> Sequence[Change]:
        """What a command on the topic `what` leads to, step by step; the first step is immediate.

        Raises:
            ValueError: the device does not understand it.
        """
        return _OBEY[self.domain](self, what, payload)

    def apply(self, change: Change) -> None:
        """Be in the state that `change` says."""
        state, attributes = change
        self.state = self.state if state is None else state
        self.attributes = {**self.attributes, **attributes}


def made(entity: HouseEntity) -> Device:
    """The device of an entity in the state its house file gives it, with what its domain always has."""
    state = entity.state if entity.state is not None else _FIRST.get(entity.domain, "unknown")
    attributes = {**_ALWAYS.get(entity.domain, {}), **entity.attributes}
    if entity.domain in ("cover", "valve") and "current_position" not in attributes:
        attributes["current_position"] = 0 if state == "closed" else 100
    return Device(entity, state, attributes)


_FIRST = {
    "light": "off",
    "switch": "off",
    "fan": "off",
    "siren": "off",
    "humidifier": "off",
    "cover": "closed",
    "valve": "closed",
    "lock": "locked",
    "climate": "off",
    "water_heater": "eco",
    "vacuum": "docked",
    "lawn_mower": "docked",
    "media_player": "off",
    "alarm_control_panel": "disarmed",
    "number": "0",
    "select": "",
    "text": "",
    "sensor": "0",
    "binary_sensor": "off",
    "weather": "sunny",
    "todo": "0",
    "script": "off",
    "scene": "unknown",
    "button": "unknown",
}
_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "climate": {"hvac_modes": ["off", "heat", "cool", "auto"], "temperature": 20, "current_temperature": 20},
    "water_heater": {
        "operation_list": ["off", "eco", "performance"],
        "temperature": 50,
        "current_temperature": 48,
    },
    "humidifier": {"humidity": 50, "current_humidity": 45},
    "media_player": {"volume_level": 0.3, "is_volume_muted": False},
    "vacuum": {"battery_level": 100},
    "todo": {"items": []},
}


def _on_off(device: Device, _what: str, payload: str) -> Sequence[Change]:
    return [(_word(payload, {"ON": "on", "OFF": "off", "PRESS": device.state}), {})]


def _light(_device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "power":
        return [(_word(payload, {"ON": "on", "OFF": "off"}), {})]
    if what == "brightness":
        return [("on", {"brightness": round(_number(payload, 0, 255))})]
    asked = _object(payload)
    state = _word(asked.get("state"), {"ON": "on", "OFF": "off"})
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


def _fan(device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "percentage":
        value = round(_number(payload, 0, 100))
        return [("on" if value else "off", {"percentage": value})]
    if what == "preset_mode":
        return [("on", {"preset_mode": _one_of(payload, device.attributes.get("preset_modes", []))})]
    if what == "oscillation":
        return [(None, {"oscillating": _word(payload, {"oscillate_on": True, "oscillate_off": False})})]
    if what == "direction":
        return [(None, {"direction": _one_of(payload, ["forward", "reverse"])})]
    state = _word(payload, {"ON": "on", "OFF": "off"})
    speed = device.attributes.get("percentage")
    return [(state, {"percentage": (speed or 100) if state == "on" else 0} if speed is not None else {})]


def _cover(device: Device, what: str, payload: str) -> Sequence[Change]:
    """Moving takes a few steps; a later command ends the journey."""
    now = device.attributes["current_position"]
    if what == "tilt":
        return [(None, {"current_tilt_position": round(_number(payload, 0, 100))})]
    if what == "position":
        goal = round(_number(payload, 0, 100))
    else:
        goal = _word(payload, {"OPEN": 100, "CLOSE": 0, "STOP": now})
    settled = ("closed" if goal == 0 else "open", {"current_position": goal})
    if goal == now:
        return [settled]
    going = "opening" if goal > now else "closing"
    way = [round(now + (goal - now) * step / STEPS) for step in range(1, STEPS)]
    return [(going, {}), *((going, {"current_position": position}) for position in way), settled]


def _valve(device: Device, _what: str, payload: str) -> Sequence[Change]:
    if payload == "STOP":
        return _cover(device, "command", payload)
    return _cover(device, "position", payload)


def _lock(_device: Device, _what: str, payload: str) -> Sequence[Change]:
    how = _word(
        payload,
        {"LOCK": ("locking", "locked"), "UNLOCK": ("unlocking", "unlocked"), "OPEN": ("open", "open")},
    )
    return [(how[0], {}), (how[1], {})]


def _climate(device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "mode":
        return [(_one_of(payload, device.attributes["hvac_modes"]), {})]
    if what in ("temperature", "target_temp_low", "target_temp_high", "humidity"):
        return [(None, {what: _number(payload, -50, 100)})]
    return [(None, {what: _one_of(payload, device.attributes.get(f"{what}s", []))})]


def _water_heater(device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "mode":
        return [(_one_of(payload, device.attributes["operation_list"]), {})]
    return [(None, {"temperature": _number(payload, 0, 100)})]


def _humidifier(device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "humidity":
        return [(None, {"humidity": round(_number(payload, 0, 100))})]
    if what == "mode":
        return [(None, {"mode": _one_of(payload, device.attributes.get("available_modes", []))})]
    return _on_off(device, what, payload)


def _siren(device: Device, what: str, payload: str) -> Sequence[Change]:
    if not payload.startswith("{"):
        return _on_off(device, what, payload)
    asked = _object(payload)
    return [
        (
            _word(asked.get("state"), {"ON": "on", "OFF": "off"}),
            {key: asked[key] for key in ("tone", "volume_level", "duration") if key in asked},
        )
    ]


def _vacuum(device: Device, what: str, payload: str) -> Sequence[Change]:
    if what == "fan_speed":
        return [(None, {"fan_speed": _one_of(payload, device.attributes.get("fan_speed_list", []))})]
    becomes: Mapping[str, Sequence[str]] = {
        "start": ["cleaning"],
        "pause": ["paused"],
        "stop": ["idle"],
        "clean_spot": ["cleaning"],
        "return_to_base": ["returning", "docked"],
        "locate": [device.state],
    }
    return [(state, {}) for state in _word(payload, becomes)]


def _lawn_mower(_device: Device, _what: str, payload: str) -> Sequence[Change]:
    becomes = {"start_mowing": ["mowing"], "pause": ["paused"], "dock": ["returning", "docked"]}
    return [(state, {}) for state in _word(payload, becomes)]


def _alarm(device: Device, _what: str, payload: str) -> Sequence[Change]:
    arming = {
        f"ARM_{how.upper()}": ["arming", f"armed_{how}"] for how in ("home", "away", "night", "vacation")
    }
    arming |= {
        "ARM_CUSTOM_BYPASS": ["arming", "armed_custom_bypass"],
        "DISARM": ["disarmed"],
        "TRIGGER": ["triggered"],
    }
    del device
    return [(state, {}) for state in _word(payload, arming)]


def _value(_device: Device, _what: str, payload: str) -> Sequence[Change]:
    return [(payload[:255], {})]


def _number_device(device: Device, _what: str, payload: str) -> Sequence[Change]:
    value = _number(payload, device.attributes.get("min", 0), device.attributes.get("max", 100))
    return [(f"{value:g}", {})]


def _select(device: Device, _what: str, payload: str) -> Sequence[Change]:
    return [(_one_of(payload, device.attributes.get("options", [])), {})]


def _player(device: Device, _what: str, payload: str) -> Sequence[Change]:
    service, data = _asked(payload)
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
    return [_word(service, changes)]


def _todo(device: Device, _what: str, payload: str) -> Sequence[Change]:
    service, data = _asked(payload)
    items = [dict(item) for item in device.attributes.get("items", [])]
    named = str(data.get("item", "")).casefold()
    if service == "add_item":
        items.append(
            {"uid": str(len(items) + 1), "summary": str(data["item"])[:255], "status": "needs_action"}
        )
    elif service == "remove_item":
        items = [item for item in items if str(item["summary"]).casefold() != named]
    elif service == "update_item":
        for item in items:
            if str(item["summary"]).casefold() == named:
                item["summary"] = data.get("rename", item["summary"])
                item["status"] = data.get("status", item["status"])
    else:
        raise ValueError(f"a to-do list knows no {service!r}")
    still_open = sum(item["status"] == "needs_action" for item in items)
    return [(str(still_open), {"items": items[-200:]})]


def _script(_device: Device, _what: str, payload: str) -> Sequence[Change]:
    service, _ = _asked(payload)
    return [(state, {}) for state in _word(service, {"turn_on": ["on", "off"], "turn_off": ["off"]})]


def _deaf(device: Device, _what: str, _payload: str) -> Sequence[Change]:
    raise ValueError(f"a {device.domain} takes no commands")


_OBEY: Mapping[str, Callable[[Device, str, str], Sequence[Change]]] = {
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


def _word(given: object, words: Mapping[str, Any]) -> Any:
    if not isinstance(given, str) or given not in words:
        raise ValueError(f"{given!r:.80} is none of {', '.join(words)}")
    return words[given]


def _one_of(given: str, options: Sequence[str]) -> str:
    if given not in options:
        raise ValueError(f"{given!r:.80} is none of {', '.join(map(str, options))}")
    return given


def _number(given: str, low: float, high: float) -> float:
    value = float(given)
    if not low <= value <= high:
        raise ValueError(f"{value:g} is not between {low:g} and {high:g}")
    return value


def _object(payload: str) -> dict[str, Any]:
    found = json.loads(payload)
    if not isinstance(found, dict):
        raise ValueError(f"{payload!r:.80} is no JSON object")  # noqa: TRY004  # one kind of error for all payloads
    return found


def _asked(payload: str) -> tuple[str, dict[str, Any]]:
    asked = _object(payload)
    data = asked.get("data")
    return str(asked.get("service")), data if isinstance(data, dict) else {}
