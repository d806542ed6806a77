"""One message as it came from the broker, parsed at most once however many handlers look at it."""

from collections.abc import Callable
from typing import Any

import orjson

DEEPEST = 100
"""Levels of JSON; beyond some hundreds, showing or storing a value fails."""
_UNPARSED: Any = object()


class Message:
    """A received publication. `resumed`: the broker stored it while we were away."""

    __slots__ = (
        "_ack",
        "_json",
        "correlation",
        "expiry",
        "payload",
        "qos",
        "response_topic",
        "resumed",
        "retain",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        resumed: bool = False,
        response_topic: str | None = None,
        correlation: bytes | None = None,
        expiry: int | None = None,
        ack: Callable[[], None] | None = None,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.resumed = resumed
        self.response_topic = response_topic
        self.correlation = correlation
        self.expiry = expiry
        """Seconds of life the broker says are left (MQTT 5), None if the sender set no limit."""
        self._ack = ack
        self._json: Any = _UNPARSED

    def text(self) -> str:
        """The payload as text.

        Raises:
            ValueError: it is not UTF-8.
        """
        return self.payload.decode()

    def json(self) -> Any:
        """The payload as JSON. Handlers share the result: do not change it.

        Raises:
            ValueError: it is not JSON (RFC 8259: no NaN, valid UTF-8) or nested deeper than DEEPEST.
        """
        if self._json is _UNPARSED:
            try:
                self._json = orjson.loads(self.payload)
                if self.payload.count(b"[") + self.payload.count(b"{") > DEEPEST:
                    _check_depth(self._json)
            except ValueError as error:
                self._json = error
        if isinstance(self._json, ValueError):
            raise self._json
        return self._json

    def ack(self) -> None:
        """Tell the broker that it may forget this message. Once is enough; more does no harm."""
        if self._ack is not None:
            ack, self._ack = self._ack, None
            ack()


def check_qos(qos: int) -> None:
    """Raise ValueError for a QoS that is not spoken here."""
    if qos not in (0, 1):
        raise ValueError(f"QoS {qos!r}: 0 (at most once) and 1 (at least once) are spoken here")


def last_of(number: int, ack: Callable[[], None]) -> Callable[[], None]:
    """One acknowledgement for `number` handlers that each give theirs."""
    left = [number]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            ack()

    return count


def _check_depth(found: Any) -> None:
    level = [found]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {DEEPEST} levels")
