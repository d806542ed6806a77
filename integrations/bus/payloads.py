"""What may come in on our own topics, and how a message becomes an action or an honest no."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from agent.api import ENVELOPE, Action, Cause, Message, Target, Trust

NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
LONGEST_ID = 128
MOST_NAMES = 500
MOST_DATA = 64
LONGEST_TTL = 86_400.0
AHEAD = 30.0
"""Seconds another machine's clock may be ahead of ours."""
KINDS = ("entity", "area", "floor", "domain")
RUN = "task.run"
"""The service behind `.../run/<task>`."""


class RefusalError(Exception):
    """A message that cannot be taken; the text says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message, as far as it can be known."""

    cause: Cause
    trust: Trust


def parsed(message: Message, *, like: str = '{"id": ..., "service": ...}') -> dict[str, Any]:
    """The payload as a JSON object. `like`: what it would look like.

    Raises:
        RefusalError: it is not one.
    """
    try:
        found = message.json()
    except ValueError as error:
        raise RefusalError(f"the payload is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise RefusalError(f"the payload is {_kind(found)}; an object like {like} is needed")
    return found


def id_of(payload: Mapping[str, Any]) -> str:
    """The id that everything about a message is answered with.

    Raises:
        RefusalError: there is none, or it is not printable text of at most 128 characters.
    """
    found = payload.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID or not found.isprintable():
        raise RefusalError(f"'id' is {shown(found)}; up to {LONGEST_ID} printable characters are needed")
    return found


def level_of(payload: Mapping[str, Any]) -> str:
    """The id of a question, which the topic of its answer ends with.

    Raises:
        RefusalError: there is none, or nothing can be published there.
    """
    found = id_of(payload)
    if "+" in found or "#" in found:
        raise RefusalError(f"'id' is {shown(found)}; the topic of the answer ends with it: no '+', no '#'")
    return found


def action_of(payload: Mapping[str, Any], *, sender: Sender, now: datetime, left: float | None) -> Action:
    """The action a `.../do` payload asks for. `left`: seconds of life the broker says it has left.

    Raises:
        RefusalError: something in it is missing or malformed.
    """
    service = payload.get("service")
    if not isinstance(service, str) or not NAME.fullmatch(service) or len(service) > LONGEST_ID:
        raise RefusalError(f"'service' is {shown(service)}; a name like 'light.turn_on' is needed")
    data = payload.get("data", {})
    if data is None:
        data = {}
    if not isinstance(data, dict) or len(data) > MOST_DATA:
        raise RefusalError(f"'data' is {_kind(data)}; an object of at most {MOST_DATA} fields is needed")
    born, ttl = life_of(payload, now=now, left=left)
    return Action(
        id=id_of(payload),
        service=service,
        target=_target(payload.get("target", {})),
        cause=sender.cause,
        trust=sender.trust,
        born=born,
        ttl=ttl,
        data=data,
        trace=trace_of(payload),
        channel=sender.cause.kind,
    )


def run_of(
    task: str, payload: Mapping[str, Any], *, sender: Sender, now: datetime, left: float | None
) -> Action:
    """The action a `.../run/<task>` payload asks for: its parameters, and what `.../do` has beside them.

    Without an id, what says its birth or is signed is known by its content: a copy of it does nothing.

    Raises:
        RefusalError: something in it is missing or malformed.
    """
    content = json.dumps([task, payload], sort_keys=True).encode()
    once = "ts" in payload or "signature" in payload
    known = blake2b(content, digest_size=8).hexdigest() if once else uuid4().hex[:16]
    asked = {
        "id": known,
        **{key: one for key, one in payload.items() if key in ENVELOPE},
        "service": RUN,
        "target": {"entity": f"task.{task}"},
        "data": {key: one for key, one in payload.items() if key not in ENVELOPE},
    }
    return action_of(asked, sender=sender, now=now, left=left)


def life_of(
    payload: Mapping[str, Any], *, now: datetime, left: float | None
) -> tuple[datetime, float | None]:
    """Birth and time to live, with the broker's own expiry as an upper bound."""
    ttl = payload.get("ttl")
    if ttl is not None and (
        isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= LONGEST_TTL
    ):
        raise RefusalError(f"'ttl' is {shown(ttl)}; seconds above 0, at most {LONGEST_TTL:.0f}, are needed")
    given = payload.get("ts")
    if given is None:
        born = now
    else:
        try:
            born = datetime.fromisoformat(given)
            if born.tzinfo is None:
                raise RefusalError(f"'ts' is {shown(given)}, without a time zone; add 'Z' for UTC")
            born = born.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise RefusalError(f"'ts' is {shown(given)}; '2026-01-31T12:00:00Z' would be right") from None
        ahead = (born - now).total_seconds()
        if ahead > AHEAD:
            raise RefusalError(f"'ts' lies {ahead:.0f} s in the future; set the sender's clock")
        born = min(born, now)
    if left is not None:
        until = (now - born).total_seconds() + left
        ttl = until if ttl is None else min(float(ttl), until)
    return born, None if ttl is None else float(ttl)


def _target(found: object) -> Target:
    if isinstance(found, str):
        found = {"entity": found}
    if not isinstance(found, dict):
        raise RefusalError(f"'target' is {_kind(found)}; an object like {{'entity': 'light.desk'}} is needed")
    unknown = set(found) - set(KINDS)
    if unknown:
        raise RefusalError(f"'target' has {shown(min(map(str, unknown)))}; it takes {', '.join(KINDS)}")
    return Target(**{kind: _names(kind, names) for kind, names in found.items()})


def _names(kind: str, found: object) -> tuple[str, ...]:
    names = [found] if isinstance(found, str) else found
    if (
        not isinstance(names, list)
        or not 0 < len(names) <= MOST_NAMES
        or not all(isinstance(name, str) and 0 < len(name) <= 255 for name in names)  # noqa: PLR2004
    ):
        raise RefusalError(f"'target.{kind}' is {shown(found)}; a name or up to {MOST_NAMES} are needed")
    return tuple(names)


def trace_of(payload: Mapping[str, Any]) -> str:
    """The trace id that came along, or a new one."""
    given = payload.get("trace")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_ID and given.isprintable():
        return given
    return uuid4().hex[:16]


def _kind(found: object) -> str:
    words = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return words.get(type(found), "a number")


def shown(found: object) -> str:
    """A value as it is quoted in a refusal."""
    return "missing" if found is None else repr(found)[:80]
