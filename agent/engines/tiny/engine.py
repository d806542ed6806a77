"""The shipped model as an engine.

    utterance --heard--> model, held to the form --answer--> decode --believed--> intents, as sure as it was

How sure it has to be was found on sentences that it was not trained on (`train/calibrate.py`), and stands
beside the weights. A question needs less than an act; between that and nothing lies a guess.
"""

from collections.abc import Callable
from dataclasses import replace

import structlog

from agent.core.intents import Intent, Tier, Unrecognized
from agent.engines import speech
from agent.engines.believed import NotBelievedError, believed
from agent.engines.cascade import Ask, Guess
from agent.engines.delexical import delexicalised, heeds, tears
from agent.engines.text import cleaned, language_of, unspaced
from agent.engines.tiny import codec
from agent.engines.tiny.sureness import Sureness
from agent.engines.vocabulary import Vocabulary
from agent.errors import ConfigError, TransientError
from agent.inference.models import NoModelError
from agent.inference.queue import Priority
from agent.inference.runner import Limits, Prompt

log = structlog.get_logger(__name__)
FORM = "agent.engines.tiny.form:Form"
LANGUAGES = ("en", "zh")
"""What it was trained on; of other languages it knows nothing."""


class Tiny:
    """Reads sentences with the shipped model."""

    tier = Tier.MODEL

    def __init__(self, *, ask: Ask, limits: Callable[[], Limits], sureness: Sureness) -> None:
        self._ask = ask
        self._limits = limits
        self._sureness = sureness

    async def read(
        self, text: str, language: str, *, voice: bool = False, names: Vocabulary | None = None
    ) -> Guess | None:
        """What `text` means, None if that is nothing to us or the model cannot be had.

        Where it is not sure, or takes a name of `names` apart, it reads the sentence with names it knows.
        """
        plain = cleaned(text)
        language = language_of(text, language)
        if isinstance(plain, Unrecognized) or language[:2] not in LANGUAGES:
            return None
        plain = unspaced(speech.unfilled(plain, language))
        try:
            return await self._read_on(plain, language, voice=voice, names=names)
        except NoModelError:
            return None
        except (TransientError, ConfigError) as error:
            log.info("tiny.unanswered", reason=str(error))
            return None
        except NotBelievedError as error:
            log.debug("tiny.refused", reason=str(error))
            return None

    async def _read_on(
        self, plain: str, language: str, *, voice: bool, names: Vocabulary | None
    ) -> Guess | None:
        guess = await self._read(plain, language, voice=voice)
        if names is None or (guess is not None and guess.sure and not tears(guess.intents, plain, names)):
            return guess
        other = delexicalised(plain, language, names)
        again = None if other is None else await self._read(other.text, language, voice=voice)
        if other is None or again is None or not again.sure:
            return guess
        again = replace(again, intents=other.restored(again.intents))
        return again if heeds(again.intents, plain, names) else guess

    async def _read(self, plain: str, language: str, *, voice: bool) -> Guess | None:
        prompt = Prompt(said=codec.heard(plain), form=FORM)
        found = await self._ask(prompt, self._limits(), Priority.VOICE if voice else Priority.CHAT)
        try:
            meant = codec.decode(found.text.strip(), plain)
        except codec.CodecError as error:
            log.debug("tiny.refused", reason=str(error))
            return None
        return self._weighed(believed(meant, plain, language, self.tier), found.logprobs)

    def _weighed(self, intents: tuple[Intent, ...], logprobs: tuple[float, ...] | None) -> Guess | None:
        """`intents` as a guess, by how likely the model found the name of the first."""
        # Where nothing tells that, it has to do that it is an answer at all.
        share = self._sureness.share(logprobs[0]) if logprobs else 1.0
        if not intents or share < self._sureness.guess:
            return None
        return Guess(intents=intents, sure=share >= self._sureness.enough(intents))
