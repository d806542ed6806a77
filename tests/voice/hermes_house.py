"""A house that is the base station for satellites of Rhasspy 2, and a satellite in its kitchen."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.voice.living import Listening, listening
from tests.voice.rhasspy import Satellite

HERMES = {
    "microphone": None,
    "hermes": {"enabled": True, "sounds": False},
    "areas": {"tablet": "Living Room"},
    "listening": {"nothing": 1},
}


@asynccontextmanager
async def hermes_house(folder: Path, **more: Any) -> AsyncIterator[Listening]:
    """The house, as soon as its ear knows what may be said; `more` goes into its `voice:` section."""
    settings: Mapping[str, Any] = HERMES | more
    async with listening(folder, more=lambda _: settings) as house:
        await attentive(house)
        yield house


@asynccontextmanager
async def at(house: Listening, site: str) -> AsyncIterator[Satellite]:
    """A satellite of that site that hears the bus."""
    satellite = Satellite(house.house.daemon.mqtt._config.port, site)
    await satellite.ready()
    try:
        yield satellite
    finally:
        satellite.close()


async def attentive(house: Listening) -> None:
    """Wait until the ear knows what may be said."""

    async def ready() -> bool:
        facts = await house.voice.house.ask("voice", {})
        return {"engine", "missing"} <= set(facts)

    async with asyncio.timeout(20):
        while not await ready():
            await asyncio.sleep(0.05)
