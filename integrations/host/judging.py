"""From gauges to levels, and from levels to what is said of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import Level, Threshold, level_of, worst
from integrations.host.gauges import Gauge
from integrations.host.section import DEFAULTS, kind_of

_SAID: Mapping[str, str] = {
    "memory": "the memory is {value} % full",
    "swap": "the swap is {value} % full",
    "pressure_memory": "programs waited for memory {value} % of the last minute",
    "pressure_io": "programs waited for disks {value} % of the last minute",
    "disk": "the disk at {about} is {value} % full",
    "inodes": "the disk at {about} has used {value} % of the files it can hold",
    "temperature": "the machine is at {value} °C",
    "gpu_temperature": "the graphics card is at {value} °C",
    "disks_failing": "{value} of the disks say that they fail",
    "disks_read_only": "{value} of the disks became read-only",
    "ups_charge": "the UPS is at {value} %",
    "battery": "the battery is at {value} %",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A gauge, its level and where its edges are."""

    gauge: Gauge
    level: Level
    threshold: Threshold | None

    def as_json(self) -> dict[str, Any]:
        """A line of the report."""
        edges = self.threshold
        limits = {"warning": edges.warning, "critical": edges.critical} if edges else {}
        about = {"of": self.gauge.about} if self.gauge.about else {}
        return {
            "value": self.gauge.value,
            "unit": self.gauge.unit,
            "level": self.level.value,
            **about,
            **limits,
        }


def threshold_of(name: str, configured: Mapping[str, Threshold]) -> Threshold | None:
    """The edges of a gauge: its own, those of its kind, or the default."""
    kind = kind_of(name)
    for table in (configured, DEFAULTS):
        for key in (name, kind):
            if key in table:
                return table[key]
    return None


def judged(
    gauges: Mapping[str, Gauge], configured: Mapping[str, Threshold], before: Mapping[str, Level]
) -> dict[str, Judged]:
    """Every gauge with its level; `before` are the levels of the last time."""
    found = {}
    for name, gauge in gauges.items():
        threshold = threshold_of(name, configured)
        level = level_of(gauge.value, threshold, before.get(name, Level.OK))
        found[name] = Judged(gauge, level, threshold)
    return found


def worst_of(found: Mapping[str, Judged]) -> Level:
    """The worst level of all."""
    return worst([one.level for one in found.values()])


def problem(name: str, one: Judged) -> str | None:
    """What is to be said of a gauge; None while it is well."""
    if one.level is Level.OK:
        return None
    said = _SAID.get(kind_of(name), f"{name.replace('_', ' ')} is at {{value}} {one.gauge.unit}")
    text = said.format(value=f"{one.gauge.value:g}", about=one.gauge.about or "/")
    edge = one.threshold.critical if one.threshold and one.level is Level.CRITICAL else None
    edge = one.threshold.warning if one.threshold and edge is None else edge
    if edge is None:
        return text
    below = one.threshold is not None and one.threshold.below
    return f"{text} ({one.level.value} {f'below {edge:g}' if below else f'from {edge:g} on'})"
