"""The topics of Hermes: what comes in is read, what goes out is not taken for something that came in.

The parts of a base station talk to each other over the broker, where others may look on. So what our dialogue
manager publishes for recognisers and voices comes back to us, who are both.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import structlog

from agent.api import House, Message
from integrations.voice.hermes.messages import MOST_PAYLOAD, M, is_level, read

log = structlog.get_logger(__name__)
BASE = "hermes"
LASTS = 10.0
"""Seconds that what we say may wait for the broker; later nobody expects it."""
COMES_BACK_WITHIN = 30.0
MOST_ON_ITS_WAY = 1_000


class Echoes:
    """What we published lately on topics that we listen to ourselves."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, str, bytes]] = deque(maxlen=MOST_ON_ITS_WAY)

    def sent(self, topic: str, payload: bytes) -> None:
        """Remember what is published."""
        self._sent.append((asyncio.get_running_loop().time() + COMES_BACK_WITHIN, topic, payload))

    def returned(self, topic: str, payload: bytes) -> bool:
        """Whether this is ours; each counts once."""
        now = asyncio.get_running_loop().time()
        while self._sent and self._sent[0][0] < now:
            self._sent.popleft()
        for at, (_, sent_topic, sent) in enumerate(self._sent):
            if sent_topic == topic and sent == payload:
                del self._sent[at]
                return True
        return False


class Wire:
    """Publishes and subscribes below `hermes/`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._echoes = Echoes()
        self._heard: set[str] = set()
        self._ends: list[Callable[[], None]] = []

    def hear(self, topic: str, kind: type[M], handler: Callable[[M, str], None]) -> None:
        """Call `handler` with what others publish on `hermes/<topic>`, and with what `+` stands for there."""
        topic_filter = f"{BASE}/{topic}"
        at = topic_filter.split("/").index("+") if "+" in topic_filter else None

        def take(message: Message) -> None:
            if message.retain or self._echoes.returned(message.topic, message.payload):
                return
            level = "" if at is None else message.topic.split("/")[at]
            try:
                found = read(kind, _checked(message, level))
            except ValueError as error:
                self._house.metrics.count("hermes.refused")
                log.warning("hermes.refused", topic=message.topic[:200], reason=str(error)[:200])
            else:
                handler(found, level)

        self._heard.add(topic_filter)
        self._ends.append(self._house.subscribe(topic_filter, take, qos=1, every=True))

    def listen(self, topic: str, handler: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `handler` with every payload on `hermes/<topic>`, until what this returns is called."""

        def take(message: Message) -> None:
            if not message.retain:
                handler(message.payload)

        return self._house.subscribe(f"{BASE}/{topic}", take, every=True)

    def tell(self, topic: str, body: Mapping[str, Any]) -> None:
        """Publish JSON on `hermes/<topic>`."""
        topic, payload = f"{BASE}/{topic}", orjson.dumps(body, default=str)
        if topic in self._heard:
            self._echoes.sent(topic, payload)
        self._house.publish(topic, payload, ttl=LASTS)

    def send(self, topic: str, payload: bytes) -> None:
        """Publish bytes on `hermes/<topic>`."""
        self._house.publish(f"{BASE}/{topic}", payload, ttl=LASTS)

    def error(self, part: str, reason: str, *, site: str, session: str = "", context: str = "") -> None:
        """Tell on `hermes/error/<part>` what is wrong."""
        log.warning("hermes.failed", part=part, site=site, reason=reason)
        body = {"error": reason, "siteId": site, "sessionId": session or None, "context": context or None}
        self.tell(f"error/{part}", body)

    def dropped(self, seconds: float) -> None:
        """Count sound that came and was not heard."""
        if seconds:
            self._house.metrics.count("voice.overrun_ms", round(1000 * seconds))

    def close(self) -> None:
        """Hear nothing more."""
        while self._ends:
            self._ends.pop()()


def _checked(message: Message, level: str) -> Any:
    """What `message` says.

    Raises:
        ValueError: it is too long, no JSON, or on a topic that nobody is called like.
    """
    if level and not is_level(level):
        raise ValueError(f"{level[:40]!r} is no id")
    if len(message.payload) > MOST_PAYLOAD:
        raise ValueError(f"{len(message.payload)} bytes; {MOST_PAYLOAD} are possible")
    return message.json()
