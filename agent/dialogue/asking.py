"""Questions of a person in a conversation: answered from the registry, and from what it heard today."""

from collections.abc import Callable, Sequence
from datetime import datetime

from agent.core.events import utc
from agent.core.home import Entity
from agent.core.intents import Intent, Missing, Reply, Unrecognized, Utterance
from agent.dialogue import queries
from agent.dialogue.doing import Told
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.session import Asked, Session
from agent.home.registry import Home
from agent.runtime.clock import Clock


class Asking:
    """Answers, and reaches no actuator."""

    def __init__(self, *, home: Home, clock: Clock, local: Callable[[datetime], datetime]) -> None:
        """Take `local`: a time as the house's clocks show it."""
        self._home = home
        self._clock = clock
        self._local = local

    def answered(self, intent: Intent, entities: Sequence[Entity], language: str) -> Spoken:
        """What is to be told about `entities`."""
        now = self._local(self._clock.now())
        found = queries.answer(intent, entities, self._home, now=now, history=self._today)
        return speaker_of(language).answered(intent, found)

    def nowhere(self, utterance: Utterance, area: str) -> Reply:
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

    def _today(self, entity: str) -> Sequence[tuple[datetime, str]]:
        """How an entity's state changed since local midnight, as far as this life of the daemon goes."""
        today = self._local(self._clock.now()).date()
        changes = ((self._local(utc(when)), value) for when, value in self._home.changes(entity))
        return [(when, value) for when, value in changes if when.date() == today]


def honest_no(understood: Unrecognized, language: str, key: str | None) -> Spoken:
    """That it was not understood, in the phrase of `key` if there is a better one, or what is not here."""
    speaker = speaker_of(language)
    if understood.missing is not None:
        return speaker.missing(understood.missing)
    return speaker.said(key or understood.reason)


def decline(
    understood: Unrecognized,
    language: str,
    session: Session,
    told: Told,
    asked: Asked | None,
    *,
    unclear: bool,
    late: bool,
) -> None:
    """Say that it was not understood, also as an answer if `unclear`, or that it is not here."""
    key = "which_again" if unclear else "question_expired" if late else None
    key = key if understood.reason == "not_understood" else None
    told.spoken.append(honest_no(understood, language, key))
    if asked is not None and understood.reason == "not_understood":
        # Not an answer and nothing else either: the question stays open.
        session.asked = asked
        told.asks = True
