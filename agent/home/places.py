"""Places as people speak of them: areas and floors by any of their names, "here", "everywhere". Pure.

A place that is not in the house is an answer of its own: it never means the whole house.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.core.home import Area, Entity, Floor
from agent.core.intents import Intent, Missing
from agent.home.fuzzy import SURE, Names, words_of
from agent.home.kinds import listed
from agent.home.registry import Home

_EVERYWHERE = re.compile(
    r"\b(?:everywhere|all over|(?:whole|entire) (?:house|home|place|apartment|flat|building)"
    r"|(?:in|of|throughout|across|around) (?:the |my |our )?(?:house|home|apartment|flat)"
    r"|(?:all|every) (?:the )?rooms?|überall|im (?:ganzen )?haus|in der (?:ganzen )?wohnung|partout"
    r"|(?:toute )?la maison|en todas partes|toda la casa|ovunque|tutta la casa|overal|hele huis)\b"
    r"|家里|家中|全家|全屋|整个(?:家|房子|屋)|到处|所有房间|每个房间",
    re.IGNORECASE,
)
_THE_HOUSE = re.compile(
    r"(?:the |my |our )?(?:whole |entire )?(?:house|home|apartment|flat|place|building)|everywhere|anywhere"
    r"|all|all rooms|every room|(?:全|整个)?(?:家|屋)(?:里)?|haus|wohnung|überall|maison|partout|casa",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\b(?:here|this room|hier|(?:diesem|dem) (?:raum|zimmer)|ici|cette pièce|aquí|esta habitación)\b"
    r"|这里|这边|这儿|这个房间|这间|本房间|此处|屋里|房间里",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:all|every|each|both|everything|everywhere|alle[srmn]?|jede[srnm]?|alles|tous|toutes|tout|toute"
    r"|todos|todas|todo|tutti|tutte|tutto|alle|elke|ieder|wszystkie|все|всё)\b|所有|全部|全都|每|一切|都|全",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\b(?:which|what|any|anything|how many|all|every|each|no|none)\b|哪|几|多少|所有|全部|都|有没有|任何",
    re.IGNORECASE,
)
_STOREY = re.compile(
    r"\s*(?:\b(?:floor|level|storey|story|etage|stock|geschoss|étage|planta|piso)\b|[楼层樓層])\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look: ids of areas, of floors, or of both at once; None: not limited by these."""

    areas: frozenset[str] | None = None
    floors: frozenset[str] | None = None
    called: str | None = None
    """Its name in the house."""
    either: bool = False
    """Several areas share the name that was said, and one of them is meant."""

    def __bool__(self) -> bool:
        return self.areas is not None or self.floors is not None

    def within(self, other: "Place") -> "Place":
        """What is in both."""
        return Place(
            areas=_common(self.areas, other.areas),
            floors=_common(self.floors, other.floors),
            called=self.called or other.called,
            either=self.either or other.either,
        )

    def holds(self, entity: Entity, home: Home) -> bool:
        """Whether `entity` is there; what has no area is nowhere."""
        return (self.areas is None or entity.area in self.areas) and (
            self.floors is None or home.floor_of(entity) in self.floors
        )


def means_everywhere(intent: Intent) -> bool:
    """Whether the whole house is said: no room limits it then."""
    return _EVERYWHERE.search(intent.text) is not None or any(_is_house(one) for one in _said_places(intent))


def means_here(intent: Intent) -> bool:
    """Whether the place of the speaker is said in words, not only understood."""
    return intent.here and _HERE.search(intent.text) is not None


def means_all(intent: Intent) -> bool:
    """Whether a word like "all" is said, or it is not known what was."""
    return intent.every and (not intent.text or _ALL.search(intent.text) is not None)


def counts(intent: Intent) -> bool:
    """Whether a question is about how many or which there are, not about those that are here."""
    told = intent.text and intent.language[:2] in ("en", "zh")
    return intent.every and (not told or _COUNTS.search(intent.text) is not None)


def place_of(intent: Intent, home: Home) -> Place | Missing:
    """The place that is said, an unlimited one if none is; a floor may be said as an area and the reverse."""
    place = Place()
    for slot in ("area", "floor"):
        for said in listed(intent.slots.get(slot)):
            found = _place_called(said, slot, home)
            if found is None and _is_house(said):
                continue
            if found is None:
                known = home.areas() if slot == "area" else home.floors()
                near = Names(name for one in known for name in one.names).near(said)
                return Missing(kind="area" if slot == "area" else "floor", said=said, near=near)
            place = _joined(place, found)
    return place


def any_place_called(said: str, home: Home, *, least: float = SURE) -> Place | None:
    """The area or floor of that name."""
    return _areas(said, home, least=least) or _floors(said, home, least=least)


def place_within(words: tuple[str, ...], home: Home) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """The places whose names `words` begin or end with, each with the words that are left."""
    for one in home.areas():
        yield from _left(words, one, Place(areas=frozenset({one.id}), called=one.name))
    for level in home.floors():
        yield from _left(words, level, Place(floors=frozenset({level.id}), called=level.name))


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _left(words: tuple[str, ...], one: Area | Floor, place: Place) -> Iterator[tuple[Place, tuple[str, ...]]]:
    for name in one.names:
        own = words_of(name)
        if own and len(own) < len(words):
            if words[: len(own)] == own:
                yield place, words[len(own) :]
            elif words[-len(own) :] == own:
                yield place, words[: -len(own)]


def _place_called(said: str, slot: str, home: Home) -> Place | None:
    if slot == "area":
        return (
            _areas(said, home, least=SURE) or _floors(said, home, least=SURE) or _areas(said, home, least=0)
        )
    return _floors(said, home, least=SURE) or _areas(said, home, least=SURE) or _floors(said, home, least=0)


def _areas(said: str, home: Home, *, least: float) -> Place | None:
    found = _called(said, home.areas(), least)
    if not found:
        return None
    return Place(areas=frozenset(one.id for one in found), called=found[0].name, either=len(found) > 1)


def _floors(said: str, home: Home, *, least: float) -> Place | None:
    """Floors also by what is left of their names without "floor"."""
    found = _called(said, home.floors(), least)
    if not found:
        bare = " ".join(words_of(_STOREY.sub(" ", said.casefold())))
        found = [one for one in home.floors() if bare and bare in map(_bare, one.names)]
    return Place(floors=frozenset(one.id for one in found), called=found[0].name) if found else None


def _bare(name: str) -> str:
    return " ".join(words_of(_STOREY.sub(" ", name.casefold())))


def _called(said: str, known: Iterable[Area | Floor], least: float) -> list[Area | Floor]:
    """The best of `known` by that name or id; several if they share it, none if several were misheard."""
    places = list(known)
    by_id = [one for one in places if one.id == said]
    if by_id:
        return by_id
    names: dict[str, list[Area | Floor]] = {}
    for one in places:
        for name in one.names:
            names.setdefault(name, []).append(one)
    found = Names(names).match(said)
    best = found[0][1] if found else 0
    if not found or best < least:
        return []
    fitting = {one.id: one for name, score in found if score == best for one in names[name]}
    return list(fitting.values()) if best >= SURE or len(fitting) == 1 else []


def _joined(one: Place, other: Place) -> Place:
    """Several areas are all meant; an area and a floor limit each other."""
    return Place(
        areas=one.areas if other.areas is None else (one.areas or frozenset()) | other.areas,
        floors=one.floors if other.floors is None else (one.floors or frozenset()) | other.floors,
        called=other.called if not one.called else f"{one.called}, {other.called}",
        either=one.either or other.either,
    )


def _said_places(intent: Intent) -> Iterator[str]:
    yield from listed(intent.slots.get("area"))
    yield from listed(intent.slots.get("floor"))


def _is_house(said: str) -> bool:
    return _THE_HOUSE.fullmatch(said.strip()) is not None
