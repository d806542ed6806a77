"""The sentences of rules in one house: the same one in the same house is compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.actions.planner import Own
from agent.automations.plan import Delay, Step
from agent.automations.sentence_steps import Context, steps_of
from agent.automations.supposed import supposed
from agent.automations.task_section import TaskConfig
from agent.core.actions import Risk
from agent.dialogue.values import Units
from agent.engines.reads import Reads
from agent.errors import ActionError
from agent.home.registry import Home

MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sentence came to: its steps, a `mistake`, or `waits`: the house is not known yet."""

    steps: tuple[Step, ...] = ()
    mistake: str | None = None
    waits: bool = False

    @property
    def delays(self) -> bool:
        """Whether time passes within it."""
        return any(isinstance(step, Delay) for step in self.steps)


class Sentences:
    """Compiles sentences, and remembers them until the house is another one."""

    def __init__(
        self,
        *,
        home: Home,
        reader: Reads | None,
        units: Units,
        tasks: Mapping[str, TaskConfig],
        services: Mapping[str, Risk | Own],
    ) -> None:
        """Take the house and its `reader`; `units`: of numbers that are said without one.

        Without a reader no sentence means anything.
        """
        self._home = home
        self._supposed = home
        self._context = (
            None
            if reader is None
            else Context(reader=reader, home=home, units=units, tasks=tasks, services=services)
        )
        self._version: int | None = None
        self._meanings: dict[tuple[str, str], Meaning] = {}

    @property
    def supposed(self) -> Home:
        """The house as it may be supposed while nothing is known of its states."""
        self._see()
        return self._supposed

    def meaning(self, text: str, language: str, *, known: bool) -> Meaning:
        """What `text` comes to. `known`: whether the house is; as long as it is not, nothing is a mistake."""
        self._see()
        if self._context is None:
            return Meaning(mistake="no sentence can be read here")
        found = self._meanings.get((text, language))
        if found is None:
            try:
                found = Meaning(steps=steps_of(text, language, self._context))
            except ActionError as error:
                found = Meaning(mistake=str(error))
            self._meanings[text, language] = found
        return Meaning(waits=True) if found.mistake is not None and not known else found

    def _see(self) -> None:
        """Notice that the house is another one."""
        if self._version != self._home.version:
            self._version = self._home.version
            self._supposed = supposed(self._home)
            if self._context is not None:
                self._context = replace(self._context, home=self._supposed)
            self._meanings.clear()
        elif len(self._meanings) > MOST_KEPT:
            self._meanings.clear()
