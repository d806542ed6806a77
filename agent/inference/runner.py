"""The one interface to a model: a prompt and its limits go in, text and timings come out.

A runner neither knows what it is asked for nor acts on what it says. Cancelling the call that waits for the
text cancels the generation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["absent", "idle", "loading", "ready", "down", "broken"]
"""`absent`: this installation has none; `idle`: nothing is loaded, the next request does it; `down`: it is
begun again after a pause; `broken`: it stays as it is until the user changes something."""
OnText = Callable[[str], None]
"""Is shown each piece of text as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is asked. Neither part can smuggle in a model's own control tokens."""

    said: str
    """What this request is about."""
    system: str = ""
    """What stays the same from request to request; a runner may keep it evaluated."""
    form: str | None = None
    """The class, "package.module:Class", that says which answers there may be (`constraint.Form`), made of
    `said`. A runner that can (`Health.constrains`) says nothing else, and always the likeliest; whoever asks
    checks it anyway, for others ignore it, and an answer may be cut short by its limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a request may cost."""

    max_tokens: int = 48
    temperature: float = 0.0
    """0: always the likeliest token, so that the same prompt has the same answer."""
    stop: tuple[str, ...] = ()
    """The text ends before the first of these."""
    deadline: float = 10.0
    """Seconds from the call to the answer, whatever is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a model said."""

    text: str
    model: str
    """The name of who said it."""
    ended: Literal["stop", "length"]
    """Whether the model came to its end, or to the limit of tokens."""
    tokens: int
    evaluated: int | None = None
    """How many tokens of the prompt were evaluated for it: fewer where the system part was still known."""
    first_token_ms: float | None = None
    ms: float
    logprobs: tuple[float, ...] | None = None
    """The natural logarithm of how likely the model found each of its tokens, and its end if it came to one,
    where the runner can tell. A form does not make them likelier."""

    @property
    def logprob(self) -> float | None:
        """The same of the whole text."""
        return None if self.logprobs is None else sum(self.logprobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a runner is."""

    name: str
    state: State
    reason: str = ""
    """What is wrong, in one line fit to be shown."""
    answered: int = 0
    failed: int = 0
    restarts: int = 0
    load_ms: float | None = None
    memory_mb: float | None = None
    constrains: bool | None = None
    """Whether it keeps answers to a form; None until that is known."""


class Runner(Protocol):
    """Runs one model."""

    name: str

    async def generate(self, prompt: Prompt, limits: Limits, on_text: OnText | None = None) -> Generated:
        """Have the model continue `prompt`.

        Raises:
            TransientError: no answer within the deadline, or none for now; the text is one line.
            ConfigError: no answer before the user changes something; the text is one line.
        """
        ...

    def health(self) -> Health:
        """How it is, without asking it."""
        ...

    async def close(self) -> None:
        """Give back what it holds. What is still asked fails at once."""
        ...
