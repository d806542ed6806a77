"""The one place where words lead to deeds, and deeds to words.

    Utterance --read--> Intents --targets--> entities --wishes--> Actions --pipeline--> Outcomes --> Reply

A question of a person is answered from the registry and never comes near the pipeline. What is not
understood, not here or not clear is said or asked back; nothing is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from agent.core.home import Entity
from agent.core.intents import (
    ASKING,
    Choice,
    Intent,
    Missing,
    Reply,
    Unrecognized,
    Utterance,
    acts,
)
from agent.dialogue.acting import WELL, Acting, Begin
from agent.dialogue.asking import Asking, decline
from agent.dialogue.chatting import Chat
from agent.dialogue.choosing import chosen, points
from agent.dialogue.doing import Doing, Told
from agent.dialogue.language import LanguageConfig
from agent.dialogue.learned import Learned
from agent.dialogue.ops import Machine, Ops
from agent.dialogue.pattern import Names
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.replying import replied
from agent.dialogue.session import ANSWERED_WITHIN, Asked, Session, Sessions, Suggested
from agent.dialogue.suggesting import suggestion
from agent.dialogue.timekeeping import Services, Timekeeper
from agent.dialogue.timing.keeping import Keeping
from agent.dialogue.understanding import Understanding, Understood, doubtful
from agent.engines import speech
from agent.engines.cascade import Guess
from agent.engines.text import language_of
from agent.home.registry import Home
from agent.home.targets import find_targets
from agent.pipeline import Pipeline
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics


class Conversation:
    """Takes utterances all the way to their replies."""

    def __init__(
        self,
        *,
        home: Home,
        understanding: Understanding,
        learned: Learned,
        pipeline: Pipeline,
        clock: Clock,
        metrics: Metrics,
        config: LanguageConfig,
        local: Callable[[datetime], datetime],
        begin: Begin,
        keeper: Timekeeper | None = None,
        services: Services = dict,
        machine: Machine | None = None,
        chat: Chat | None = None,
    ) -> None:
        """Take `local`: a time as the house's clocks show it; `begin`: what starts a task, with its name.

        `keeper`: who keeps what is said for later; `services`: what integrations brought along;
        `machine`: who knows what we run on; `chat`: who has words for what was not understood.
        """
        self.config = config
        self._home = home
        self._understanding = understanding
        self._learned = learned
        self._doing = Doing(
            home=home,
            acting=Acting(home=home, pipeline=pipeline, begin=begin),
            learned=learned,
            config=lambda: self.config,
        )
        self._keeping = Keeping(
            keeper,
            home=home,
            read=self._command,
            doing=self._doing,
            clock=clock,
            local=local,
            units=lambda: self.config.units,
            services=services,
            machine=machine,
        )
        self._ops = Ops(machine, doing=self._doing)
        self._chat = chat
        self._clock = clock
        self._metrics = metrics
        self._asking = Asking(home=home, clock=clock, local=local)
        self._sessions = Sessions(clock=clock)
        metrics.gauge("dialogue.sessions", lambda: len(self._sessions))

    @property
    def names(self) -> Names:
        """The names of the house as it is now."""
        return self._understanding.reader.vocabulary

    def speaks(self, utterance: Utterance) -> bool:
        """Whether the language of `utterance` is loaded."""
        return self._understanding.reader.speaks(self._language(utterance))

    def learn(self, utterance: Utterance) -> None:
        """Load the language of `utterance`. Takes up to seconds; safe in a thread of its own."""
        self._understanding.reader.learn(self._language(utterance))

    async def say(self, utterance: Utterance) -> Reply:
        """Answer `utterance`, acting if it asks for that. Never raises for anything that is said."""
        started = self._clock.monotonic()
        session = self._sessions.get(utterance.session)
        utterance = replace(utterance, language=self._language(utterance))
        if utterance.area is not None:
            area = self._home.area_named(utterance.area)
            if area is None:
                return self._asking.nowhere(utterance, utterance.area)
            utterance = replace(utterance, area=area.id)
        async with session.turn:
            intents, told = await self._answered(utterance, session)
            if not told.puzzled:
                return self._replied(utterance, session, intents, told, started)
        # Not in its turn: whoever goes on speaking is not to wait for a model that thinks.
        answer = await self._chat.answer(utterance, session.turns) if self._chat is not None else None
        if answer is not None:
            told = Told(spoken=[answer], chat=True)
        return self._replied(utterance, session, intents, told, started)

    def _replied(
        self, utterance: Utterance, session: Session, intents: tuple[Intent, ...], told: Told, started: float
    ) -> Reply:
        ms = (self._clock.monotonic() - started) * 1000
        return replied(utterance, session, intents, told, ms=ms, metrics=self._metrics)

    async def _answered(self, utterance: Utterance, session: Session) -> tuple[tuple[Intent, ...], Told]:
        told = Told()
        if utterance.doubted and session.is_asked(self._clock.monotonic()):
            told.spoken.append(speaker_of(utterance.language).said("heard_badly"))
            told.asks = True
            return (), told
        if (answered := await self._keeping.answered(utterance, session, told)) is not None:
            return answered, told
        return await self._handled(utterance, session)

    async def understood(self, utterance: Utterance) -> tuple[Intent, ...]:
        """What `utterance` asks for by itself, without doing it; empty if that is not sure, or not here."""
        return await self._understanding.alone(utterance.text, self._language(utterance), area=utterance.area)

    # what is meant --------------------------------------------------------------------------------------
    async def _handled(self, utterance: Utterance, session: Session) -> tuple[tuple[Intent, ...], Told]:
        told, now = Told(), self._clock.monotonic()
        asked, late = session.pop_asked(now)
        offered = session.pop_suggested(now)
        if asked is not None:
            options = chosen(
                utterance.text, utterance.language, asked.choice.options, area_of=self._area_name
            )
            if options:
                await self._carry_out(asked.choice.intent, options, utterance, session, told)
                return (asked.choice.intent,), told
        understood: Understood = self._understanding.read(utterance, session)
        if offered is not None and (answer := _yes_or_no(understood)) is not None:
            return await self._offered(offered, utterance, session, told, yes=answer), told
        if isinstance(understood, Unrecognized) and (
            asked is None or not points(utterance.text, utterance.language)
        ):
            understood = await self._understanding.read_on(understood, utterance)
        understood = doubtful(understood, utterance)
        wish = speech.switches(utterance.text, utterance.language)
        if isinstance(understood, Guess):
            if self._offer(understood, utterance, session, told):
                return understood.intents, told
            wish |= any(acts(one.name) for one in understood.intents)
            understood = Unrecognized(
                reason="heard_badly" if utterance.doubted else "not_understood", text=utterance.text
            )
        if isinstance(understood, Unrecognized):
            unclear = asked is not None and not speech.orders(utterance.text, utterance.language)
            decline(understood, utterance.language, session, told, asked, unclear=unclear, late=late)
            # What may be a wish, or the answer to a question of ours, is no small talk.
            amiss = wish or late or asked is not None or offered is not None or bool(utterance.doubted)
            told.puzzled = understood.reason == "not_understood" and not amiss
            return (), told
        for intent in understood:
            await self._one(intent, utterance, session, told)
        self._note(utterance.text, understood, utterance, told)
        return understood, told

    def _offer(self, guess: Guess, utterance: Utterance, session: Session, told: Told) -> bool:
        """Ask whether `guess` is meant; False where that can't be asked."""
        question = suggestion(
            guess.intents,
            self._home,
            language=utterance.language,
            area=utterance.area,
            units=self.config.units,
        )
        if question is None:
            return False
        expires = self._clock.monotonic() + ANSWERED_WITHIN
        session.suggested = Suggested(intents=guess.intents, text=utterance.text, expires=expires)
        told.spoken.append(question)
        told.asks = True
        return True

    async def _offered(
        self, offered: Suggested, utterance: Utterance, session: Session, told: Told, *, yes: bool
    ) -> tuple[Intent, ...]:
        """Do what was offered, or leave it."""
        if not yes:
            told.spoken.append(speaker_of(utterance.language).said("denied"))
            return ()
        for intent in offered.intents:
            await self._one(intent, utterance, session, told)
        self._note(offered.text, offered.intents, utterance, told)
        return offered.intents

    def _note(self, text: str, intents: tuple[Intent, ...], utterance: Utterance, told: Told) -> None:
        """Have the house learn what a model understood, if all of it went well."""
        if told.outcomes and all(one.status in WELL for one in told.outcomes):
            self._learned.noted(text, utterance.language, intents)

    # one intent -----------------------------------------------------------------------------------------
    async def _one(self, intent: Intent, utterance: Utterance, session: Session, told: Told) -> None:
        speaker = speaker_of(utterance.language)
        if intent.name in _OF_THE_CONVERSATION:
            await self._dialogue(intent, utterance, session, told)
            return
        if await self._keeping.take(intent, utterance, session, told):
            return
        if await self._ops.take(intent, utterance, session, told):
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

    def _answer(self, intent: Intent, entities: Sequence[Entity], utterance: Utterance, told: Told) -> None:
        told.spoken.append(self._asking.answered(intent, entities, utterance.language))

    async def _carry_out(
        self,
        intent: Intent,
        entities: Sequence[Entity],
        utterance: Utterance,
        session: Session,
        told: Told,
    ) -> None:
        if intent.name in ASKING:
            self._answer(intent, entities, utterance, told)
        else:
            await self._doing.carry_out(intent, entities, utterance, session, told)

    # about the conversation itself ----------------------------------------------------------------------
    async def _dialogue(self, intent: Intent, utterance: Utterance, session: Session, told: Told) -> None:
        speaker = speaker_of(utterance.language)
        match intent.name:
            case _ if intent.name == "Undo" or self._keeping.takes_back(utterance.text, session):
                if not await self._keeping.undo(utterance, session, told):
                    await self._doing.undo(utterance, session, told)
            case "Repeat":
                last = session.turns[-1] if session.turns else None
                told.spoken.append(
                    Spoken(text=last.text, shown=last.shown) if last else speaker.said("nothing_to_repeat")
                )
            case "Confirm" | "Deny":
                await self._doing.approve(intent, utterance, session, told)
            case "Help" | "HassRespond":
                told.spoken.append(speaker.said(_RESPONSES.get(intent.response or "", "help")))
            case _:
                session.approval = None
                if not await self._keeping.cancel_all(utterance, session, told):
                    told.spoken.append(speaker.said("cancelled"))

    async def _command(self, text: str, utterance: Utterance) -> tuple[Intent, ...] | Unrecognized:
        """What a command within `utterance` asks for, as far as that is sure."""
        read = self._understanding.reader.read(text, utterance.language)
        found = await self._understanding.beyond(
            read, text, utterance.language, area=utterance.area, voice=utterance.channel == "voice"
        )
        return Unrecognized(reason="not_understood", text=text) if isinstance(found, Guess) else found

    def _language(self, utterance: Utterance) -> str:
        return language_of(utterance.text, utterance.language or self.config.default)

    def _area_name(self, entity: Entity) -> str | None:
        return next((one.name for one in self._home.areas() if one.id == entity.area), None)


def _yes_or_no(understood: Understood) -> bool | None:
    names = [one.name for one in understood] if isinstance(understood, tuple) else []
    return {"Confirm": True, "Deny": False}.get(names[0]) if len(names) == 1 else None


_RESPONSES = {one: f"respond_{one}" for one in ("hello", "listening", "data", "creator")}
_OF_THE_CONVERSATION = frozenset(
    {"Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help", "HassNevermind", "HassRespond"}
)
