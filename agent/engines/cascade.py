"""The tiers after the templates, one after the other, cheap first, until one is sure.

not understood --phrases of this house--> --shipped model--> --configured model--> a guess, or nothing
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.core.intents import Intent, Tier
from agent.engines.vocabulary import Vocabulary
from agent.inference.queue import Priority
from agent.inference.runner import Generated, Limits, Prompt

Ask = Callable[[Prompt, Limits, Priority], Awaitable[Generated]]
"""Asks a model, and raises TransientError or ConfigError where it has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What an utterance may mean."""

    intents: tuple[Intent, ...]
    sure: bool
    """Whether it may be taken for what is meant. Otherwise the speaker may be asked, and nothing is done."""


class Engine(Protocol):
    """Reads utterances that no template fits. It never acts."""

    tier: Tier

    async def read(
        self, text: str, language: str, *, voice: bool = False, names: Vocabulary | None = None
    ) -> Guess | None:
        """What `text` means, None if it has no idea; never raises for what is said.

        `voice`: a person waits and hears nothing meanwhile, so it goes before others. `names`: those of the
        house, for who can make use of them.
        """
        ...


class Cascade:
    """Engines in the order in which they are asked."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = tuple(engines)

    async def read(
        self, text: str, language: str, *, voice: bool = False, names: Vocabulary | None = None
    ) -> Guess | None:
        """The first guess that is sure; else the first there is; None: nobody has an idea."""
        first: Guess | None = None
        for engine in self._engines:
            guess = await engine.read(text, language, voice=voice, names=names)
            if guess is not None and guess.sure:
                return guess
            first = first or guess
        return first
