"""A timer outlives the process that promised it."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@asynccontextmanager
async def life(path, *sentence):
    """A process that ends by being killed; gives what reads its next line."""
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.automations.said_victim", str(path), *sentence),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )

    async def line():
        async with asyncio.timeout(15):
            return (await victim.stdout.readline()).decode().strip()

    try:
        yield line
    finally:
        victim.kill()
        await victim.wait()


async def test_a_timer_of_a_killed_daemon_rings_once(tmp_path):
    path = tmp_path / "state.db"
    async with life(path, "set a tea timer for 4 seconds") as line:
        promised = await line()
    async with life(path) as line:
        kept = await line()
        rang = await line()
        # Its end is on disk before anything else is asked of it.
        await asyncio.sleep(0.5)
    async with life(path) as line:
        left = await line()

    assert promised == "Tea timer set for 4 seconds"
    assert kept == "kept 1"
    assert rang.endswith("Your tea timer is over")
    assert left == "kept 0"
