"""A process with one schedule a second, to be killed: `python -m tests.automations.victim state.db`."""

import asyncio
import sys
from datetime import UTC
from pathlib import Path

import structlog

from agent.automations.schedules import Schedules
from agent.runtime.clock import Clock
from agent.runtime.store import opened
from tests.automations.virtual import configs


async def fire(firing):
    said = f"{'again' if firing.again else 'fresh'} {firing.id} {firing.scheduled.timestamp():.0f}\n"
    sys.stdout.write(said)
    sys.stdout.flush()


async def main(path: Path) -> None:
    async with opened(path) as store:
        schedules = Schedules(store=store, clock=Clock(), zone=UTC, place=None, fire=fire, look_every=0.05)
        await schedules.load()
        await schedules.replace(configs({"every": "1s", "missed": "run-all"}))
        await schedules.run()


if __name__ == "__main__":
    structlog.configure(
        logger_factory=structlog.ReturnLoggerFactory(), processors=[structlog.processors.JSONRenderer()]
    )
    asyncio.run(main(Path(sys.argv[1])))
