"""The door of the conversation: opened when somebody speaks for the first time.

Sentence templates take some forty megabytes and a second for each language; a house in which nobody speaks
does not pay for them. They are loaded in a thread, so nothing else waits.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from agent.core.actions import Cause, Trust
from agent.core.intents import Intent, Reply, Utterance
from agent.dialogue.explaining import Explaining
from agent.dialogue.language import LanguageConfig
from agent.dialogue.learned import Learned
from agent.dialogue.ops import Machine
from agent.dialogue.pattern import Kind, Names, Term
from agent.dialogue.timekeeping import Services, Timekeeper
from agent.engines.reads import Reads
from agent.errors import TransientError
from agent.home.registry import Home
from agent.inference.models import Models
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.watchdog import Beat, idle

MOST_TOLD = 50
"""Utterances of which it is remembered what became of them."""
COME_ROUND = 5.0
"""Seconds after which `run` looks whether the door can still be opened."""


class _Conversation(Protocol):
    @property
    def names(self) -> Names: ...
    def speaks(self, utterance: Utterance) -> bool: ...
    def learn(self, utterance: Utterance) -> None: ...
    async def say(self, utterance: Utterance) -> Reply: ...
    async def understood(self, utterance: Utterance) -> tuple[Intent, ...]: ...


class _NoNames:
    def terms(self, _kind: Kind, _text: str, /) -> Sequence[Term]:
        return ()


class Listening:
    """Says what is said to it to the conversation, and remembers what came of it."""

    def __init__(
        self,
        *,
        home: Home,
        pipeline: Pipeline,
        clock: Clock,
        metrics: Metrics,
        config: LanguageConfig,
        folders: Sequence[Path],
        local: Callable[[datetime], datetime],
        models: Models,
        learned: Learned,
        bus: Bus,
        keeper: Timekeeper | None = None,
        services: Services = dict,
        machine: Machine | None = None,
        tasks: Callable[[], tuple[str, ...]] = tuple,
        code: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take `folders` with sentence files, and `local`: a time as the clocks of the house show it.

        `bus`: where is told what takes longer than its reply; `keeper`: who keeps what is said for later;
        `services`: what integrations brought along; `machine`: who knows what we run on; `tasks`: what the
        tasks there are now are called; `code`: whether somebody runs code.
        """
        self._task_names = tasks
        self._code = code
        self._home = home
        self._pipeline = pipeline
        self._clock = clock
        self._metrics = metrics
        self._config = config
        self._folders = folders
        self._files = _files(folders)
        self._local = local
        self._models = models
        self._learned = learned
        self._keeper = keeper
        self._services = services
        self._machine = machine
        self._grammar: Any = None
        self._reader: Any = None
        self._conversation: _Conversation | None = None
        self._opening = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self._told: deque[dict[str, Any]] = deque(maxlen=MOST_TOLD)
        self._explaining = Explaining(models, bus=bus, clock=clock, begin=self._begin)

    @property
    def config(self) -> LanguageConfig:
        """The section as it is now."""
        return self._config

    def names(self) -> Names:
        """The names of the house as it is now; none before anybody has spoken."""
        return _NoNames() if self._conversation is None else self._conversation.names

    def configure(self, config: LanguageConfig, folders: Sequence[Path]) -> None:
        """Take another section, and read sentence files anew; what was said before is forgotten.

        Where neither is another, nothing happens: it takes seconds, and somebody may be about to say yes.
        """
        files = _files(folders)
        if (config, folders, files) != (self._config, self._folders, self._files):
            self._config, self._folders, self._files = config, folders, files
            self._reader = self._conversation = None

    async def say(self, utterance: Utterance) -> Reply:
        """Answer `utterance`, acting if it asks for that. Never raises for anything that is said."""
        conversation = await self._open_to(utterance)
        reply = self._explaining.promised(await conversation.say(utterance), utterance)
        self._told.append(
            {
                "id": utterance.id,
                "text": utterance.text[:200],
                "at": utterance.born.isoformat(),
                "cause": utterance.cause.as_json(),
                "reply": reply.text,
                "tier": reply.tier.value,
                "intents": [one.name for one in reply.intents],
                "acted": bool(reply.outcomes),
                "trace": utterance.trace,
            }
        )
        return reply

    async def understood(self, text: str, language: str = "", area: str | None = None) -> dict[str, Any]:
        """What `text` asks for, without doing it: its intents, none if that is not sure.

        It is read by itself, as if nothing had been said before. `area`: where it is said, the id or name.
        """
        place = self._home.area_named(area) if area is not None else None
        utterance = Utterance(
            id="",
            text=text,
            language=language,
            session="",
            area=place.id if place is not None else None,
            cause=Cause(kind="bus", who=""),
            trust=Trust.ROOM,
            born=self._clock.now(),
        )
        conversation = await self._open_to(utterance)
        intents = await conversation.understood(utterance)
        found = [{"name": one.name, "slots": dict(one.slots), "tier": one.tier.value} for one in intents]
        return {"text": text, "intents": found}

    async def _open_to(self, utterance: Utterance) -> _Conversation:
        """The conversation, which speaks the language of `utterance`."""
        async with self._opening:
            conversation = self._conversation
            if conversation is None:
                if self._tasks is not None:
                    # It is ready when the first sentence comes that no template fits.
                    self._tasks.create_task(self._models.prepare("shipped"), name="dialogue.model")
                conversation = self._conversation = await asyncio.to_thread(self._opened)
            if not conversation.speaks(utterance):
                await asyncio.to_thread(conversation.learn, utterance)
            return conversation

    async def reader(self) -> Reads:
        """What reads sentences of the house, those of rules, too, with the templates of its language."""
        if self._reader is None:
            async with self._opening:
                await asyncio.to_thread(self._read)
        known: Reads = self._reader
        return known

    async def hearable(self, language: str | None = None) -> dict[str, Any]:
        """What may be said to the house as it is now, for recognisers; in its own language unless told."""
        from agent.engines.hearable import Sounding

        wanted = language or self._config.default
        async with self._opening:
            await asyncio.to_thread(self._read)
            templates = await asyncio.to_thread(self._grammar.templates, wanted)
        # The house is looked at here, where nothing changes it meanwhile; what is left takes a second.
        sounding = Sounding.of(wanted, self._home, templates, tasks=self._task_names())
        return (await asyncio.to_thread(sounding.hearable)).as_json()

    def told(self, utterance_id: str | None = None) -> Mapping[str, Any] | None:
        """What became of an utterance, or of the last one; None if it is not remembered."""
        return next(
            (one for one in reversed(self._told) if utterance_id is None or one["id"] == utterance_id), None
        )

    async def run(self, beat: Beat = idle) -> None:
        """Hold what takes longer than its reply, until cancelled. A door that stays shut stops `beat`."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            while True:
                async with self._opening:
                    beat()
                await self._clock.sleep(COME_ROUND)

    def _begin(self, doing: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        if self._tasks is None:
            raise TransientError("hearthd is starting; say it again in a moment")
        return self._tasks.create_task(doing, name=name)

    def _read(self) -> Any:
        from agent.engines.grammar import Grammar
        from agent.engines.reader import Reader

        if self._reader is None:
            self._grammar = Grammar(folders=self._folders)
            self._reader = Reader(home=self._home, grammar=self._grammar, tasks=self._task_names)
            self._reader.learn(self._config.default)
        return self._reader

    def _opened(self) -> _Conversation:
        from agent.dialogue.chatting import Chat
        from agent.dialogue.conversation import Conversation
        from agent.dialogue.understanding import Understanding
        from agent.engines.tiers import tiers

        return Conversation(
            home=self._home,
            understanding=Understanding(
                reader=self._read(),
                learned=self._learned,
                cascade=tiers(self._models, code=self._code),
                home=self._home,
            ),
            learned=self._learned,
            pipeline=self._pipeline,
            clock=self._clock,
            metrics=self._metrics,
            config=self._config,
            local=self._local,
            begin=self._begin,
            keeper=self._keeper,
            services=self._services,
            machine=self._machine,
            chat=Chat(self._models),
        )


def _files(folders: Sequence[Path]) -> frozenset[tuple[Path, int, int]]:
    """What changes when a file in `folders` does."""
    paths = (path for folder in folders for where in ("*.yaml", "*/*.yaml") for path in folder.glob(where))
    found = ((path, path.stat()) for path in paths if path.is_file())
    return frozenset((path, stat.st_mtime_ns, stat.st_size) for path, stat in found)
