"""Who is it that speaks to us, and where: what assistants and satellites say of themselves."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import Area

MOST_NAME = 100
SAYS_WHO = ("satellite_id", "satellite", "site_id", "device_id", "name")
SAYS_WHERE = ("area_id", "area")
_CONVERSATION = "conversation_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Where something was said, and in which conversation."""

    who: str
    area: str | None
    """The id or name of an area of the house, None if that is not known."""
    session: str


class Areas(Mapping[str, str]):
    """The area of each satellite: as it is configured, else the area that is called like it.

    Home Assistant's `assist_satellite.kitchen` is called like the kitchen.
    """

    def __init__(self, configured: Mapping[str, str], rooms: Callable[[], Iterable[Area]]) -> None:
        self._configured = configured
        self._rooms = rooms

    def _all(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for area in self._rooms():
            found |= dict.fromkeys((area.id, area.name, *area.aliases), area.id)
        configured = {_plain(name) for name in self._configured}
        return {name: area for name, area in found.items() if _plain(name) not in configured} | dict(
            self._configured
        )

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def speaker_of(context: object, host: str, areas: Mapping[str, str]) -> Speaker:
    """Who speaks.

    Args:
        context: what the peer says of the conversation; whatever it is.
        host: the address that it comes from, which is a name of last resort.
        areas: the areas of satellites.
    """
    said = context if isinstance(context, Mapping) else {}
    names = [name for key in SAYS_WHO if (name := _name(said, key))]
    places = [name for key in SAYS_WHERE if (name := _name(said, key))]
    who = names[0] if names else host
    conversation = _name(said, _CONVERSATION) or who
    return Speaker(who=who, area=area_of((*names, *places, host), areas), session=f"wyoming {conversation}")


def area_of(names: Iterable[str], areas: Mapping[str, str]) -> str | None:
    """The area of the first of `names` that has one; a name that is none here is not guessed at."""
    known = {_plain(name): area for name, area in areas.items()}
    for name in names:
        for one in (name, name.rpartition(".")[2]):
            if (area := known.get(_plain(one))) is not None:
                return area
    return None


def _name(said: Mapping[Any, Any], key: str) -> str:
    name = said.get(key)
    if not isinstance(name, str):
        return ""
    return "".join(char if char.isprintable() else "?" for char in name[:MOST_NAME]).strip()


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
