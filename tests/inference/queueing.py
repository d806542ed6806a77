"""A queue before a server that answers when it is let."""

import asyncio

from agent.inference.openai import OpenAi, Server
from agent.inference.queue import Priority, Queue
from agent.inference.runner import Limits, Prompt
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.inference.server import said

LIMITS = Limits(deadline=5)
VOICE, CHAT, BACKGROUND = Priority.VOICE, Priority.CHAT, Priority.BACKGROUND


class Gate:
    """Answers each request, with what was said, when it is let through."""

    def __init__(self):
        self._open = asyncio.Semaphore(0)

    async def __call__(self, request, writer):
        await self._open.acquire()
        writer.write(said(f"you said {request.said}"))

    def let(self, many=1):
        for _ in range(many):
            self._open.release()


class Asked:
    """A queue before a server, and a way to ask it that does not wait."""

    def __init__(self, peer, gate, **settings):
        self.peer, self.gate = peer, gate
        self.metrics = Metrics()
        self.runner = OpenAi("server", Server(url=peer.url, model="m"), clock=Clock())
        self.queue = Queue(self.runner, clock=Clock(), metrics=self.metrics, **settings)

    async def ask(self, text, priority=CHAT, limits=LIMITS):
        """A request that has got as far as it gets for now."""
        prompt = Prompt(said=text)
        task = asyncio.create_task(self.queue.ask(prompt, limits, priority=priority))
        for _ in range(3):
            await asyncio.sleep(0)
        return task

    async def busy(self):
        """A request that holds the server up."""
        task = await self.ask("busy")
        await self.peer.until(lambda one: one.requests)
        return task

    @property
    def order(self):
        return [one.said for one in self.peer.requests]
