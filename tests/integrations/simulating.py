"""Simulated houses of the tests' own."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tests.house import House, living


def simulated(
    port: int,
    folder: Path,
    whole: Mapping[str, Any],
    *,
    hear: bool = True,
    mqtt: Mapping[str, Any] | None = None,
) -> AbstractAsyncContextManager[House]:
    """The daemon with a house that `whole` describes, as in a house file."""
    file = folder / "house.yaml"
    file.write_text(json.dumps(whole))
    values = {
        "plugins": {"demo_house": {"enabled": True, "house": str(file)}},
        "mqtt": mqtt or {},
        "health": {"announce": False},
    }
    return living(port, folder / "state", values, hear=hear)


async def there(house: House, count: int, limit: float = 5.0) -> None:
    """Wait until so many entities are known, can be reached and have said how they are."""
    home = house.daemon.home
    await house.until(
        lambda: len(home) == count and all(_well(home, one.id) for one in home.entities()), limit
    )


def _well(home: Any, entity: str) -> bool:
    state = home.state(entity)
    return bool(state.available) and (
        state.value is not None or home.get(entity).domain in ("button", "scene")
    )


def said(house: House, entity: str, what: str) -> list[Any]:
    """Everything that a device said of itself under `what` so far."""
    return house.on(f"demo-house/{entity}/{what}")


async def problem_with(house: House, topic: str) -> str:
    """What `hearthd devices --problems` shows of a topic, once it does."""
    place = ("demo_house", topic)
    known = house.daemon.hosted["demo_house"].integration.house._parts.problems
    await house.until(lambda: any((one["source"], one["where"]) == place for one in known.as_json()))
    return next(one["problem"] for one in known.as_json() if (one["source"], one["where"]) == place)
