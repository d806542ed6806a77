"""Somebody on the bus who only listens: no will, no session, nothing published.

What the broker had retained comes with `retain` set. Where filters overlap, a message is handed on once if
the broker numbers its copies (MQTT 5).
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence

from agent.errors import TransientError
from agent.mqtt.config import MqttConfig
from agent.mqtt.link import Link
from agent.mqtt.packets import Publication
from agent.mqtt.reconnect import Reconnecting
from agent.mqtt.trie import FilterTree
from agent.runtime.clock import Clock

WELCOME_WITHIN = 10.0
FIRST_TRIES = 4
"""Tries to find out which version of MQTT the broker speaks."""
CLOSED_WITHIN = 2.0


class Listener:
    """One connection at a time, opened by `connect`.

    `heard` gets what comes, `full` says when to stop reading, `lost` is called when the connection is.
    """

    def __init__(
        self,
        *,
        config: MqttConfig,
        purpose: str,
        filters: Sequence[str],
        heard: Callable[[Publication], None],
        full: Callable[[], bool],
        lost: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._config = config
        self._client_id = f"hearthd-{purpose}-{secrets.token_hex(6)}"
        self._filters = tuple(dict.fromkeys(filters))
        self._numbers: FilterTree[int] = FilterTree()
        for number, one in enumerate(self._filters, start=1):
            self._numbers[one] = number
        self._heard = heard
        self._full = full
        self._lost = lost
        self._clock = clock
        self._reconnecting = Reconnecting(config, self._client_id)
        self._link: Link | None = None
        self._since = 0.0
        self._waiting: dict[int, str] = {}
        self._settled = asyncio.Event()
        self._hung_up = False
        self.connected = False
        self.reason = ""
        """Why there is none."""
        self.refused: dict[str, str] = {}
        """Filters that the broker would not have, and why."""
        self.oversized_count = 0
        """Messages that were longer than `mqtt.max_payload`, and skipped."""

    async def begin(self) -> None:
        """Connect for the first time, in the version that the broker speaks.

        Raises:
            TransientError: it is not there, or does not let us in.
        """
        for _ in range(FIRST_TRIES):
            protocol = self._reconnecting.protocol
            if await self.connect():
                return
            if not self._hung_up and protocol == self._reconnecting.protocol:
                break
        raise TransientError(f"no broker at {self._config.host}:{self._config.port}: {self.reason}")

    async def connect(self) -> bool:
        """Connect and wait until the broker has answered to our filters; False if it did not work."""
        self._settled.clear()
        self._waiting.clear()
        self._hung_up = False
        link = Link(
            config=self._config,
            client_id=self._client_id,
            protocol=self._reconnecting.protocol,
            will=None,
            owner=self,
            # What the broker kept for us while we were away, nobody could tell from what is new.
            lasting=False,
        )
        self._link = link
        try:
            await link.open()
        except (OSError, TimeoutError) as error:
            link.abort()
            self._link = None
            self.reason = str(error) or "no answer in time"
            self._reconnecting.failed(self.reason)
            return False
        try:
            async with asyncio.timeout(WELCOME_WITHIN):
                await self._settled.wait()
        except TimeoutError:
            link.abort()
            self._link = None
            self.connected = False
            self.reason = "the broker took the connection and said nothing"
            self._reconnecting.unanswered()
            return False
        return self.connected

    def delay(self) -> float:
        """Seconds until the next try to connect."""
        return self._reconnecting.delay()

    def resume(self) -> None:
        """Read on: there is room again."""
        if self._link is not None:
            self._link.resume()

    async def close(self) -> None:
        """Say good-bye."""
        link, self._link = self._link, None
        if link is None:
            return
        try:
            async with asyncio.timeout(CLOSED_WITHIN):
                await link.close()
        except TimeoutError:
            link.abort()
        self.connected = False

    # what the Link reports ------------------------------------------------------------------------------
    def up(self, link: Link, *, session: bool, receive_maximum: int, identifiers: bool) -> None:  # noqa: ARG002
        """Ask for everything: one packet for each filter, so that each has its number."""
        self._reconnecting.succeeded()
        self._since = self._clock.monotonic()
        self.connected = True
        for number, one in enumerate(self._filters, start=1):
            packet = link.send_subscribe([(one, 1, False)], identifier=number if identifiers else None)
            self._waiting[packet] = one

    def down(self, link: Link, *, reason: str, code: int | None) -> None:
        """Remember why."""
        if link is not self._link:
            return
        self._link = None
        self.reason = reason
        if not self.connected:
            self._hung_up = code is None
            self._reconnecting.refused(reason, code)
        else:
            lived = self._clock.monotonic() - self._since
            self._reconnecting.lost(reason=reason, code=code, lived=lived)
            self._lost()
        self.connected = False
        self._settled.set()

    def received(self, link: Link, found: Publication) -> None:
        """Hand on, unless another copy of it is the one for that."""
        if found.qos:
            link.send_ack(found.packet)
        if found.subscriptions and len(self._filters) > 1:
            first = min(self._numbers.match(found.topic), default=0)
            if first and first not in found.subscriptions:
                return
        self._heard(found)

    def oversized(self, topic: str, size: int) -> None:  # noqa: ARG002
        """Count what was skipped."""
        self.oversized_count += 1

    def batch_read(self) -> None:
        """Stop reading while there is no room, but not before the broker has answered to every filter."""
        if self._settled.is_set() and self._full() and self._link is not None:
            self._link.pause()

    def acknowledged(self, link: Link, packet: int, *, refused: str | None) -> None:
        """Nothing is published here."""

    def subscribed(self, link: Link, packet: int, refused: Sequence[str | None]) -> None:
        """The broker has answered to a filter."""
        if link is not self._link or (asked := self._waiting.pop(packet, None)) is None:
            return
        for reason in refused:
            if reason is not None:
                self.refused[asked] = reason
        if not self._waiting:
            self._settled.set()
