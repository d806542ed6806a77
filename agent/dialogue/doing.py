"""What a conversation does in the house, and how that is told: wishes carried out, approved, undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.core.actions import Outcome
from agent.core.home import Entity
from agent.core.intents import Intent, Utterance
from agent.core.telling import Wanted
from agent.dialogue.acting import WELL, Acting
from agent.dialogue.language import LanguageConfig
from agent.dialogue.learned import Learned
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.session import Change, Done, Session
from agent.dialogue.wishes import Wish, undoing, wishes
from agent.errors import ActionError
from agent.home.registry import Home

PRINTS = frozenset({"code.run"})
"""Services whose outcome is what a program printed."""
MOST_QUOTED = 20
LONGEST_QUOTE = 300


@dataclass(slots=True)
class Told:
    """What an utterance came to, part by part."""

    spoken: list[Spoken] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    facts: list[Mapping[str, Any]] = field(default_factory=list)
    wishes: int = 0
    asks: bool = False
    puzzled: bool = False
    """Whether nothing of it was understood, and it may have been small talk."""
    chat: bool = False
    """Whether it is answered in words alone, by a model."""


class Doing:
    """Carries out what was understood."""

    def __init__(
        self, *, home: Home, acting: Acting, learned: Learned, config: Callable[[], LanguageConfig]
    ) -> None:
        self._home = home
        self._acting = acting
        self._learned = learned
        self._config = config

    async def carry_out(
        self,
        intent: Intent,
        entities: Sequence[Entity],
        utterance: Utterance,
        session: Session,
        told: Told,
    ) -> None:
        """Do what `intent` wants with `entities`."""
        speaker = speaker_of(utterance.language)
        try:
            wanted = wishes(intent, entities, self._home, units=self._config().units)
        except ActionError as error:
            told.spoken.append(speaker.said("refused", reason=str(error)))
            return
        outcomes = await self._do(wanted, utterance, session, told)
        about = {one.id: one for one in entities}
        states = {one: self._home.state(one) for one in about}
        told.spoken.append(speaker.told(intent, outcomes, tuple(entities), states))

    async def carry_out_wanted(
        self, intent: Intent, wanted: Wanted, utterance: Utterance, session: Session, told: Told
    ) -> None:
        """Do what is for no entity; it has the names of its targets along."""
        speaker = speaker_of(utterance.language)
        wish = Wish(wanted.service, wanted.target, wanted.data)
        outcomes = await self._do([wish], utterance, session, told)
        named = [Entity(id=target, name=name, owner="") for target, name in wanted.names.items()]
        told.spoken.append(_with_output(speaker.told(intent, outcomes, named, {}), outcomes))

    async def _do(
        self, wanted: Sequence[Wish], utterance: Utterance, session: Session, told: Told
    ) -> tuple[Outcome, ...]:
        """Carry out `wanted` and note what came of it."""
        acted = await self._acting.carry_out(wanted, utterance, first=told.wishes)
        told.wishes += len(wanted)
        told.outcomes += acted.outcomes
        told.entities += [key for wish in wanted for key in wish.entities if self._home.get(key) is not None]
        told.done += acted.done
        session.approval = acted.waiting or session.approval
        told.asks |= acted.waiting is not None and utterance.channel != "voice"
        return acted.outcomes

    async def approve(self, intent: Intent, utterance: Utterance, session: Session, told: Told) -> None:
        """Answer the approval that was asked for."""
        speaker, yes = speaker_of(utterance.language), intent.name == "Confirm"
        waiting, session.approval = session.approval, None
        if waiting is None:
            told.spoken.append(speaker.said("no_question_open"))
            return
        obstacle = await self._acting.approve(waiting, utterance, yes=yes)
        if not yes and session.turns:
            self._learned.taken_back(session.turns[-1].said, session.turns[-1].language)
        if obstacle is not None or not yes:
            told.spoken.append(
                speaker.said("refused", reason=obstacle) if obstacle else speaker.said("denied")
            )
            return
        ended = await self._acting.standing(waiting)
        told.outcomes += ended
        entities = [entity for one in ended if (entity := self._home.get(one.target))]
        states = {one.id: self._home.state(one.id) for one in entities}
        told.spoken.append(_with_output(speaker.told(intent, ended, entities, states), ended))

    async def undo(self, utterance: Utterance, session: Session, told: Told) -> None:
        """Put back what the last turn did."""
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
        self._learned.taken_back(turn.said, turn.language)
        failed = [one for one in outcomes if one.status not in WELL]
        told.spoken.append(
            speaker.said("undone") if not failed else speaker.said("refused", reason=failed[0].reason or "")
        )


def _with_output(spoken: Spoken, outcomes: Sequence[Outcome]) -> Spoken:
    """`spoken`, on a screen with what was printed, quoted: it is nobody's text, and never said aloud."""
    printed = [
        line[:LONGEST_QUOTE]
        for one in outcomes
        if one.action in PRINTS and one.status in WELL and one.reason
        for line in one.reason.splitlines()[:MOST_QUOTED]
    ]
    return Spoken(spoken.text, "\n".join((spoken.shown, *(f"> {line}" for line in printed))))
