"""From the devices to the broker, at the pace of the broker: a house of any size floods nobody.

What a device says is retained at the broker, and said again after every connect; so none of it waits in the
queues of the daemon that plays the devices, nor is it remembered there. After every few devices a message to
ourselves goes round by way of the broker: when it is back, all that went before has arrived, and is handled.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

import structlog

from agent.api import House, Message, TransientError

log = structlog.get_logger(__name__)
Said = Mapping[str, str]
"""Payload by topic, retained."""
AT_A_TIME = 2
"""Devices between two rounds: their messages are fewer than the 20 that brokers take at a time as a rule."""
ROUND_WITHIN = 5.0
"""Seconds for a message to come round, after which we go on without it."""
PAUSE = 0.02
"""Seconds to wait while there is no room."""
KEPT = 100 * 365 * 86_400.0
"""Seconds for which the broker keeps what a device said: for good."""


class Post:
    """Publishes what devices say."""

    def __init__(
        self, house: House, *, marker: str, announces: Callable[[str], Said], says: Callable[[str], Said]
    ) -> None:
        """Take what a device publishes to be known, and what to say how it is."""
        self._house = house
        self._marker = marker
        self._announces = announces
        self._says = says
        self._waiting: OrderedDict[str, bool] = OrderedDict()
        """Devices that have to say something, and whether they announce themselves with it."""
        self._withdrawn: list[str] = []
        self._more = asyncio.Event()
        self._round = 0
        self._back = asyncio.Event()

    def start(self) -> None:
        """Begin: what is given from now on, or was before, is sent in the background."""
        self._house.subscribe(self._marker, self._came_round, qos=1, every=True)
        self._house.run("post", self._run)

    def announce(self, devices: Iterable[str]) -> None:
        """Let `devices` announce themselves and say how they are, one after the other."""
        self._waiting.update(dict.fromkeys(devices, True))
        self._more.set()

    def report(self, device: str) -> None:
        """Let one device say how it is: at once if there is room, before all that wait if there is none."""
        try:
            self._send(device, announcing=False)
        except TransientError:
            self._waiting.setdefault(device, False)
            self._waiting.move_to_end(device, last=False)
            self._more.set()

    def withdraw(self, topics: Iterable[str]) -> None:
        """Let nothing be retained on `topics` any more."""
        self._withdrawn += topics
        self._more.set()

    async def _run(self) -> None:
        while True:
            if not (self._waiting or self._withdrawn) or not self._house.connected:
                self._more.clear()
                await self._more.wait()
            try:
                self._send_some()
                if self._waiting or self._withdrawn:
                    await self._go_round()
            except TransientError:
                await self._house.clock.sleep(PAUSE)

    def _send_some(self) -> None:
        for _ in range(AT_A_TIME):
            if self._withdrawn:
                self._publish(self._withdrawn[-1], "")
                self._withdrawn.pop()
            elif self._waiting:
                device, announcing = next(iter(self._waiting.items()))
                self._send(device, announcing=announcing)
                # Sending is one step of the loop, so nobody has asked for more in between.
                del self._waiting[device]

    def _send(self, device: str, *, announcing: bool) -> None:
        # The announcement comes first: whoever hears it can make something of the state.
        for said in (self._announces, self._says) if announcing else (self._says,):
            for topic, payload in said(device).items():
                self._publish(topic, payload)

    def _publish(self, topic: str, payload: str) -> None:
        self._house.command(topic, payload, qos=1, retain=True, ttl=KEPT)

    async def _go_round(self) -> None:
        self._round += 1
        self._back.clear()
        self._house.command(self._marker, str(self._round), qos=1, ttl=ROUND_WITHIN)
        try:
            async with asyncio.timeout(ROUND_WITHIN):
                await self._back.wait()
        except TimeoutError:
            log.info("demo_house.round_lost", round=self._round)

    def _came_round(self, message: Message) -> None:
        if message.payload == str(self._round).encode():
            self._back.set()
