"""What whoever compiles sentences needs of a reader. Its templates take some megabytes more to import."""

from collections.abc import Sequence
from typing import Protocol

from agent.core.intents import Intent, Unrecognized


class OneReading(Protocol):
    """One way to read a sentence; `nearly`: with names that were only nearly said."""

    @property
    def intent(self) -> Intent:
        """What it asks for."""
        ...

    @property
    def nearly(self) -> bool:
        """Whether a name in it was only nearly said."""
        ...


class Explanation(Protocol):
    """How a sentence was understood."""

    @property
    def readings(self) -> Sequence[OneReading]:
        """Every reading that was found."""
        ...


class Reads(Protocol):
    """Reads sentences of a house."""

    def read(self, text: str, language: str) -> tuple[Intent, ...] | Unrecognized:
        """What `text` asks for."""
        ...

    def explain(self, text: str, language: str) -> Explanation:
        """The same, with how it came about."""
        ...
