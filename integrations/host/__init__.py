"""The machine that we run on: measured, judged, published, announced, and answered for."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from typing_extensions import override

from agent.api import (
    ActionError,
    Births,
    BrokerConnected,
    Event,
    House,
    Integration,
    Level,
    Teller,
    device_topic,
)
from integrations.host.announcing import OF_HEALTH, announcement
from integrations.host.answering import Answering
from integrations.host.devices import failing_disks, gpu, ups, ups_gauges
from integrations.host.gauges import SHORTEST, Gauge, Sampler
from integrations.host.judging import judged, problem, worst_of
from integrations.host.section import DEFAULTS, Settings

EVERY_HOUR = 3_600.0
DEVICES_EVERY = 60.0
"""Seconds between two looks at a graphics card or a UPS, which cost more than a file of the kernel."""


class Host(Integration[Settings]):
    """Publishes `.../host`, retained, and our second device; answers questions about the machine."""

    Config = Settings
    listens = (BrokerConnected,)

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._last: dict[str, Any] = {}
        self._gauges: dict[str, Gauge] = {}
        self._levels: dict[str, Level] = {}
        self._devices: dict[str, Gauge] = {}
        self._smart: dict[str, Gauge] = {}
        self._measured: set[str] = set()
        self._announced: dict[str, str] = {}
        self._gone: set[str] = set()
        self._answering = Answering(config, house, lambda: self._last)

    @override
    async def init(self) -> None:
        self._sampler = await asyncio.to_thread(Sampler)
        self.house.run("devices", self._look_at_devices)
        if self.config.smart:
            self.house.run("smart", self._look_at_disks)
        self.house.run("report", self._report)
        self.house.once("warm", self._answering.warm())
        if self.config.announce:
            self._births = Births(self.house, self.config.discovery_prefix, self._announce_again)

    @override
    async def process(self, event: Event) -> None:
        if self.config.announce and self._announced:
            self._announce()

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {"host": lambda _: self._last}

    @override
    def tells(self) -> Mapping[str, Teller]:
        return self._answering.tells()

    # measuring ------------------------------------------------------------------------------------------
    async def _report(self) -> None:
        await self.house.clock.sleep(SHORTEST)
        while True:
            await self._publish()
            await self.house.clock.sleep(self.config.interval)

    async def _publish(self) -> None:
        sampled = await asyncio.to_thread(self._sampler.sample)
        self._gauges = {**sampled, **self._devices, **self._smart}
        found = judged(self._gauges, self.config.thresholds, self._levels)
        self._levels = {name: one.level for name, one in found.items()}
        self._last = {
            "level": worst_of(found).value,
            "gauges": {name: one.as_json() for name, one in found.items()},
        }
        self.house.tell(self.house.topics("host"), self._last, retain=True)
        for name, one in found.items():
            self.house.problem(f"level.{name}", problem(name, one))
        for name in self.config.thresholds:
            known = name in self._gauges or name in DEFAULTS
            text = f"nothing is measured under {name!r}; there are {', '.join(sorted(self._gauges))}"
            self.house.problem(f"thresholds.{name}", None if known else text)
        for gone in self._measured - self._gauges.keys():
            self.house.problem(f"level.{gone}", None)
        self._measured = set(self._gauges)
        elsewhere = await self._shown_by_health()
        units = {name: one.unit for name, one in self._gauges.items() if name not in elsewhere}
        if units != self._announced:
            self._gone = (self._gone | self._announced.keys()) - units.keys()
            self._announced = units
            if self.config.announce:
                self._announce()

    async def _shown_by_health(self) -> frozenset[str]:
        """Gauges of which the device of the health report has a sensor: two of one kind are one too many."""
        plugins = await self.house.ask("plugins", {})
        if not any(one["domain"] == "health" for one in plugins):
            return frozenset()
        try:
            announced = await self.house.ask("announced", {})
        except ActionError:
            return OF_HEALTH  # it is there, and not up yet
        return OF_HEALTH if announced["health"] else frozenset()

    async def _look_at_devices(self) -> None:
        while True:
            found = await gpu()
            if self.config.ups is not None:
                variables = await ups(self.config.ups)
                found |= ups_gauges(variables) if variables is not None else {}
            self._devices = found
            # Where there is nothing of the kind, something may yet be plugged in, but not every minute.
            await self.house.clock.sleep(DEVICES_EVERY if found else 10 * DEVICES_EVERY)

    async def _look_at_disks(self) -> None:
        while True:
            with suppress(OSError):
                found = await failing_disks()
                if found is not None:
                    names, _ = found
                    self._smart = {"disks_failing": Gauge(len(names), "", ", ".join(names))}
            await self.house.clock.sleep(EVERY_HOUR)

    # Home Assistant -------------------------------------------------------------------------------------
    def _announce(self) -> None:
        topics = self.house.topics
        topic = device_topic(self.config.discovery_prefix, topics.node, "_host")
        gauges = {name: one for name, one in self._gauges.items() if name in self._announced}
        self.house.publish(topic, announcement(topics, gauges, gone=self._gone), retain=True)

    async def _announce_again(self) -> None:
        self._announce()
        await self._publish()


INTEGRATION = Host
