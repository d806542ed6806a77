"""What waits for one person: a note on its way, and notes that go as one. Both survive a restart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.notify.note import Note
from integrations.notify.section import Severity


@dataclass(slots=True)
class Letter:
    """A note on its way: over which channels it still has to go, and since when it may."""

    note: Note
    since: float
    left: set[str]
    told: bool = False
    """Whether the bus has it."""
    reached: int = 0
    """Over how many channels it went."""
    reason: str = ""
    """Why it did not go over one, the last time."""
    ended: bool = False

    def as_json(self) -> dict[str, Any]:
        """A form that survives the store."""
        return {
            "note": self.note.as_json(),
            "since": self.since,
            "left": sorted(self.left),
            "told": self.told,
            "reached": self.reached,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any], *, channels: Collection[str]) -> "Letter":
        """The letter that `as_json` wrote, for the channels that there still are."""
        left = set(found["left"]) & set(channels)
        note = Note.from_json(found["note"])
        return cls(note, found["since"], left, told=found["told"], reached=found["reached"])


@dataclass(slots=True)
class Bundle:
    """Notes that go as one message, and when."""

    until: float
    why: str
    notes: list[Note] = field(default_factory=list)
    more: int = 0
    """Notes that found no room: they are only counted."""

    def note(self) -> Note:
        """All of them as one."""
        if len(self.notes) == 1 and not self.more:
            return self.notes[0]
        last = [f"... and {self.more} more"] if self.more else []
        worst = max((one.severity for one in self.notes), key=lambda one: one.rank, default=Severity.INFO)
        lines = [*(f"- {one.line}" for one in self.notes), *last]
        title = f"{len(self.notes) + self.more} messages"
        last_id = self.notes[-1].id if self.notes else ""
        return Note(id=last_id, title=title, message="\n".join(lines), severity=worst)

    def as_json(self) -> dict[str, Any]:
        """A form that survives the store."""
        notes = [note.as_json() for note in self.notes]
        return {"until": self.until, "why": self.why, "notes": notes, "more": self.more}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Bundle":
        """The bundle that `as_json` wrote."""
        notes = [Note.from_json(note) for note in found["notes"]]
        return cls(found["until"], found["why"], notes, found["more"])
