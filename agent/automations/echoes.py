"""Our own commands come back: as the same message, and as the state that they asked for. Neither is news.

What was sent is remembered for a while, boundedly. One message of ours accounts for one that comes back.
Times are seconds of a clock that never jumps.
"""

from collections import OrderedDict
from typing import Any

from agent.core.actions import Expectation
from agent.core.events import StateChanged
from agent.mqtt.message import Message

FOR = 5.0
"""Seconds after which what comes in is no echo any more, where the command does not say how long it takes."""
MOST = 4_096


class Echoes:
    """What we sent and may hear of again."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._messages: OrderedDict[tuple[str, int], list[float]] = OrderedDict()
        self._asked: OrderedDict[str, tuple[Expectation, float, bool]] = OrderedDict()
        """What is expected, until when, and whether it was reported: another report is then others' doing."""

    def published(self, topic: str, payload: bytes, *, now: float) -> None:
        """We published this."""
        key = (topic, hash(payload))
        sent = self._messages.setdefault(key, [])
        sent[:] = [one for one in sent[-63:] if one > now - FOR]
        sent.append(now)
        self._messages.move_to_end(key)
        self._forget(self._messages)

    def asked(self, entity: str, expects: Expectation, *, now: float) -> None:
        """We sent an entity a command that should make it report what it `expects`."""
        self._asked[entity] = (expects, now + max(expects.within, FOR), False)
        self._asked.move_to_end(entity)
        self._forget(self._asked)

    def is_ours(self, happening: Message | StateChanged, *, now: float) -> bool:
        """Whether `happening` is what we brought about ourselves."""
        if isinstance(happening, Message):
            return self._is_our_message(happening, now)
        known = self._asked.get(happening.entity)
        if known is None:
            return False
        expects, until, reported = known
        new = happening.new
        met = now <= until and expects.met(new.value, new.attributes)
        if met:
            self._asked[happening.entity] = (expects, until, True)
        elif now > until or reported:
            del self._asked[happening.entity]
        return met

    def _is_our_message(self, message: Message, now: float) -> bool:
        if not self._messages:
            return False
        key = (message.topic, hash(message.payload))
        sent = self._messages.get(key)
        if sent is None:
            return False
        while sent and sent[0] <= now - FOR:
            sent.pop(0)
        found = bool(sent)
        if found:
            sent.pop(0)
        if not sent:
            del self._messages[key]
        return found

    def _forget(self, known: "OrderedDict[Any, Any]") -> None:
        while len(known) > self._most:
            known.popitem(last=False)
