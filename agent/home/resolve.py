"""From a target to the entities it stands for. An unknown name never widens: the nearest is suggested."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Protocol

from agent.core.actions import Target
from agent.core.home import Area, Entity, Floor
from agent.errors import ActionError
from agent.home.registry import Home

MOST = 500


class _Place(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


def select(target: Target, *, domain: str, home: Home) -> tuple[Entity, ...]:
    """The entities that `target` stands for, for a service of `domain`.

    An entity that is named is reached in any case; places and domains reach those that are exposed and part
    of daily life.

    Raises:
        ActionError: a name that is not in the house, nothing selected, or too much.
    """
    if not target:
        raise ActionError("no target was given; name an entity, an area, a floor or a domain")
    if target.domain and domain not in target.domain:
        raise ActionError(
            f"{domain} services are for {domain} entities, not for {' or '.join(target.domain)}"
        )
    areas = {_place(name, "area", home.areas()).id for name in target.area}
    floors = {_place(name, "floor", home.floors()).id for name in target.floor}
    if target.entity:
        found = [_entity(name, domain, home) for name in dict.fromkeys(target.entity)]
    else:
        found = [
            one for one in home.entities() if one.domain == domain and one.exposed and one.category is None
        ]
    found = [
        one
        for one in found
        if (not areas or one.area in areas) and (not floors or home.floor_of(one) in floors)
    ]
    if not found:
        raise ActionError(f"there is no {_spoken(domain)} {_where(target)}")
    if len(found) > MOST:
        raise ActionError(f"{len(found)} entities at once are too many; {MOST} are allowed")
    return tuple(found)


def _entity(name: str, domain: str, home: Home) -> Entity:
    found = home.get(name)
    if found is None:
        wanted = name.strip().casefold()
        called = [one for one in home.entities() if one.domain == domain and wanted in _names(one)]
        if len(called) == 1:
            return called[0]
        if called:
            raise ActionError(f"{name!r} could be {' or '.join(one.id for one in called[:5])}")
        ids = [one.id for one in home.entities() if one.domain == domain]
        raise ActionError(f"there is no {name!r}{_near(name, ids)}")
    if found.domain != domain:
        article = "an" if found.domain[0] in "aeiou" else "a"
        raise ActionError(
            f"{found.id} is {article} {_spoken(found.domain)}; {domain} services are for {domain} entities"
        )
    return found


def _place(name: str, kind: str, places: Iterable[Area] | Iterable[Floor]) -> _Place:
    wanted = name.strip().casefold()
    known: list[_Place] = list(places)
    for place in known:
        if wanted in (place.id, place.name.casefold(), *(alias.casefold() for alias in place.aliases)):
            return place
    raise ActionError(f"there is no {kind} {name!r}{_near(name, [place.id for place in known])}")


def _names(entity: Entity) -> tuple[str, ...]:
    return (entity.name.casefold(), *(alias.casefold() for alias in entity.aliases))


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name.casefold()[:100], known[:10_000], n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""


def _where(target: Target) -> str:
    places = [*(f"in {name!r}" for name in target.area), *(f"on {name!r}" for name in target.floor)]
    return " ".join(places) or "in the house"


def _spoken(domain: str) -> str:
    return domain.replace("_", " ")
