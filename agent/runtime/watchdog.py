"""The watchdog of systemd is told that all is well only while every vital loop makes progress.

Each such loop is handed a `Beat` that it calls whenever it comes round. One that does not for too long is
named in the log with the place where it waits, and systemd is told nothing any more: it ends us with SIGABRT,
upon which Python writes where every thread is, and starts us again. A broker or a model that is away is no
reason: a try that failed is progress.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from agent.runtime.clock import Clock
from agent.runtime.systemd import notify

log = structlog.get_logger(__name__)
Beat = Callable[[], None]
PER_PERIOD = 3
"""How often in systemd's period it is told."""
COME_ROUND = 5.0
"""Seconds after which whoever only waits shows that it lives."""
_DEEPEST = 12


def idle() -> None:
    """The Beat of a loop that nobody watches."""


async def awaited(event: asyncio.Event, beat: Beat) -> None:
    """Wait for `event`; whoever waits shows meanwhile that it lives."""
    while not event.is_set():
        beat()
        with suppress(TimeoutError):
            async with asyncio.timeout(COME_ROUND):
                await event.wait()


@dataclass(slots=True, kw_only=True)
class _Vital:
    within: float
    last: float
    stands: bool = False


class Watchdog:
    """Watches over the loops that it gave a beat to."""

    def __init__(self, *, clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
        """Take the daemon's `environment`, where systemd says how often it wants to hear of us."""
        self._clock = clock
        self._vital: dict[str, _Vital] = {}
        self.period = _period(environment)
        """Seconds after which systemd ends whoever it does not hear of; 0: it does not."""

    def beat(self, name: str, *, within: float) -> Beat:
        """A beat for the loop called `name`, which is to come round within so many seconds."""
        vital = self._vital[name] = _Vital(within=within, last=self._clock.monotonic())

        def come_round() -> None:
            vital.last = self._clock.monotonic()

        return come_round

    def standing(self) -> tuple[str, ...]:
        """The loops that stand still."""
        now = self._clock.monotonic()
        return tuple(name for name, one in self._vital.items() if now - one.last > one.within)

    async def run(self) -> None:
        """Tell systemd as long as all is well, until cancelled. Without a watchdog, loops are only named."""
        while True:
            standing = self.standing()
            self._name(standing)
            if self.period and not standing:
                notify("WATCHDOG=1")
            await self._clock.sleep(self.period / PER_PERIOD or 10.0)

    def _name(self, standing: tuple[str, ...]) -> None:
        """Log what has come to a stand, or goes on again, once."""
        for name, vital in self._vital.items():
            stands = name in standing
            if stands and not vital.stands:
                log.critical("watchdog.loop_stopped", loop=name, within=vital.within, waits_at=_place(name))
            elif vital.stands and not stands:
                log.warning("watchdog.loop_resumed", loop=name)
            vital.stands = stands


def _period(environment: Mapping[str, str]) -> float:
    """What systemd asks of this process, in seconds."""
    for_whom = environment.get("WATCHDOG_PID")
    if for_whom is not None and for_whom != str(os.getpid()):
        return 0.0
    asked = environment.get("WATCHDOG_USEC", "")
    return int(asked) / 1e6 if asked.isdecimal() else 0.0


def _place(name: str) -> list[str]:
    """Where the task of a loop waits, innermost last."""
    tasks = [one for one in asyncio.all_tasks() if one.get_name() == name]
    return [
        f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        for task in tasks
        for frame in task.get_stack(limit=_DEEPEST)
    ]
