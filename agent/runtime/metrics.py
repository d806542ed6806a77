"""Counters, gauges and histograms of the daemon itself.

Plain dictionaries and a bounded window of samples: cheap enough for every message.
"""

from collections import deque
from collections.abc import Callable
from math import ceil

import structlog

log = structlog.get_logger(__name__)
WINDOW = 1000


class Histogram:
    """The last thousand samples of something, in the unit of its name."""

    __slots__ = ("_samples", "count")

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=WINDOW)
        self.count = 0

    def observe(self, sample: float) -> None:
        """Take one more sample."""
        self._samples.append(sample)
        self.count += 1

    def quantiles(self) -> dict[str, float]:
        """`count`, `p50`, `p90`, `p99` and `max` of the window; only `count` while there is no sample."""
        ordered = sorted(self._samples)
        if not ordered:
            return {"count": 0}
        picks = {"p50": 0.50, "p90": 0.90, "p99": 0.99, "max": 1.0}
        at = {name: ordered[max(0, ceil(share * len(ordered)) - 1)] for name, share in picks.items()}
        return {"count": self.count, **{name: round(value, 3) for name, value in at.items()}}


class Metrics:
    """Everything measured, by dotted name: `mqtt.messages`, `action.sent_ms`."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, Callable[[], float]] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add `by` to counter `name`."""
        self.counters[name] = self.counters.get(name, 0) + by

    def observe(self, name: str, sample: float) -> None:
        """Add a sample to histogram `name`."""
        histogram = self.histograms.get(name)
        if histogram is None:
            histogram = self.histograms[name] = Histogram()
        histogram.observe(sample)

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        """Make `name` a gauge that is read when somebody looks."""
        self._gauges[name] = read

    def gauges(self) -> dict[str, float]:
        """Every gauge, read now. A fence: one that cannot be read is left out, whoever's it is."""
        found: dict[str, float] = {}
        for name, read in self._gauges.items():
            try:
                found[name] = read()
            except Exception:
                log.exception("metrics.gauge_failed", gauge=name)
        return found
