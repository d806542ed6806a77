"""What a service does, as a verb that every phrase file has words for. Pure."""

from collections.abc import Mapping
from typing import Any

_VERBS: Mapping[str, str] = {
    **{
        f"{kind}_{end}": kind
        for kind in ("open", "close", "stop")
        for end in ("cover", "valve", "cover_tilt")
    },
    **{f"alarm_arm_{how}": "arm" for how in ("home", "away", "night", "vacation", "custom_bypass")},
    "turn_on": "turn_on",
    "turn_off": "turn_off",
    "toggle": "toggle",
    "open": "open",
    "close": "close",
    "lock": "lock",
    "unlock": "unlock",
    "alarm_disarm": "disarm",
    "alarm_trigger": "trigger",
    "set_cover_position": "set_position",
    "set_valve_position": "set_position",
    "set_cover_tilt_position": "set_position",
    "set_temperature": "set_temperature",
    "set_humidity": "set_humidity",
    "set_percentage": "set_speed",
    "increase_speed": "set_speed",
    "decrease_speed": "set_speed",
    "volume_set": "set_volume",
    "volume_up": "set_volume",
    "volume_down": "set_volume",
    "volume_mute": "mute",
    "media_play": "play",
    "play_media": "play",
    "media_pause": "pause",
    "pause": "pause",
    "media_stop": "stop",
    "stop": "stop",
    "media_next_track": "next",
    "media_previous_track": "previous",
    "start": "start",
    "start_mowing": "start",
    "clean_spot": "start",
    "return_to_base": "return",
    "dock": "return",
    "locate": "locate",
    "press": "press",
    "add_item": "add",
    "remove_item": "remove",
    "update_item": "complete",
}
_OF_DOMAIN: Mapping[str, str] = {
    "scene.turn_on": "activate",
    "script.turn_on": "run",
    "script.turn_off": "stop",
    "unit.restart": "restart",
    "unit.reload": "reload",
    "task.run": "run_task",
    "code.run": "run_task",
}
_LIT = {"color": "set_color", "temperature": "set_white"}


def verb_of(service: str, slots: Mapping[str, Any]) -> str:
    """The verb for `service`; `slots` say what a lamp was set to."""
    if service in _OF_DOMAIN:
        return _OF_DOMAIN[service]
    if service == "light.turn_on":
        lit = next((verb for slot, verb in _LIT.items() if slot in slots), None)
        return lit or ("set_brightness" if {"brightness", "brightness_step"} & slots.keys() else "turn_on")
    name = service.partition(".")[2]
    return _VERBS.get(name, "set" if name.startswith(("set_", "select_", "oscillate")) else "do")
