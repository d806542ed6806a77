"""What somebody waits for among events that are too many to be told one by one. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

LEAST_URGENT = 7
"""The priority of what is only for whoever looks for a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Entries of the journal that are to be told as `JournalWritten`; everything that is given must fit."""

    unit: str | None = None
    """The unit; `*` stands for anything, `.service` may be left away."""
    priority: int = LEAST_URGENT
    """The number of the least urgent."""
    match: Mapping[str, str] = field(default_factory=dict)
    """A regular expression for each of some fields."""

    def of_unit(self, unit: str) -> bool:
        """Whether entries of `unit` are meant."""
        wanted = self.unit
        if wanted is None or unit in (wanted, f"{wanted}.service"):
            return True
        return "*" in wanted and fnmatchcase(unit, wanted)
