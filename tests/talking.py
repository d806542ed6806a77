"""The simulated house to talk to, and somebody who does."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.home.housefile import read_house
from agent.integration.loader import BUNDLED
from tests.house import House, living
from tests.integrations.simulating import there
from tests.mosquitto import Mosquitto

HOUSE = read_house(BUNDLED / "demo_house" / "default.yaml")
VALUES = {
    "plugins": {"demo_house": {"enabled": True}},
    "home": HOUSE.home_section(),
    "health": {"announce": False},
}
_ids = itertools.count()


class Talk:
    """One conversation with the house."""

    def __init__(self, house: House, session: str) -> None:
        self.house = house
        self.session = session

    async def say(self, text: str, **more) -> dict:
        """Say `text` and return the reply."""
        said = more.pop("id", f"say-{next(_ids)}")
        self.house.publish(
            self.house.topic("ask"), {"id": said, "text": text, "session": self.session, **more}
        )
        return await self.house.until(
            lambda: next(
                (one for one in self.house.on(self.house.topic("reply")) if one["id"] == said), None
            ),
            15.0,
        )

    def state(self, entity: str) -> str | None:
        return self.house.daemon.home.state(entity).value


@asynccontextmanager
async def simulated_home(state_dir: Path, more: Mapping[str, Any] | None = None) -> AsyncIterator[House]:
    """The daemon with the simulated house on a broker of its own, once everything has said how it is."""
    broker = Mosquitto().start()
    async with living(broker.port, state_dir, {**VALUES, **(more or {})}) as house:
        await there(house, len(HOUSE.entities))
        yield house
    broker.close()


async def put(talk: Talk, entity: str, state: str, **attributes) -> None:
    """Bring a simulated entity into a state, and wait until the house has heard of it."""
    talk.house.publish(f"demo-house/{entity}/set-up", {"state": state, "attributes": attributes})
    await talk.house.until(lambda: talk.state(entity) == state)
