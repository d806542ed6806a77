"""From what the ear understood to a reply: the one way into the house for everything that is said aloud."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

from agent.api import Cause, House, Reply, Trust, Utterance
from integrations.voice.heard import Heard

log = structlog.get_logger(__name__)
LASTS = 30.0
"""Seconds after which what was said is not done any more: nobody expects it by then."""


class Talking:
    """Has what was said done, with the trust of a room: whoever is in it may have said it."""

    def __init__(self, house: House, *, sure: float, now: Callable[[], datetime]) -> None:
        self._house = house
        self._sure = sure
        self._now = now

    async def said(
        self, heard: Heard, *, area: str | None, session: str, who: str, language: str = ""
    ) -> Reply:
        """What the house answers to `heard`.

        Args:
            heard: the words; those that were not heard surely are asked back for before anything is done.
            area: the id or name of the area that it was said in, None if nobody knows.
            session: the conversation that it belongs to.
            who: the microphone or satellite.
            language: that of the words; "" is that of the house.
        """
        number = uuid4().hex[:16]
        doubted = heard.doubted(self._sure)
        if heard.unknown:
            # Something was said in between that fits no word: it may have been the one that matters.
            doubted |= {""}
        log.info("voice.heard", id=number, who=who, confidence=heard.confidence, doubted=len(doubted))
        told: dict[str, Any] = {"id": number, "text": heard.text, "confidence": round(heard.confidence, 3)}
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
        return reply
