"""Questions that wait for a person: single-use, bound to the stored request, gone when their time is over.

An answer names the question and nothing else, so what is then done is what was asked, not what was answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.actions.ledger import Entry
from agent.core.actions import Risk, Trust
from agent.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The steps of one action that wait together."""

    id: str
    entries: tuple[Entry, ...]
    reason: str
    risk: Risk
    since: datetime
    expires: datetime

    def as_json(self) -> dict[str, Any]:
        """One element of `.../pending`."""
        first = self.entries[0].outcome
        step = self.entries[0].step
        return {
            "id": self.id,
            "action": first.action,
            "targets": [entry.outcome.target for entry in self.entries],
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

    def __iter__(self) -> Iterator[Question]:
        return iter(self._questions.values())

    def __len__(self) -> int:
        return len(self._questions)

    def same_as(self, entries: tuple[Entry, ...]) -> Question | None:
        """The open question that already asks for the same steps."""
        wanted = _asked(entries)
        return next((one for one in self._questions.values() if _asked(one.entries) == wanted), None)

    def ask(self, question: Question) -> None:
        """Let `question` wait."""
        self._questions[question.id] = question

    def obstacle(self, question_id: str, *, trust: Trust, channel: str, pin_set: bool) -> str | None:
        """Why this answer cannot count, None if it can. Changes nothing."""
        question = self._questions.get(question_id)
        if question is None or question.expires <= self._clock.now():
            return f"no question {question_id[:80]!r} is waiting; it may have expired or been answered"
        if channel == "voice" and question.entries[0].outcome.channel == "voice":
            return "what was asked by voice is not approved by voice"
        needed = Trust.HUMAN if pin_set or question.risk >= Risk.DESTRUCTIVE else Trust.ROOM
        if trust < needed:
            return "this needs the PIN, or `hearthd approve` on the machine itself"
        return None

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

    def as_json(self) -> tuple[dict[str, Any], ...]:
        """The payload of `.../pending`, without the envelope."""
        return tuple(question.as_json() for question in self._questions.values())


def _asked(entries: tuple[Entry, ...]) -> list[tuple[str, str, str]]:
    return sorted(
        (
            entry.outcome.action,
            entry.outcome.target,
            repr(sorted(entry.step.data.items())) if entry.step else "",
        )
        for entry in entries
    )
