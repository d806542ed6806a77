"""The documentation is complete and true: whatever there is has its line, and every line is of something.

The settings have a page of their own: test_config_example.py. The README is carried out in test_readme.py.
"""

import argparse
import ast
import dataclasses
import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import errors
from agent.cli import _parser, main
from agent.core import events
from agent.home.housefile import read_house
from agent.integration.contract import House, Integration

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CORE = ROOT / "agent" / "README.md"
DOOR = ROOT / "integrations" / "README.md"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ROOT.glob("[a-z]*/") for page in folder.rglob("*.md"))]
)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = sorted(path for room in ("agent", "integrations") for path in (ROOT / room).rglob("*.py"))


def spans(page: Path) -> list[str]:
    """What stands in `backticks` on a page, its blocks left out."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text()))


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def rows(page: Path, heading: str) -> dict[str, str]:
    """The lines of the table below a heading, by what stands in backticks in the first column."""
    section = f"\n{page.read_text()}".partition(f"\n{heading}\n")[2].partition("\n#")[0]
    found = [line for line in section.splitlines() if line.startswith("| `")]
    return {name: line for line in found for name in re.findall(r"`([^`]+)`", line.split("|")[1])}


def named(page: Path) -> set[str]:
    """The names on a page; `@provides(...)` and `self.house` stand for their first and last word."""
    return {name for span in spans(page) for name in re.findall(r"^@?(?:\w+\.)*(\w+)", span)}


# what there is, and what is written of it ------------------------------------------------------------
def commands() -> list[str]:
    choices = next(one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction)).choices
    return sorted(choices)


def public(cls: type) -> set[str]:
    return {name for name in {*vars(cls), *inspect.get_annotations(cls)} if not name.startswith("_")}


EVENTS = {
    name: one
    for name, one in vars(events).items()
    if isinstance(one, type) and issubclass(one, events.Event) and one is not events.Event
}
COMMON = {field.name for field in dataclasses.fields(events.Event)}


@pytest.mark.parametrize("command", commands())
def test_the_readme_names_every_command(command):
    assert command in {span.removeprefix("hearthd ").split()[0] for span in spans(README)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page):
    shown = [
        *spans(page),
        *(line for _, text in FENCE.findall(page.read_text()) for line in text.splitlines()),
    ]
    called = {name for line in shown for name in re.findall(r"^(?:\$ )?hearthd ([a-z]+(?:-[a-z]+)*)", line)}

    assert called <= set(commands())


@pytest.mark.parametrize("name", sorted(public(House)))
def test_everything_the_house_offers_is_in_its_table(name):
    assert name in rows(DOOR, "## What the house offers")


@pytest.mark.parametrize("name", sorted({*public(Integration), "provides"}))
def test_the_page_of_the_integrations_names_every_hook(name):
    assert name in named(DOOR)


def test_every_integration_has_a_line_on_their_page():
    folders = {path.parent.name for path in (ROOT / "integrations").glob("*/manifest.json")}

    assert {f"{folder}/" for folder in folders} == set(rows(DOOR, "# Integrations"))


def test_every_room_of_the_core_has_a_line():
    modules = {path.name for path in (ROOT / "agent").glob("*.py") if not path.name.startswith("__")}
    rooms = {f"{path.parent.name}/" for path in (ROOT / "agent").glob("*/__init__.py")}

    assert modules | rooms == set(rows(CORE, "# agent"))


def test_every_event_has_a_line_with_what_it_carries():
    shown = {
        name: re.findall(r"`(\w+)`", line.split("|")[3]) for name, line in rows(CORE, "## Events").items()
    }

    assert shown == {
        name: [field.name for field in dataclasses.fields(one) if field.name not in COMMON]
        for name, one in EVENTS.items()
    }


def test_every_error_has_a_line():
    raised = {
        name for name, one in vars(errors).items() if isinstance(one, type) and not name.startswith("_")
    }

    assert raised - {"HearthError"} == set(rows(CORE, "## Errors"))


# topics ----------------------------------------------------------------------------------------------
CHOSEN_LATER = {
    "topics(name)": ("ask", "do", "approve", "deny"),
    "self.house.topics(name)": ("ask", "do", "approve", "deny"),
    "topics(verb)": ("approve", "deny"),
    "daemon.topics(options.answer)": ("approve", "deny"),
    "house.topics('')": (),
}
"""Where the first level is not written in the call itself: which it can be."""


def topics_in(path: Path) -> Iterator[str]:
    """The topics that a module builds; a level that is chosen while it runs is `<>`."""
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        if ast.unparse(call.func).rpartition(".")[2] != "topics":
            continue
        first, *more = call.args
        if ast.unparse(call) in CHOSEN_LATER:
            yield from CHOSEN_LATER[ast.unparse(call)]
        else:
            assert isinstance(first, ast.Constant), f"{path}: add {ast.unparse(call)} to CHOSEN_LATER"
            fixed = [str(one.value) if isinstance(one, ast.Constant) else "<>" for one in more]
            yield "/".join([str(first.value), *("<>" if one == "+" else one for one in fixed)])


def test_every_topic_of_ours_has_a_line():
    used = {topic for path in SOURCES for topic in topics_in(path)}

    assert used == {re.sub("<.*>", "<>", topic) for topic in rows(CORE, "## Topics")}


# log events ------------------------------------------------------------------------------------------
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
IRREGULAR = {"chosen", "cut", "found", "heard", "left", "lost", "rang", "said", "taken"}


def log_events(path: Path) -> Iterator[str]:
    """The event of each log line; what is not a constant is given as source text."""
    for call in ast.walk(ast.parse(path.read_text())):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[event, *_]):
                if level in LEVELS:
                    yield str(event.value) if isinstance(event, ast.Constant) else ast.unparse(event)


@pytest.mark.parametrize("event", sorted({event for path in SOURCES for event in log_events(path)}))
def test_a_log_event_is_a_noun_and_what_happened_to_it(event):
    form = re.fullmatch(r"[a-z_]+\.([a-z_]+)", event)

    assert form
    assert any(word.endswith("ed") or word in IRREGULAR for word in form[1].split("_"))


# blocks ----------------------------------------------------------------------------------------------
YAML = [(page, text) for page in PAGES for text in blocks(page, "yaml")]


@pytest.mark.parametrize(("page", "text"), YAML, ids=[f"{page.relative_to(ROOT)}" for page, _ in YAML])
def test_a_yaml_block_holds_no_mistake(page, text, tmp_path, monkeypatch, capsys):
    shown = tmp_path / "config.yaml"
    shown.write_text(text)
    if re.search("^intents:", text, re.MULTILINE):
        (tmp_path / "sentences").mkdir()
        shown.replace(tmp_path / "sentences" / "en.yaml")
        shown.write_text("{}\n")
    if re.search("^entities:", text, re.MULTILINE):
        assert read_house(shown).entities
        return
    secrets = re.findall(r"!secret (\w+)", text)
    (tmp_path / "secrets.yaml").write_text("".join(f"{name}: {'x' * 16}\n" for name in secrets) or "{}")
    shutil.copytree(ROOT / "integrations" / "_blueprint", tmp_path / "plugins" / "blueprint")
    monkeypatch.setenv("HEARTHD_NODE__STATE_DIR", str(tmp_path))

    code = main(["check", "-c", str(shown)])
    # A program that is not on this machine is only a note.
    wrong = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]

    assert (code, wrong) == (0, [])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", FENCE.sub("", page.read_text()))
    local = [link for link in links if not re.match(r"https://", link)]

    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page):
    files = {span for span in spans(page) if re.fullmatch(r"[\w./]+\.(py|md|toml|lock)|[\w/]+/", span)}
    places = (page.parent, ROOT, ROOT / "agent")

    assert {file for file in files if not any((place / file).exists() for place in places)} == {
        file for file in files if file in BESIDE_THE_CONFIGURATION
    }


BESIDE_THE_CONFIGURATION = {"plugins/"}
