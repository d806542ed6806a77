"""Questions that wait for a person: single-use, bound to the stored request, gone when their time is over.

An answer names the question and nothing else, so what is then done is what was asked, not what was answered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.actions.ledger import Entry
from agent.actions.wording import in_words
from agent.core.actions import Risk, Trust
from agent.runtime.clock import Clock

Need = Literal["anybody", "pin", "person"]
"""Who may answer: anybody in the room, who knows the PIN, or a person who is authenticated otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The steps of one action that wait together."""

    id: str
    entries: tuple[Entry, ...]
    reason: str
    risk: Risk
    since: datetime
    expires: datetime

    def needs(self, *, pin_set: bool) -> Need:
        """Who may answer it. An authenticated person always may."""
        if pin_set:
            return "pin"
        return "person" if self.risk >= Risk.DESTRUCTIVE else "anybody"

    def as_json(self, *, pin_set: bool, name_of: Callable[[str], str] = str) -> dict[str, Any]:
        """One element of `.../pending`; `name_of` calls a target by its name."""
        first = self.entries[0].outcome
        step = self.entries[0].step
        targets = [entry.outcome.target for entry in self.entries]
        return {
            "id": self.id,
            "text": in_words(first.action, targets, step.told if step else {}, name_of=name_of),
            "needs": self.needs(pin_set=pin_set),
            "action": first.action,
            "targets": targets,
            "data": step.told if step else {},
            "risk": self.risk.word,
            "reason": self.reason,
            "cause": first.cause.as_json(),
            "since": self.since.isoformat(),
            "expires": self.expires.isoformat(),
        }


class Approvals:
    """The open questions."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._questions: dict[str, Question] = {}
        self._reserved: dict[str, tuple[Entry, ...]] = {}

    def __iter__(self) -> Iterator[Question]:
        return iter(self._questions.values())

    def __len__(self) -> int:
        """Open questions, and those that are about to be."""
        return len({**self._questions, **self._reserved})

    def same_as(self, entries: tuple[Entry, ...]) -> str | None:
        """The id of the question that already asks for the same steps, or is about to."""
        wanted = _asked(entries)
        known = [*((one.id, one.entries) for one in self._questions.values()), *self._reserved.items()]
        return next((question_id for question_id, asked in known if _asked(asked) == wanted), None)

    def reserve(self, entries: tuple[Entry, ...]) -> None:
        """Keep a place for the question about `entries` while it is written; nobody can answer it yet."""
        if entries:
            self._reserved[entries[0].outcome.id] = entries

    def release(self, entries: tuple[Entry, ...]) -> None:
        """Give the place up again."""
        if entries:
            self._reserved.pop(entries[0].outcome.id, None)

    def ask(self, question: Question) -> None:
        """Let `question` wait."""
        self._reserved.pop(question.id, None)
        self._questions[question.id] = question

    def obstacle(self, question_id: str, *, trust: Trust, channel: str, pin_set: bool) -> str | None:
        """Why this answer cannot count, None if it can. Changes nothing."""
        question = self._questions.get(question_id)
        if question is None or question.expires <= self._clock.now():
            return f"no question {question_id[:80]!r} is waiting; it may have expired or been answered"
        if channel == "voice" and question.entries[0].outcome.channel == "voice":
            return "what was asked by voice is not approved by voice; use a button or `hearthd approve`"
        needs = question.needs(pin_set=pin_set)
        if trust >= (Trust.ROOM if needs == "anybody" else Trust.HUMAN):
            return None
        who = "the PIN, or" if needs == "pin" else "an authenticated person:"
        return f"this needs {who} `hearthd approve` on the machine itself"

    def take(self, question_id: str) -> Question | None:
        """Remove a question, to be answered now: nobody can take it a second time."""
        return self._questions.pop(question_id, None)

    def expired(self) -> tuple[Question, ...]:
        """Remove and return every question whose time is over."""
        now = self._clock.now()
        over = tuple(one for one in self._questions.values() if one.expires <= now)
        for question in over:
            del self._questions[question.id]
        return over

    def as_json(self, *, pin_set: bool, name_of: Callable[[str], str] = str) -> tuple[dict[str, Any], ...]:
        """The payload of `.../pending`, without the envelope."""
        return tuple(one.as_json(pin_set=pin_set, name_of=name_of) for one in self._questions.values())


def _asked(entries: tuple[Entry, ...]) -> list[tuple[str, str, str]]:
    return sorted(
        (
            entry.outcome.action,
            entry.outcome.target,
            repr(sorted(entry.step.data.items())) if entry.step else "",
        )
        for entry in entries
    )
