"""What the ear tells of one satellite's utterance, until that is all."""

from collections.abc import Mapping
from typing import Any

from integrations.voice.heard import Heard

_RESULTS = frozenset({"heard", "silence"})


class Collected:
    """Takes events until it is over; pauses end what is no `whole`."""

    def __init__(self, *, whole: bool) -> None:
        self._last = {"ended"} if whole else {"ended", *_RESULTS}
        self._found: list[Heard] = []
        self._over = False
        self._due = 0
        """Recordings of which somebody else has still to say what they are."""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take an event; whether that was all."""
        kind = event["event"]
        if kind == "heard":
            self._found.append(Heard.of(event))
        if kind == "recorded":
            self._due += 1
        elif kind in _RESULTS and "elsewhere" in event:
            self._due -= 1
        self._over |= kind in self._last
        return self._over and self._due <= 0

    def heard(self) -> Heard | None:
        """What was said, with pauses or without, as one; None: nothing."""
        found = self._found
        if not found:
            return None
        return Heard(
            text=" ".join(one.text for one in found),
            words=tuple(word for one in found for word in one.words),
            confidence=min(one.confidence for one in found),
            unknown=any(one.unknown for one in found),
        )
