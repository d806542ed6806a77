"""How the models are: what the daemon says of each, and how bad that is. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.api import Level

FAILING = frozenset({"down", "broken"})
"""States in which a model that should answer does not. One that this machine cannot have is no failure."""
_ROUNDED = ("load_ms", "memory_mb")


def judged_models(found: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each of `found` by its name, with its level."""
    return {one["name"]: _judged(one) for one in found}


def _judged(one: Mapping[str, Any]) -> dict[str, Any]:
    level = Level.WARNING if one["state"] in FAILING else Level.OK
    figures = {key: value for key, value in one.items() if key != "name"}
    rounded = {key: round(figures[key], 1) for key in _ROUNDED if figures[key] is not None}
    return {**figures, **rounded, "level": level.value}
