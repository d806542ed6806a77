"""What the tests ask a model."""

import asyncio

from agent.inference.runner import Limits, Prompt

LIGHT = Prompt(said="turn on the light")
SHORT = Limits(max_tokens=20)
ENDLESS = Limits(max_tokens=30_000, deadline=15.0)
"""Runs for seconds, with a context that is long enough."""


async def begun(worker, limits=ENDLESS):
    """A request that is under way: its task, which has said something already."""
    saying = asyncio.Event()
    task = asyncio.create_task(worker.generate(LIGHT, limits, lambda _: saying.set()))
    async with asyncio.timeout(10):
        await saying.wait()
    return task
