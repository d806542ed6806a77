"""Entities by what they are called: by name, by place and name or kind; and what is left out. Pure."""

import re
from collections.abc import Iterable, Sequence

from agent.core.home import Entity
from agent.core.intents import Intent, Missing
from agent.home.fuzzy import SURE, Names, words_of
from agent.home.kinds import LONGEST_NOUN, Kind, belonging, kind_called
from agent.home.places import Place, any_place_called, place_within
from agent.home.registry import Home

_WATCHING = frozenset({"sensor", "contact", "detector", "meter", "传感器", "kontakt"})
"""What the names of sensors end in, and nobody says."""
_SHOPPING = re.compile(
    r"\b(?:shopping|grocer(?:y|ies))\b|购物|采购|\beinkauf|\bcourses\b|\bcompra\b", re.IGNORECASE
)


def speakable(home: Home) -> list[Entity]:
    """What people can speak of: exposed, and no setting or diagnosis of a device."""
    return [one for one in home.entities() if one.spoken_of]


def names_of(entity: Entity) -> tuple[str, ...]:
    """Everything that `entity` is called by."""
    names = entity.names
    if entity.domain in ("binary_sensor", "sensor"):
        return (*names, *_without_last(names, _WATCHING))
    if entity.domain == "todo":
        return (*names, *_without_last(names, {"list"}), *(f"{name} list" for name in names))
    return names


def called(said: str, entities: Iterable[Entity], home: Home) -> list[tuple[Entity, float]]:
    """The entities that `said` can name with their scores, best first.

    "Kitchen ceiling light" is also the "Ceiling Light" of the kitchen.
    """
    known = _by_name(entities)
    found = _matched(said, known)
    if not found or found[0][1] < SURE:
        words = words_of(said)
        placed = [
            one
            for place, rest in place_within(words, home)
            for one in _matched(_text(rest), _by_name(at for at in _all(known) if place.holds(at, home)))
            if one[1] >= SURE
        ]
        found = [(entity, SURE) for entity, _ in placed] or found
    return found


def said_kind(said: str, home: Home) -> tuple[Kind, Place] | None:
    """A kind and its place, if `said` is that and no name: "lights", "kitchen lamps", "blinds upstairs"."""
    words = words_of(said)
    kind = kind_called(words)
    if kind is not None:
        return kind, Place()
    for length in range(min(LONGEST_NOUN, len(words) - 1), 0, -1):
        for noun, rest in ((words[-length:], words[:-length]), (words[:length], words[length:])):
            kind = kind_called(noun)
            place = any_place_called(_text(rest), home, least=0) if kind else None
            if kind is not None and place is not None:
                return kind, place
    return None


def likest(said: str, entities: Iterable[Entity]) -> tuple[str, ...]:
    """Names that look like `said`, to be suggested."""
    return Names(name for one in entities for name in one.names).near(said)


def shopping(lists: Iterable[Entity]) -> list[Entity]:
    """Those of some lists that are for shopping: meant where no list is named."""
    return [one for one in lists if any(_SHOPPING.search(name) for name in names_of(one))]


def says_shopping(intent: Intent) -> bool:
    """Whether a list for shopping is said, and no other will do."""
    return _SHOPPING.search(intent.text) is not None


def left_out(intent: Intent, entities: Sequence[Entity], home: Home) -> frozenset[str] | Missing:
    """The ids of what the intent excepts. What could be meant is left out too: that is the careful side."""
    out: set[str] = set()
    for said in intent.excepted:
        place = any_place_called(said, home)
        excepted = [one for one, score in called(said, entities, home) if score >= SURE or place is None]
        if place is not None:
            excepted += [one for one in entities if place.holds(one, home)]
        elif not excepted:
            found = _excepted_kind(said, entities, home)
            if found is None:
                return _unknown(said, entities, home)
            excepted = found
        out |= {one.id for one in excepted}
    return frozenset(out)


def _excepted_kind(said: str, entities: Iterable[Entity], home: Home) -> list[Entity] | None:
    group = said_kind(said, home)
    if group is not None:
        kind, where = group
        return [one for one in entities if where.holds(one, home) and belonging(one, kind, asking=False)]
    place = any_place_called(said, home, least=0)
    return None if place is None else [one for one in entities if place.holds(one, home)]


def _unknown(said: str, entities: Iterable[Entity], home: Home) -> Missing:
    known = [name for one in (*home.areas(), *home.floors()) for name in one.names]
    known += [one.name for one in entities]
    return Missing(kind="name", said=said, near=Names(known).near(said))


def _by_name(entities: Iterable[Entity]) -> dict[str, list[Entity]]:
    known: dict[str, list[Entity]] = {}
    for entity in entities:
        for name in names_of(entity):
            known.setdefault(name, []).append(entity)
    return known


def _all(known: dict[str, list[Entity]]) -> Iterable[Entity]:
    return {one.id: one for entities in known.values() for one in entities}.values()


def _matched(said: str, known: dict[str, list[Entity]]) -> list[tuple[Entity, float]]:
    best: dict[str, tuple[Entity, float]] = {}
    for name, score in Names(known).match(said) if known else ():
        for entity in known[name]:
            best.setdefault(entity.id, (entity, score))
    return list(best.values())


def _without_last(names: Iterable[str], last: Iterable[str]) -> tuple[str, ...]:
    bare = []
    for name in names:
        words = name.split()
        if len(words) > 1 and words[-1].casefold() in last:
            bare.append(" ".join(words[:-1]))
        elif (
            end := next((one for one in last if not one.isascii() and name.endswith(one)), None)
        ) and name != end:
            bare.append(name.removesuffix(end))
    return tuple(bare)


def _text(words: tuple[str, ...]) -> str:
    """Words of `words_of` as a text that has the same."""
    return " ".join(words)
