"""The README carried out: its console session is typed into a shell, and what it shows is what comes."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.home.housefile import read_house
from tests.cli.program import Program
from tests.conftest import Ear
from tests.house import living
from tests.mosquitto import binary
from tests.test_docs import CORE, README, ROOT, blocks, rows

DEFAULT_HOUSE = ROOT / "integrations" / "demo_house" / "default.yaml"


class Shown(NamedTuple):
    """A command of the README and what it shows of its output."""

    command: str
    output: list[str]


def session() -> list[Shown]:
    """Every command in the README's console blocks, in order."""
    found: list[Shown] = []
    for text in blocks(README, "console"):
        for line in text.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append(Shown(line.removeprefix("$ "), []))
            else:
                found[-1].output.append(line)
    return found


DAEMON, *TOUR = session()
DIFFERS = {
    r"\b[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+": "<time>",
    r"\b[0-9a-f]{16}\b": "<id>",
    r"127\.0\.0\.1:\d+": "<broker>",
    r"^\S+: ready after \d+\.\d s": "<ready>",
    r"asked by \S+ \(cli\)": "<me>",
    r"\d+\.\d\d ms": "<ms>",
}
"""What is another at each run: times, ids, the free port, the host's and the user's name."""


def normal(line: str) -> str:
    for pattern, name in DIFFERS.items():
        line = re.sub(pattern, name, line)
    return line


def pattern(output: list[str]) -> str:
    """`...` stands for any run of lines."""
    return "".join(r"(?:.*\n)*" if line == "..." else re.escape(normal(line)) + r"\n" for line in output)


class Tour:
    """The simulated house in a folder of its own, and what each command of the README printed there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed: dict[str, str] = {}
        (folder / "config.yaml").touch()
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "STATE_DIRECTORY": str(folder / "state"),
            "HEARTHD_CONFIG": str(folder / "config.yaml"),
        }
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.daemon = subprocess.Popen(
                ["hearthd", "demo"], stdout=log, stderr=subprocess.STDOUT, env=self.environment
            )

    def take(self) -> None:
        port = self.until(lambda: re.search(r": ready .* at 127\.0\.0\.1:(\d+)\n", self.log.read_text()))[1]
        self.printed[DAEMON.command] = re.match(r"(?s).*: ready [^\n]*\n", self.log.read_text())[0]
        # mosquitto_pub looks for its options there.
        (self.folder / "mosquitto_pub").write_text(f"-p {port}\n")
        self.until(self.everything_is_known)
        ear = Ear(int(port))
        self.until(ear._listening.is_set)
        for command, _ in TOUR:
            self.printed[command] = self.run(command)
            if command.startswith("mosquitto_pub"):
                self.until(lambda: json.loads(self.run("hearthd pending --json")))
        ear.close()
        self.heard = {topic for topic, _, _ in ear.heard}

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["sh", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            timeout=10,
            check=False,
        )
        return done.stdout

    def everything_is_known(self) -> bool:
        found = json.loads(self.run("hearthd devices --json"))
        silent = ("button", "scene")
        told = [one for one in found if one["state"] is not None or one["domain"] in silent]
        return len(told) == len(read_house(DEFAULT_HOUSE).entities)

    def until(self, claim):
        deadline = time.monotonic() + 10
        while not (found := claim()):
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.daemon.poll() is None, self.log.read_text()
            time.sleep(0.02)
        return found

    def close(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(10)


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    binary()
    binary("mosquitto_pub")
    one = Tour(tmp_path_factory.mktemp("tour"))
    try:
        one.take()
        yield one
    finally:
        one.close()


def test_make_run_is_hearthd_demo():
    told = subprocess.run(
        [*DAEMON.command.split(), "-n"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.splitlines()[-1] == ".venv/bin/hearthd demo"


@pytest.mark.parametrize("shown", [DAEMON, *TOUR], ids=lambda shown: shown.command)
def test_the_readme_shows_what_really_comes(tour, shown):
    printed = "".join(normal(line) + "\n" for line in tour.printed[shown.command].splitlines())

    assert re.fullmatch(pattern(shown.output), printed), printed


async def test_the_readme_shows_what_check_prints_of_its_rules(own_broker, tmp_path):
    values = {"plugins": {"demo_house": {"enabled": True}}}
    async with living(own_broker().port, tmp_path / "state", values, hear=False) as house:
        await house.until(lambda: house.daemon.home.state("weather.home").value)
    program = Program(tmp_path)
    program.file.write_text(next(text for text in blocks(README, "yaml") if text.startswith("automations:")))
    checked = await asyncio.to_thread(program, "check")

    assert checked.stdout.partition("\n")[2] == blocks(README, "text")[0], checked.stderr


def test_every_topic_of_ours_that_the_tour_needs_has_a_line(tour):
    ours = {topic.split("/")[2] for topic in tour.heard if topic.startswith("hearthd/")}

    assert ours >= {"do", "outcome", "pending", "query"}
    assert ours <= {topic.split("/")[0] for topic in rows(CORE, "## Topics")}
