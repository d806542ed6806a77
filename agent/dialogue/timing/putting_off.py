"""Commands for later: read and resolved when they are said, while somebody listens who can be asked."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.actions.planner import plan
from agent.core.actions import Status
from agent.core.home import Entity
from agent.core.intents import Choice, Intent, Missing, Unrecognized
from agent.core.telling import Question, Wanted
from agent.dialogue.doing import Doing
from agent.dialogue.ops import Machine
from agent.dialogue.reply import speaker_of
from agent.dialogue.timekeeping import LONGEST_TIMER, MOST_INTENTS, Kept, Services, When
from agent.dialogue.timing.commands import (
    TASKS,
    about,
    ending,
    found_for,
    looked_at,
    restored,
    stored,
    wishes_of,
)
from agent.dialogue.timing.hearing import Hearing, Read
from agent.dialogue.timing.moments import in_
from agent.dialogue.timing.setting import seconds_of
from agent.dialogue.timing.words import time_words
from agent.dialogue.values import Units
from agent.dialogue.wishes import Wish
from agent.engines.spans import span
from agent.errors import ActionError
from agent.home.registry import Home

Chosen = tuple[tuple[int, tuple[str, ...]], ...]
_NOT_DONE = (Status.FAILED, Status.REFUSED, Status.EXPIRED)
_RUNS = re.compile(
    r"(?:run|execute|start|launch|kick off) (?:the |my )?(?P<name>\S.{0,60}?)(?: task| job| script)?"
    r"|(?:运行|执行|启动|跑)(?:一下)?(?:任务)?(?P<chinese>\S.{0,60}?)(?:任务|作业|脚本)?",
    re.IGNORECASE,
)
_LASTS = re.compile(r"^for (?:the next |another |about )?", re.IGNORECASE)
_UNTIL = re.compile(r"^until ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing of a command: as it is kept, and what it comes to in the house as it is now."""

    kept: Mapping[str, Any]
    intent: Intent
    entities: tuple[Entity, ...]
    wishes: tuple[Wish, ...]


class PuttingOff:
    """Takes commands that are to be done at another time, or for a time."""

    def __init__(
        self,
        *,
        home: Home,
        read: Read,
        doing: Doing,
        units: Callable[[], Units],
        services: Services,
        machine: Machine | None = None,
    ) -> None:
        """Take `read`: what a command asks for; `services`: what integrations brought along.

        `machine`: who knows the tasks that there are.
        """
        self._machine = machine
        self._home = home
        self._read = read
        self._doing = doing
        self._units = units
        self._services = services

    async def take(self, intent: Intent, hearing: Hearing, *, only: Chosen = ()) -> None:
        """Keep the command in `intent`. `only`: the things of the house that were chosen for its parts."""
        command, lasting = _taken(intent)
        lasts = 0.0
        inner = await self._read(command, hearing.utterance)
        if isinstance(inner, Unrecognized) and (task := task_in(command, hearing.utterance.language)):
            inner = (task,)
        if isinstance(inner, tuple) and len(inner) == 1 and not lasting and (within := _within(inner[0])):
            # "In an hour turn on the lamp for five minutes".
            command, seconds = within
            lasts = seconds
            inner = await self._read(command, hearing.utterance)
        if isinstance(inner, Unrecognized):
            speaker = speaker_of(hearing.utterance.language)
            missing = inner.missing
            hearing.tell(speaker.missing(missing) if missing is not None else speaker.said("not_understood"))
            return
        if len(inner) > MOST_INTENTS:
            hearing.say("too_many_deeds")
            return
        parts = await self._parts(intent, inner, hearing, dict(only))
        if parts is None:
            return
        if lasting:
            await self._for_a_while(intent, parts, hearing)
            return
        if lasts and any(ending(one.kept, one.entities) is None for one in parts):
            hearing.say("cannot_end")
        elif (when := self._when(intent, hearing)) is not None:
            await self._keep(intent, parts, when, lasts, hearing)

    async def _keep(
        self, intent: Intent, parts: Sequence[_Part], when: When, lasts: float, hearing: Hearing
    ) -> None:
        kept = replace(
            hearing.fresh("command", when),
            intents=tuple(one.kept for one in parts),
            lasts=lasts,
            span=seconds_of(intent.slots) or 0.0,
        )
        if (twin := _twin(kept, hearing)) is not None:
            hearing.twin(twin)
            return
        kept = await hearing.keep(kept)
        hearing.told.entities += [entity.id for one in parts for entity in one.entities]
        hearing.twice("command_set", kept, deed=self._deed(parts, hearing, lasts))

    def deed(self, one: Kept, language: str) -> str:
        """What a kept command does, in words, as the house is now; empty where that cannot be told."""
        deeds = []
        for kept in one.intents:
            try:
                found = found_for(kept, self._home, area=one.area)
                if not isinstance(found, tuple):
                    return ""
                intent = restored(kept)
                wanted = wishes_of(kept, found, self._home, units=self._units())
            except ActionError:
                return ""
            deeds += _deeds(intent, about(kept, found), wanted)
        return time_words(language).deed(deeds, one.lasts)

    # at what time -----------------------------------------------------------------------------------------
    def _when(self, intent: Intent, hearing: Hearing) -> When | None:
        seconds = seconds_of(intent.slots) if intent.name == "HassStartTimer" else None
        if seconds is not None:
            if not 1 <= seconds <= LONGEST_TIMER:
                hearing.say("timer_too_short" if seconds < 1 else "timer_too_long")
                return None
            return in_(seconds, hearing.now)
        return hearing.when(intent)

    # what -------------------------------------------------------------------------------------------------
    async def _parts(
        self, whole: Intent, inner: Sequence[Intent], hearing: Hearing, only: Mapping[int, tuple[str, ...]]
    ) -> list[_Part] | None:
        """What the command comes to; None: that it does not was told, or asked back."""
        parts: list[_Part] = []
        speaker = speaker_of(hearing.utterance.language)
        for at, intent in enumerate(inner):
            chosen = [entity for key in only.get(at, ()) if (entity := self._home.get(key))]
            kept = stored(intent, only=chosen)
            try:
                if intent.name in TASKS:
                    kept["wanted"] = await self._task(intent)
                found = found_for(kept, self._home, area=hearing.utterance.area)
                if isinstance(found, Missing):
                    hearing.tell(speaker.missing(found))
                    return None
                if isinstance(found, Choice):
                    hearing.tell(speaker.asked(found))
                    hearing.wonder(whole, "target", choice=found, at=at, only=tuple(only.items()))
                    return None
                wanted = wishes_of(kept, found, self._home, units=self._units())
                self._look(wanted)
            except ActionError as error:
                hearing.refuse(str(error))
                return None
            parts.append(_Part(kept, intent, about(kept, found), wanted))
        return parts

    async def _task(self, intent: Intent) -> dict[str, Any]:
        """What runs the task that is meant.

        Raises:
            ActionError: there is none of that name, or nobody who runs tasks.
        """
        question = Question(
            intent=intent.name, slots=intent.slots, language=intent.language, text=intent.text
        )
        found = None if self._machine is None else await self._machine.ask(question)
        if not isinstance(found, Wanted):
            raise ActionError("that is nothing I can do at another time")
        return {"service": found.service, "names": dict(found.names), "data": dict(found.data)}

    def _look(self, wanted: Sequence[Wish]) -> None:
        """Find out now what could never be done.

        Raises:
            ActionError: nothing of it can be done.
        """
        for wish in wanted:
            planned = plan(looked_at(wish), self._home, known=self._services())
            if planned.refusals and not planned.steps:
                raise ActionError(planned.refusals[0][1])

    def _deed(self, parts: Sequence[_Part], hearing: Hearing, lasts: float = 0.0) -> str:
        deeds = [one for part in parts for one in _deeds(part.intent, part.entities, part.wishes)]
        return hearing.words.deed(deeds, lasts)

    # for a while ------------------------------------------------------------------------------------------
    async def _for_a_while(self, intent: Intent, parts: Sequence[_Part], hearing: Hearing) -> None:
        """Do it now, and keep what ends it."""
        after = [ending(one.kept, one.entities) for one in parts]
        if not all(after):
            hearing.say("cannot_end")
            return
        when = self._end(intent, hearing)
        if when is None:
            return
        back: list[dict[str, Any]] = []
        waiting: list[tuple[dict[str, Any], str]] = []
        for part, end in zip(parts, after, strict=True):
            before = len(hearing.told.outcomes)
            await self._doing.carry_out(
                part.intent, part.entities, hearing.utterance, hearing.session, hearing.told
            )
            outcomes = hearing.told.outcomes[before:]
            pending = next((one.id for one in outcomes if one.status is Status.PENDING), None)
            if end is not None and pending is not None:
                waiting.append((end, pending))
            elif end is not None and not (outcomes and all(one.status in _NOT_DONE for one in outcomes)):
                back.append(end)
        if back:
            kept = await hearing.keep(replace(hearing.fresh("command", when), intents=tuple(back)))
            hearing.twice("command_set", kept, deed=self.deed(kept, hearing.utterance.language))
        for waits, pending_id in waiting:
            await self._after_approval(intent, waits, pending_id, when, hearing)

    async def _after_approval(
        self, intent: Intent, end: Mapping[str, Any], pending: str, when: When, hearing: Hearing
    ) -> None:
        """Keep what ends something that waits for an approval: its time counts from when that was done."""
        seconds = span(_LASTS.sub("", str(intent.slots["time"]).strip()), hearing.utterance.language) or 0.0
        one = replace(hearing.fresh("command", when), intents=(end,), after=pending, after_seconds=seconds)
        kept = await hearing.keep(one)
        deed = self.deed(kept, hearing.utterance.language)
        if seconds:
            hearing.say("command_set_after", deed=deed, span=hearing.words.named(hearing.words.span(seconds)))
        else:
            hearing.twice("command_set", kept, deed=deed)

    def _end(self, intent: Intent, hearing: Hearing) -> When | None:
        said = str(intent.slots["time"]).strip()
        seconds = span(_LASTS.sub("", said), hearing.utterance.language)
        slots = {"wait": _LASTS.sub("", said)} if seconds is not None else {"time": _UNTIL.sub("", said)}
        if seconds is None and _LASTS.match(said):
            hearing.say("timer_how_long")
            return None
        return self._when(replace(intent, name="OpsSchedule", slots=slots), hearing)


def task_in(command: str, language: str) -> Intent | None:
    """The task that is to be run by a command that nobody understood otherwise; None: it runs nothing."""
    found = _RUNS.fullmatch(command.strip(" .!。"))
    if found is None:
        return None
    name = (found["name"] or found["chinese"]).strip()
    return Intent(name="OpsRunTask", slots={"task": name}, text=command, language=language)


def _twin(one: Kept, hearing: Hearing) -> Kept | None:
    """The same that is kept already."""
    return next(
        (
            kept
            for kept in hearing.of("command")
            if kept.id != one.id and (kept.when, kept.lasts) == (one.when, one.lasts) and _same(kept, one)
        ),
        None,
    )


def _same(one: Kept, other: Kept) -> bool:
    """Whether both do the same, in whatever words."""

    def bare(kept: Kept) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in intent.items() if key not in ("text", "response", "language")}
            for intent in kept.intents
        ]

    return bare(one) == bare(other)


def _taken(intent: Intent) -> tuple[str, bool]:
    """The command in `intent`, and whether it is to be done now and for a time."""
    slots = intent.slots
    command = str(slots.get("conversation_command") or slots.get("task") or "")
    if intent.name != "OpsSchedule" or set(slots) != {"task", "time"}:
        return command, False
    said = str(slots["time"]).strip()
    lasting = bool(_LASTS.match(said) or _UNTIL.match(said)) or (
        span(said, intent.language) is not None and intent.language[:2] == "zh"
    )
    return command, lasting


def _within(intent: Intent) -> tuple[str, float] | None:
    """The command and the seconds of one that lasts, within another."""
    command, lasting = _taken(intent)
    if intent.name != "OpsSchedule" or not lasting:
        return None
    seconds = span(_LASTS.sub("", str(intent.slots["time"]).strip()), intent.language)
    return None if seconds is None else (command, seconds)


def _deeds(
    intent: Intent, entities: Sequence[Entity], wanted: Sequence[Wish]
) -> list[tuple[str, Intent, Sequence[Entity]]]:
    about = {one.id: one for one in entities}
    return [(wish.service, intent, [about[key] for key in wish.entities if key in about]) for wish in wanted]
