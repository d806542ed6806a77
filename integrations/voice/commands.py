"""Voice for the command line: `hearthd voice ...` and lines of `hearthd doctor`.

Each imports what it needs and no more: people wait for it.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.api import Desk, Finding
from integrations.voice.catalogue import Pulled

OnEvent = Callable[[Mapping[str, Any]], None]


def doctor(desk: Desk) -> Iterator[Finding]:
    """Look at microphone, speech to text and text to speech."""
    from integrations.voice.examining import findings

    return findings(desk)


def listed(desk: Desk) -> dict[str, Any]:
    """Microphones and models."""
    from integrations.voice.examining import listed as found

    return found(desk)


def listen(
    desk: Desk, on_event: OnEvent, *, device: str | None, file: Path | None, at_once: bool
) -> Coroutine[Any, Any, None]:
    """Hear until cancelled."""
    from integrations.voice.trying import listen as hear

    return hear(desk, on_event, device=device, file=file, at_once=at_once)


def pull(desk: Desk, what: str, *, sha256: str | None, trusting: bool) -> Pulled:
    """Download a model."""
    from integrations.voice.pulling import pull as have

    return have(desk, what, sha256=sha256, trusting=trusting)
