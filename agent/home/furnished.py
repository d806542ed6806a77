"""A house to read sentences in, with no daemon: from a house file, or as a daemon's last life left it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from agent.core.home import Entity
from agent.home.housefile import HouseFile
from agent.home.memory import remembered
from agent.home.registry import Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock


def furnished(house: HouseFile) -> Home:
    """The house of a house file, every entity in the state it begins in."""
    home = Home(config=HomeConfig.model_validate(house.home_section()), bus=Bus(), clock=Clock())
    for one in house.entities:
        device_class = one.device_class or one.attributes.get("device_class")
        entity = Entity(
            id=one.id,
            name=one.name,
            owner="house file",
            area=one.area,
            device_class=device_class if isinstance(device_class, str) else None,
            unit=one.unit,
            capabilities=one.attributes,
        )
        home.add(entity)
        home.report(one.id, one.state, one.attributes)
    return home


def as_left(state_dir: Path, config: HomeConfig) -> Home | None:
    """The house as the daemon of `state_dir` remembers it; None if it remembers nothing. Changes nothing."""
    path = state_dir / "hearthd.db"
    if not path.exists():
        return None
    home = Home(config=config, bus=Bus(), clock=Clock())
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            known = remembered(db)
    except sqlite3.Error:
        return None
    for one in known:
        home.restore(one)
    return home if known else None
