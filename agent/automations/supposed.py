"""The house as a rule may suppose it when it is compiled: the same things, none of which said anything yet.

What a sentence is compiled to must not depend on what happens to be on while the configuration is read. Lamps
and fans stand in the middle, so that a step up or down can be checked.
"""

from agent.core.home import Entity
from agent.home.registry import AreaConfig, FloorConfig, Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock

_IN_THE_MIDDLE = {"light": {"brightness": 128}, "fan": {"percentage": 50}}


def supposed(home: Home) -> Home:
    """A house of the floors, areas and entities of `home`, apart from it and with no memory of its states."""
    floors = tuple(FloorConfig(id=one.id, name=one.name, aliases=one.aliases) for one in home.floors())
    areas = tuple(
        AreaConfig(id=one.id, name=one.name, floor=one.floor, aliases=one.aliases) for one in home.areas()
    )
    found = Home(config=HomeConfig(floors=floors, areas=areas), bus=Bus(), clock=Clock())
    for entity in home.entities():
        found.add(entity)
        _stand(entity, found)
    return found


def _stand(entity: Entity, home: Home) -> None:
    attributes = _IN_THE_MIDDLE.get(entity.domain)
    if attributes is not None:
        home.report(entity.id, "on", attributes)
