"""Keeps a timer, and is killed: `python -m tests.automations.said_victim state.db [sentence]`."""

import asyncio
import sys
from pathlib import Path

import structlog

from agent.core.events import Rang
from agent.runtime.clock import Clock
from agent.runtime.store import opened
from tests.keeping import THINGS, Somebody


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(path: Path, sentence: str | None) -> None:
    async with opened(path) as store, asyncio.TaskGroup() as tasks:
        one = Somebody(Clock(), store, tasks, things=THINGS, notifies=False)
        await one.ledger.open()
        await one.schedules.load()
        with one.bus.subscribe("victim", Rang) as rings:
            if sentence is not None:
                tell((await one.say(sentence)).shown)
            else:
                tell(f"kept {len(one.said.kept())}")
            tasks.create_task(one.schedules.run())
            async for ring in rings:
                tell(f"rang {ring.id} {ring.text}")


if __name__ == "__main__":
    structlog.configure(
        logger_factory=structlog.ReturnLoggerFactory(), processors=[structlog.processors.JSONRenderer()]
    )
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
