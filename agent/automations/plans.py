"""The plans of rules and schedules in the house as it is: compiled when needed, anew in another house."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from agent.actions.planner import Own
from agent.automations.compiling import Compiler, Found, Refused, Wrong
from agent.automations.do_section import DoSection
from agent.automations.task_section import TaskConfig
from agent.core.actions import NOTHING, Risk
from agent.dialogue.language import LanguageConfig
from agent.engines.reads import Reads
from agent.home.registry import Home

log = structlog.get_logger(__name__)
MOST_KEPT = 20_000


class Plans:
    """What each `do:` comes to."""

    def __init__(
        self,
        *,
        home: Home,
        reader: Callable[[], Awaitable[Reads]],
        services: Callable[[], Mapping[str, Risk | Own]],
        language: LanguageConfig,
        tasks: Mapping[str, TaskConfig] = NOTHING,
    ) -> None:
        """Take `reader`, which is asked once a plan is needed, and `services`: those of integrations."""
        self._home = home
        self._ask_reader = reader
        self._services = services
        self._language = language
        self._tasks = tasks
        self._compiler: Compiler | None = None
        self._reading: Compiler | None = None
        """One that reads sentences, too: what it needs for that takes seconds to load."""
        self._reader: Reads | None = None
        self._known: Mapping[str, Risk | Own] = NOTHING
        self._version = -1
        self._found: dict[str, tuple[Any, Found]] = {}

    async def of(self, name: str, do: Sequence[Any]) -> Found:
        """The plan of what is called `name` and does `do`, as sections or as written. Never raises."""
        self._refresh()
        known = self._found.get(name)
        if known is not None and known[0] is do:
            return known[1]
        compiler = await self._reads() if any(map(_said, do)) else self._plain()
        found = _compiled(compiler, name, do)
        if len(self._found) >= MOST_KEPT:
            self._found.clear()
        self._found[name] = (do, found)
        return found

    def _refresh(self) -> None:
        """Notice that the house or what can be done in it is another."""
        services = self._services()
        if services is not self._known and services != self._known:
            self._compiler = self._reading = None
            self._found.clear()
        self._known = services
        if self._version != self._home.version:
            self._version = self._home.version
            self._found.clear()

    def _plain(self) -> Compiler:
        if self._compiler is None:
            self._compiler = self._made(None)
        return self._compiler

    async def _reads(self) -> Compiler:
        reader = await self._ask_reader()
        self._refresh()
        if self._reading is None or reader is not self._reader:
            self._reader, self._reading = reader, self._made(reader)
        return self._reading

    def _made(self, reader: Reads | None) -> Compiler:
        return Compiler(
            home=self._home,
            reader=reader,
            language=self._language,
            tasks=self._tasks,
            services=self._known,
        )


def _said(step: Any) -> bool:
    """Whether a step is a sentence, as a section or as written."""
    if isinstance(step, DoSection):
        return step.say is not None
    return isinstance(step, str) or (isinstance(step, Mapping) and "say" in step)


def _compiled(compiler: Compiler, name: str, do: Sequence[Any]) -> Found:
    """What `do` comes to. A fence: what breaks on one of them is its mistake, and no other's."""
    sections = [one for one in do if isinstance(one, DoSection)]
    try:
        return compiler.compiled(sections) if len(sections) == len(do) else compiler.written(do)
    except Exception:
        log.exception("automation.compiling_failed", of=name)
        return Refused((Wrong((), "what it does could not be made out; the journal has the details"),))
