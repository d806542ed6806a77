"""What the server and the satellites use of the house's voice; they are handed it and know nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from agent.api import Reply
from integrations.voice.heard import Heard

OnText = Callable[[str], None]
Understood = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Tells the `intents` of a `text` in a `language`, said in an `area`; nothing is done."""


class Hears(Protocol):
    """Makes text of speech."""

    async def transcribe(
        self,
        audio: AsyncIterator[bytes],
        *,
        on_partial: OnText | None = None,
        whole: bool = True,
        on_woke: OnText | None = None,
        on_speech: Callable[[], None] | None = None,
        only: Sequence[str] | None = None,
    ) -> Heard | None:
        """What is said in `audio`, 16 kHz mono PCM; None if that is nothing that could be understood.

        With `on_woke` the wake word is waited for, and it is called with it; otherwise all of it is speech.
        `on_speech` is called when somebody begins to speak. `only`: the few things that may be said.

        Raises:
            TransientError: nobody can listen now.
        """
        ...


class Talks(Protocol):
    """Has done what was said."""

    async def said(
        self, heard: Heard, *, area: str | None, session: str, who: str, language: str = ""
    ) -> Reply:
        """What the house answers to `heard`, said in `area` by whoever is in the room."""
        ...

    def expected(self, session: str) -> Sequence[str] | None:
        """The only answers to the question that is open in a conversation, told once; None: anything."""
        ...
