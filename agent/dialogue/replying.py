"""The end of one exchange: what it came to becomes a turn of the conversation, and a reply."""

import structlog

from agent.core.intents import Intent, Reply, Tier, Utterance
from agent.dialogue.doing import Told
from agent.dialogue.reply import speaker_of
from agent.dialogue.session import Session, Turn
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)


def replied(
    utterance: Utterance,
    session: Session,
    intents: tuple[Intent, ...],
    told: Told,
    *,
    ms: float,
    metrics: Metrics,
) -> Reply:
    """The reply to `utterance`, which is a turn of `session` from now on."""
    language = utterance.language
    tier = intents[0].tier if intents else Tier.PROVIDER if told.chat else Tier.NONE
    spoken = speaker_of(language).joined(told.spoken)
    session.turns.append(
        Turn(
            intents=intents,
            entities=tuple(dict.fromkeys(told.entities)),
            text=spoken.text,
            shown=spoken.shown,
            done=tuple(told.done),
            changes=tuple(told.changes),
            said=utterance.text,
            language=language,
            chat=told.chat,
        )
    )
    metrics.observe("utterance.handled_ms", ms)
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
        yes_or_no=told.asks and session.suggested is not None,
        intents=intents,
        tier=tier,
        outcomes=tuple(told.outcomes),
        facts=tuple(told.facts),
        ms=ms,
        trace=utterance.trace,
    )
