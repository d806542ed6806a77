"""Tasks as a rule names them: by id, or as people say it; with their parameters checked."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from agent.automations.plan import RunTask
from agent.automations.task_parameters import taken
from agent.automations.task_section import TaskConfig
from agent.automations.tasks import target_of
from agent.core.actions import NOTHING
from agent.errors import ActionError
from agent.home.fuzzy import words_of

_SHORTEST = 3


def run(task_id: str, given: Mapping[str, Any], tasks: Mapping[str, TaskConfig]) -> RunTask:
    """The step that runs the task of that id.

    Raises:
        ActionError: there is none, or it does not take what is given.
    """
    task = tasks.get(task_id)
    if task is None:
        raise ActionError(f"there is no task {task_id!r:.80}{_near(task_id, tasks)}")
    # Values stay as they were given: whatever has a default by then gets it when the task runs.
    taken(task.parameters, given, task=target_of(task_id))
    return RunTask(task=task_id, parameters=dict(given) or NOTHING)


def run_said(said: str, tasks: Mapping[str, TaskConfig]) -> RunTask:
    """The step that runs the task that people call `said`.

    Raises:
        ActionError: none is called so, or it needs a parameter, which a sentence cannot give.
    """
    wanted = words_of(said)
    for task_id, names in _called(tasks).items():
        if wanted in names:
            try:
                return run(task_id, NOTHING, tasks)
            except ActionError as error:
                raise ActionError(f"{error}; '{{task: {task_id}, with: ...}}' would be right") from None
    raise ActionError(f"there is no task {said!r:.80}{_near(said, tasks)}")


def spoken_in(text: str, tasks: Mapping[str, TaskConfig]) -> str | None:
    """The task whose name stands in `text`."""
    said = f" {' '.join(words_of(text))} "
    for task_id, names in _called(tasks).items():
        for name in names:
            spoken = " ".join(name)
            if len(spoken) >= _SHORTEST and f" {spoken} " in said:
                return task_id
    return None


def _called(tasks: Mapping[str, TaskConfig]) -> dict[str, list[tuple[str, ...]]]:
    return {
        task_id: [words_of(name) for name in (task_id, *task.names(task_id))]
        for task_id, task in tasks.items()
    }


def _near(said: str, tasks: Mapping[str, TaskConfig]) -> str:
    names = {name.casefold(): task_id for task_id, one in tasks.items() for name in one.names(task_id)}
    names |= {task_id: task_id for task_id in tasks}
    near = get_close_matches(said.casefold()[:100], names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {names[near[0]]!r}?"
    return f"; there are {', '.join(sorted(tasks)[:20])}" if tasks else "; 'tasks:' names none"


_COMMON = {
    "备份": "backup",
    "清理": "cleanup",
    "健康检查": "health check",
    "测速": "speed test",
    "同步": "sync",
    "证书续期": "renew",
}
"""What usual tasks are called in Chinese where nobody has given them a name in it."""
_AROUND = frozenset({"the", "my", "our", "a", "an", "task", "job", "script"})


def task_called(said: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    """The task that a person calls `said`: of those by id, each with its names; None if none is.

    The whole name comes first; then the only one that has all these words in its name.
    """
    called = {task_id: [words_of(name) for name in (task_id, *more)] for task_id, more in names.items()}
    said_ways = [words_of(said), words_of(_COMMON.get(said, ""))]
    ways = [tuple(word for word in one if word not in _AROUND) or one for one in said_ways if one]
    for one in (*filter(None, said_ways), *ways):
        for task_id, known in called.items():
            if one in known:
                return task_id
    for one in ways:
        part = [task_id for task_id, known in called.items() if any(set(one) <= set(name) for name in known)]
        if len(part) == 1:
            return part[0]
    return None
