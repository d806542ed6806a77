"""Commands for later: read and resolved when they are said, while somebody listens who can be asked."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.actions.planner import plan
from agent.core.actions import Status
from agent.core.home import Entity
from agent.core.intents import Choice, Intent, Missing, Unrecognized
from agent.dialogue.doing import Doing
from agent.dialogue.reply import speaker_of
from agent.dialogue.timekeeping import LONGEST_TIMER, MOST_INTENTS, Kept, Services, When
from agent.dialogue.timing.commands import ending, found_for, looked_at, restored, stored
from agent.dialogue.timing.hearing import Hearing, Read
from agent.dialogue.timing.moments import in_
from agent.dialogue.timing.setting import seconds_of
from agent.dialogue.timing.words import time_words
from agent.dialogue.values import Units
from agent.dialogue.wishes import Wish, wishes
from agent.engines.spans import span
from agent.errors import ActionError
from agent.home.registry import Home

Chosen = tuple[tuple[int, tuple[str, ...]], ...]
_NOT_DONE = (Status.FAILED, Status.REFUSED, Status.EXPIRED)
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
    ) -> None:
        """Take `read`: what a command asks for; `services`: what integrations brought along."""
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
        parts = self._parts(intent, inner, hearing, dict(only))
        if parts is None:
            return
        if lasting:
            await self._for_a_while(intent, parts, hearing)
            return
        if lasts and any(ending(one.kept, one.entities) is None for one in parts):
            hearing.say("cannot_end")
            return
        when = self._when(intent, hearing)
        if when is None:
            return
        kept = replace(
            hearing.fresh("command", when),
            intents=tuple(one.kept for one in parts),
            lasts=lasts,
            span=seconds_of(intent.slots) or 0.0,
        )
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
                wanted = wishes(intent, found, self._home, units=self._units())
            except ActionError:
                return ""
            deeds += _deeds(intent, found, wanted)
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
    def _parts(
        self, whole: Intent, inner: Sequence[Intent], hearing: Hearing, only: Mapping[int, tuple[str, ...]]
    ) -> list[_Part] | None:
        """What the command comes to; None: that it does not was told, or asked back."""
        parts: list[_Part] = []
        speaker = speaker_of(hearing.utterance.language)
        for at, intent in enumerate(inner):
            chosen = [entity for key in only.get(at, ()) if (entity := self._home.get(key))]
            kept = stored(intent, only=chosen)
            try:
                found = found_for(kept, self._home, area=hearing.utterance.area)
                if isinstance(found, Missing):
                    hearing.tell(speaker.missing(found))
                    return None
                if isinstance(found, Choice):
                    hearing.tell(speaker.asked(found))
                    hearing.wonder(whole, "target", choice=found, at=at, only=tuple(only.items()))
                    return None
                wanted = wishes(intent, found, self._home, units=self._units())
                self._look(wanted)
            except ActionError as error:
                hearing.refuse(str(error))
                return None
            parts.append(_Part(kept, intent, found, wanted))
        return parts

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
        for part in parts:
            await self._doing.carry_out(
                part.intent, part.entities, hearing.utterance, hearing.session, hearing.told
            )
        if all(one.status in _NOT_DONE for one in hearing.told.outcomes):
            return
        back = tuple(one for one in after if one is not None)
        kept = await hearing.keep(replace(hearing.fresh("command", when), intents=back))
        hearing.twice("command_set", kept, deed=self.deed(kept, hearing.utterance.language))

    def _end(self, intent: Intent, hearing: Hearing) -> When | None:
        said = str(intent.slots["time"]).strip()
        seconds = span(_LASTS.sub("", said), hearing.utterance.language)
        slots = {"wait": _LASTS.sub("", said)} if seconds is not None else {"time": _UNTIL.sub("", said)}
        if seconds is None and _LASTS.match(said):
            hearing.say("timer_how_long")
            return None
        return self._when(replace(intent, name="OpsSchedule", slots=slots), hearing)


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
