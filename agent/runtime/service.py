"""Long-running work, named and restarted when it fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import structlog

from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
DELAYS = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Work that goes on until it is cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]


async def supervise(
    service: Service, *, clock: Clock, metrics: Metrics, delays: Sequence[float] = DELAYS
) -> NoReturn:
    """Keep `service` running, pausing longer after each failure in a row.

    One of four places where any exception is caught: a bug in one service is logged with its traceback and
    costs that service a pause, not the house its life.
    """
    failures = 0
    while True:
        started = clock.monotonic()
        try:
            await service.run()
            log.warning("service.ended", service=service.name)
        except Exception:
            log.exception("service.failed", service=service.name, failures=failures + 1)
        metrics.count("service.restarts")
        if clock.monotonic() - started > delays[-1]:
            failures = 0
        await clock.sleep(delays[min(failures, len(delays) - 1)])
        failures += 1


async def cancelled(task: asyncio.Task[object], *, within: float) -> None:
    """Cancel `task` and wait for its end, `within` seconds at most."""
    task.cancel()
    await asyncio.wait([task], timeout=within)
