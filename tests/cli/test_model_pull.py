"""`hearthd model pull` as people use it: it is interrupted, goes on, and shows how far it has come."""

import hashlib
import os
import pty
import signal
import subprocess

import pytest

from agent.engines.tiny import shipped
from tests.cli.program import HEARTHD, ROOT, Program, until
from tests.inference.shelf import cut, held, serving, whole
from tests.inference.toy import make


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return make(tmp_path_factory.mktemp("model") / "toy.gguf").read_bytes()


@pytest.fixture
def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def hearthd(nobody) -> Program:
    """The program, which asks no proxy for what is here."""
    nobody.environment["no_proxy"] = "127.0.0.1"
    return nobody


def models(program):
    return program.state / "models"


def left(program):
    return sorted(one.name for one in models(program).iterdir())


def test_a_model_lands_in_the_models_folder(hearthd, content, sha256):
    with serving(whole(content)) as shelf:
        done = hearthd("model", "pull", shelf.url, "--sha256", sha256.upper())

    assert (done.returncode, done.stdout) == (0, f"{models(hearthd) / 'toy.gguf'}\n")
    assert (models(hearthd) / "toy.gguf").read_bytes() == content
    assert done.stderr.splitlines()[-1] == "toy.gguf: 100 %"


def test_as_json_it_tells_where_the_model_is_and_whether_it_was_downloaded(hearthd, content, sha256):
    with serving(whole(content)) as shelf:
        told = [hearthd.json("model", "pull", shelf.url, "--sha256", sha256) for _ in range(2)]

    file = {"file": str(models(hearthd) / "toy.gguf"), "sha256": sha256, "bytes": len(content)}
    assert told == [file | {"downloaded": True}, file | {"downloaded": False}]


def test_it_can_be_given_another_name(hearthd, content, sha256):
    with serving(whole(content)) as shelf:
        hearthd("model", "pull", shelf.url, "--sha256", sha256, "--name", "other")

    assert [one["name"] for one in hearthd.json("model", "list")] == [shipped.NAME, "other"]


def test_twice_the_same_is_no_failure(hearthd, content, sha256):
    with serving(whole(content)) as shelf:
        hearthd("model", "pull", shelf.url, "--sha256", sha256)
        done = hearthd("model", "pull", shelf.url, "--sha256", sha256)

    assert (done.returncode, len(shelf.asked)) == (0, 1)
    assert done.stdout == f"{models(hearthd) / 'toy.gguf'}: was there already\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_an_interrupted_pull_goes_on_where_it_was(hearthd, content, sha256, number, code):
    words = ("model", "pull", "--sha256", sha256)
    part = models(hearthd) / ".toy.gguf.part"
    with serving(held(content, 200_000), whole(content)) as shelf:
        first = hearthd.begin(*words, shelf.url, stderr=subprocess.DEVNULL)
        until(lambda: part.exists() and part.stat().st_size == 200_000)
        first.send_signal(number)
        ended = first.wait(10)
        again = hearthd(*words, shelf.url)

    assert (ended, again.returncode, shelf.ranges) == (code, 0, [None, "bytes=200000-"])
    assert left(hearthd) == ["toy.gguf"]
    assert (models(hearthd) / "toy.gguf").read_bytes() == content


def test_a_connection_that_drops_is_told_and_made_anew(hearthd, content, sha256):
    with serving(cut(content, 200_000), whole(content)) as shelf:
        done = hearthd("model", "pull", shelf.url, "--sha256", sha256)

    assert done.returncode == 0
    assert f"127.0.0.1:{shelf.server_port} broke off; trying again in 1 s\n" in done.stderr


def test_another_file_than_meant_ends_with_1_and_is_gone(hearthd, content):
    with serving(whole(content)) as shelf:
        done = hearthd("model", "pull", shelf.url, "--sha256", "0" * 64)

    assert (done.returncode, done.stdout, left(hearthd)) == (1, "", [])
    assert "its SHA-256 is" in done.stderr.splitlines()[-1]


def test_a_terminal_gets_a_bar(hearthd, content, sha256):
    ours, theirs = pty.openpty()
    with serving(whole(content)) as shelf:
        subprocess.run(
            [*HEARTHD, "model", "pull", shelf.url, "--sha256", sha256],
            cwd=ROOT,
            env=hearthd.environment,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            timeout=20,
            check=True,
        )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)

    assert f"\rtoy.gguf [{'#' * 30}] 100 % of 0.5 MB" in shown
