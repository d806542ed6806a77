"""From a number to a level: ok, warning or critical, without flickering at the edge. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from agent.section import Section

_EDGES = ("warning", "critical")


class Level(StrEnum):
    """How bad a value is."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


class Threshold(Section):
    """Where a gauge becomes a warning and where it becomes critical. What is left out is as by default."""

    warning: float | None = None
    """The value from which it is a warning; null: never."""
    critical: float | None = None
    """The value from which it is critical; null: never."""
    below: bool = False
    """Low values are the bad ones."""
    hysteresis: float = Field(default=0.0, ge=0)
    """How far a value must come back before the level goes down again."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("it says nothing; 'warning: 80' would be right, and null switches an edge off")
        return self

    def over(self, default: "Threshold | None") -> "Threshold":
        """`default` with all that was written here in its place.

        Raises:
            ValueError: what is critical would be no warning yet.
        """
        written = {name: getattr(self, name) for name in self.model_fields_set}
        found = self if default is None else default.model_copy(update=written)
        if found.warning is None or found.critical is None:
            return found
        if found.critical < found.warning if not found.below else found.critical > found.warning:
            side = "below" if found.below else "above"
            what = {
                key: f"{getattr(found, key):g}{'' if key in written else ' by default'}" for key in _EDGES
            }
            raise ValueError(
                f"critical ({what['critical']}) has to be {side} warning ({what['warning']}),"
                " for it is the worse one"
            )
        return found


def thresholds_over(
    written: Mapping[str, Threshold],
    defaults: Mapping[str, Threshold],
    kind_of: Callable[[str], str] = str,
) -> dict[str, Threshold]:
    """What was written of each gauge, over what holds for it or its kind by default.

    Raises:
        ValueError: the edges of one would be the wrong way round; the text says of which.
    """
    found: dict[str, Threshold] = {}
    # What is written of a kind is the default for each of that kind.
    for name in sorted(written, key=lambda one: one != kind_of(one)):
        kind = kind_of(name)
        default = found.get(kind) or defaults.get(name) or defaults.get(kind)
        try:
            found[name] = written[name].over(default)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


SEVERITY = [Level.OK, Level.WARNING, Level.CRITICAL]


def level_of(value: float, threshold: Threshold | None, before: Level) -> Level:
    """The level of `value`; one once reached is kept until it is `hysteresis` better than its edge."""
    if threshold is None:
        return Level.OK
    sign = -1.0 if threshold.below else 1.0
    for level, edge in ((Level.CRITICAL, threshold.critical), (Level.WARNING, threshold.warning)):
        if edge is None:
            continue
        kept = SEVERITY.index(before) >= SEVERITY.index(level)
        if sign * value >= sign * edge - (threshold.hysteresis if kept else 0.0):
            return level
    return Level.OK


def worst(levels: list[Level]) -> Level:
    """The worst of `levels`; ok if there are none."""
    return max(levels, key=SEVERITY.index, default=Level.OK)
