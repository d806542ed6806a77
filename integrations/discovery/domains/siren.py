"""siren: on and off, with tone, loudness and duration where it has them."""

from collections.abc import Mapping
from typing import Any

import orjson

from agent.api import ActionError, Message
from integrations.discovery.options import Options
from integrations.discovery.performing import amount, on_off
from integrations.discovery.reading import NONE, number, texts
from integrations.discovery.thing import STATE, Behaviour, Command, Effort, Hear, Live, UnusableError


def siren(options: Options) -> Behaviour:
    """A siren."""
    made = Behaviour(owned=("tone", "duration", "volume_level"))
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    tones = options.strings("available_tones")
    takes = {
        "tone": bool(tones),
        "duration": options.flag("support_duration", default=True),
        "volume_level": options.flag("support_volume_set", default=True),
    }
    if tones:
        made.capabilities["available_tones"] = list(tones)
    known = {options.text("state_on", on): "on", options.text("state_off", off): "off", NONE: None}
    made.reads(options.topic("state_topic"), _reading(options, known), STATE)
    send = options.required_sender()
    send_off = (
        options.sender("command_topic", "command_off_template") if "command_off_template" in options else send
    )
    plain = "command_template" not in options

    def command(live: Live, word: str, more: Mapping[str, Any]) -> Command:
        if plain and any(takes.values()):
            return send(live, orjson.dumps({"state": word, **more}).decode())
        return send(live, word, state=word, **more)

    def turn_on(live: Live, data: Mapping[str, Any]) -> Effort:
        more: dict[str, Any] = {}
        for key, can in takes.items():
            if data.get(key) is None:
                continue
            if not can:
                raise ActionError(f"{live.name} has no {key.replace('_', ' ')}")
            more[key] = str(data[key]) if key == "tone" else amount(live, data, key)
        if tones and more.get("tone", tones[0]) not in tones:
            raise ActionError(f"{live.name} has no tone {more['tone']}")
        return Effort([command(live, on, more)], "on", more)

    def turn_off(live: Live, _data: Mapping[str, Any]) -> Effort:
        done = (
            command(live, off, {}) if send_off is send or send_off is None else send_off(live, off, state=off)
        )
        return Effort([done], "off")

    on_off(made, "siren", turn_on, turn_off)
    return made


def _reading(options: Options, known: Mapping[str, str | None]) -> Hear:
    text_of = texts(options.template("state_value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        said = _object(text)
        word = text if said is None else said.get("state")
        if word is not None:
            if not isinstance(word, str) or word not in known:
                raise UnusableError(f"it says {text!r:.80}; {' or '.join(map(repr, known))} would be right")
            live.value = known[word]
        for key in ("tone", "duration", "volume_level"):
            if said is not None and said.get(key) is not None:
                live.put(key, str(said[key])[:255] if key == "tone" else number(said[key], key))
        return True

    return hear


def _object(text: str) -> Mapping[str, Any] | None:
    if text[0] != "{":
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
