"""The one place where words lead to deeds, and deeds to words.

    Utterance --read--> Intents --targets--> entities --wishes--> Actions --pipeline--> Outcomes --> Reply

A question of a person is answered from the registry and never comes near the pipeline. What is not
understood, not here or not clear is said or asked back; nothing is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from agent.core.actions import Outcome
from agent.core.events import utc
from agent.core.home import Entity
from agent.core.intents import (
    ASKING,
    Choice,
    Intent,
    Missing,
    Reply,
    Tier,
    Unrecognized,
    Utterance,
    acts,
)
from agent.dialogue import queries
from agent.dialogue.acting import WELL, Acting, Begin
from agent.dialogue.choosing import chosen, hinted
from agent.dialogue.context import in_context
from agent.dialogue.language import LanguageConfig
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.session import ANSWERED_WITHIN, Asked, Done, Session, Sessions, Turn
from agent.dialogue.wishes import Wish, undoing, wishes
from agent.engines import speech
from agent.engines.reader import Reader
from agent.engines.text import language_of
from agent.errors import ActionError
from agent.home.registry import Home
from agent.home.targets import find_targets
from agent.pipeline import Pipeline
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
LATER = frozenset({"HassStartTimer", "SetAlarm", "SetReminder", "OpsSchedule"})
"""Understood, and not carried out by anything in this house yet."""


@dataclass(slots=True)
class _Told:
    """What an utterance came to, part by part."""

    spoken: list[Spoken] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    wishes: int = 0
    asks: bool = False


class Conversation:
    """Takes utterances all the way to their replies."""

    def __init__(
        self,
        *,
        home: Home,
        reader: Reader,
        pipeline: Pipeline,
        clock: Clock,
        metrics: Metrics,
        config: LanguageConfig,
        local: Callable[[datetime], datetime],
        begin: Begin,
    ) -> None:
        """Take `local`: a time as the house's clocks show it; `begin`: what starts a task, with its name."""
        self.config = config
        self._home = home
        self._reader = reader
        self._acting = Acting(home=home, pipeline=pipeline, begin=begin)
        self._clock = clock
        self._metrics = metrics
        self._local = local
        self._sessions = Sessions(clock=clock)
        metrics.gauge("dialogue.sessions", lambda: len(self._sessions))

    def speaks(self, utterance: Utterance) -> bool:
        """Whether the language of `utterance` is loaded."""
        return self._reader.speaks(self._language(utterance))

    def learn(self, utterance: Utterance) -> None:
        """Load the language of `utterance`. Takes up to seconds; safe in a thread of its own."""
        self._reader.learn(self._language(utterance))

    async def say(self, utterance: Utterance) -> Reply:
        """Answer `utterance`, acting if it asks for that. Never raises for anything that is said."""
        started = self._clock.monotonic()
        session = self._sessions.get(utterance.session)
        utterance = replace(utterance, language=self._language(utterance))
        async with session.turn:
            return await self._answered(utterance, session, started)

    async def _answered(self, utterance: Utterance, session: Session, started: float) -> Reply:
        language = utterance.language
        if utterance.area is not None:
            area = self._home.area_named(utterance.area)
            if area is None:
                return self._nowhere(utterance, utterance.area)
            utterance = replace(utterance, area=area.id)
        intents, told = await self._handled(utterance, session)
        tier = intents[0].tier if intents else Tier.NONE
        spoken = speaker_of(language).joined(told.spoken)
        session.turns.append(
            Turn(
                intents=intents,
                entities=tuple(dict.fromkeys(told.entities)),
                text=spoken.text,
                shown=spoken.shown,
                done=tuple(told.done),
            )
        )
        ms = (self._clock.monotonic() - started) * 1000
        self._metrics.observe("utterance.handled_ms", ms)
        log.info(
            "utterance.handled",
            id=utterance.id,
            tier=tier.value,
            intents=[one.name for one in intents],
            statuses=[one.status.value for one in told.outcomes],
            ms=round(ms, 1),
            trace=utterance.trace,
        )
        return Reply(
            id=utterance.id,
            session=utterance.session,
            text=spoken.text,
            shown=spoken.shown,
            language=language,
            expects_answer=told.asks,
            intents=intents,
            tier=tier,
            outcomes=tuple(told.outcomes),
            ms=ms,
            trace=utterance.trace,
        )

    # what is meant --------------------------------------------------------------------------------------
    async def _handled(self, utterance: Utterance, session: Session) -> tuple[tuple[Intent, ...], _Told]:
        told = _Told()
        asked, late = session.pop_asked(self._clock.monotonic())
        if asked is not None:
            options = chosen(
                utterance.text, utterance.language, asked.choice.options, area_of=self._area_name
            )
            if options:
                await self._carry_out(asked.choice.intent, options, utterance, session, told)
                return (asked.choice.intent,), told
        understood = in_context(utterance, session, reader=self._reader, home=self._home)
        if asked is not None and isinstance(understood, Unrecognized):
            options = hinted(utterance.text, utterance.language, asked.choice.options)
            if options:
                await self._carry_out(asked.choice.intent, options, utterance, session, told)
                return (asked.choice.intent,), told
        if isinstance(understood, Unrecognized):
            unclear = asked is not None and not speech.orders(utterance.text, utterance.language)
            key = "which_again" if unclear else "question_expired" if late else None
            key = key if understood.reason == "not_understood" else None
            told.spoken.append(self._honest_no(understood, utterance.language, key))
            if asked is not None and understood.reason == "not_understood":
                # Not an answer and nothing else either: the question stays open.
                session.asked = asked
                told.asks = True
            return (), told
        for intent in understood:
            await self._one(intent, utterance, session, told)
        return understood, told

    # one intent -----------------------------------------------------------------------------------------
    async def _one(self, intent: Intent, utterance: Utterance, session: Session, told: _Told) -> None:
        speaker = speaker_of(utterance.language)
        if intent.name in _OF_THE_CONVERSATION:
            await self._dialogue(intent, utterance, session, told)
            return
        if intent.name.startswith("Ops") or intent.name in LATER:
            key = "cannot_explain_yet" if intent.name == "OpsExplain" else "cannot_do_yet"
            told.spoken.append(speaker.said(key))
            return
        targets = find_targets(intent, self._home, area=utterance.area)
        match targets:
            case Missing():
                told.spoken.append(speaker.missing(targets))
            case Choice():
                session.asked = Asked(choice=targets, expires=self._clock.monotonic() + ANSWERED_WITHIN)
                told.entities += [one.id for one in targets.options]
                told.spoken.append(speaker.asked(targets))
                told.asks = True
            case _ if acts(intent.name):
                await self._carry_out(intent, targets, utterance, session, told)
            case _:
                told.entities += [one.id for one in targets]
                self._answer(intent, targets, utterance, told)

    def _answer(self, intent: Intent, entities: Sequence[Entity], utterance: Utterance, told: _Told) -> None:
        now = self._local(self._clock.now())
        found = queries.answer(intent, entities, self._home, now=now, history=self._today)
        told.spoken.append(speaker_of(utterance.language).answered(intent, found))

    async def _carry_out(
        self,
        intent: Intent,
        entities: Sequence[Entity],
        utterance: Utterance,
        session: Session,
        told: _Told,
    ) -> None:
        if intent.name in ASKING:
            self._answer(intent, entities, utterance, told)
            return
        speaker = speaker_of(utterance.language)
        try:
            wanted = wishes(intent, entities, self._home, units=self.config.units)
        except ActionError as error:
            told.spoken.append(speaker.said("refused", reason=str(error)))
            return
        outcomes = await self._do(wanted, utterance, session, told)
        about = {one.id: one for one in entities}
        states = {one: self._home.state(one) for one in about}
        told.spoken.append(speaker.told(intent, outcomes, tuple(entities), states))

    async def _do(
        self, wanted: Sequence[Wish], utterance: Utterance, session: Session, told: _Told
    ) -> tuple[Outcome, ...]:
        """Carry out `wanted` and note what came of it."""
        acted = await self._acting.carry_out(wanted, utterance, first=told.wishes)
        told.wishes += len(wanted)
        told.outcomes += acted.outcomes
        told.entities += [key for wish in wanted for key in wish.entities]
        told.done += acted.done
        session.approval = acted.waiting or session.approval
        told.asks |= acted.waiting is not None and utterance.channel != "voice"
        return acted.outcomes

    # about the conversation itself ----------------------------------------------------------------------
    async def _dialogue(self, intent: Intent, utterance: Utterance, session: Session, told: _Told) -> None:
        speaker = speaker_of(utterance.language)
        match intent.name:
            case "Undo":
                await self._undo(utterance, session, told)
            case "Repeat":
                last = session.turns[-1] if session.turns else None
                told.spoken.append(
                    Spoken(text=last.text, shown=last.shown) if last else speaker.said("nothing_to_repeat")
                )
            case "Confirm" | "Deny":
                await self._approve(intent, utterance, session, told)
            case "Help" | "HassRespond":
                told.spoken.append(speaker.said(_RESPONSES.get(intent.response or "", "help")))
            case _:
                session.approval = None
                told.spoken.append(speaker.said("cancelled"))

    async def _approve(self, intent: Intent, utterance: Utterance, session: Session, told: _Told) -> None:
        speaker, yes = speaker_of(utterance.language), intent.name == "Confirm"
        waiting, session.approval = session.approval, None
        if waiting is None:
            told.spoken.append(speaker.said("no_question_open"))
            return
        obstacle = await self._acting.approve(waiting, utterance, yes=yes)
        if obstacle is not None or not yes:
            told.spoken.append(
                speaker.said("refused", reason=obstacle) if obstacle else speaker.said("denied")
            )
            return
        ended = await self._acting.standing(waiting)
        told.outcomes += ended
        entities = [entity for one in ended if (entity := self._home.get(one.target))]
        states = {one.id: self._home.state(one.id) for one in entities}
        told.spoken.append(speaker.told(intent, ended, entities, states))

    async def _undo(self, utterance: Utterance, session: Session, told: _Told) -> None:
        speaker = speaker_of(utterance.language)
        turn = session.last_done()
        back = [
            wish
            for one in (turn.done if turn else ())
            if (entity := self._home.get(one.entity)) and (wish := undoing(entity, one.before, one.service))
        ]
        if turn is None or not back:
            told.spoken.append(speaker.said("nothing_to_undo"))
            return
        outcomes = await self._do(back, utterance, session, told)
        told.done.clear()
        session.taken_back(turn)
        failed = [one for one in outcomes if one.status not in WELL]
        told.spoken.append(
            speaker.said("undone") if not failed else speaker.said("refused", reason=failed[0].reason or "")
        )

    def _language(self, utterance: Utterance) -> str:
        return language_of(utterance.text, utterance.language or self.config.default)

    # words ----------------------------------------------------------------------------------------------
    def _honest_no(self, understood: Unrecognized, language: str, key: str | None) -> Spoken:
        speaker = speaker_of(language)
        if understood.missing is not None:
            return speaker.missing(understood.missing)
        return speaker.said(key or understood.reason)

    def _today(self, entity: str) -> Sequence[tuple[datetime, str]]:
        """How an entity's state changed since local midnight, as far as this life of the daemon goes."""
        today = self._local(self._clock.now()).date()
        changes = ((self._local(utc(when)), value) for when, value in self._home.changes(entity))
        return [(when, value) for when, value in changes if when.date() == today]

    def _nowhere(self, utterance: Utterance, area: str) -> Reply:
        """The speaker says to be somewhere that is not in this house: nothing "here" could be right."""
        near = tuple(one.name for one in self._home.areas())[:3]
        spoken = speaker_of(utterance.language).missing(Missing(kind="area", said=area, near=near))
        return Reply(
            id=utterance.id,
            session=utterance.session,
            text=spoken.text,
            shown=spoken.shown,
            language=utterance.language,
            trace=utterance.trace,
        )

    def _area_name(self, entity: Entity) -> str | None:
        return next((one.name for one in self._home.areas() if one.id == entity.area), None)


_RESPONSES = {one: f"respond_{one}" for one in ("hello", "listening", "data", "creator")}
_OF_THE_CONVERSATION = frozenset(
    {"Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help", "HassNevermind", "HassRespond"}
)
