"""From a number to a level: ok, warning or critical, without flickering at the edge. Pure."""

from enum import StrEnum

from pydantic import Field

from agent.section import Section


class Level(StrEnum):
    """How bad a value is."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


class Threshold(Section):
    """Where a gauge becomes a warning and where it becomes critical."""

    warning: float | None = None
    """The value from which it is a warning; null: never."""
    critical: float | None = None
    """The value from which it is critical; null: never."""
    below: bool = False
    """Low values are the bad ones."""
    hysteresis: float = Field(default=0.0, ge=0)
    """How far a value must come back before the level goes down again."""


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
