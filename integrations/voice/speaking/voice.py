"""What every voice does."""

from typing import Protocol

from agent.api import ConfigError
from integrations.voice.speaking.audio import Audio


class LanguageError(ConfigError):
    """A voice does not speak this language; another one may."""


class Voice(Protocol):
    """Makes speech of text."""

    name: str
    """What it is told of."""

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound, within a bounded time.

        Raises:
            ConfigError: it cannot be used as it is configured; the text says what would be right.
            TransientError: it failed, or took too long.
        """
        ...
