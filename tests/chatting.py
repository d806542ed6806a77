"""A server whose model reads no sentence and answers every question in words, and what it was asked."""

import asyncio
from collections.abc import Callable
from typing import Any

from agent.core.intents import Reply
from tests.inference.server import Peer, Request, said
from tests.talking import Talk
from tests.tiering import NOTHING, ONLY, behind, intents, utterance

HONEST = "I did not understand that"
Words = str | Callable[[Request], str]


class Chatty(Peer):
    """Answers `words` to whoever wants words; `held`: only once `now` is set."""

    def __init__(self, words: Words = "Penguins cannot fly.", *, held: bool = False, **more: Any) -> None:
        super().__init__(self._answer)
        self.words = words
        self.more = more
        self.now = asyncio.Event()
        if not held:
            self.now.set()

    @property
    def chats(self) -> list[Request]:
        """What was asked for in words."""
        return [one for one in self.requests if not _reads(one)]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if _reads(request):
            writer.write(said(intents()))
            return
        words = self.words if isinstance(self.words, str) else self.words(request)
        await self.now.wait()
        writer.write(said(words, **self.more))

    def models(self, **more: Any) -> dict[str, Any]:
        """A `models:` section in which this server, and no other, answers in words."""
        providers = {"chatty": behind(self), **more.pop("providers", {})}
        return {**ONLY, "providers": providers, "roles": {"chat": "chatty"}, **more}


def system(request: Request) -> str:
    """What stays the same from question to question."""
    return request.body["messages"][0]["content"]


def budget(request: Request) -> tuple[int, float]:
    """How long an answer may be, and how free."""
    return request.body["max_tokens"], request.body["temperature"]


async def aloud(talk: Talk, text: str = NOTHING, **more: Any) -> Reply:
    """The reply to what is said to a microphone."""
    told = utterance(text, session=talk.session, channel="voice", **more)
    return await talk.house.daemon.listening.say(told)


def _reads(request: Request) -> bool:
    return '{"intents"' in system(request)
