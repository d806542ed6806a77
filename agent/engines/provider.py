"""Reads what neither templates nor the shipped model understood, with a model that the user configured.

    sentence --prompt--> chat model --text--> JSON --strict--> Intents | None

The model is told the sentence and which intents there are, and nothing of the house: no name leaves it, and
no name that a device gave itself can speak to the model. It copies what was said, and the house finds out
what is meant. So no hostile text stands behind an intent of this tier; its trust is that of the speaker.

What comes back is only ever a suggestion. A value that was not said, a slot that the intent has not, an act
in answer to a question: and the whole of it is no answer.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import structlog

from agent.core.intents import Intent, Tier, Unrecognized
from agent.engines import speech
from agent.engines.believed import NotBelievedError, believed
from agent.engines.cascade import Ask, Guess
from agent.engines.instructions import CODE, LONGEST_SNIPPET, SLOTS_OF, SNIPPET, instructions
from agent.engines.text import cleaned, language_of, unspaced
from agent.engines.tiny import codec, schema
from agent.engines.vocabulary import Vocabulary
from agent.errors import ConfigError, TransientError
from agent.inference.models import NoModelError
from agent.inference.queue import Priority
from agent.inference.runner import Generated, Limits, Prompt

log = structlog.get_logger(__name__)
AskOthers = Callable[[Prompt, Limits, Priority, str], Awaitable[Generated]]
"""Asks the models after the one of that name."""
LONGEST = 8000
"""Characters of an answer that are looked at; what is longer is none."""
_LONGEST_REASON = 200
_LARGEST = 1e9
_THOUGHT = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_DECODER = json.JSONDecoder()


class Provider:
    """Reads sentences with a chat model."""

    tier = Tier.PROVIDER

    def __init__(
        self,
        *,
        ask: Ask,
        limits: Callable[[], Limits],
        others: AskOthers | None = None,
        code: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take `limits` as they are now. An intent in JSON takes up to 60 tokens.

        `others`: asks those that come after a model whose answer is not to be believed. `code`: whether
        somebody here runs code now.
        """
        self._code = code
        self._ask = ask
        self._limits = limits
        self._others = others

    async def read(
        self,
        text: str,
        language: str,
        *,
        voice: bool = False,
        names: Vocabulary | None = None,  # noqa: ARG002  # no name of the house goes elsewhere
    ) -> Guess | None:
        """What `text` wants; None: the model knows it not, is not to be had, or is not to be believed."""
        plain = cleaned(text)
        if isinstance(plain, Unrecognized):
            return None
        language = language_of(plain, language)
        plain = unspaced(speech.unfilled(plain, language))
        prompt = Prompt(said=f"Sentence: {plain}", system=instructions(code=self._code()))
        limits, priority = self._limits(), Priority.VOICE if voice else Priority.CHAT
        try:
            found = await self._ask(prompt, limits, priority)
            intents = self._meant(found, plain, language)
            left = limits.deadline - found.ms / 1e3
            if intents is None and self._others is not None and left > 0:
                # Once: who is next may be as wrong, and somebody waits.
                found = await self._others(prompt, replace(limits, deadline=left), priority, found.model)
                intents = self._meant(found, plain, language)
        except NoModelError:
            return None
        except (TransientError, ConfigError) as error:
            log.info("provider.unanswered", reason=_printable(error))
            return None
        return Guess(intents=intents, sure=True) if intents else None

    def _meant(self, found: Generated, plain: str, language: str) -> tuple[Intent, ...] | None:
        """What a model found in `plain`; None: that is not to be believed."""
        try:
            return believed(answered(found.text, plain), plain, language, self.tier)
        except (NotBelievedError, codec.CodecError) as error:
            log.info("provider.refused", model=found.model, reason=_printable(error))
            return None


def answered(said: str, utterance: str) -> codec.Decoded:
    """The intents in what a model `said` to `utterance`; none of them if it finds none.

    Raises:
        NotBelievedError: there is no answer in it, or one that says what is not there.
        CodecError: a value is not in the utterance.
    """
    if len(said) > LONGEST:
        raise NotBelievedError("too long")
    answers = [one["intents"] for one in _objects(_THOUGHT.sub("", said)) if "intents" in one]
    if not answers or any(one != answers[0] for one in answers):
        raise NotBelievedError("several answers" if answers else "no answer in it")
    if not isinstance(answers[0], list):
        raise NotBelievedError("no list of intents")
    if len(answers[0]) > codec.MOST:
        raise NotBelievedError(f"{len(answers[0])} intents")
    if any(isinstance(one, dict) and one.get("intent") == CODE for one in answers[0]):
        return _snippet(answers[0])
    return codec.decode(codec.encode([_intent(one) for one in answers[0]]), utterance)


def _snippet(given: list[Any]) -> codec.Decoded:
    """What a model wants to have run: its own words, and so the only intent of an answer."""
    slots = given[0].get("slots") if len(given) == 1 else None
    python = slots.get(SNIPPET) if isinstance(slots, dict) and slots.keys() == {SNIPPET} else None
    if not isinstance(python, str) or not python.strip() or len(python) > LONGEST_SNIPPET:
        raise NotBelievedError(f"{CODE} is one snippet of up to {LONGEST_SNIPPET} letters, alone")
    return ((CODE, {SNIPPET: python}),)


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The outermost JSON objects in `text`."""
    at = text.find("{")
    while at >= 0:
        try:
            found, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            raise NotBelievedError("nested too deep") from None
        except ValueError:
            at += 1
        else:
            yield found
        at = text.find("{", at)


def _intent(given: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(given, dict) or not given.keys() <= {"intent", "slots"}:
        raise NotBelievedError(f"no intent: {given!r}")
    name, slots = given.get("intent"), given.get("slots") or {}
    if not isinstance(name, str) or name not in SLOTS_OF:
        raise NotBelievedError(f"no intent: {name!r}")
    if not isinstance(slots, dict):
        raise NotBelievedError(f"no slots: {slots!r}")
    # Models write what is not said as null or "".
    said = {slot: _value(slot, value) for slot, value in slots.items() if value is not None and value != ""}
    unknown = sorted(said.keys() - SLOTS_OF[name])
    if unknown:
        raise NotBelievedError(f"{name} has no slot {unknown[0]!r}")
    return name, said


def _value(slot: str, value: Any) -> Any:
    if isinstance(value, int | float) and not abs(value) < _LARGEST:
        raise NotBelievedError(f"no value of {slot}: too large")
    if isinstance(value, str) and slot in (*schema.ENUMERATIONS, *schema.STEPS):
        member = value.strip().casefold().replace(" ", "_")
        if member in schema.ENUMERATIONS.get(slot, ()) or member in ("up", "down"):
            return member
    return value


def _printable(error: Exception) -> str:
    return "".join(char if char.isprintable() else "?" for char in str(error))[:_LONGEST_REASON]
