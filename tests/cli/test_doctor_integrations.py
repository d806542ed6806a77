"""`hearthd doctor` about what integrations need: they say so themselves, and none hides the rest."""

import asyncio
import json

import pytest

from tests.cli.program import Program
from tests.integrations.systemd.fake_systemd import systemd

UNITS = "plugins: {{systemd_units: {{address: '{address}', allow: [nginx.service]}}}}\n"


@pytest.fixture
def hearthd(tmp_path) -> Program:
    """The program with a broker of its own, which is never missing."""
    program = Program(tmp_path)
    program.file.write_text(f"node: {{state_dir: {program.state}}}\n")
    return program


def configure(program: Program, more: str) -> None:
    program.file.write_text(f"node: {{state_dir: {program.state}}}\n{more}")


def found(program: Program, what: str) -> tuple[int, str, str]:
    """The exit code, and what the doctor says of one thing."""
    done = program("doctor", "--json")
    [one] = [one for one in json.loads(done.stdout) if one["what"] == what]
    return done.returncode, "ok" if one["ok"] else "missing" if one["needed"] else "note", one["says"]


def plugin(program: Program, name: str, commands: str) -> None:
    """An integration of somebody else's, that does nothing but be looked at."""
    folder = program.state / "plugins" / name
    folder.mkdir(parents=True)
    told = {"domain": name, "name": name, "version": "1", "description": "", "commands": "looks"}
    (folder / "manifest.json").write_text(json.dumps(told))
    (folder / "main.py").write_text("raise RuntimeError('this is not to be imported')\n")
    (folder / "looks.py").write_text(commands)


# D-Bus ----------------------------------------------------------------------------------------------------
async def test_a_systemd_that_answers_is_well(hearthd, tmp_path):
    async with systemd(tmp_path / "bus") as peer:
        configure(hearthd, UNITS.format(address=peer.address))
        told = await asyncio.to_thread(found, hearthd, "D-Bus")

    assert told == (0, "ok", "systemd answers")


def test_a_bus_that_is_not_there_is_a_note_with_what_does_not_work(hearthd):
    configure(hearthd, UNITS.format(address="unix:path=/no/bus"))

    assert found(hearthd, "D-Bus") == (
        0,
        "note",
        "there is no D-Bus at /no/bus; units are neither watched nor restarted",
    )


def test_units_that_are_not_wanted_need_no_bus(hearthd):
    configure(hearthd, "plugins: {systemd_units: {enabled: false}}\n")

    assert found(hearthd, "D-Bus") == (0, "ok", "not needed: 'plugins: systemd_units:' is off")


# the sandbox ----------------------------------------------------------------------------------------------
def test_nothing_that_runs_in_the_sandbox_needs_none(hearthd):
    assert found(hearthd, "sandbox")[:2] == (0, "ok")


@pytest.mark.parametrize(
    ("section", "who"),
    [
        ("plugins: {code: {enabled: true}}\n", "plugins: code:"),
        ("tasks: {sums: {command: [python3, x.py], sandbox: true}}\n", "tasks: sums:"),
    ],
)
def test_who_wants_a_sandbox_is_named_where_there_is_none(hearthd, section, who):
    configure(hearthd, section)
    code, word, says = found(hearthd, "sandbox")

    assert (code, word) == (1, "missing")
    assert says.startswith("there is no sandbox at ")
    assert says.endswith(f"; '{who}' wants it")


# integrations of others -----------------------------------------------------------------------------------
def test_an_integration_of_somebody_else_says_what_it_needs_from_its_settings(hearthd):
    plugin(
        hearthd,
        "kettle",
        "from agent.api import Finding, Section\n"
        "class Settings(Section):\n"
        "    port: int = 1\n"
        "def doctor(desk):\n"
        "    port = desk.settings(Settings).port\n"
        "    yield Finding(what='kettle', ok=False, says=f'port {port}', needed=False)\n",
    )
    configure(hearthd, "plugins: {kettle: {port: 7}}\n")

    assert found(hearthd, "kettle") == (0, "note", "port 7")


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        ("def doctor(desk):\n    raise RuntimeError('no idea')\n", "RuntimeError: no idea"),
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ],
    ids=["fails", "cannot be imported"],
)
def test_one_that_fails_is_a_note_and_the_others_are_looked_at(hearthd, commands, says):
    plugin(hearthd, "broken", commands)
    code, word, told = found(hearthd, "broken")

    assert (code, word) == (0, "note")
    assert told.endswith(says)
    assert found(hearthd, "microphone")[1] == "ok"
