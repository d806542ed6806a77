"""Talking to a house with models: the simulated one, with other models for each test, and what is said to it.

What is said to the shipped model is plain and free: no template fits it, and any version of it understands.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.core.actions import Cause, Trust
from agent.core.intents import Reply, Utterance
from agent.dialogue.conversation import Conversation
from agent.dialogue.language import LanguageConfig
from agent.dialogue.learned import Learned, Mode
from agent.dialogue.understanding import Understanding
from agent.engines.cascade import Cascade
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.engines.tiny import shipped
from agent.engines.tiny.engine import Tiny
from agent.engines.tiny.sureness import Sureness
from agent.inference.runner import Health
from agent.inference.section import ModelsConfig
from agent.runtime.store import opened
from tests.fakes import FakeClock
from tests.house import House
from tests.inference.server import Peer, said
from tests.talking import Talk, put

OFF = "we need the kitchen lights off"
ON = "let there be light in the kitchen"
LIGHTS = ("light.kitchen_ceiling", "light.kitchen_counter")
NOTHING = "my grandmother once wrote a poem about the sea"
ONLY = {"shipped": {"enabled": False}}
_ids = itertools.count()


def lights_off(area: str = "kitchen") -> str:
    """What a good configured model answers to OFF."""
    return intents(("HassTurnOff", {"area": area, "domain": "light"}))


def intents(*meant: tuple[str, dict[str, Any]]) -> str:
    """An answer in the form that a configured model is asked for."""
    return json.dumps({"intents": [{"intent": name, "slots": slots} for name, slots in meant]})


def behind(peer: Peer, **settings: Any) -> dict[str, Any]:
    """A provider: the server of the tests."""
    return {"kind": "openai", "url": peer.url, "model": "m", **settings}


def serve(house: House, **models: Any) -> None:
    """Have the house serve this `models:` section from now on, as a reload does."""
    house.daemon.models.reload(ModelsConfig.model_validate(models))


def model(house: House, name: str = "shipped") -> Health:
    """How a model is."""
    return next(one for one in house.daemon.models.health() if one.name == name)


async def lit(talk: Talk, state: str = "on", lights: Sequence[str] = LIGHTS) -> None:
    """Bring the kitchen lights into a state."""
    for light in lights:
        await put(talk, light, state)


def states(talk: Talk, lights: Sequence[str] = LIGHTS) -> set[str | None]:
    """How the kitchen lights are."""
    return {talk.state(one) for one in lights}


def statuses(reply: dict[str, Any]) -> set[str]:
    """What became of what was done."""
    return {one["status"] for one in reply["outcomes"]}


class Held:
    """An answer of a server that is given when the test says so."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.now = asyncio.Event()

    async def __call__(self, _request: Any, writer: asyncio.StreamWriter) -> None:
        await self.now.wait()
        writer.write(said(self._text))


class Speaker:
    """Somebody in a conversation of their own, with the shipped model, and time that the test lets pass."""

    def __init__(self, house: House, conversation: Conversation, learned: Learned, clock: FakeClock) -> None:
        self.house = house
        self.learned = learned
        self.clock = clock
        self.mode: Mode = "on"
        self._conversation = conversation

    async def say(self, text: str, session: str = "one") -> Reply:
        return await self._conversation.say(utterance(text, session=session))

    def stands(self, seconds: float) -> None:
        """Nobody takes anything back for a while."""
        self.clock.pass_(seconds)
        self.learned.settle()


def utterance(text: str, **more: Any) -> Utterance:
    """What a person in the house says."""
    told = {"id": f"u{next(_ids)}", "language": "en", "session": "one", "trust": Trust.ROOM}
    now = datetime.now(UTC)
    return Utterance(text=text, cause=Cause(kind="bus", who="test"), born=now, **{**told, **more})


def reader_of(house: House) -> Reader:
    """What reads English with templates, in this house. Takes seconds."""
    reader = Reader(home=house.daemon.home, grammar=Grammar(folders=()))
    reader.learn("en")
    return reader


@asynccontextmanager
async def speaker(house: House, reader: Reader, folder: Path, **thresholds: float) -> AsyncIterator[Speaker]:
    """Somebody who is understood by templates and the shipped model, as sure as `thresholds` want it."""
    models, clock, parts = house.daemon.models, FakeClock(), house.daemon
    _, known = shipped.model()
    wanted = asdict(known) | thresholds

    async def ask(prompt, limits, priority):
        return await models.ask("shipped", prompt, limits, priority=priority)

    tiny = Tiny(ask=ask, limits=lambda: models.limits("shipped"), sureness=Sureness(**wanted))
    async with opened(folder / "phrases.db") as store, asyncio.TaskGroup() as tasks:
        learned = Learned(
            store=store, clock=clock, mode=lambda: somebody.mode, vocabulary=lambda: reader.vocabulary
        )
        await learned.load()
        understanding = Understanding(
            reader=reader, learned=learned, cascade=Cascade([tiny]), home=parts.home
        )
        conversation = Conversation(
            home=parts.home,
            understanding=understanding,
            learned=learned,
            pipeline=parts.pipeline,
            clock=clock,
            metrics=parts.metrics,
            config=LanguageConfig(),
            local=lambda when: when,
            begin=lambda doing, name: tasks.create_task(doing, name=name),
        )
        somebody = Speaker(house, conversation, learned, clock)
        yield somebody
