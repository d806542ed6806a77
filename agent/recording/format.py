"""The form of a recording: lines of JSON, the first of each file its header, the rest one happening each.

Values in, bytes out, and back. A reader of this version understands every kind of line, whoever writes it.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agent.mqtt.message import Message

FORMAT = "hearthd recording"
VERSION = 1
QOS = (0, 1, 2)
LATEST = 253_402_214_400.0
"""The last day that a calendar knows, in seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of each file. `node` is the configuration's name of whoever wrote it."""

    time: float
    node: str
    hearthd: str
    part: int
    """The number of this file in its recording, from 1."""
    filters: tuple[str, ...]
    """The topic filters that were listened to."""
    version: int = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A message on the bus, and when it came here, in seconds since the epoch."""

    time: float
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    """The broker had it from before: it is no news."""
    resumed: bool = False
    """The broker had kept it for whoever wrote this while he was away."""
    response_topic: str | None = None
    correlation: bytes | None = None
    expiry: int | None = None
    masked: bool = False
    """A secret was taken out of the payload."""

    def message(self) -> Message:
        """What whoever listens to the bus would be handed."""
        return Message(
            self.topic,
            self.payload,
            qos=self.qos,
            retain=self.retain,
            resumed=self.resumed,
            response_topic=self.response_topic,
            correlation=self.correlation,
            expiry=self.expiry,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journalled:
    """An entry of the journal, with the fields that the journal gives it."""

    time: float
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The broker was away from `since` until `time`: what was published then is not here."""

    time: float
    since: float
    reason: str


Recorded = Published | Journalled | Gap


def encoded(one: Header | Recorded) -> bytes:
    """One line, its end included."""
    match one:
        case Header():
            told: dict[str, Any] = {
                "format": FORMAT,
                "version": one.version,
                "kind": "header",
                "time": _micro(one.time),
                "node": one.node,
                "hearthd": one.hearthd,
                "part": one.part,
                "filters": one.filters,
            }
        case Published():
            told = _published(one)
        case Journalled():
            told = {"kind": "journal", "time": _micro(one.time), "fields": dict(one.fields)}
        case Gap():
            told = {
                "kind": "gap",
                "time": _micro(one.time),
                "since": _micro(one.since),
                "reason": one.reason,
            }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def decoded(line: bytes) -> Header | Recorded:
    """What a line says.

    Raises:
        ValueError: it is none of a recording.
    """
    found = orjson.loads(line)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  # a line, not a mistake of ours
    match found.get("kind"):
        case "message":
            return _message(found)
        case "journal":
            fields = found.get("fields")
            if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
                raise ValueError("a journal entry whose fields are no texts")
            return Journalled(time=_time(found, "time"), fields=fields)
        case "gap":
            return Gap(
                time=_time(found, "time"), since=_time(found, "since"), reason=_text(found, "reason") or ""
            )
        case "header":
            return header_of(found)
        case kind:
            raise ValueError(f"no kind of line is called {kind!r:.40}")


def header_of(found: Mapping[str, Any]) -> Header:
    """The header that is written so.

    Raises:
        ValueError: it is none; the text says what it is instead.
    """
    if found.get("format") != FORMAT:
        raise ValueError("it is no recording of hearthd")
    version = found.get("version")
    if type(version) is not int:
        raise ValueError("its header has no version")
    if version > VERSION:
        raise ValueError(
            f"it is written in version {version} of the format, and this hearthd reads up to {VERSION};"
            " a newer hearthd would read it"
        )
    filters = found.get("filters")
    part = found.get("part")
    return Header(
        time=_time(found, "time"),
        node=_text(found, "node") or "",
        hearthd=_text(found, "hearthd") or "",
        part=part if type(part) is int else 1,
        filters=tuple(one for one in filters if isinstance(one, str)) if isinstance(filters, list) else (),
        version=version,
    )


def _published(one: Published) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "message", "time": _micro(one.time), "topic": one.topic}
    try:
        told["text"] = one.payload.decode()
    except UnicodeDecodeError:
        told["base64"] = b64encode(one.payload).decode()
    told |= {"qos": one.qos, "retain": one.retain, "resumed": one.resumed}
    if one.response_topic is not None:
        told["response_topic"] = one.response_topic
    if one.correlation is not None:
        told["correlation"] = b64encode(one.correlation).decode()
    if one.expiry is not None:
        told["expiry"] = one.expiry
    if one.masked:
        told["masked"] = True
    return told


def _message(found: Mapping[str, Any]) -> Published:
    topic, text = _text(found, "topic"), _text(found, "text")
    payload = _bytes(found, "base64") if text is None else text.encode()
    qos, expiry = found.get("qos", 0), found.get("expiry")
    if not topic or payload is None:
        raise ValueError("a message without a topic or a payload")
    if type(qos) is not int or qos not in QOS or (expiry is not None and type(expiry) is not int):
        raise ValueError("a message with properties that none has")
    return Published(
        time=_time(found, "time"),
        topic=topic,
        payload=payload,
        qos=qos,
        retain=found.get("retain") is True,
        resumed=found.get("resumed") is True,
        response_topic=_text(found, "response_topic"),
        correlation=_bytes(found, "correlation"),
        expiry=expiry,
        masked=found.get("masked") is True,
    )


def _micro(seconds: float) -> float:
    return round(seconds, 6)


def _time(found: Mapping[str, Any], key: str) -> float:
    seconds = found.get(key)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < LATEST:
        raise ValueError(f"{key!r} is no time")
    return float(seconds)


def _text(found: Mapping[str, Any], key: str) -> str | None:
    text = found.get(key)
    if text is not None and not isinstance(text, str):
        raise ValueError(f"{key!r} is no text")
    return text


def _bytes(found: Mapping[str, Any], key: str) -> bytes | None:
    text = _text(found, key)
    if text is None:
        return None
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{key!r} is no base64") from None
