"""What a conversation remembers: the last turns, the open question, what can be taken back."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.core.actions import Trust
from agent.core.home import State
from agent.core.intents import Choice, Intent
from agent.dialogue.timekeeping import Kept
from agent.runtime.clock import Clock

MOST_SESSIONS = 200
MOST_TURNS = 5
REMEMBERED_FOR = 600.0
"""Seconds after its last turn for which a session is remembered."""
ANSWERED_WITHIN = 60.0
"""Seconds in which a question of ours may be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was carried out: the entity, the service, and the state before."""

    entity: str
    service: str
    before: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that is kept for later, before and after it was changed; None: it was not there."""

    before: Kept | None
    after: Kept | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One exchange: what was understood, what it was about, what was answered."""

    intents: tuple[Intent, ...]
    entities: tuple[str, ...]
    text: str
    shown: str
    done: tuple[Done, ...] = ()
    changes: tuple[Change, ...] = ()
    said: str = ""
    """What the person said."""
    language: str = "en"
    chat: bool = False
    """Whether a model answered, in words alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of ours that waits for its answer. `expires` is in seconds of the monotonic clock."""

    choice: Choice
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What may have been meant, and waits for a yes. `expires` is in seconds of the monotonic clock."""

    intents: tuple[Intent, ...]
    text: str
    """The words that were not understood for sure."""
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wondering:
    """What is lacking to keep or change something: the answer completes `intent`, read from words `said`.

    `options` are the ids of what is kept; `choice` the things of the house that part `at` of a command may
    mean; `only` those that were chosen for its other parts.
    """

    intent: Intent
    lacks: Literal["span", "time", "text", "which", "target"]
    said: str
    expires: float
    trust: Trust
    options: tuple[str, ...] = ()
    choice: Choice | None = None
    at: int = 0
    only: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(slots=True)
class Session:
    """The memory of one conversation."""

    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))
    asked: Asked | None = None
    suggested: Suggested | None = None
    wondering: Wondering | None = None
    approval: str | None = None
    """The action whose approval this conversation was told to wait for."""
    used: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an utterance is answered: one after the other."""

    def last_about(self) -> Turn | None:
        """The last turn that was about something in the house."""
        return next((turn for turn in reversed(self.turns) if turn.entities), None)

    def last_done(self) -> Turn | None:
        """The last turn that changed something."""
        return next((turn for turn in reversed(self.turns) if turn.done), None)

    def last_changed(self) -> Turn | None:
        """The last turn that changed something, now or for later."""
        return next((turn for turn in reversed(self.turns) if turn.done or turn.changes), None)

    def taken_back(self, turn: Turn) -> None:
        """Note that what `turn` did is undone: it cannot be taken back a second time."""
        kept = [replace(one, done=(), changes=()) if one is turn else one for one in self.turns]
        self.turns.clear()
        self.turns.extend(kept)

    def pop_asked(self, now: float) -> tuple[Asked | None, bool]:
        """The open question, which is then not open any more, and whether it came too late."""
        asked, self.asked = self.asked, None
        if asked is not None and asked.expires <= now:
            return None, True
        return asked, False

    def is_asked(self, now: float) -> bool:
        """Whether a question is open."""
        return any(
            one is not None and one.expires > now for one in (self.asked, self.wondering, self.suggested)
        )

    def pop_wondering(self, now: float) -> Wondering | None:
        """What is lacking and may still be told; after that it is not waited for any more."""
        wondering, self.wondering = self.wondering, None
        return wondering if wondering is not None and wondering.expires > now else None

    def pop_suggested(self, now: float) -> Suggested | None:
        """What may have been meant and still waits for a yes; after that it waits no more."""
        suggested, self.suggested = self.suggested, None
        return suggested if suggested is not None and suggested.expires > now else None


class Sessions:
    """Every conversation under way, the least recently used forgotten first."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: str) -> Session:
        """The session of that id, a new one if it is not known or was silent for too long."""
        now = self._clock.monotonic()
        self._forget(one for one, session in self._sessions.items() if now - session.used > REMEMBERED_FOR)
        session = self._sessions.setdefault(session_id, Session())
        session.used = now
        self._sessions.move_to_end(session_id)
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def _forget(self, old: Iterable[str]) -> None:
        for one in tuple(old):
            del self._sessions[one]
