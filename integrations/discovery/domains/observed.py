"""update, event and device_tracker: seen, never commanded."""

from collections.abc import Mapping
from typing import Any

import orjson

from agent.api import Message
from integrations.discovery.options import Options
from integrations.discovery.reading import NONE, short, texts, words
from integrations.discovery.thing import STATE, Behaviour, Hear, Live, UnusableError

LONGEST_NOTE = 1_024
"""Letters of what a new version is said to bring."""
_UPDATE = ("installed_version", "latest_version", "title", "release_summary", "release_url")


def update(options: Options) -> Behaviour:
    """Firmware with its installed and its latest version; on while they differ."""
    made = Behaviour(owned=_UPDATE)
    made.reads(options.topic("state_topic"), _versions(options), STATE, *_UPDATE)
    latest = words(options.template("latest_version_template"), "latest_version")

    def hear_latest(live: Live, message: Message) -> bool:
        spoke = latest(live, message)
        _compare(live)
        return spoke

    made.reads(options.topic("latest_version_topic"), hear_latest, STATE, "latest_version")
    return made


def event(options: Options) -> Behaviour:
    """Something that happens: its state is when it last did, its attribute `event_type` what."""
    made = Behaviour(owned=("event_type",))
    kinds = options.strings("event_types")
    made.capabilities["event_types"] = list(kinds)
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        if message.retain:
            return False
        text = text_of(message, live)
        if not text:
            return False
        kind = _object(text).get("event_type")
        if kind not in kinds:
            raise UnusableError(
                f"it says {text!r:.80}; an event_type of {', '.join(kinds[:8])} would be right"
            )
        live.put("event_type", kind)
        live.value = options.now().isoformat(timespec="milliseconds")
        return True

    made.reads(options.required_topic("state_topic"), hear, STATE, "event_type")
    return made


def device_tracker(options: Options) -> Behaviour:
    """Where somebody or something is: home, not_home, or the name of a place."""
    made = Behaviour()
    home, away = options.text("payload_home", "home"), options.text("payload_not_home", "not_home")
    known = {home: "home", away: "not_home", options.text("payload_reset", NONE): None, NONE: None}
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        live.value = known[text] if text in known else short("place", text)
        return True

    made.reads(options.topic("state_topic"), hear, STATE)
    return made


def _versions(options: Options) -> Hear:
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        said = _object(text) if text[0] == "{" else {"installed_version": text}
        for key in _UPDATE:
            if key in said:
                found = said[key]
                live.put(key, None if found in (None, "", NONE) else str(found)[:LONGEST_NOTE])
        _compare(live)
        return True

    return hear


def _compare(live: Live) -> None:
    installed, latest = live.attributes.get("installed_version"), live.attributes.get("latest_version")
    live.value = None if installed is None or latest is None else "off" if installed == latest else "on"


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise UnusableError(f"it says {text!r:.80}; a JSON object would be right")
    return found
