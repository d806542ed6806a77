"""`hearthd doctor` about models: the one that came with hearthd, and those of the configuration."""

import os
import subprocess
from pathlib import Path

import pytest

from agent.engines.tiny import shipped
from tests.cli.program import Program
from tests.inference.toy import make
from tests.installing import installed, package_of
from tests.mosquitto import free_port

trained = pytest.mark.skipif(not shipped.file().exists(), reason="the model was not trained yet: make model")


@pytest.fixture
def hearthd(tmp_path, broker) -> Program:
    return Program(tmp_path, port=broker.port)


def examined(program: Program, section: str, what: str) -> tuple[int, str, str]:
    """The exit code of the doctor with a `models:` section, and what it says of one thing."""
    program.configure(f"models: {section}\n")
    return finding(program("doctor"), what)


def finding(done: "subprocess.CompletedProcess[str]", what: str) -> tuple[int, str, str]:
    [line] = [line for line in done.stdout.splitlines() if line[:17].rstrip() == what]
    word, _, says = line[17:].strip().partition(" ")
    return done.returncode, word, says.strip()


# the one that came with hearthd ---------------------------------------------------------------------------
@trained
def test_the_shipped_model_is_there_and_the_one_that_was_meant(hearthd):
    code, word, says = examined(hearthd, "{}", "model")

    assert (code, word) == (0, "ok")
    assert says.startswith(str(shipped.file()))
    assert says.endswith("its checksum is right")


def test_one_that_is_not_to_be_used_is_not_looked_for(hearthd):
    told = examined(hearthd, "{shipped: {enabled: false}}", "model")

    assert told == (0, "ok", "the shipped one is not used: models.shipped.enabled")


def _flip(weights: Path, content: bytes) -> None:
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def _cut(weights: Path, content: bytes) -> None:
    weights.write_bytes(content[: len(content) // 2])


def _lose_the_card(weights: Path, content: bytes) -> None:
    weights.write_bytes(content)
    weights.with_suffix(".json").unlink()


DAMAGES = {
    "flipped": (_flip, 1, "missing", "is not the file that was meant: its SHA-256 is another one"),
    "cut": (_cut, 1, "missing", "is cut off: "),
    "lost": (lambda *_: None, 1, "missing", "there is no such file"),
    "unknown": (_lose_the_card, 0, "note", "the shipped model is missing or damaged: "),
}


@trained
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_installation_is_to_be_made_anew(tmp_path, damage):
    how, code, word, reason = DAMAGES[damage]
    python = installed(tmp_path / "python", copied=True)
    weights = package_of(python) / shipped.file().relative_to(Path(shipped.__file__).parents[2])
    content = weights.read_bytes()
    weights.unlink()
    how(weights, content)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEARTHD_", "PYTHON"))}
    done = subprocess.run(
        [python, "-m", "agent", "doctor"],
        cwd=tmp_path,
        env={**kept, "HEARTHD_NODE__STATE_DIR": str(tmp_path / "state"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    told = finding(done, "model")

    assert told[:2] == (code, word)
    assert reason in told[2]
    assert "install hearthd again" in told[2]


# those of the configuration -------------------------------------------------------------------------------
def test_a_configured_file_that_can_be_loaded_is_well(hearthd, tmp_path):
    path = make(tmp_path / "toy.gguf")
    told = examined(hearthd, f"{{providers: {{toy: {{kind: gpt4all, path: {path}}}}}}}", "model toy")

    assert told == (0, "ok", f"{path} can be loaded")


def test_a_configured_file_that_is_not_there_is_missing(hearthd, tmp_path):
    path = tmp_path / "none.gguf"
    told = examined(hearthd, f"{{providers: {{toy: {{kind: gpt4all, path: {path}}}}}}}", "model toy")
    hint = "'hearthd model list' shows those that can be used"

    assert told == (1, "missing", f"{path}: there is no such file; {hint}")


def test_a_server_that_is_not_there_is_a_note_for_it_may_come_later(hearthd):
    url = f"http://127.0.0.1:{free_port()}/v1"
    code, word, says = examined(
        hearthd, f"{{providers: {{big: {{kind: openai, url: '{url}', model: m}}}}}}", "model big"
    )

    assert (code, word) == (0, "note")
    assert says.startswith(f"{url}: ")
    assert says.endswith("; start the server, or correct its url")


def test_the_model_that_answers_in_words_is_named(hearthd, broker):
    url = f"http://127.0.0.1:{broker.port}/v1"
    one = f"{{kind: openai, url: '{url}', model: m}}"
    told = examined(
        hearthd, f"{{providers: {{big: {one}, other: {one}}}, roles: {{chat: big}}}}", "model big"
    )

    assert told == (0, "ok", f"{url} takes connections; it answers in words, too")


def test_a_server_that_is_there_takes_connections(hearthd, broker):
    # Whether it speaks the protocol shows when it is asked.
    url = f"http://127.0.0.1:{broker.port}/v1"
    told = examined(hearthd, f"{{providers: {{big: {{kind: openai, url: '{url}', model: m}}}}}}", "model big")

    assert told == (0, "ok", f"{url} takes connections")
