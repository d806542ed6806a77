"""The plans of rules and schedules in the house as it is: compiled when needed, anew in another house."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from agent.actions.planner import Own
from agent.automations.compiling import Compiler, Found, Waiting
from agent.automations.do_section import DoSection
from agent.automations.task_section import TaskConfig
from agent.core.actions import NOTHING, Risk
from agent.dialogue.language import LanguageConfig
from agent.engines.reader import Reader
from agent.home.registry import Home

MOST_KEPT = 20_000


class Plans:
    """What each `do:` comes to."""

    def __init__(
        self,
        *,
        home: Home,
        reader: Callable[[], Awaitable[Reader]],
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
        self._known: Mapping[str, Risk | Own] = NOTHING
        self._reader: Reader | None = None
        self._version = -1
        self._found: dict[str, tuple[Any, Found]] = {}

    async def of(self, name: str, do: Sequence[Any]) -> Found:
        """The plan of what is called `name` and does `do`, as sections or as written."""
        await self._refresh()
        known = self._found.get(name)
        if known is not None and known[0] is do:
            return known[1]
        if self._compiler is None:
            return Waiting()
        sections = [one for one in do if isinstance(one, DoSection)]
        found = self._compiler.compiled(sections) if len(sections) == len(do) else self._compiler.written(do)
        if len(self._found) >= MOST_KEPT:
            self._found.clear()
        self._found[name] = (do, found)
        return found

    async def _refresh(self) -> None:
        """Notice that the house or what can be done in it is another."""
        reader = await self._ask_reader()
        services = self._services()
        if (self._version, self._known) == (self._home.version, services) and reader is self._reader:
            return
        if self._known != services or reader is not self._reader:
            self._reader = reader
            self._known = services
            self._compiler = Compiler(
                home=self._home,
                reader=reader,
                language=self._language,
                tasks=self._tasks,
                services=services,
            )
        self._version = self._home.version
        self._found.clear()
