"""What people say over the bus: `.../ask` becomes an utterance, its reply a message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from agent.api import Message, Utterance
from integrations.bus.payloads import RefusalError, Sender, id_of, life_of, shown, trace_of

LONGEST_TEXT = 100_000
"""Characters that are looked at; what a person can say is bounded by the reader itself."""
LONGEST_NAME = 128
OURS = ("hearthd/", "homeassistant/", "$")
"""Where nobody may send our replies: they would be taken for something else."""


def said(message: Message) -> dict[str, Any]:
    """The payload of `.../ask`: an object, or plain text as its `text`.

    Raises:
        RefusalError: it is neither.
    """
    try:
        found = message.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    try:
        return {"text": message.payload.decode()[:LONGEST_TEXT]}
    except UnicodeDecodeError as error:
        byte = message.payload[error.start]
        raise RefusalError(f"the payload is not UTF-8: byte {error.start} is {byte:#x}") from None


def utterance_of(
    payload: Mapping[str, Any], *, sender: Sender, now: datetime, left: float | None
) -> Utterance:
    """The utterance that `payload` holds. `left`: seconds of life the broker says it has left.

    Raises:
        RefusalError: something in it is missing or malformed.
    """
    text = payload.get("text")
    if not isinstance(text, str):
        raise RefusalError(f"'text' is {shown(text)}; the words are needed")
    born, ttl = life_of(payload, now=now, left=left)
    return Utterance(
        id=id_of(payload) if "id" in payload else uuid4().hex[:16],
        text=text,
        language=_name(payload, "language") or "",
        session=_name(payload, "session") or f"{sender.cause.kind} {sender.cause.who}",
        area=_name(payload, "area"),
        cause=sender.cause,
        trust=sender.trust,
        born=born,
        ttl=ttl,
        trace=trace_of(payload),
        channel=sender.cause.kind,
    )


def response_topic(message: Message) -> str | None:
    """Where the sender wants its reply besides `.../reply`, if replies may go there."""
    topic = message.response_topic
    if not topic or topic.startswith(OURS) or any(char in topic for char in "+#\0"):
        return None
    return topic


def _name(payload: Mapping[str, Any], key: str) -> str | None:
    found = payload.get(key)
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > LONGEST_NAME or not found.isprintable():
        raise RefusalError(f"{key!r} is {shown(found)}; up to {LONGEST_NAME} printable characters are needed")
    return found
