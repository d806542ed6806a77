"""What is wrong with the things around us, in words, newest kept: shown by `hearthd devices --problems`."""

from collections import OrderedDict
from typing import Any

from agent.runtime.clock import Clock

MOST = 1_000
LONGEST = 500


class Problems:
    """One text for each source and key, with how often and when it was last seen."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self.total = 0
        """How many were noted since the start, those included that went away again."""

    def note(self, source: str, key: str, text: str | None) -> None:
        """Keep `text` under `key`, or clear it with None."""
        at = (source, _plain(key))
        if text is None:
            self._known.pop(at, None)
            return
        self.total += 1
        known = self._known.pop(at, None)
        self._known[at] = {
            "source": source,
            "where": at[1],
            "problem": _plain(text),
            "count": known["count"] + 1 if known else 1,
            "last": self._clock.now().isoformat(),
        }
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def __len__(self) -> int:
        return len(self._known)

    def as_json(self) -> list[dict[str, Any]]:
        """All of them, newest first."""
        return list(reversed(self._known.values()))


def _plain(text: str) -> str:
    """`text` of bounded length, fit for a terminal and for JSON whatever a device put into it."""
    text = text[:LONGEST]
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)
