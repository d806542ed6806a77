"""Signed messages: how the daemon knows that a message came from somebody who can read its key.

The signature is HMAC-SHA256 over the topic and the canonical JSON of the payload without `signature`. Time of
birth and id are part of what is signed, and an id is carried out once, so a copy of a message does nothing.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import orjson


def signed(payload: Mapping[str, Any], *, topic: str, key: bytes) -> dict[str, Any]:
    """`payload` with its signature."""
    return {**payload, "signature": _signature(payload, topic, key)}


def genuine(payload: Mapping[str, Any], *, topic: str, key: bytes) -> bool:
    """Whether the signature in `payload` was made with `key` for this topic and these values."""
    given = payload.get("signature")
    if not isinstance(given, str) or not given.isascii():
        return False
    rest = {name: value for name, value in payload.items() if name != "signature"}
    return hmac.compare_digest(given, _signature(rest, topic, key))


def _signature(payload: Mapping[str, Any], topic: str, key: bytes) -> str:
    text = topic.encode() + b"\n" + orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return hmac.new(key, text, "sha256").hexdigest()
