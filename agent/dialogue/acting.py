"""Wishes on their way down the one path, and the patience of who asked."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from agent.core.actions import Action, Outcome, Status, Target
from agent.core.intents import Utterance
from agent.dialogue.session import Done
from agent.dialogue.wishes import Wish
from agent.home.registry import Home
from agent.pipeline import Pipeline

Begin = Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]]
PATIENCE = 6.0
"""Seconds a person waits for an answer; what takes longer is told as under way."""
T = TypeVar("T")
WELL = (Status.CONFIRMED, Status.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """Where every step of some wishes stands, and what of it can be taken back."""

    outcomes: tuple[Outcome, ...]
    done: tuple[Done, ...]

    @property
    def waiting(self) -> str | None:
        """The id of the action that waits for approval, if one does."""
        return next((one.id for one in self.outcomes if one.status is Status.PENDING), None)


class Acting:
    """Hands wishes to the pipeline and waits for them as long as a person would."""

    def __init__(self, *, home: Home, pipeline: Pipeline, begin: Begin) -> None:
        """Take `begin`: what starts a task that may outlive its reply, with its name."""
        self._home = home
        self._pipeline = pipeline
        self._begin = begin

    async def carry_out(self, wanted: Sequence[Wish], utterance: Utterance, *, first: int) -> Acted:
        """Carry out every wish at once. `first` numbers them among all wishes of the utterance."""
        before = {
            key: self._home.state(key)
            for wish in wanted
            for key in wish.entities
            if self._home.get(key) is not None
        }
        actions = [
            Action(
                id=utterance.id if first + number == 0 else f"{utterance.id}.{first + number}",
                service=wish.service,
                target=Target(entity=wish.entities),
                data=wish.data,
                cause=replace(utterance.cause, utterance=utterance.text),
                trust=utterance.trust,
                born=utterance.born,
                ttl=utterance.ttl,
                trace=utterance.trace,
                channel=utterance.channel,
            )
            for number, wish in enumerate(wanted)
        ]
        ended = await asyncio.gather(*(self._end_of(action) for action in actions))
        outcomes = tuple(one for ends in ended for one in ends)
        return Acted(
            outcomes=outcomes,
            done=tuple(
                Done(entity=one.target, service=one.action, before=before[one.target])
                for one in outcomes
                if one.status in WELL and one.target in before
            ),
        )

    async def approve(self, action_id: str, utterance: Utterance, *, yes: bool) -> str | None:
        """Answer the question whether an action may happen; why that was not possible, None if it was."""
        approving = self._pipeline.approve(
            action_id, who=utterance.cause.who, trust=utterance.trust, channel=utterance.channel, yes=yes
        )
        return await self._in_time(approving, f"approve {action_id}")

    async def standing(self, action_id: str) -> tuple[Outcome, ...]:
        """Where every step of an action that was approved stands now."""
        return await self._pipeline.standing(action_id)

    async def _end_of(self, action: Action) -> tuple[Outcome, ...]:
        """How `action` ended, or where it stands when nobody would wait longer; it goes on all the same."""
        ended = await self._in_time(self._pipeline.do(action), f"said {action.id}")
        return await self._pipeline.standing(action.id) if ended is None else ended

    async def _in_time(self, doing: Coroutine[Any, Any, T], name: str) -> T | None:
        """What `doing` gives within our patience, else None; it goes on all the same."""
        task = self._begin(doing, name)
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        result: T | None = task.result() if done else None
        return result
