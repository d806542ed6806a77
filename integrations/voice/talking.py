"""From what the ear understood to a reply: the one way into the house for everything that is said aloud."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

from agent.api import Cause, House, Reply, Status, Tier, Trust, Utterance
from integrations.voice.heard import Heard

log = structlog.get_logger(__name__)
LASTS = 30.0
"""Seconds after which what was said is not done any more: nobody expects it by then."""
ANSWERED_WITHIN = 30.0
"""Seconds from a question in which what is said next is its answer."""
MOST_OPEN = 100
"""Conversations with an open question."""
DONE = frozenset({Status.ACCEPTED, Status.SENT, Status.CONFIRMED, Status.PENDING})
Answers = Callable[[Reply], Sequence[str] | None]
"""The few things that may be said to a reply; None: anything."""


class Talking:
    """Has what was said done, with the trust of a room: whoever is in it may have said it."""

    def __init__(
        self, house: House, *, sure: float, now: Callable[[], datetime], answers: Answers = lambda _: None
    ) -> None:
        self._house = house
        self._sure = sure
        self._now = now
        self._answers = answers
        self._open: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    async def said(
        self,
        heard: Heard,
        *,
        area: str | None,
        session: str,
        who: str,
        language: str = "",
        listen: str = "",
    ) -> Reply:
        """What the house answers to `heard`.

        Args:
            heard: the words; those that were not heard surely are asked back for before anything is done.
            area: the id or name of the area that it was said in, None if nobody knows.
            session: the conversation that it belongs to.
            who: the microphone or satellite.
            language: that of the words; "" is that of the house.
            listen: the id of the wish to be listened to that it followed.
        """
        number = uuid4().hex[:16]
        doubted = heard.doubted(self._sure)
        if heard.unknown:
            # Something was said in between that fits no word: it may have been the one that matters.
            doubted |= {""}
        log.info("voice.heard", id=number, who=who, confidence=heard.confidence, doubted=len(doubted))
        told: dict[str, Any] = {"id": number, "text": heard.text, "confidence": round(heard.confidence, 3)}
        if listen:
            told["listen"] = listen
        words = [[word, round(confidence, 3)] for word, confidence in heard.words]
        self._house.tell(
            self._house.topics("voice/heard"),
            told | {"words": words, "who": who, "area": area, "ms": heard.ms},
            trace=number,
        )
        reply = await self._house.say(
            Utterance(
                id=number,
                text=heard.text,
                language=language,
                session=session,
                area=area,
                cause=Cause(kind="voice", who=who),
                trust=Trust.ROOM,
                born=self._now(),
                ttl=LASTS,
                trace=number,
                channel="voice",
                doubted=doubted,
            )
        )
        self._house.tell(self._house.topics("reply"), reply.as_json(), trace=number, ttl=LASTS)
        self._ask(session, reply)
        return reply

    def expected(self, session: str) -> tuple[str, ...] | None:
        """The only answers to the question that is open in a conversation, None: anything may be said.

        They are given once: whoever did not answer then may say anything again.
        """
        until, phrases = self._open.pop(session, (0.0, ()))
        return phrases if phrases and _now() < until else None

    def _ask(self, session: str, reply: Reply) -> None:
        self._open.pop(session, None)
        if reply.expects_answer and (phrases := self._answers(reply)):
            self._open[session] = (_now() + ANSWERED_WITHIN, tuple(phrases))
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)


def went_well(reply: Reply) -> bool:
    """Whether what was said was understood, and nothing of it failed."""
    if reply.outcomes:
        return all(one.status in DONE for one in reply.outcomes)
    if not reply.intents:
        return reply.expects_answer or reply.tier is not Tier.NONE
    return all(one.get("done", True) for one in reply.facts)


def _now() -> float:
    return asyncio.get_running_loop().time()
