"""`hearthd model list`, `bench` and `quantize`: models on this machine, with no daemon and no network."""

import os
import shutil
import subprocess
import sys

import pytest

from agent.engines.tiny import shipped
from agent.inference.gguf import check
from tests.cli.program import ROOT, Program
from tests.inference.toy import make


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return make(tmp_path_factory.mktemp("model") / "toy.gguf")


@pytest.fixture
def hearthd(nobody, toy) -> Program:
    """The program with one model in its folder."""
    models(nobody).mkdir(parents=True)
    shutil.copy(toy, models(nobody))
    return nobody


def models(program):
    return program.state / "models"


CORES = os.sched_getaffinity(0)


@pytest.fixture(autouse=True)
def _one_core():
    """What runs gets one core only, so that few numbers of threads are tried."""
    os.sched_setaffinity(0, sorted(CORES)[-1:])
    yield
    os.sched_setaffinity(0, CORES)


# list ------------------------------------------------------------------------------------------------------
def test_list_shows_what_a_model_is(hearthd, toy):
    found = {one["name"]: one for one in hearthd.json("model", "list")}["toy"]

    assert found == {
        "name": "toy",
        "source": "folder",
        "where": str(models(hearthd) / "toy.gguf"),
        "usable": True,
        "reason": None,
        "size": toy.stat().st_size,
        "architecture": "llama",
        "quantisation": "F32",
        "parameters": 116_032,
        "context": 512,
    }


def test_list_says_why_a_file_can_not_be_used(hearthd, toy):
    (models(hearthd) / "half.gguf").write_bytes(toy.read_bytes()[:5000])
    (models(hearthd) / "text.gguf").write_text("hello")
    done = hearthd("model", "list")

    assert done.returncode == 0
    assert "no: is not a GGUF file" in done.stdout
    assert "no: is cut off" in done.stdout


def test_list_begins_with_the_shipped_model_and_says_if_there_is_none(nobody):
    first, *others = nobody.json("model", "list")

    assert (first["name"], first["usable"], others) == (shipped.NAME, shipped.file().exists(), [])


def test_list_shows_what_is_configured_under_its_name(hearthd):
    path = models(hearthd) / "toy.gguf"
    hearthd.file.write_text(
        f"models: {{providers: {{mine: {{kind: gpt4all, path: {path}, context: 128}}}}}}\n"
    )
    _, mine = hearthd.json("model", "list")

    assert (mine["name"], mine["source"], mine["context"]) == ("mine", "configuration", 128)


def test_nothing_connects_to_anybody(hearthd):
    looking = (
        "import sys; from agent.cli import main; told = []; "
        "sys.addaudithook(lambda event, args: event.startswith('socket.') and told.append((event, args))); "
        "codes = [main(['model', *words.split()]) for words in ('list', 'bench toy --rounds 1')]; "
        "print([one for one in told if one[0] in ('socket.connect', 'socket.getaddrinfo')], codes)"
    )
    done = subprocess.run(
        [sys.executable, "-c", looking],
        cwd=ROOT,
        env=hearthd.environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.stdout.splitlines()[-1] == "[] [0, 0]", done.stderr


# bench -----------------------------------------------------------------------------------------------------
def test_bench_tries_every_number_of_threads_and_recommends_one(hearthd):
    os.sched_setaffinity(0, sorted(CORES)[:2])
    found = hearthd.json("model", "bench", "toy", "--rounds", "1")

    tried = [one["threads"] for one in found["trials"]]
    assert [*tried, *found["too_slow"]] == [1, 2][: found["cores"]]
    assert found["best"] in found["trials"]
    assert all(0 < one["first_token_ms"] < one["p50_ms"] <= one["p99_ms"] for one in found["trials"])
    assert all(min(one["load_ms"], one["memory_mb"], one["tokens_per_s"]) > 0 for one in found["trials"])


def test_bench_prints_a_line_for_each_figure(hearthd):
    done = hearthd("model", "bench", str(models(hearthd) / "toy.gguf"), "--rounds", "1")

    name, *lines = done.stdout.splitlines()
    labels = ["load", "first token", "speed", "answer", "memory", "threads"]
    assert (done.returncode, done.stderr, name) == (0, "", "toy")
    assert [line[2:14].strip() for line in lines[:6]] == labels


@pytest.mark.skipif(not shipped.file().exists(), reason="no model is shipped yet")
def test_bench_without_a_name_is_of_the_shipped_model(nobody):
    found = nobody.json("model", "bench", "--rounds", "1")

    assert (found["model"], found["best"]["answers"]) == (shipped.NAME, len(shipped.SENTENCES))


def test_a_name_that_nothing_has_ends_with_1_and_what_there_is(hearthd):
    done = hearthd("model", "bench", "nonsense")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no model or file is called 'nonsense'; there are: hearthd-nano, toy\n"


def test_a_file_that_is_no_model_ends_with_1_and_why(hearthd):
    path = models(hearthd) / "text.gguf"
    path.write_text("hello")
    done = hearthd("model", "bench", "text")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{path}: is not a GGUF file\n")


# quantize --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("to", ["Q8_0", "Q4_0"])
def test_quantize_makes_a_smaller_model_that_list_shows(hearthd, to):
    source, target = models(hearthd) / "toy.gguf", models(hearthd) / "small.gguf"
    done = hearthd("model", "quantize", str(source), str(target), "--to", to)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{target}: 0.1 MB, was 0.5 MB; 16 of 21 tensors are smaller")
    assert check(target, context=512).size < source.stat().st_size / 3
    assert any(one["name"] == "small" and one["usable"] for one in hearthd.json("model", "list"))


def test_quantize_tells_as_json_what_it_made(hearthd):
    source, target = models(hearthd) / "toy.gguf", models(hearthd) / "told.gguf"
    told = hearthd.json("model", "quantize", str(source), str(target), "--to", "Q8_0")

    assert (told["file"], told["to"], told["after"]) == (str(target), "Q8_0", target.stat().st_size)
    assert told["after"] < told["before"]
    assert 0 < told["packed"] <= told["tensors"]


def test_quantize_ends_with_1_and_why_it_can_not(hearthd):
    source = models(hearthd) / "toy.gguf"
    done = hearthd("model", "quantize", str(source), str(source), "--to", "Q8_0")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{source}: is there already; name another file, or remove it first\n"


def test_quantize_without_its_libraries_says_how_to_get_them(hearthd):
    # As if it was not installed: that is how Python is told not to find it.
    without = (
        "import sys; sys.modules['gguf'] = None; from agent.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["model", "quantize", str(models(hearthd) / "toy.gguf"), "out.gguf", "--to", "Q8_0"]
    done = subprocess.run(
        [sys.executable, "-c", without, *words],
        cwd=ROOT,
        env=hearthd.environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (done.returncode, done.stderr) == (
        1,
        "quantising needs two more libraries: pip install 'hearthd[models]'\n",
    )


# wrong use -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "model",
        "model bench toy --rounds 0",
        "model quantize a.gguf b.gguf",
        "model pull http://127.0.0.1/a.gguf",
        "model pull http://127.0.0.1/a.gguf --sha256 abc",
        f"model pull file:///a.gguf --sha256 {'0' * 64}",
        f"model pull http://me:secret@127.0.0.1/a.gguf --sha256 {'0' * 64}",
        f"model pull http://127.0.0.1/a.gguf --name ../a --sha256 {'0' * 64}",
        f"model pull http://127.0.0.1/..%2Fa.gguf --sha256 {'0' * 64}",
    ],
)
def test_wrong_use_ends_with_2_and_what_would_be_right(nobody, words):
    done = nobody(*words.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "secret" not in done.stderr
