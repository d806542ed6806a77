"""What a diagnosis found, explained by a model in the background, for whoever asked and a screen.

    reply to "diagnose ..." --its facts, redacted and quoted--> model --text--> a second reply, which follows

The first reply is never kept waiting. The facts hold what strangers wrote (lines of a log), and so whatever
a model says of them is hostile text: it is shown, quoted, with the word that nobody has checked it; it is
never spoken, never read as a wish, and leads to nothing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from agent.core.actions import Trust
from agent.core.events import Explained
from agent.core.intents import Reply, Tier, Utterance
from agent.dialogue.model_words import lines_of, thoughtless
from agent.dialogue.phrases import LONGEST_SHOWN, cleaned, cut, spoken_language
from agent.dialogue.prompts import PROMPTS
from agent.dialogue.reply import speaker_of
from agent.dialogue.wording import Spoken
from agent.errors import ConfigError, TransientError
from agent.inference.models import Models
from agent.inference.queue import Priority
from agent.inference.runner import Generated, Prompt
from agent.redaction import one_line, redacted
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock

log = structlog.get_logger(__name__)
DIAGNOSE = "OpsDiagnose"
MOST_WAITING = 4
"""Explanations under way or waiting for that; of more, the first reply is all there is."""
MOST_ASKING = 20
"""Who may wait for the same explanation."""
LONGEST_FACT = 240
LONGEST_FACTS = 4_000
"""Characters that a model is told."""
MOST_LINES = 40
_LONGEST_REASON = 200
Begin = Callable[[Coroutine[Any, Any, None], str], object]
"""Starts work that outlives its reply."""


class Explaining:
    """Has diagnoses explained: one at a time, the same only once."""

    def __init__(self, models: Models, *, bus: Bus, clock: Clock, begin: Begin) -> None:
        self._models = models
        self._bus = bus
        self._clock = clock
        self._begin = begin
        self._turn = asyncio.Lock()
        self._asking: dict[Prompt, list[Reply]] = {}

    def promised(self, reply: Reply, utterance: Utterance) -> Reply:
        """`reply`, with the word that more follows if it tells a diagnosis and somebody can explain that."""
        found = [one for one in reply.facts if one.get("intent") == DIAGNOSE and one.get("done", True)]
        facts = evidence(found)
        if not facts or not self._models.serves("chat"):
            return reply
        prompt = _prompt(utterance.text, facts, language=reply.language)
        asking = self._asking.get(prompt)
        if asking is None and len(self._asking) < MOST_WAITING:
            asking = self._asking[prompt] = []
            self._begin(self._explain(prompt), "dialogue.explain")
        if asking is None or len(asking) >= MOST_ASKING:
            return reply
        asking.append(reply)
        words = PROMPTS.words(reply.language).said("follows")
        first = Spoken(reply.text, reply.shown)
        spoken = speaker_of(reply.language).joined([first, Spoken(words, words)])
        return replace(reply, text=spoken.text, shown=spoken.shown, more=True)

    async def _explain(self, prompt: Prompt) -> None:
        """Have it explained, and tell everybody who waits for that; in any case that it is over."""
        found: Generated | None = None
        try:
            async with self._turn:
                found = await self._models.ask(
                    "chat", prompt, self._models.limits("background"), priority=Priority.BACKGROUND
                )
        except (TransientError, ConfigError) as error:
            log.info("explaining.unanswered", reason=one_line(str(error), most=_LONGEST_REASON))
        finally:
            asking = self._asking.pop(prompt)
        now = self._clock.now()
        for reply in asking:
            self._bus.publish(Explained(at=now, cause=reply.trace, reply=_explained(reply, found)))


def evidence(facts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """`facts` in one line each, without secrets and what could end the line: data, whoever wrote it."""
    found = (one for fact in facts for one in fact.items() if one[0] not in ("intent", "done"))
    room, kept = LONGEST_FACTS, dict[str, None]()
    for line in (line for name, value in found for line in _lines(name, value)):
        told = redacted(line, most=LONGEST_FACT)
        room -= 0 if told in kept else len(told)
        if room < 0:
            break
        kept[told] = None
    return tuple(kept)


def _lines(name: str, value: object) -> list[str]:
    match value:
        case None | "" | [] | ():
            return []
        case Mapping():
            return [line for key, one in value.items() for line in _lines(f"{name}.{key}", one)]
        case list() | tuple():
            return [line for one in value for line in _lines(name, _flat(one))]
        case _:
            return [f"{name}: {value}"]


def _flat(value: object) -> object:
    """A row of a table in one line."""
    if not isinstance(value, Mapping):
        return value
    return ", ".join(f"{key} {one}" for key, one in value.items() if one not in (None, "", [], ()))


def _prompt(asked: str, facts: Sequence[str], *, language: str) -> Prompt:
    prompts = PROMPTS.words(language)
    said = (
        prompts.said("explain_said", text=one_line(asked, most=LONGEST_FACT)),
        prompts.said("explain_facts"),
        *(f"> {one}" for one in facts),
    )
    return Prompt(said="\n".join(said), system=prompts.said("explain", language=spoken_language(language)))


def _explained(reply: Reply, found: Generated | None) -> Reply:
    """What follows `reply`: what a model `found`, or that there is nothing."""
    prompts = PROMPTS.words(reply.language)
    about = next(
        (str(one.slots["subject"]) for one in reply.intents if one.slots.get("subject")), prompts.said("this")
    )
    subject = cleaned(about)
    lines = () if found is None else lines_of(thoughtless(found.text))[:MOST_LINES]
    follows = replace(
        reply,
        expects_answer=False,
        yes_or_no=False,
        intents=(),
        outcomes=(),
        facts=(),
        tier=Tier.NONE,
        more=False,
        follows=True,
    )
    if found is None or not lines:
        text = prompts.said("unexplained", subject=subject)
        return replace(follows, text=text, shown=text)
    head = prompts.said("explained_shown", model=found.model, subject=subject)
    shown = cut("\n".join((head, *(f"> {line}" for line in lines))), LONGEST_SHOWN)
    told = {"intent": DIAGNOSE, "subject": subject, "explained": list(lines), "model": found.model}
    return replace(
        follows,
        text=prompts.said("explained", subject=subject),
        shown=shown,
        facts=({**told, "trust": Trust.HOSTILE.word},),
        tier=Tier.PROVIDER,
        ms=found.ms,
    )
