"""vacuum and lawn_mower: machines that go out and come home."""

from collections.abc import Mapping
from typing import Any

from agent.api import Message
from integrations.discovery.options import Options
from integrations.discovery.performing import chosen, fixed
from integrations.discovery.reading import NONE, json_object, neat, number, shown, states
from integrations.discovery.thing import KEEP, STATE, Behaviour, Live, UnusableError

_VACUUM_STATES = ("cleaning", "docked", "idle", "paused", "returning", "error")
_VACUUM_FEATURES = ("start", "stop", "return_home", "clean_spot")
_VACUUM_VERBS: Mapping[str, tuple[str, str, Any]] = {
    "start": ("start", "payload_start", "cleaning"),
    "pause": ("pause", "payload_pause", "paused"),
    "stop": ("stop", "payload_stop", "idle"),
    "return_home": ("return_to_base", "payload_return_to_base", "returning"),
    "clean_spot": ("clean_spot", "payload_clean_spot", "cleaning"),
    "locate": ("locate", "payload_locate", KEEP),
}
_MOWER_VERBS = {"start_mowing": "mowing", "pause": "paused", "dock": "returning"}


def vacuum(options: Options) -> Behaviour:
    """A vacuum robot; its state is a JSON object."""
    made = Behaviour(owned=("fan_speed", "battery_level"))
    features = options.strings("supported_features", _VACUUM_FEATURES)
    speeds = options.strings("fan_speed_list")
    made.reads(options.topic("state_topic"), _vacuum_state, STATE, "fan_speed")
    send = options.sender()
    if send is not None:
        for feature, (verb, key, becomes) in _VACUUM_VERBS.items():
            if feature in features:
                changes = () if becomes is KEEP else (STATE,)
                made.does(f"vacuum.{verb}", fixed(send, options.text(key, verb), becomes), *changes)
    to_speed = options.sender("set_fan_speed_topic", "")
    if to_speed is not None and speeds:
        made.capabilities["fan_speed_list"] = list(speeds)
        made.does("vacuum.set_fan_speed", chosen(to_speed, "fan_speed", speeds), "fan_speed")
    return made


def lawn_mower(options: Options) -> Behaviour:
    """A lawn mower."""
    made = Behaviour()
    known = {one: one for one in ("mowing", "paused", "docked", "returning", "error")}
    reading = states(options.template("activity_value_template"), {**known, NONE: None})
    made.reads(options.topic("activity_state_topic"), reading, STATE)
    for verb, becomes in _MOWER_VERBS.items():
        prefix = f"{verb}_command"
        send = options.sender(f"{prefix}_topic", f"{prefix}_template")
        if send is not None:
            made.does(f"lawn_mower.{verb}", fixed(send, verb, becomes), STATE)
    return made


def _vacuum_state(live: Live, message: Message) -> bool:
    said = json_object(message)
    if "state" in said:
        word = said["state"]
        if word is not None and word not in _VACUUM_STATES:
            raise UnusableError(
                f"it says {shown(message)}; one of {', '.join(_VACUUM_STATES)} would be right"
            )
        live.value = word
    if "fan_speed" in said:
        live.put("fan_speed", None if said["fan_speed"] is None else str(said["fan_speed"])[:255])
    if said.get("battery_level") is not None:
        live.put("battery_level", neat(number(said["battery_level"], "battery level")))
    return True
