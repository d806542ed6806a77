"""One talk with one place, and what waits there."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from integrations.voice.hermes.intents import Told

MOST_QUEUED = 8
"""Sessions that wait in one place."""
Reason = Literal["nominal", "abortedByUser", "intentNotRecognized", "timeout", "error"]
"""Why a session ended."""


@dataclass(eq=False, slots=True, kw_only=True)
class Session:
    """What is known of it."""

    id: str
    site: str
    text: str = ""
    """What it begins with."""
    notification: bool = False
    """Whether nobody is listened to."""
    intent_filter: tuple[str, ...] = ()
    send_not_recognised: bool = False
    custom_data: str | None = None
    wakeword: str = ""
    lang: str = ""
    task: asyncio.Task[None] | None = None
    """What it does now."""
    spoke: bool = False
    """Whether somebody said something, whatever it was."""
    announced: asyncio.Future[bool] | None = None
    """Of a notification of ours: is given whether it was heard."""

    def speaks(self) -> None:
        """Somebody says something."""
        self.spoke = True

    def over(self, *, heard: bool = False) -> None:
        """Nothing more is told."""
        if self.announced is not None and not self.announced.done():
            self.announced.set_result(heard)

    def named(self) -> dict[str, Any]:
        """What every message about it says."""
        return {"sessionId": self.id, "siteId": self.site, "customData": self.custom_data}

    def listening(self) -> dict[str, Any]:
        """The body of `hermes/asr/startListening`."""
        return {
            "siteId": self.site,
            "sessionId": self.id,
            "lang": self.lang or None,
            "stopOnSilence": True,
            "sendAudioCaptured": False,
            "wakewordId": self.wakeword or None,
            "intentFilter": list(self.intent_filter) or None,
        }

    def told(self) -> Told:
        """What is told of it with an intent."""
        return Told(
            site=self.site,
            session=self.id,
            custom_data=self.custom_data,
            wakeword=self.wakeword,
            lang=self.lang,
        )


@dataclass(eq=False, slots=True, kw_only=True)
class Place:
    """A site of which somebody wants something."""

    session: Session | None = None
    queue: deque[Session] = field(default_factory=deque)
