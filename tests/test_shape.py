"""The house keeps its shape: how long a module may be, what is in it, and who may do what."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CEILING = 350
LONGER: dict[str, int] = {}
"""Modules above the ceiling and the lines that they may have."""
NOT_A_NAME = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
FENCES = {
    "agent/actions/executor.py: Executor.carry_out",
    "agent/automations/engine.py: Automations._run",
    "agent/automations/plans.py: _compiled",
    "agent/automations/schedules.py: Schedules._carry",
    "agent/cli/doctor.py: _ask",
    "agent/inference/constraint.py: _sound",
    "agent/inference/constraint.py: begun",
    "agent/integration/host.py: Hosted._feed",
    "agent/integration/host.py: Hosted._planner.planned",
    "agent/integration/host.py: Hosted.run",
    "agent/integration/host.py: Hosted._shut_down",
    "agent/integration/host.py: answers_of",
    "agent/integration/house.py: HostedHouse._to_its_end",
    "agent/integration/loader.py: _imported",
    "agent/integration/telling.py: Tellers.ask",
    "agent/mqtt/inbox.py: Inbox._hand_over",
    "agent/runtime/metrics.py: Metrics.gauges",
    "agent/runtime/sandbox_child.py: _become",
    "agent/runtime/service.py: supervise",
    "agent/runtime/store.py: Store._commit",
    "integrations/bus/__init__.py: BusTopics._query.answer",
    "integrations/http/routes.py: Routes._guarded",
    "integrations/notify/channel.py: Channel._send",
    "integrations/notify/channel.py: Channel.open",
    "integrations/voice/ear/recognisers/vosk_engine.py: open_vosk",
    "integrations/voice/ear/sources/soundcard.py: _PortAudio._ask.work",
    "integrations/voice/ear/sources/soundcard.py: _imported",
}
"""Where any exception is caught: what others wrote ends here, or it is handed to whoever asked.

Vosk raises nothing but `Exception`, and sounddevice on its import what it has no name for.
"""
STARTS_TASKS = {
    "agent/app.py: tasks.create_task",
    "agent/automations/alarm_clock.py: tasks.create_task",
    "agent/automations/engine.py: self._tasks.create_task",
    "agent/automations/schedules.py: self._tasks.create_task",
    "agent/automations/task_runner.py: asyncio.create_task",
    "agent/cli/rehearsing.py: tasks.create_task",
    "agent/cli/typing.py: tasks.create_task",
    "agent/dialogue/listening.py: self._tasks.create_task",
    "agent/integration/house.py: self._tasks.create_task",
    "integrations/voice/hearing.py: asyncio.create_task",
    "integrations/voice/hermes/base_station.py: self._tasks.create_task",
    "integrations/voice/hermes/dialogue.py: self._tasks.create_task",
    "integrations/voice/trying.py: asyncio.create_task",
    "integrations/voice/wyoming/pipelines.py: asyncio.create_task",
    "integrations/voice/wyoming/remote.py: asyncio.create_task",
    "integrations/voice/wyoming/satellites.py: group.create_task",
    "integrations/voice/wyoming/server.py: group.create_task",
    "integrations/voice/wyoming/server.py: self._group.create_task",
    "integrations/voice/wyoming/transcribing.py: asyncio.create_task",
}
"""The task group of the daemon and those of its rooms: for each integration, for what outlives its reply, for
schedules, for rules, for what is awaited at once, for typed lines and what follows them. The end of a command
is in none: it is never broken off.

Where voice does two things at once, as to send sound and to read its text, they are in no group either: a
peer is told what one of them raised, which a group would wrap. Whoever started one ends it, or what it reads,
before it goes on.
"""
STRAY = ("ensure_future", "run_coroutine_threadsafe", "start_new_thread")


def modules(*rooms: str) -> dict[str, Path]:
    return {
        str(path.relative_to(ROOT)): path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))
    }


PRODUCT = modules("agent", "integrations")
ALL = {**PRODUCT, **modules("tests")}
TREES = {name: ast.parse(path.read_text()) for name, path in ALL.items()}


def nodes(node: ast.AST, within: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the name of the function or class around it."""
    for inner in ast.iter_child_nodes(node):
        named = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        name = f"{within}.{inner.name}".lstrip(".") if named else within
        yield inner, name
        yield from nodes(inner, name)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


# how it looks ----------------------------------------------------------------------------------------------
def test_no_module_is_longer_than_the_ceiling():
    lengths = {name: len(path.read_text().splitlines()) for name, path in ALL.items()}

    assert {name: lines for name, lines in lengths.items() if lines > LONGER.get(name, CEILING)} == {}


def test_every_exception_from_the_ceiling_is_still_needed():
    assert [name for name in LONGER if len(ALL[name].read_text().splitlines()) <= CEILING] == []


def test_every_module_says_what_it_is_for():
    assert [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_module_is_called_what_says_nothing():
    assert [name for name in ALL if NOT_A_NAME & {*Path(name).with_suffix("").parts}] == []


def test_imports_are_real():
    hidden = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if "TYPE_CHECKING" in (getattr(node, "id", ""), getattr(node, "attr", ""))
    }

    assert hidden == set()


# who may do what -------------------------------------------------------------------------------------------
def test_tasks_are_started_by_task_groups_in_the_named_places_only():
    starting = {
        f"{name}: {ast.unparse(call.func)}"
        for name in PRODUCT
        for call in calls(TREES[name])
        if ast.unparse(call.func).rpartition(".")[2] in ("create_task", *STRAY)
    }

    assert starting == STARTS_TASKS


def test_every_task_has_a_name():
    nameless = [
        f"{name}:{call.lineno}"
        for name in PRODUCT
        for call in calls(TREES[name])
        if ast.unparse(call.func).endswith("create_task") and "name" not in {one.arg for one in call.keywords}
    ]

    assert nameless == []


def test_any_exception_is_caught_at_the_named_fences_only():
    found = {
        f"{name}: {within}"
        for name in PRODUCT
        for node, within in nodes(TREES[name])
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type)))
    }

    assert found == FENCES


def test_paho_stays_with_the_broker():
    importers = {
        name for name in PRODUCT if any(one.split(".")[0] == "paho" for one in imported(TREES[name]))
    }

    assert {str(Path(name).parent) for name in importers} == {"agent/mqtt"}


def test_the_nouns_need_the_standard_library_only():
    needed = {one for name in PRODUCT if name.startswith("agent/core/") for one in imported(TREES[name])}

    assert {
        one
        for one in needed
        if one.split(".")[0] not in sys.stdlib_module_names and not one.startswith("agent.core")
    } == set()


def test_the_import_contracts_hold():
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stdout


# every file ------------------------------------------------------------------------------------------------
LOCAL = re.compile(
    r"(?<![\w.~-])/(?:work|root|Users|mnt|tmp|home/(?!ada)\w+)/\w"
    r"|\b(?:pypi|pythonhosted|npmjs|crates|ghcr|gcr|quay|docker|jfrog|sonatype)\.(?:org|com|io|dev)\b"
    r"|https?://\S+/simple\b"
)
"""A path of somebody's machine (the tests' own somebody is ada), or the host of a package registry."""


KEPT = (".ci", ".gitignore")


def texts() -> Iterator[Path]:
    """Every file of the repository, what tools left behind and git ignores left out."""
    for path in ROOT.iterdir():
        if path.name in ("build", "dist") or (path.name.startswith(".") and path.name not in KEPT):
            continue
        if path.is_file():
            yield path
            continue
        ignored = ("__pycache__", ".egg-info")
        inner = (one for one in path.rglob("*") if one.is_file())
        yield from (one for one in inner if not any(part in str(one) for part in ignored))


@pytest.mark.parametrize("room", sorted({path.relative_to(ROOT).parts[0] for path in texts()}))
def test_no_file_knows_a_machine_or_a_registry(room):
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in texts()
        if path.relative_to(ROOT).parts[0] == room
        and (hit := LOCAL.search(path.read_bytes().decode(errors="replace")))
    ]

    assert found == []
