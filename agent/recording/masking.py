"""What opens a door is never written: PINs, codes and signatures leave a payload before it is recorded.

What a rule may look at stays as it is: `code` is masked on our own topics, in orders to devices, and where a
lock or an alarm announces itself; elsewhere it is a number like any other.
"""

import re
from typing import Any

import orjson

from agent.mqtt.message import Message
from agent.mqtt.topics import ROOT

MASK = "***"
OURS = frozenset(("pin", "code", "sig", "signature"))
EVERYWHERE = frozenset(
    ("pin", "pin_code", "pincode", "action_code", "user_code", "passcode", "password", "sig")
)
ORDERS = frozenset(("set", "command", "cmd", "cmnd"))
"""The last levels of topics on which devices take orders."""
NO_SECRETS = frozenset(("REMOTE_CODE", "REMOTE_CODE_TEXT"))
"""What an alarm announces instead of its code: that it wants one."""
_SUSPECT = re.compile(rb"(?i)pin|code|sig|pass|\\u00")
_KEY = re.compile(
    rb"(?i)[\"'](?:pin|pin_?code|action_code|user_code|passcode|password|code|sig|signature)[\"']\s*:"
)
_SPEAKS_OF_ONE = re.compile(r"(?i)\bpins?\b|\bcode|password|passwort|密码|口令|验证码")
_DIGITS = re.compile(r"\d(?:[ .-]?\d){2,}")


def masked(topic: str, payload: bytes) -> bytes | None:
    """`payload` without its secrets; None if there are none in it."""
    levels = topic.split("/")
    ours = levels[0] == ROOT
    if not _SUSPECT.search(payload) and not (ours and any(one > 127 for one in payload)):  # noqa: PLR2004
        return None
    try:
        found = Message(topic, payload).json()
    except ValueError:
        return _masked_text(payload, ours=ours)
    if not isinstance(found, dict | list):
        return _masked_text(payload, ours=ours)
    keys = EVERYWHERE
    if ours or levels[-1] in ORDERS or ("config" in levels[-1:] and _guards(levels, payload)):
        keys = EVERYWHERE | OURS
    cleaned = _clean(found, keys, ours=ours)
    return None if cleaned == found else orjson.dumps(cleaned)


def _guards(levels: list[str], payload: bytes) -> bool:
    """Whether a lock or an alarm announces itself here, alone or in a device."""
    return any(one in ("alarm_control_panel", "lock") for one in levels) or any(
        one in payload for one in (b"alarm_control_panel", b'"lock"')
    )


def _clean(found: Any, keys: frozenset[str], *, ours: bool) -> Any:
    if isinstance(found, dict):
        return {
            key: MASK if key.lower() in keys and _secret(inner) else _clean(inner, keys, ours=ours)
            for key, inner in found.items()
        }
    if isinstance(found, list):
        return [_clean(inner, keys, ours=ours) for inner in found]
    return _spoken(found) if ours and isinstance(found, str) else found


def _secret(value: Any) -> bool:
    if isinstance(value, str):
        return value not in ("", MASK, *NO_SECRETS)
    return value is not None and not isinstance(value, bool)


def _masked_text(payload: bytes, *, ours: bool) -> bytes | None:
    """What is no JSON: something that was to be, with a secret in it, or plain words."""
    if _KEY.search(payload) or (ours and b"\\u00" in payload):
        return MASK.encode()
    if not ours:
        return None
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    spoken = _spoken(text)
    return None if spoken == text else spoken.encode()


def _spoken(text: str) -> str:
    """Words with a number that may be a PIN, without it."""
    return _DIGITS.sub(MASK, text) if _SPEAKS_OF_ONE.search(text) else text
