"""An installation without gpt4all, as on a machine that has none: all else works, and why is said."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program, Running, until
from tests.inference.server import Peer, said
from tests.inference.toy import make
from tests.installing import installed
from tests.mosquitto import Mosquitto
from tests.tiering import OFF, lights_off

WHY = "gpt4all is not installed"


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """The Python of such an installation."""
    return installed(tmp_path_factory.mktemp("without"), without=("gpt4all", "llama_cpp"))


@pytest.fixture(scope="module")
def living(python, tmp_path_factory) -> Iterator[tuple[Program, Running]]:
    """A simulated house with a daemon that has no gpt4all, and a model in a file that would need it."""
    broker, folder = Mosquitto().start(), tmp_path_factory.mktemp("house")
    program = Program(folder, port=broker.port, python=python)
    toy = make(folder / "toy.gguf")
    program.configure(
        "log: {level: info}\nhealth: {interval: 1}\n"
        f"models: {{providers: {{toy: {{kind: gpt4all, path: {toy}, context: 512}}}}}}\n"
    )
    daemon = program.daemon("demo")
    try:
        until(lambda: any(one["id"] == "weather.home" for one in program.json("devices")))
        yield program, daemon
    finally:
        daemon.close()
        broker.close()


def health(program: Program, name: str, state: str) -> dict:
    """What the health report says of a model, once it is in that state."""

    def found() -> dict | None:
        one = program.json("health")["models"][name]
        return one if one["state"] == state else None

    return until(found)


def test_the_worker_says_what_is_missing_and_what_to_do(python, tmp_path):
    toy = make(tmp_path / "toy.gguf")
    opened = {"path": str(toy), "context": 512, "threads": 1, "binding": False, "library": "auto"}
    opened |= {"memory_limit_mb": None, "sha256": None, "template": "%1%2", "system_template": "%1%2"}
    worker = [python, "-m", "agent.inference.worker_main"]
    with subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps({"open": opened}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()

    assert json.loads(line)["failed"].startswith((WHY, "there is no gpt4all for "))
    assert "pip install gpt4all==" in line or "a server with OpenAI's interface" in line


def test_what_templates_fit_is_done(living):
    program, _ = living
    reply = program.json("ask", "turn on the desk lamp")

    assert (reply["tier"], [one["status"] for one in reply["outcomes"]]) == ("grammar", ["confirmed"])


def test_a_free_phrase_gets_an_honest_no(living):
    program, _ = living
    done = program("ask", OFF)

    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "I did not understand that")


def test_a_reply_ends_with_who_understood_it_and_how_long_that_took(living):
    program, _ = living
    done = program("ask", "turn on the desk lamp")

    assert done.stdout == "Turned on the light\n"
    assert re.fullmatch(r"tier grammar, \d+\.\d\d ms\n", done.stderr)


def test_the_log_says_it_once(living):
    program, daemon = living
    program("ask", OFF)
    program("ask", "let there be light in the kitchen")

    [told] = daemon.events("models.shipped_missing")
    assert WHY in told["reason"]


def test_the_health_report_says_that_there_is_none_and_why_and_is_well(living):
    told = health(living[0], "shipped", "absent")

    assert WHY in told["reason"]
    assert told["level"] == "ok"


def test_a_configured_file_is_said_to_be_unusable_for_the_same_reason(living):
    program, _ = living
    program("ask", OFF)
    told = health(program, "toy", "broken")

    assert WHY in told["reason"]
    assert told["level"] == "warning"


def test_the_doctor_takes_the_shipped_model_for_a_note_and_the_configured_one_for_a_need(living):
    program, _ = living
    done = program("doctor")
    found = {line[:16].strip(): line[16:].split(maxsplit=1) for line in done.stdout.splitlines()}

    assert (done.returncode, found["model"][0], found["model toy"][0]) == (1, "note", "missing")
    assert WHY in found["model"][1]
    assert WHY in found["model toy"][1]


def test_parsing_with_the_model_alone_says_where_to_look(living):
    program, _ = living
    done = program("parse", "--tier", "model", OFF)

    assert (done.returncode, done.stdout) == (1, "")
    assert "'hearthd model list' says why" in done.stderr
    assert all(WHY in one["reason"] for one in program.json("model", "list"))


async def test_a_server_does_the_models_work(living):
    program, daemon = living
    async with Peer(said(lights_off())).open() as peer:
        program.configure(
            "log: {level: info}\n"
            f"models: {{providers: {{big: {{kind: openai, url: '{peer.url}', model: m}}}}}}\n"
        )
        before = len(daemon.events("config.reloaded"))
        daemon.hang_up()
        await asyncio.to_thread(until, lambda: len(daemon.events("config.reloaded")) > before)
        reply = await asyncio.to_thread(program.json, "ask", OFF)

    assert reply["tier"] == "provider"
    assert {one["status"] for one in reply["outcomes"]} <= {"confirmed"}


def test_a_house_in_which_nobody_speaks_does_not_pay_for_models():
    heavy = [
        "gpt4all",
        "hassil",
        "home_assistant_intents",
        "rapidfuzz",
        "numpy",
        "gguf",
        "agent.inference.library",
    ]
    code = f"import agent.app, sys; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )

    assert done.stdout.strip() == "[]"
