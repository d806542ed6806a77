"""Reads the payloads of commands; each function raises ValueError for what its device does not understand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def word(given: object, words: Mapping[str, Any]) -> Any:
    """What `given` means, one of `words`."""
    if not isinstance(given, str) or given not in words:
        raise ValueError(f"{given!r:.80} is none of {', '.join(words)}")
    return words[given]


def one_of(given: Any, options: Sequence[str]) -> str:
    """`given`, one of `options`."""
    if given not in options:
        raise ValueError(f"{given!r:.80} is none of {', '.join(map(str, options))}")
    return str(given)


def number(given: str, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    value = float(given)
    if not low <= value <= high:
        raise ValueError(f"{value:g} is not between {low:g} and {high:g}")
    return value


def json_object(payload: str) -> dict[str, Any]:
    """A JSON object."""
    found = json.loads(payload)
    if not isinstance(found, dict):
        raise ValueError(f"{payload!r:.80} is no JSON object")  # noqa: TRY004  # one kind of error for all payloads
    return found


def service_and_data(payload: str) -> tuple[str, dict[str, Any]]:
    """What is said to the domains that take `{"service", "data"}`."""
    asked = json_object(payload)
    data = asked.get("data")
    return str(asked.get("service")), data if isinstance(data, dict) else {}
