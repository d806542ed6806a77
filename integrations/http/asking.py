"""What people say over HTTP: a request becomes an utterance, its reply the answer."""

import asyncio
from typing import Any
from uuid import uuid4

from agent.api import Cause, House, Reply, Utterance
from integrations.http.callers import Caller
from integrations.http.payloads import Ask, RefusalError

SCHEMA = 1
"""The version of the payload, which is the one of `.../reply`."""
TOLD_FOR = 60.0
"""Seconds for which the reply is news to the bus."""


class Asking:
    """Has what was said done, and waits for the reply, but not for ever."""

    def __init__(self, house: House, *, within: float) -> None:
        self._house = house
        self._within = within

    async def ask(self, asked: Ask, caller: Caller) -> dict[str, Any]:
        """The reply, as on the bus, where it is told too.

        Raises:
            RefusalError: there is none, or not in time.
        """
        utterance = self._utterance(asked, caller)
        replied: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        # Work of the house and not of the connection: who hangs up breaks nothing off.
        self._house.once("ask", self._answer(utterance, replied))
        try:
            async with asyncio.timeout(self._within):
                reply = await asyncio.shield(replied)
        except TimeoutError:
            late = f"the answer takes longer than {self._within:g} s; what was begun goes on"
            raise RefusalError(504, late) from None
        if reply is None:
            raise RefusalError(503, "there is no answer: hearthd ends or begins anew", Retry_After="5")
        now = self._house.clock.now().isoformat()
        return {"v": SCHEMA, "ts": now, "trace": reply.trace, **reply.as_json()}

    async def _answer(self, utterance: Utterance, replied: "asyncio.Future[Reply | None]") -> None:
        reply = None
        try:
            # What was there before comes first: right after the start the house is not known yet.
            await self._house.caught_up()
            reply = await self._house.say(utterance)
            told = self._house.topics("reply")
            self._house.tell(told, reply.as_json(), trace=reply.trace, ttl=TOLD_FOR)
        finally:
            if not replied.done():
                replied.set_result(reply)

    def _utterance(self, asked: Ask, caller: Caller) -> Utterance:
        number = uuid4().hex[:16]
        cause = Cause(kind="http", who=caller.who)
        return Utterance(
            id=number,
            text=asked.text,
            language=asked.language or "",
            session=asked.session or f"{cause.kind} {cause.who}",
            area=asked.area or None,
            cause=cause,
            trust=caller.trust,
            born=self._house.clock.now(),
            ttl=self._within,
            trace=number,
            channel=cause.kind,
        )
