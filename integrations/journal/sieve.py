"""Filters over entries, cheap enough for every one of them. Pure."""

import re
from collections.abc import Iterable

from agent.api import EntryFilter, templates
from integrations.journal.entry import LEAST_URGENT, Raw, text_of

LONGEST_MATCHED = 8_192
_Row = tuple[EntryFilter, int, tuple[tuple[str, "re.Pattern[str] | None"], ...]]


class Sieve:
    """Lets through what at least one of some filters wants."""

    def __init__(self, filters: Iterable[EntryFilter]) -> None:
        self.filters = tuple(filters)
        self.fields = frozenset(field for one in self.filters for field in one.match)
        self._named: dict[str, list[_Row]] = {}
        self._others: list[_Row] = []
        for one in self.filters:
            row = (one, one.priority, tuple((field, _compiled(text)) for field, text in one.match.items()))
            if one.unit is None or any(letter in one.unit for letter in "*?["):
                self._others.append(row)
            else:
                self._named.setdefault(one.unit, []).append(row)
                self._named.setdefault(f"{one.unit}.service", []).append(row)
        self.least = max((one.priority for one in self.filters), default=-1)
        """The priority of the least urgent that may get through; -1: nothing does."""

    def __bool__(self) -> bool:
        return bool(self.filters)

    def lets(self, raw: Raw, unit: str, priority: int) -> EntryFilter | None:
        """The first filter that wants the entry; None: none does."""
        for row in self._named.get(unit, ()):
            if priority <= row[1] and _matches(row, raw):
                return row[0]
        for row in self._others:
            if priority <= row[1] and row[0].of_unit(unit) and _matches(row, raw):
                return row[0]
        return None


def only(units: Iterable[str], priority: int, match: dict[str, str]) -> Sieve | None:
    """The sieve of a whole section; None if it lets everything through."""
    units = tuple(units)
    if not units and priority >= LEAST_URGENT and not match:
        return None
    return Sieve(EntryFilter(unit=unit, priority=priority, match=match) for unit in (units or (None,)))


def _matches(row: _Row, raw: Raw) -> bool:
    for field, pattern in row[2]:
        value = raw.get(field)
        if value is None:
            return False
        if pattern is not None and not pattern.search(text_of(value)[:LONGEST_MATCHED]):
            return False
    return True


def _compiled(source: str) -> "re.Pattern[str] | None":
    """The pattern, if it is quick on every text; None: whoever asked has to look for himself."""
    try:
        return templates.pattern(source).on("x" * LONGEST_MATCHED, templates.Purse())
    except templates.RefusedError:
        return None
