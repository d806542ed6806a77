"""What the data of a service may be: closed, typed, bounded. A field turns what was given into one value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agent.core.home import Entity
from agent.errors import ActionError
from agent.home.colors import NAMES

LONGEST = 255
HUGE = 1e15
"""No quantity in a house is as large; neither are infinity and what is no number at all."""
_TRUE, _FALSE = ("true", "on", "yes"), ("false", "off", "no")


class Field(Protocol):
    """One piece of data."""

    def taken(self, name: str, given: Any, entity: Entity) -> Any:
        """The value of `given`.

        Raises:
            ActionError: it is none; the text says what would be.
        """
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two bounds; a capability of the entity may narrow them."""

    low: float
    high: float
    whole: bool = False
    low_of: str | None = None
    high_of: str | None = None

    def taken(self, name: str, given: Any, entity: Entity) -> float:
        """The number, or the numeric text of a command line as one."""
        value = given
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise ActionError(f"{name} is {given!r:.80}, which is no number") from None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < HUGE:
            raise ActionError(f"{name} is {given!r:.80}, which is no number")
        low = _bound(entity.capabilities, self.low_of, self.low)
        high = _bound(entity.capabilities, self.high_of, self.high)
        if not low <= value <= high:
            raise ActionError(f"{name} is {value:g}; {entity.name} takes {low:g} to {high:g}")
        return round(value) if self.whole else value


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def taken(self, name: str, given: Any, entity: Entity) -> bool:  # noqa: ARG002  # the shape of all fields
        """The truth value, or the words of a command line for it."""
        if isinstance(given, bool):
            return given
        if isinstance(given, str) and given.casefold() in (*_TRUE, *_FALSE):
            return given.casefold() in _TRUE
        raise ActionError(f"{name} is {given!r:.80}; it is true or false")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a fixed set, or of what the entity says it has under a capability."""

    among: tuple[str, ...] = ()
    capability: str | None = None

    def taken(self, name: str, given: Any, entity: Entity) -> str:
        """The option, spelled as the entity spells it."""
        options = entity.capabilities.get(self.capability) if self.capability else None
        known = [str(one) for one in options] if isinstance(options, list | tuple) else list(self.among)
        if not known:
            raise ActionError(f"{entity.name} has no {name.replace('_', ' ')} to choose")
        if isinstance(given, bool):
            given = "on" if given else "off"
        for option in known:
            if isinstance(given, str | int | float) and str(given).casefold() == option.casefold():
                return option
        raise ActionError(
            f"{entity.name} has no {name.replace('_', ' ')} {given!r:.80}; it has {', '.join(known[:30])}"
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Printable text of bounded length; a capability of the entity may narrow the bounds."""

    most: int = LONGEST
    least: int = 0
    bounded_by_entity: bool = False

    def taken(self, name: str, given: Any, entity: Entity) -> str:
        """The text; a number becomes its digits."""
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise ActionError(f"{name} is {given!r:.80}, which is no text")
        text = str(given)
        least, most = self.least, self.most
        if self.bounded_by_entity:
            least = int(_bound(entity.capabilities, "min", least))
            most = min(most, int(_bound(entity.capabilities, "max", most)))
        if not least <= len(text) <= most or not text.isprintable():
            raise ActionError(f"{name} is no printable text of {least} to {most} characters")
        return text


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of so many numbers, each within its bounds: a colour."""

    bounds: tuple[tuple[float, float], ...]
    whole: bool = False

    def taken(self, name: str, given: Any, entity: Entity) -> list[float]:
        """The numbers."""
        if not isinstance(given, list | tuple) or len(given) != len(self.bounds):
            raise ActionError(f"{name} is {given!r:.80}; a list of {len(self.bounds)} numbers is needed")
        return [
            Number(low, high, whole=self.whole).taken(name, one, entity)
            for one, (low, high) in zip(given, self.bounds, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Color:
    """A colour by name, as "#rrggbb" or as three numbers; becomes `[red, green, blue]`."""

    def taken(self, name: str, given: Any, entity: Entity) -> list[float]:
        """The colour as rgb."""
        if isinstance(given, list | tuple):
            return Numbers(((0, 255),) * 3, whole=True).taken(name, given, entity)
        if isinstance(given, str):
            word = given.strip().casefold()
            if word in NAMES:
                return list(NAMES[word])
            if re.fullmatch(r"#[0-9a-f]{6}", word):
                return [int(word[at : at + 2], 16) for at in (1, 3, 5)]
        raise ActionError(f"{name} is {given!r:.80}; a name like 'red', '#ff8800' or [255, 136, 0] is needed")


def _bound(capabilities: Mapping[str, Any], name: str | None, default: float) -> float:
    found = capabilities.get(name) if name else None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else default
