"""What nobody wants to hear of: as configured, and as learned. Each knows how often it bit."""

from collections.abc import Mapping
from typing import Any

from integrations.journal.entry import Raw
from integrations.journal.section import Ignore
from integrations.journal.sieve import Sieve

MOST_LEARNED = 500


class Ignores:
    """The ignores there are; what cannot be muted does not ask here."""

    def __init__(self, configured: Mapping[str, Ignore]) -> None:
        filters = [one.as_filter() for one in configured.values()]
        self.sieve = Sieve(filters)
        self._configured: list[dict[str, Any]] = [
            {"name": name, "unit": one.unit, "match": dict(one.match), "bit": 0, "last": None}
            for name, one in configured.items()
        ]
        self._places = {id(one): number for number, one in enumerate(filters)}
        self._learned: dict[str, dict[str, Any]] = {}

    def hides(self, raw: Raw, unit: str, priority: int, at: float) -> bool:
        """Whether a configured one hides the entry; that is counted."""
        found = self.sieve.lets(raw, unit, priority)
        if found is None:
            return False
        mine = self._configured[self._places[id(found)]]
        mine["bit"] += 1
        mine["last"] = at
        return True

    def hides_incident(self, key: str, at: float) -> bool:
        """Whether a learned one hides an incident; that is counted."""
        mine = self._learned.get(key)
        if mine is None:
            return False
        mine["bit"] += 1
        mine["last"] = at
        return True

    def learn(self, key: str, *, why: str, at: float) -> None:
        """Hide an incident from now on; the oldest makes room."""
        self._learned[key] = {"since": at, "why": why, "bit": 0, "last": None}
        if len(self._learned) > MOST_LEARNED:
            del self._learned[next(iter(self._learned))]

    def forget(self, key: str) -> bool:
        """Hide it no more; whether it was hidden."""
        return self._learned.pop(key, None) is not None

    def listed(self) -> list[dict[str, Any]]:
        """All of them, ready for JSON."""
        learned = [{"incident": key, **one} for key, one in self._learned.items()]
        return [*({**one} for one in self._configured), *learned]

    def as_json(self) -> dict[str, Any]:
        """The learned ones in a form that survives the store."""
        return self._learned

    def load(self, found: Any) -> None:
        """Take over what `as_json` wrote."""
        for key, one in found.items() if isinstance(found, dict) else ():
            if isinstance(one, dict) and {"since", "why", "bit", "last"} <= one.keys():
                self._learned[str(key)] = dict(one)
