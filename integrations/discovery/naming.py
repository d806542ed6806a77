"""Names and ids of discovered entities, by Home Assistant's rules: bounded, without control characters."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+")
LONGEST_NAME = 255
LONGEST_OBJECT_ID = 200
_BY_DEVICE_CLASS = frozenset({"sensor", "binary_sensor", "number", "button", "update", "event"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """`name` on one line, without control and direction characters, at most 255 letters."""
    text = name[: 4 * LONGEST_NAME]
    if not text.isprintable():
        text = _CONTROL.sub(" ", text).encode("utf-8", "replace").decode()
    return " ".join(text.split())[:LONGEST_NAME].rstrip()


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """`name` in the letters of an id: "Käthe's Lamp" is `kathe_s_lamp`.

    Letters without a Latin form become their code points, so that two names never become one.
    """
    letters = unicodedata.normalize("NFKD", name).casefold()
    if not letters.isascii():
        letters = "".join(map(_latin, letters))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_OBJECT_ID]


def full_name(domain: str, config: Mapping[str, Any], *, fallback: str) -> str:
    """The name people see: the device's, then the entity's own; a null name means the device's alone."""
    device = device_name(config)
    if "name" in config:
        own = "" if config["name"] is None else plain(str(config["name"]))
    else:
        device_class = config.get("device_class")
        own = ""
        if domain in _BY_DEVICE_CLASS and isinstance(device_class, str):
            own = plain(device_class.replace("_", " ")).capitalize()
    if not device:
        return own or plain(fallback.replace("_", " ")) or domain
    if not own or own.casefold() == device.casefold():
        return device
    if own.casefold().startswith(device.casefold() + " "):
        return own
    return plain(f"{device} {own}")


def device_name(config: Mapping[str, Any]) -> str:
    """The name of the device that `config` belongs to, empty if it names none."""
    device = config.get("device")
    name = device.get("name") if isinstance(device, Mapping) else None
    return plain(str(name)) if name else ""


def wanted_id(domain: str, config: Mapping[str, Any], name: str) -> str:
    """The entity id that `config` asks for: `default_entity_id`, else `object_id`, else from the name."""
    for key in ("default_entity_id", "object_id"):
        asked = config.get(key)
        if isinstance(asked, str) and asked:
            prefix, point, rest = asked.partition(".")
            object_id = slug(rest if point and prefix == domain else asked)
            if object_id:
                return f"{domain}.{object_id}"
    return f"{domain}.{slug(name) or 'unnamed'}"


def _latin(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isalnum():
        return f"u{ord(letter):x}"
    return "" if unicodedata.combining(letter) else "_"
