"""Which entity id an announced thing has: what it asks for, or that with `_2`; the same after a restart."""

from collections.abc import Callable, Mapping
from typing import Any

MOST_REMEMBERED = 50_000


class Ids:
    """Gives out ids and keeps them. `free` says whether nobody else in the house has one."""

    def __init__(self, remembered: Mapping[str, Any], *, free: Callable[[str], bool]) -> None:
        self._free = free
        self.remembered: dict[str, str] = {
            key: value for key, value in remembered.items() if isinstance(value, str)
        }
        """Ids that were once fought over, by what is unique of their owner."""
        self._promised = {value: key for key, value in self.remembered.items()}
        self._given: dict[str, str] = {}
        """Who has an id now."""
        self._numbers: dict[str, int] = {}
        """Where the search for a free number goes on."""
        self.changed = False
        """Whether there is something new to remember."""

    def give(self, unique: str, wanted: str) -> str:
        """An id for the one known as `unique`, who wants `wanted`."""
        kept = self.remembered.get(unique)
        if (
            kept is not None
            and kept.partition(".")[0] == wanted.partition(".")[0]
            and self._open(kept, unique)
        ):
            self._given[kept] = unique
            return kept
        found, number = wanted, self._numbers.get(wanted, 1)
        while not self._open(found, unique):
            number += 1
            found = f"{wanted[:195]}_{number}"
        if found != wanted:
            self._numbers[wanted] = number - 1
            self._remember(unique, found)
            holder = self._given.get(wanted)
            if holder is not None:
                self._remember(holder, wanted)
        self._given[found] = unique
        return found

    def keep(self, unique: str, entity_id: str) -> None:
        """Promise `entity_id` to `unique`, who is about to come back from elsewhere."""
        self._remember(unique, entity_id)

    def release(self, entity_id: str) -> None:
        """Take an id back."""
        self._given.pop(entity_id, None)

    def _open(self, entity_id: str, unique: str) -> bool:
        holder = self._given.get(entity_id)
        if holder is not None:
            return holder == unique
        return self._promised.get(entity_id, unique) == unique and self._free(entity_id)

    def _remember(self, unique: str, entity_id: str) -> None:
        if self.remembered.get(unique) == entity_id:
            return
        if len(self.remembered) >= MOST_REMEMBERED:
            oldest = next(iter(self.remembered))
            self._promised.pop(self.remembered.pop(oldest), None)
        self._promised.pop(self.remembered.get(unique, ""), None)
        self.remembered[unique] = entity_id
        self._promised[entity_id] = unique
        self.changed = True
