"""Which place of our device in Home Assistant shows which open question.

Home Assistant keeps what it knows of an entity for as long as the integration is set up, also once the entity
was removed: with an entity for each question its registry would grow with every question ever asked. So there
are as many places as questions are shown at a time, and their entities come back under the same ids.

A place that gets free is the last one to be given away again. A finger on its way to a button does not meet
another question there, and an answer names its question anyway: one that is gone is refused in words.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_SLOTS = 16


class Slots:
    """Places 1 to `MOST_SLOTS`, the free ones in the order in which they are given away."""

    def __init__(self, kept: Any = None) -> None:
        """Take over what an earlier life `kept`; anything else is none."""
        self._held: dict[str, int] = {}
        self._free = list(range(1, MOST_SLOTS + 1))
        if isinstance(kept, Mapping):
            order = [one for one in _numbers(kept.get("free")) if one in self._free]
            held = kept.get("held")
            for question, slot in held.items() if isinstance(held, Mapping) else ():
                if slot in self._free and slot not in self._held.values():
                    self._held[question] = slot
            free = [one for one in self._free if one not in self._held.values()]
            self._free = sorted(free, key=lambda one: order.index(one) if one in order else -1)

    def settle(self, questions: Sequence[str]) -> Mapping[str, int]:
        """Give each of `questions` a place, oldest first, as far as there are any; the others lose theirs."""
        for gone in [one for one in self._held if one not in questions]:
            self._free.append(self._held.pop(gone))
        for question in questions:
            if question not in self._held and self._free:
                self._held[question] = self._free.pop(0)
        return self._held

    def as_json(self) -> dict[str, Any]:
        """What a later life takes over."""
        return {"held": dict(self._held), "free": list(self._free)}


def _numbers(found: Any) -> Iterable[int]:
    numbers = found if isinstance(found, list) else []
    return dict.fromkeys(one for one in numbers if isinstance(one, int))
