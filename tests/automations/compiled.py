"""Rules compiled by the real templates in the default house, in lines that can be compared."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from agent.actions.planner import Own
from agent.automations.compiling import Compiled, Compiler, Found, Refused
from agent.automations.do_section import DoSection
from agent.automations.task_section import TaskConfig
from agent.core.actions import Risk
from agent.dialogue.language import LanguageConfig
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.home.furnished import furnished
from agent.home.housefile import read_house
from agent.home.registry import Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from tests.engines.saying import DEFAULT_HOUSE, house_of

TASKS = {
    "backup": TaskConfig(command=("true",), aliases=("nightly copy", "备份")),
    "restic-check": TaskConfig(
        command=("restic", "check", "{path}"),
        parameters={"path": {"pattern": "/[a-z]{1,9}"}},
        name="restic check",
    ),
    "speak": TaskConfig(command=("say", "{times}"), parameters={"times": {"min": 1, "max": 3, "default": 1}}),
}
grammar = cache(Grammar)


def house() -> Home:
    """The default house, one that may be changed."""
    return furnished(read_house(DEFAULT_HOUSE))


def no_house() -> Home:
    """A house in which nothing has been discovered yet."""
    return Home(config=HomeConfig(), bus=Bus(), clock=Clock())


def compiler(
    home: Home,
    language: str = "en",
    *,
    measured: str = "metric",
    services: Mapping[str, Risk | Own] | None = None,
    people: Collection[str] | None = None,
    units: Collection[str] | None = None,
) -> Compiler:
    """A compiler in `home`."""
    return Compiler(
        home=home,
        reader=Reader(home=home, grammar=grammar()),
        language=LanguageConfig(default=language, units=measured),
        tasks=TASKS,
        services=services,
        people=people,
        units=units,
    )


@cache
def default(language: str = "en") -> Compiler:
    """A compiler in the default house as it is named in `language`; for those who change nothing."""
    return compiler(house() if language == "en" else house_of(language).home, language)


def found(*do: Any, by: Compiler | None = None, language: str = "en") -> Found:
    """What the steps of a `do:` come to."""
    sections = tuple(DoSection.model_validate(one) for one in do)
    return (by or default(language)).compiled(sections)


def steps(*do: Any, by: Compiler | None = None, language: str = "en") -> list[str]:
    """The typed plan, step by step."""
    one = found(*do, by=by, language=language)
    assert isinstance(one, Compiled), one
    return [step.as_text() for step in one.plan]


def mistake(*do: Any, by: Compiler | None = None, language: str = "en") -> str:
    """What is wrong, if it is one thing."""
    one = found(*do, by=by, language=language)
    assert isinstance(one, Refused), one
    (wrong,) = one.wrong
    return wrong.text
