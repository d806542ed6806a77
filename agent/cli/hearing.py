"""What a microphone hears, for people: a line that moves on a terminal, lines of events for a log."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import orjson

from agent.cli.looking import printable
from agent.cli.signals import cancelled_by_signals

Event = Mapping[str, Any]
Listen = Callable[[Callable[[Event], None]], Coroutine[Any, Any, None]]
WIDE = 24
FLOOR = -72.0
"""Decibels below full scale at which the bar is empty."""
LEVELS = 10
"""Readings between two lines of a log; there are ten a second."""
SPEECH = 0.5


def hear(
    listen: Listen,
    *,
    seconds: float | None,
    as_json: bool,
) -> int:
    """Show what `listen` tells until it ends, a signal comes or time is over; 1 if there was no sound."""
    screen = Screen(as_json=as_json)
    try:
        asyncio.run(_until_told(listen, screen, seconds))
    finally:
        screen.close()
    if not screen.sound:
        print("no sound came", file=sys.stderr)
    return 0 if screen.sound else 1


async def _until_told(listen: Listen, screen: "Screen", seconds: float | None) -> None:
    cancelled_by_signals()
    loop = asyncio.get_running_loop()

    def show(event: Event) -> None:
        screen.show(event)
        # What was needed to begin is not counted.
        if event["event"] == "ready" and seconds is not None:
            limit.reschedule(loop.time() + seconds)

    with suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(None) as limit:
            await listen(show)


class Screen:
    """Shows events."""

    def __init__(self, *, as_json: bool) -> None:
        self.sound = False
        """Whether there was any."""
        self._json = as_json
        self._moves = sys.stdout.isatty() and not as_json
        self._drawn = False
        self._partial = ""
        self._readings = 0
        self._word = ""

    def show(self, event: Event) -> None:
        """Show one."""
        kind = event["event"]
        self.sound = self.sound or kind == "level"
        if self._json:
            print(orjson.dumps(event).decode(), flush=True)
        elif kind == "level":
            self._level(event)
        elif kind == "partial":
            self._partial = str(event["text"])
            if not self._moves:
                print(f"... {printable(self._partial)}", flush=True)
        elif (line := self._line(event)) is not None:
            self._partial = ""
            self._end_line()
            print(printable(line), flush=True)

    def close(self) -> None:
        """Leave the line."""
        self._end_line()

    def _level(self, event: Event) -> None:
        self._readings += 1
        speech = f"speech {event['speech']:.2f}"
        wake = f"  {self._word} {event['wake']:.2f}" if self._word else ""
        if not self._moves:
            if self._readings % LEVELS == 1:
                print(f"level {event['rms_db']:.0f} dB  {speech}{wake}", flush=True)
            return
        full = round(WIDE * min(1.0, max(0.0, 1 - event["rms_db"] / FLOOR)))
        peak = round(WIDE * min(1.0, max(0.0, 1 - event["peak_db"] / FLOOR)))
        bar = "#" * full + "-" * (peak - full) + "." * (WIDE - max(full, peak))
        mark = "*" if event["speech"] >= SPEECH else " "
        line = f"[{bar}] {event['rms_db']:4.0f} dB {mark} {speech}{wake}  {self._partial}"
        width = shutil.get_terminal_size().columns - 1
        # The end of the line before is wiped: this one may be shorter.
        print(f"\r{printable(line)[:width]}\x1b[K", end="", flush=True)
        self._drawn = True

    def _line(self, event: Event) -> str | None:
        """What is said of an event that stays on the screen; None of the others."""
        kind = event["event"]
        if kind == "ready":
            self._word = event["wake"] or ""
        write = _LINES.get(kind)
        return None if write is None else write(event)

    def _end_line(self) -> None:
        if self._drawn:
            print()
        self._drawn = False


def _ready(event: Event) -> str:
    word = (event["wake"] or "").replace("_", " ")
    engine = f"{event['engine']}: {event['why']}" if event["why"] else "no speech to text here."
    return f"{engine} {f'Say {word!r}' if word else 'Listening'}; Ctrl-C ends this"


def _source(event: Event) -> str:
    return f"{event['device']}: {'open' if event['state'] == 'open' else event['reason']}"


def _heard(event: Event) -> str:
    words = " ".join(f"{word} {sure:.2f}" for word, sure in event["words"])
    unknown = ", and something that is not known" if event["unknown"] else ""
    # A server does not say how long that was.
    long = f"{event['seconds']:.1f} s, " if "seconds" in event else ""
    took = f"{long}text after {event['ms']:.0f} ms"
    return f"heard: {event['text']}  ({event['confidence']:.2f}: {words}{unknown}; {took})"


_LINES: Mapping[str, Callable[[Event], str]] = {
    "ready": _ready,
    "source": _source,
    "failed": lambda event: f"{event['what']}: {event['reason']}",
    "woke": lambda event: f"woke: {event['word']} {event['score']:.2f}",
    "heard": _heard,
    "silence": lambda event: f"silence: {event['why']}",
    "overrun": lambda event: f"{event['lost_ms']} ms of sound were lost: the machine is too busy",
}
