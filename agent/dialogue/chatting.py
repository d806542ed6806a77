"""An answer in words to what no tier understood, by the model that the user chose for that.

    not understood --the words--> model --text--> what is said instead of "I did not understand"

Text is all it is: what the model says is never read as a wish, nor learned. The model hears what was said to
it in this conversation and nothing of the house; what the house answered stays here. Where there is no such
model, or it has no answer in time, it stays with the honest no.
"""

from collections.abc import Sequence

import structlog

from agent.core.intents import Unrecognized, Utterance
from agent.dialogue.model_words import in_words
from agent.dialogue.phrases import spoken_language
from agent.dialogue.prompts import PROMPTS
from agent.dialogue.session import Turn
from agent.dialogue.wording import Spoken
from agent.engines.text import cleaned
from agent.errors import ConfigError, TransientError
from agent.inference.models import Models
from agent.inference.queue import Priority
from agent.inference.runner import Prompt
from agent.redaction import one_line
from agent.wordbook import Words

log = structlog.get_logger(__name__)
LONGEST_EARLIER = 1_500
"""Characters of the conversation before it that a model is told."""
_LONGEST_REASON = 200


class Chat:
    """Answers in words."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def answer(self, utterance: Utterance, turns: Sequence[Turn]) -> Spoken | None:
        """What a model answers to `utterance` after `turns`; None: nobody is asked, or has an answer."""
        plain = cleaned(utterance.text)
        if not self._models.serves("chat") or isinstance(plain, Unrecognized):
            return None
        voice = utterance.channel == "voice"
        try:
            found = await self._models.ask(
                "chat",
                prompt_of(plain, turns, language=utterance.language, voice=voice),
                self._models.limits("voice" if voice else "screen"),
                priority=Priority.VOICE if voice else Priority.CHAT,
            )
        except (TransientError, ConfigError) as error:
            log.info("chat.unanswered", reason=one_line(str(error), most=_LONGEST_REASON))
            return None
        spoken = in_words(found.text, language=utterance.language, whole=found.ended == "stop")
        if spoken is None:
            log.info("chat.refused", model=found.model)
        return spoken


def prompt_of(text: str, turns: Sequence[Turn], *, language: str, voice: bool) -> Prompt:
    """What a model is asked. Everything but its end is the same, or grows at its end, from turn to turn."""
    prompts = PROMPTS.words(language)
    system = (
        prompts.said("chat", language=spoken_language(language)),
        prompts.said("chat_voice" if voice else "chat_screen"),
    )
    earlier = _earlier(turns, prompts)
    if not earlier:
        return Prompt(said=text, system="\n".join(system))
    said = (prompts.said("chat_earlier"), *earlier, "", prompts.said("chat_now", text=text))
    return Prompt(said="\n".join(said), system="\n".join(system))


def _earlier(turns: Sequence[Turn], prompts: Words) -> list[str]:
    """What was said in `turns` that were in words alone, the oldest first, as far back as there is room."""
    lines: list[str] = []
    room = LONGEST_EARLIER
    for turn in reversed([one for one in turns if one.chat]):
        said = one_line(turn.said, most=LONGEST_EARLIER)
        pair = [prompts.said("chat_person", text=said), prompts.said("chat_assistant", text=turn.text)]
        room -= sum(map(len, pair))
        if room < 0:
            break
        lines[:0] = pair
    return lines
