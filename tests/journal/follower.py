"""Somebody who follows a journal in tests, with the real journalctl."""

import asyncio
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from integrations.journal.following import DELAYS, Follower, Place


class Reader:
    """Somebody who follows the journal and writes down what comes."""

    def __init__(self, folder: Path, place: Place | None, delays) -> None:
        self.entries = []
        self.replayed = []
        self.problems = []
        self.follower = Follower(
            house=SimpleNamespace(clock=Clock(), metrics=Metrics()),
            place=place,
            directory=folder,
            problem=self.problems.append,
            delays=delays,
        )

    @property
    def messages(self):
        return [one.get("MESSAGE") for one in self.entries]

    def handle(self, batch, *, replayed):
        self.entries += batch
        self.replayed += [replayed] * len(batch)

    async def until(self, claim, limit=8.0):
        async with asyncio.timeout(limit):
            while not claim():
                await asyncio.sleep(0.01)

    async def read(self, *messages, limit=8.0):
        await self.until(lambda: len(self.messages) >= len(messages), limit)
        assert self.messages == list(messages)


@asynccontextmanager
async def reading(folder, place=None, delays=DELAYS):
    reader = Reader(folder, place, delays)
    task = asyncio.create_task(reader.follower.follow(reader.handle))
    try:
        yield reader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
