"""How the daemon and its machine are: measured, judged, published, announced to Home Assistant."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator
from typing_extensions import override

from agent.api import (
    Births,
    BrokerConnected,
    Event,
    Integration,
    Level,
    PendingChanged,
    Section,
    Threshold,
    device_topic,
    level_of,
    thresholds_over,
    worst,
)
from integrations.health.announcing import announcement
from integrations.health.models import judged_models
from integrations.health.questions import question_components
from integrations.health.slots import Slots

LAG_EVERY = 1.0
SHORTEST = 0.5
"""Seconds before the first report: over less, the ticks of the processor's time make nonsense of a share."""
DEFAULTS = {
    "rss": Threshold(warning=250, critical=500, hysteresis=20),
    "loop_lag": Threshold(warning=200, critical=1000, hysteresis=50),
    "memory": Threshold(warning=90, critical=97, hysteresis=3),
    "disk": Threshold(warning=90, critical=97, hysteresis=1),
    "state_disk": Threshold(warning=90, critical=97, hysteresis=1),
    "temperature": Threshold(warning=80, critical=90, hysteresis=5),
}


class Settings(Section):
    """The `health:` section."""

    interval: float = Field(default=30.0, ge=1, le=3600)
    """Seconds between two reports."""
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    """By gauge; what is left out is as by default: `disk: {warning: 80}`."""
    announce: bool = True
    """Whether we announce ourselves as a device to Home Assistant."""
    discovery_prefix: str = "homeassistant"
    """The topic under which Home Assistant listens for devices."""

    @field_validator("thresholds")
    @classmethod
    def _over_defaults(cls, written: dict[str, Threshold]) -> dict[str, Threshold]:
        return thresholds_over(written, DEFAULTS)


class Health(Integration[Settings]):
    """Publishes `.../health`, retained, and our device."""

    Config = Settings
    listens = (BrokerConnected, PendingChanged)

    @override
    async def init(self) -> None:
        from integrations.health.sampling import Sampler

        self._last: dict[str, Any] = {}
        self._levels: dict[str, Level] = {}
        self._units: dict[str, str] = {}
        self._lag = 0.0
        self._seen = (self.house.clock.monotonic(), 0)
        self._slots = Slots(await self.house.store.get("slots"))
        disks = {"disk": Path("/"), "state_disk": self.house.state_dir}
        self._sampler = await asyncio.to_thread(Sampler, disks=disks)
        self._thresholds = {**DEFAULTS, **self.config.thresholds}
        self.house.run("lag", self._watch_lag)
        self.house.run("report", self._report)
        if self.config.announce:
            self._births = Births(self.house, self.config.discovery_prefix, self._announce_again)

    @override
    async def process(self, event: Event) -> None:
        if self.config.announce and self._units:
            self._announce()

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {"health": lambda _: self._last, "announced": lambda _: {"health": self.config.announce}}

    async def _report(self) -> None:
        await self.house.clock.sleep(SHORTEST)
        while True:
            await self._publish()
            await self.house.clock.sleep(self.config.interval)

    async def _publish(self) -> None:
        sampled = await asyncio.to_thread(self._sampler.sample)
        gauges = {name: (gauge.value, gauge.unit) for name, gauge in sampled.items()}
        gauges["loop_lag"] = (round(self._lag, 2), "ms")
        gauges["message_rate"] = (self._rate(), "/s")
        gauges |= {name.replace(".", "_"): (value, "") for name, value in self.house.metrics.gauges().items()}
        judged = {name: self._judged(name, value, unit) for name, (value, unit) in gauges.items()}
        models = judged_models(await self.house.ask("models", {}))
        levels = [*self._levels.values(), *(Level(one["level"]) for one in models.values())]
        self._last = {
            "level": worst(levels).value,
            "gauges": judged,
            "models": models,
            "histograms": {name: one.quantiles() for name, one in self.house.metrics.histograms.items()},
            "counters": dict(self.house.metrics.counters),
        }
        self.house.tell(self.house.topics("health"), self._last, retain=True)
        units = {name: unit for name, (_, unit) in gauges.items()}
        if units != self._units:
            self._units = units
            self._check_thresholds()
            if self.config.announce:
                self._announce()

    def _check_thresholds(self) -> None:
        """Tell of thresholds that nothing is measured for; what this machine lacks is no mistake."""
        for name in self.config.thresholds:
            known = name in self._units or name in DEFAULTS
            text = f"nothing is measured under {name!r}; there are {', '.join(sorted(self._units))}"
            self.house.problem(f"thresholds.{name}", None if known else text)

    def _judged(self, name: str, value: float, unit: str) -> dict[str, Any]:
        threshold = self._thresholds.get(name)
        level = self._levels[name] = level_of(value, threshold, self._levels.get(name, Level.OK))
        limits = {"warning": threshold.warning, "critical": threshold.critical} if threshold else {}
        return {"value": value, "unit": unit, "level": level.value, **limits}

    def _rate(self) -> float:
        """Messages a second since the last report."""
        at, count = self.house.clock.monotonic(), self.house.metrics.counters.get("mqtt.messages", 0)
        (then, before), self._seen = self._seen, (at, count)
        return round((count - before) / max(at - then, 0.001), 1)

    async def _watch_lag(self) -> None:
        """How late the event loop is: the longest of the last few waits, in milliseconds."""
        while True:
            asked = self.house.clock.monotonic()
            await self.house.clock.sleep(LAG_EVERY)
            late = (self.house.clock.monotonic() - asked - LAG_EVERY) * 1000
            self._lag = max(late, self._lag * 0.8, 0.0)
            self.house.metrics.observe("loop.lag_ms", max(late, 0.0))

    def _announce(self) -> None:
        topics, pending = self.house.topics, self.house.pending()
        before = self._slots.as_json()
        answerable = [question["id"] for question in pending if question["needs"] != "person"]
        slots = self._slots.settle(answerable)
        if self._slots.as_json() != before:
            self.house.store.put("slots", self._slots.as_json())
        questions = question_components(topics, pending, slots, zone=self.house.zone)
        payload = announcement(topics, self._units, questions)
        self.house.publish(device_topic(self.config.discovery_prefix, topics.node), payload, retain=True)

    async def _announce_again(self) -> None:
        self._announce()
        await self._publish()


INTEGRATION = Health
