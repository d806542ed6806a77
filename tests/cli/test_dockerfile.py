"""The Dockerfile, line by line, as far as that can be told without an engine that builds it."""

import json
import re

import pytest

from tests.cli.program import ROOT

TEXT = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
LINES = [line.split(None, 1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
STAGE = max(at for at, (word, _) in enumerate(LINES) if word == "FROM")
FINAL = LINES[STAGE:]
KNOWN = {
    *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"),
    "CMD",
}


def of(word, lines=FINAL):
    return [rest.strip() for found, rest in lines if found == word]


def test_every_line_is_an_instruction():
    assert {word for word, _ in LINES} == KNOWN


def test_every_image_is_of_a_version():
    assert all(re.fullmatch(r"\S+:\d[\w.-]*( AS \w+)?", one) for one in of("FROM", LINES))


def test_what_is_copied_is_there_and_not_kept_from_the_engine():
    let_in = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {name for one in of("COPY", LINES) if "--from" not in one for name in one.split()[:-1]}

    assert copied == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_what_is_installed_is_locked():
    assert all(
        "--require-hashes" in one or "--no-deps" in one for one in of("RUN", LINES) if "pip install" in one
    )


def test_lists_of_packages_and_caches_are_left_behind():
    for one in of("RUN", LINES):
        assert "apt-get install" not in one or "rm -rf /var/lib/apt/lists/*" in one
        assert "apt-get install" not in one or "--no-install-recommends" in one
        assert "pip install" not in one or "--no-cache-dir" in one


def test_it_does_not_run_as_root():
    words = [word for word, _ in FINAL]

    assert of("USER") == ["hearthd"]
    assert words.index("USER") < words.index("ENTRYPOINT")


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD", "VOLUME"])
def test_no_shell_reads_what_is_started(word):
    [form] = of(word)

    assert isinstance(json.loads(form), list)


def test_it_asks_the_daemon_how_it_is():
    [check] = of("HEALTHCHECK")

    assert json.loads(check[check.index("[") :]) == ["hearthd", "health"]
    assert "--timeout" in check
