"""What every simulated device is: a state, attributes, and a way to take a command. Pure: it publishes nothing.

A command either changes the device or raises RefusedError; what it then says is `told`. What takes time is a plan
of steps, which whoever drives the device carries out with `step` when `due` says.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from agent.api import HouseEntity

UNAVAILABLE = "unavailable"
UNKNOWN = "unknown"
NONE = "None"
"""The payload that means: unknown."""
LONGEST = 255
"""Letters of a state."""
MOST_ATTRIBUTES = 64


class RefusedError(ValueError):
    """A command or a state that the device cannot take; the text says what is wrong and what would be right."""


class Device:
    """A simulated entity. Domains override what is theirs: `states`, `initial`, `config`, `parts`, `obey`."""

    states: ClassVar[frozenset[str]] = frozenset()
    """The states it can be in; empty: any."""
    initial: ClassVar[str | None] = None
    owned: ClassVar[frozenset[str]] = frozenset()
    """Attributes that its own topics carry."""
    abilities: ClassVar[frozenset[str]] = frozenset()
    """Attributes of the house file that say what it can do; they are announced, not reported."""

    def __init__(self, spec: HouseEntity, *, base: str, travel_time: float) -> None:
        self.spec = spec
        self.base = base
        self.travel_time = travel_time
        self.can: Mapping[str, Any] = dict(spec.attributes)
        self.value = self.initial
        self.attributes: dict[str, Any] = {}
        self.reachable = True
        self._plan: deque[tuple[float, Callable[[], None]]] = deque()
        self.plans = 0
        """How many plans were made: one that is not the newest is not carried out."""
        self._extra_told = False
        self.put(spec.state, spec.attributes)

    # what it is ------------------------------------------------------------------------------------------
    def config(self) -> dict[str, Any]:
        """The discovery keys of its domain."""
        return {}

    def parts(self) -> dict[str, Any]:
        """What it says now, by topic below its base."""
        return {"state": self.word()}

    def told(self) -> dict[str, str | bytes]:
        """What it says now, ready to be published retained."""
        found = self.parts()
        extra = {key: one for key, one in self.attributes.items() if key not in self.hidden()}
        if extra or self._extra_told:
            self._extra_told = True
            found["attributes"] = extra
        return {part: _written(one) for part, one in found.items()}

    def hidden(self) -> frozenset[str]:
        """Attributes that are not told on the common attributes topic."""
        return self.owned | self.abilities | _DESCRIPTIVE

    def topic(self, part: str) -> str:
        """The full topic of `part`."""
        return f"{self.base}/{part}"

    def word(self) -> str:
        """The state as a payload."""
        return NONE if self.value is None else self.value

    # what happens to it ----------------------------------------------------------------------------------
    def put(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        """Be in `state` (None: the one it has) with `attributes` over those it has; null takes one away.

        Raises:
            RefusedError: it cannot be in that state; it stays as it was.
        """
        before = (self.value, dict(self.attributes), self.reachable)
        try:
            self._put(state, attributes)
            self.told()
        except (TypeError, ValueError, LookupError, OverflowError) as error:
            self.value, self.attributes, self.reachable = before
            if isinstance(error, RefusedError):
                raise
            raise RefusedError(f"{self.spec.id} cannot have {dict(attributes)!r:.80}: {error}") from None
        self.plan([])

    def _put(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        for key, value in attributes.items():
            if value is None:
                self.attributes.pop(key, None)
            else:
                self.attributes[key] = value
        if len(self.attributes) > MOST_ATTRIBUTES:
            raise RefusedError(f"{self.spec.id} would have {len(self.attributes)} attributes; 64 are allowed")
        if state == UNAVAILABLE:
            self.reachable = False
            return
        if state is not None or attributes:
            self.reachable = True
        if state == UNKNOWN:
            self.value = None
        elif state is not None:
            known = self.known_states()
            if known and state not in known:
                raise RefusedError(
                    f"{self.spec.id} cannot be {state!r}; {', '.join(sorted(known))} would be right"
                )
            self.value = state
        self.placed(state, attributes)

    def known_states(self) -> frozenset[str]:
        """The states it can be in; empty: any."""
        return self.states

    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        """Make the rest of it fit what it was just put into."""

    def obey(self, part: str, text: str) -> None:
        """Do what `text`, received on the command topic `part`, says.

        Raises:
            RefusedError: that is no command of its.
        """
        raise RefusedError(f"{self.spec.id} takes no commands on {part!r}; it got {text!r:.80}")

    def reaches(self) -> Mapping[str, str]:
        """The states that the command just obeyed puts other entities into."""
        return {}

    # what takes time -------------------------------------------------------------------------------------
    def plan(self, steps: Sequence[tuple[float, Callable[[], None]]]) -> None:
        """Do `steps` one after the other, each after its seconds, instead of what was planned before."""
        self._plan = deque(steps)
        self.plans += 1

    @property
    def due(self) -> float | None:
        """Seconds until the next step, None if nothing is planned."""
        return self._plan[0][0] if self._plan else None

    def step(self) -> None:
        """Do the next step of the plan."""
        if self._plan:
            self._plan.popleft()[1]()

    def become(self, state: str) -> Callable[[], None]:
        """A step that ends in `state`."""

        def then() -> None:
            self.value = state

        return then


_DESCRIPTIVE = frozenset({"device_class", "unit_of_measurement", "icon", "friendly_name", "drift"})


def amount(text: str, low: float, high: float) -> float:
    """`text` as a number from `low` to `high`.

    Raises:
        RefusedError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise RefusedError(f"{text!r:.80} is wrong; a number from {low:g} to {high:g} would be right")
    return neat(value)


def choice(text: str, allowed: Sequence[str]) -> str:
    """`text`, which must be one of `allowed`.

    Raises:
        RefusedError: it is none of them.
    """
    if text not in allowed:
        raise RefusedError(f"{text!r:.80} is wrong; {', '.join(map(str, allowed))} would be right")
    return text


def json_object(text: str) -> dict[str, Any]:
    """`text` as a JSON object.

    Raises:
        RefusedError: it is none.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise RefusedError(f"{text!r:.80} is wrong; a JSON object would be right")
    return found


def neat(value: float) -> float:
    """A whole number without its point."""
    return int(value) if float(value).is_integer() else round(value, 4)


def words(listed: Any, default: Sequence[str] = ()) -> list[str]:
    """A list of words of the house file."""
    return [str(one) for one in listed] if isinstance(listed, list) else list(default)


def _written(value: Any) -> str | bytes:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value)
    return str(neat(value)) if isinstance(value, int | float) else str(value)
