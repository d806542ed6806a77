"""What a conversation needs of whoever keeps timers, alarms, reminders and commands for later: plain values.

Who keeps them is not known here. What is handed over is complete: it can be carried out by somebody who knows
nothing of the conversation, in another life of the daemon.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.actions.planner import Own
from agent.core.actions import Risk

Kind = Literal["timer", "alarm", "reminder", "command"]
KINDS: tuple[Kind, ...] = ("timer", "alarm", "reminder", "command")
MOST_INTENTS = 20
"""Intents of one command for later."""
LONGEST_SAID = 200
"""Characters of what is to be reminded of, and of what was said."""
LONGEST_NAME = 40
LONGEST_TIMER = 31 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When something comes: at one moment, or again and again in one of five ways.

    `at`: ISO; without an offset it is on the wall clock of the house. `seconds`: after each such span.
    `clock` ("07:00") on `days` of the week (Monday is 0) or on one day `of_month`, or every `apart` days from
    the date `since` on. `sun`: on `days`, or every day, `offset` seconds after its event.
    """

    at: str = ""
    seconds: int = 0
    days: tuple[int, ...] = ()
    of_month: int = 0
    apart: int = 0
    since: str = ""
    clock: str = ""
    sun: Literal["", "sunrise", "sunset"] = ""
    offset: int = 0

    @property
    def repeats(self) -> bool:
        """Whether it comes more than once."""
        return not self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something said that is still to come.

    `due` is set by the keeper: the next time; None while `left` (seconds of a paused timer) says how much is
    left. `span` is what a timer was set for. `intents` is what is to be done, each in the form of `stored`;
    `lasts`: for how many seconds it then is to hold. `after`: the action that it ends, `after_seconds` after
    that was done; it ends nothing that was not done. `who`, `trust` and `channel` are those of the speaker.
    """

    id: str
    kind: Kind
    when: When
    name: str = ""
    text: str = ""
    span: float = 0.0
    left: float | None = None
    intents: tuple[Mapping[str, Any], ...] = ()
    lasts: float = 0.0
    after: str = ""
    after_seconds: float = 0.0
    area: str | None = None
    session: str = ""
    language: str = "en"
    who: str = ""
    trust: int = 0
    channel: str = "bus"
    said: str = ""
    trace: str = ""
    due: datetime | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """For the disk; without what is empty, and without `due`, which is reckoned anew."""
        found = asdict(replace(self, due=None))
        found["when"] = {key: value for key, value in found["when"].items() if value}
        return {key: value for key, value in found.items() if value not in (None, "", (), [])}

    @classmethod
    def from_json(cls, found: Mapping[str, Any], *, due: datetime | None) -> "Kept":
        """From the disk.

        Raises:
            TypeError: it was written by something else.
            KeyError: the same.
        """
        when = dict(found["when"])
        known = {one.name for one in fields(cls)}
        rest = {
            key: value
            for key, value in found.items()
            if key in known and key not in ("when", "intents", "due")
        }
        return cls(
            **rest,
            when=When(**{**when, "days": tuple(when.get("days", ()))}),
            intents=tuple(found.get("intents", ())),
            due=due,
        )


Services = Callable[[], Mapping[str, Risk | Own]]
"""The services that integrations brought along."""


class Timekeeper(Protocol):
    """Keeps what was said until its time has come, over every end of the daemon."""

    def kept(self) -> Sequence[Kept]:
        """Everything that is still to come, what is next first; what is paused last."""

    async def keep(self, one: Kept) -> Kept:
        """Keep `one`, in the place of an earlier one of its id; on disk when this returns, with its `due`.

        Raises:
            ActionError: there is too much already, or it cannot be reckoned.
            TransientError: it cannot be stored.
        """

    def rung(self) -> Sequence[Kept]:
        """What rang not long ago, the newest last."""

    async def forget(self, kept_id: str) -> bool:
        """It will not come; False: there is no such thing.

        Raises:
            TransientError: it cannot be stored.
        """

    def next_of(self, when: When, after: datetime) -> datetime | None:
        """The first time of `when` that is later than `after`; None: there is none.

        Raises:
            ActionError: it cannot be reckoned.
        """
