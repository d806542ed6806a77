"""A question that is not about the house but about what it runs on, and what comes back for it.

Question --who knows--> Telling (words and facts) | Wanted (an action, which then goes down the one path)
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.actions import NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks, as it was understood: the intent, its slots, and the language of the answer."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    language: str = "en"
    text: str = ""
    """The words it was read from."""

    def slot(self, name: str) -> str:
        """What was said for `name`, in small letters; empty if nothing was."""
        return str(self.slots.get(name) or "").strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The answer: `sentences` to be spoken, further `lines` for a screen, and the same as plain `facts`.

    Text that anybody may have written (a line of a log) stands in `lines`, quoted, and is never spoken.
    """

    sentences: tuple[str, ...]
    lines: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    done: bool = True
    """Whether that is what was asked for; False: it says why it is not, or that nobody here does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be done: a service that is for no entity, and what people call each of its targets."""

    service: str
    data: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    target: tuple[str, ...] = ()
    """What it is to be done to, for a service that is told so; it is no entity of the house."""


Teller = Callable[[Question], Awaitable[Telling | Wanted | None]]
"""Answers a question; None: it is somebody else's. ActionError: it cannot be told, and why."""
