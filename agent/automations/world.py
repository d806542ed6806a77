"""What rules look at beside what set them off: states, the time, the sun; and how answers are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from agent.core.home import State

UNAVAILABLE, UNKNOWN = "unavailable", "unknown"
NO_VALUE = (UNAVAILABLE, UNKNOWN)
LONGEST_SHOWN = 60
_MOST_SHOWN = 10**LONGEST_SHOWN


class World(Protocol):
    """The house as rules see it."""

    def state(self, entity_id: str) -> State:
        """What an entity last said; an empty State for an unknown one."""
        ...

    def now(self) -> datetime:
        """The house's local time, aware."""
        ...

    def sun_is_up(self) -> bool | None:
        """Whether the sun is above the horizon; None where nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether something holds, and in words what was seen: "sensor.lux was 80, not below 50"."""

    met: bool
    words: str


def word_of(state: State) -> str:
    """The state as one word: its value, `unavailable`, or `unknown`."""
    if state.available is False:
        return UNAVAILABLE
    return UNKNOWN if state.value is None else state.value


def reading(state: State, attribute: str | None) -> Any:
    """The state's word or its attribute; None if it has no such attribute."""
    if attribute is None:
        return word_of(state)
    return None if state.available is False else state.attributes.get(attribute)


def number_of(value: Any) -> float | None:
    """`value` as a finite number, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if -1e300 < number < 1e300 else None  # noqa: PLR2004  # also false for what is no number


def words_of(value: Any) -> Any:
    """`value` as it is compared with a state that somebody wrote down: `true` is on, 3 is "3"."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int | float) else value


def shown(value: Any) -> str:
    """`value` in a sentence: on one line and not long, whatever a device made of it."""
    if type(value) is int and -_MOST_SHOWN < value < _MOST_SHOWN:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or hasattr(value, "_undefined_name"):
        return "not given"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = f"{value:g}" if isinstance(value, float) else str(value)[: LONGEST_SHOWN + 1]
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "?" for one in text)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def limits(above: float | None, below: float | None) -> str:
    """The limits of a number in words."""
    parts = [f"above {above:g}"] if above is not None else []
    parts += [f"below {below:g}"] if below is not None else []
    return " and ".join(parts)


def within(number: float, above: float | None, below: float | None) -> bool:
    """Whether `number` lies between the limits, themselves not included."""
    return (above is None or number > above) and (below is None or number < below)


def either(words: tuple[str, ...]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
