"""The bus of a recording: what is played on it is heard, and what is sent on it goes nowhere."""

from collections.abc import Callable

from typing_extensions import override

from agent.mqtt.client import Mqtt
from agent.mqtt.config import MqttConfig
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.watchdog import Beat, idle


class Tape(Mqtt):
    """A broker that is always there, for whoever listens to what was. Nothing here opens a connection."""

    def __init__(self, *, topics: Topics, bus: Bus, clock: Clock, metrics: Metrics) -> None:
        super().__init__(config=MqttConfig(), topics=topics, bus=bus, clock=clock, metrics=metrics)

    def play(self, message: Message) -> bool:
        """Let everybody hear `message` who subscribed to it; False: that is nobody."""
        routes = self._subscriber.routes(message.topic, ())
        if not routes:
            return False
        self._inbox.put(message.topic, message, routes, None)
        self._inbox.drain()
        return True

    @property
    @override
    def connected(self) -> bool:
        return True

    @override
    async def caught_up(self) -> None:
        return

    @override
    async def answered(self) -> None:
        return

    @override
    async def run(self, beat: Beat = idle) -> None:
        return

    @override
    def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        ttl: float | None = None,
        correlation: bytes | None = None,
        on_ack: Callable[[], None] | None = None,
    ) -> None:
        self._let_see(topic, payload)
        if on_ack is not None:
            on_ack()

    @override
    def command(
        self, topic: str, payload: str | bytes, *, qos: int = 0, retain: bool = False, ttl: float
    ) -> None:
        self._let_see(topic, payload)

    def _let_see(self, topic: str, payload: str | bytes) -> None:
        """Whoever wants to know his own commands when they come back, sees them go out."""
        if self._sender.listener is not None:
            self._sender.listener(topic, payload.encode() if isinstance(payload, str) else payload)
