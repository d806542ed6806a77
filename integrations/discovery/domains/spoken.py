"""media_player, todo, weather and script: domains that Home Assistant's MQTT integration lacks.

They have one command topic, which takes `{"service": "<verb>", "data": {...}}`; state and attributes come as
for any other entity.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from agent.api import Message
from integrations.discovery.options import Options
from integrations.discovery.reading import NONE, short, texts
from integrations.discovery.thing import KEEP, STATE, Behaviour, Effort, Live, Perform, Send

_SETS = {"volume_set": "volume_level", "volume_mute": "is_volume_muted", "select_source": "source"}
"""What a verb sets is in its data under the name of the attribute."""
_VERBS: Mapping[str, Mapping[str, Any]] = {
    "media_player": {
        "turn_on": "on",
        "turn_off": "off",
        "media_play": "playing",
        "media_pause": "paused",
        "media_play_pause": KEEP,
        "media_stop": "idle",
        "media_next_track": KEEP,
        "media_previous_track": KEEP,
        "volume_set": KEEP,
        "volume_mute": KEEP,
        "volume_up": KEEP,
        "volume_down": KEEP,
        "select_source": KEEP,
        "play_media": "playing",
    },
    "todo": {"add_item": KEEP, "remove_item": KEEP, "update_item": KEEP},
    "weather": {},
    "script": {"turn_on": "on", "turn_off": "off"},
}


def media_player(options: Options) -> Behaviour:
    """A media player."""
    made = _spoken(options, "media_player")
    sources = options.strings("source_list")
    if sources:
        made.capabilities["source_list"] = list(sources)
    on, off = made.services.get("media_player.turn_on"), made.services.get("media_player.turn_off")
    if on is not None and off is not None:
        made.does("media_player.toggle", _toggling(on, off), STATE)
    return made


def todo(options: Options) -> Behaviour:
    """A list of things to do."""
    return _spoken(options, "todo")


def weather(options: Options) -> Behaviour:
    """What the weather is, and will be."""
    return _spoken(options, "weather")


def script(options: Options) -> Behaviour:
    """A script."""
    return _spoken(options, "script")


def _spoken(options: Options, domain: str) -> Behaviour:
    made = Behaviour()
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        live.value = None if text == NONE else short("state", text)
        return True

    made.reads(options.topic("state_topic"), hear, STATE)
    send = options.sender("command_topic", "")
    if send is not None:
        for verb, becomes in _VERBS[domain].items():
            made.does(f"{domain}.{verb}", _saying(send, verb, becomes))
            if becomes is not KEEP:
                made.assumes.add(STATE)
            elif verb in _SETS and "json_attributes_topic" not in options:
                made.assumes.add(_SETS[verb])
    return made


def _saying(send: Send, verb: str, becomes: Any) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        asked = {"service": verb, "data": dict(data)}
        sets = {key: data[key] for key in (_SETS.get(verb),) if key is not None and key in data}
        return Effort([send(live, orjson.dumps(asked, default=list).decode())], becomes, sets)

    return perform


def _toggling(on: Perform, off: Perform) -> Perform:
    return lambda live, data: (on if live.value in (None, "off", "standby") else off)(live, data)
