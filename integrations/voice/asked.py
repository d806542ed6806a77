"""A wish to be listened to, without a wake word: a button, the command line, a page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from agent.api import Message

LONGEST_ID = 128
LONGEST_AREA = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who wants that, and where; the wake word wants nothing in particular."""

    id: str = ""
    """Stands as `listen` in all that is told of what was then said."""
    area: str | None = None
    """Where it is said; None: where the microphone is."""
    came: asyncio.Future[Mapping[str, Any]] | None = field(default=None, compare=False)
    """Is given what came of it: `heard` and `reply`, or `why` there is nothing."""

    @classmethod
    def of(cls, found: Mapping[str, Any], *, waits: bool = False) -> Self:
        """The wish that a payload or a question says; what is no text in it is as good as not there.

        `waits`: somebody awaits what comes of it.
        """
        area = _text(found.get("area"), LONGEST_AREA)
        came = asyncio.get_running_loop().create_future() if waits else None
        return cls(id=_text(found.get("id"), LONGEST_ID), area=area or None, came=came)

    @classmethod
    def by(cls, message: Message) -> Self:
        """The wish of a message; a button that sends anything means itself."""
        try:
            found = message.json()
        except ValueError:
            found = None
        return cls.of(found if isinstance(found, Mapping) else {})

    def end(self, **came: Any) -> None:
        """Tell whoever waits what came of it."""
        if self.came is not None and not self.came.done():
            self.came.set_result(came)


NOBODY = Asked()
"""The wake word."""


def _text(found: object, most: int) -> str:
    return found[:most] if isinstance(found, str) and found.isprintable() else ""
