"""From a target to the entities it stands for. An unknown name never widens: the nearest is suggested."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from agent.core.actions import Target
from agent.core.home import Area, Entity, Floor
from agent.errors import ActionError
from agent.home.registry import Home

MOST = 500
MOST_NEAR = 1_000
"""Names that are compared with an unknown one; each takes some ten microseconds."""
LONGEST = 500
"""Letters of a reason."""


def select(target: Target, *, domain: str, home: Home) -> tuple[Entity, ...]:
    """The entities that `target` stands for, for a service of `domain`.

    By its id an entity is reached in any case; names, places and domains reach those that are exposed and
    part of daily life.

    Raises:
        ActionError: a name that is not in the house, nothing selected, or too much.
    """
    if not target:
        raise ActionError("no target was given; name an entity, an area, a floor or a domain")
    if target.domain and domain not in target.domain:
        raise ActionError(
            f"{domain} services are for {domain} entities, not for {' or '.join(target.domain[:5])}"[:LONGEST]
        )
    areas = {_place(name, "area", home.areas()).id for name in target.area}
    floors = {_place(name, "floor", home.floors()).id for name in target.floor}
    if target.entity:
        called = _called(domain, home) if any(home.get(name) is None for name in target.entity) else {}
        named = (_entity(name, domain, home, called) for name in dict.fromkeys(target.entity))
        found = list({one.id: one for one in named}.values())
    else:
        found = _spoken_of(domain, home)
    found = [
        one
        for one in found
        if (not areas or one.area in areas) and (not floors or home.floor_of(one) in floors)
    ]
    if not found:
        raise ActionError(f"there is no {_spoken(domain)} {_where(target)}"[:LONGEST])
    if len(found) > MOST:
        raise ActionError(f"{len(found)} entities at once are too many; {MOST} are allowed")
    return tuple(found)


def _entity(name: str, domain: str, home: Home, called: Mapping[str, Sequence[Entity]]) -> Entity:
    found = home.get(name)
    if found is None:
        meant = called.get(name.strip().casefold(), ())
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise ActionError(f"{name!r} could be {' or '.join(one.id for one in meant[:5])}")
        ids = [one.id for one in home.entities() if one.domain == domain]
        raise ActionError(f"there is no {name!r}{_near(name, ids)}")
    if found.domain != domain:
        article = "an" if found.domain[0] in "aeiou" else "a"
        raise ActionError(
            f"{found.id} is {article} {_spoken(found.domain)}; {domain} services are for {domain} entities"
        )
    return found


def _spoken_of(domain: str, home: Home) -> list[Entity]:
    return [one for one in home.entities() if one.domain == domain and one.spoken_of]


def _called(domain: str, home: Home) -> dict[str, list[Entity]]:
    """Entities by what they are called: asked for once, however many names are looked for."""
    called: dict[str, list[Entity]] = {}
    for one in _spoken_of(domain, home):
        for name in set(_names(one)):
            called.setdefault(name, []).append(one)
    return called


def _place(name: str, kind: str, places: Iterable[Area | Floor]) -> Area | Floor:
    wanted = name.strip().casefold()
    known = list(places)
    found = [one for one in known if one.id == wanted] or [one for one in known if wanted in _names(one)]
    if not found:
        raise ActionError(f"there is no {kind} {name!r}{_near(name, [one.id for one in known])}")
    if len(found) > 1:
        raise ActionError(f"{kind} {name!r} could be {' or '.join(repr(one.id) for one in found[:5])}")
    return found[0]


def _names(one: Entity | Area | Floor) -> tuple[str, ...]:
    return tuple(name.casefold() for name in one.names)


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name.casefold()[:100], known[:MOST_NEAR], n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""


def _where(target: Target) -> str:
    places = [*(f"in {name!r}" for name in target.area), *(f"on {name!r}" for name in target.floor)]
    return " ".join(places) or "in the house"


def _spoken(domain: str) -> str:
    return domain.replace("_", " ")
