"""When to try again, in which version of MQTT, and what to tell the person who must help."""

from random import SystemRandom
from typing import Literal

import structlog

from agent.mqtt.config import MqttConfig

log = structlog.get_logger(__name__)
FIRST, LAST, CLASH = 0.5, 60.0, 15.0
"""Seconds: the first delay, the longest, and the shortest while another client uses our name."""
SHORT_LIFE = 2.0
SHORT_LIVES = 3
"""So many connections in a row of less than `SHORT_LIFE` seconds look like a second client of our name."""
HANG_UPS = 2
TAKEN_OVER = 142
UNSUPPORTED = (1, 132)
NOT_ALLOWED = (4, 5, 134, 135, 138)


class Reconnecting:
    """What the tries so far have taught."""

    def __init__(self, config: MqttConfig, client_id: str) -> None:
        self._config = config
        self._client_id = client_id
        self._broker = f"{config.host}:{config.port}"
        self.proven = config.protocol != "auto"
        """Whether the version of MQTT is known to be the right one."""
        self._failures = 0
        self._hang_ups = 0
        self._short_lives = 0
        self._clashed = False
        self.protocol: Literal["5", "3.1.1"] = "3.1.1" if config.protocol == "3.1.1" else "5"
        """The version of the next try."""

    def delay(self) -> float:
        """Seconds until the next try: longer after each failure, never the same for two clients."""
        delay = min(LAST, FIRST * 2.0 ** min(self._failures, 10))
        if self._clashed:
            delay = max(delay, CLASH)
        return delay * SystemRandom().uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """The broker accepted us."""
        self.proven = True
        self._failures = self._hang_ups = 0

    def failed(self, reason: str) -> None:
        """Nobody answered."""
        self._failures += 1
        # A broker that is not there ended the connections before by its own death, not in favour of another.
        self._short_lives, self._clashed = 0, False
        log.warning("mqtt.connection_failed", broker=self._broker, reason=reason, tries=self._failures)

    def unanswered(self) -> None:
        """The broker took the connection and said nothing, as some do that stumble over MQTT 5."""
        self._hang_ups = HANG_UPS
        self.refused("the broker took the connection and said nothing", None)

    def refused(self, reason: str, code: int | None) -> None:
        """The broker sent us away with a reason code, or (None) hung up without a word."""
        self._failures += 1
        self._hang_ups = self._hang_ups + 1 if code is None else 0
        if not self.proven and (code in UNSUPPORTED or self._hang_ups >= HANG_UPS):
            self.protocol = "3.1.1" if self.protocol == "5" else "5"
            self._failures = self._hang_ups = 0
            log.info("mqtt.protocol_changed", broker=self._broker, protocol=self.protocol, reason=reason)
            return
        advice = "see the log of the broker"
        if code in NOT_ALLOWED:
            advice = f"check mqtt.username and mqtt.password: {self._config.username!r} was not let in"
        elif code in UNSUPPORTED:
            advice = "set mqtt.protocol to auto"
        log.error(
            "mqtt.connection_refused",
            broker=self._broker,
            client_id=self._client_id,
            reason=reason,
            advice=advice,
        )

    def lost(self, *, reason: str, code: int | None, lived: float) -> None:
        """A connection ended after `lived` seconds."""
        self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE else 0
        self._failures = self._short_lives
        self._clashed = code == TAKEN_OVER or self._short_lives >= SHORT_LIVES
        log.warning("mqtt.disconnected", broker=self._broker, reason=reason, after=round(lived, 1))
        if self._clashed:
            log.warning(
                "mqtt.session_taken_over",
                client_id=self._client_id,
                advice="another client seems to use this client id: give each its own mqtt.client_id",
            )
