"""An action in words, for a person who is to decide on it: `unlock Front Door`. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MOST_NAMED = 3
LONGEST_NAME = 60
LONGEST_DATA = 80
HIDDEN = "***"
"""What stands for data that nobody may read."""


def in_words(
    service: str, targets: Sequence[str], data: Mapping[str, Any], *, name_of: Callable[[str], str]
) -> str:
    """What `service` does to `targets`, on one line and bounded; `name_of` calls a target by its name."""
    domain, _, verb = service.partition(".")
    verb = verb.removeprefix("alarm_").removesuffix(f"_{domain}").replace(f"_{domain}_", "_")
    names = [_line(name_of(target), LONGEST_NAME) for target in targets[:MOST_NAMED] if target]
    if len(targets) > MOST_NAMED:
        names.append(f"{len(targets) - MOST_NAMED} more")
    whom = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    # Without a target the verb alone would not say of what: `task backup`.
    said = f"{_spaced(verb)} {whom}" if whom else f"{domain} {_spaced(verb)}"
    told = ", ".join(f"{_spaced(key)} {value}" for key, value in sorted(data.items()) if value != HIDDEN)
    return f"{said} ({_line(told, LONGEST_DATA)})" if told else said


def _spaced(word: str) -> str:
    return word.replace("_", " ")


def _line(text: str, most: int) -> str:
    """`text` on one line, without what steers a screen."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * most]).split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
