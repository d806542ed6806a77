"""How often somebody may ask: a bucket of tokens for each, of which a request takes one."""

from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 1_000
"""Callers whose buckets are remembered; of more, whoever has not asked for longest is forgotten."""


class Limits:
    """The buckets. Each holds `most` tokens, and is full again after `within` seconds."""

    def __init__(self, *, most: int, within: float, monotonic: Callable[[], float]) -> None:
        self._most = most
        self._rate = most / within
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take a token of `who`; the seconds until there is one again, 0 if there was one."""
        now = self._monotonic()
        left, at = self._buckets.get(who, (float(self._most), now))
        left = min(left + (now - at) * self._rate, float(self._most))
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._buckets[who] = (left if wait else left - 1, now)
        self._buckets.move_to_end(who)
        if len(self._buckets) > MOST_KNOWN:
            self._buckets.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._buckets)
