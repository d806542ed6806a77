"""How far something long has come, on standard error: a bar for people, a line now and then for logs."""

import sys
from typing import Self

from agent.runtime.clock import Clock

WIDE = 30
EVERY = 0.1
"""Seconds between two pictures of the bar."""
STEP = 10
"""Per cent between two lines."""


class Progress:
    """Shows how many bytes are done, of how many. Leaving the block ends its line."""

    def __init__(self, what: str, clock: Clock) -> None:
        self._what = what
        self._clock = clock
        self._began: tuple[float, int] | None = None
        self._last = float("-inf")
        self._drawn = False
        self._told = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_line()

    def __call__(self, done: int, whole: int | None) -> None:
        """Show it, if it is worth it."""
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now, done
        percent = None if not whole else min(100, done * 100 // whole)
        if sys.stderr.isatty():
            if now - self._last >= EVERY or done == whole:
                self._last, self._drawn = now, True
                speed = (done - self._began[1]) / max(now - self._began[0], EVERY)
                # The end of the line before is wiped: this one may be shorter.
                bar = self._bar(done, whole, percent, speed)
                print(f"\r{bar}\x1b[K", end="", file=sys.stderr, flush=True)
        elif percent is not None and percent // STEP > self._told:
            self._told = percent // STEP
            print(f"{self._what}: {percent} %", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Say something besides."""
        self._end_line()
        print(text, file=sys.stderr, flush=True)

    def _bar(self, done: int, whole: int | None, percent: int | None, speed: float) -> str:
        rate = f"{speed / 1e6:.1f} MB/s"
        if percent is None or whole is None:
            return f"{self._what}: {done / 1e6:.1f} MB, {rate}"
        full = WIDE * percent // 100
        bar = "#" * full + "." * (WIDE - full)
        left = (whole - done) / speed if speed else 0
        return f"{self._what} [{bar}] {percent} % of {whole / 1e6:.1f} MB, {rate}, {left:.0f} s left"

    def _end_line(self) -> None:
        if self._drawn:
            print(file=sys.stderr)
        self._drawn = False
