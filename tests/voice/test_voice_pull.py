"""`hearthd voice pull`: what was meant is put in place whole, and nothing else is left anywhere."""

import hashlib
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Program, until
from tests.inference.shelf import held, serving, whole
from tests.voice.archives import FILES, NAME, packed

CONTENT = packed(FILES)


@pytest.fixture
def hearthd(tmp_path) -> Program:
    """The program, which asks no proxy for what is here."""
    program = Program(tmp_path)
    program.environment["no_proxy"] = "127.0.0.1"
    return program


def voice(program: Program) -> Path:
    return program.state / "voice"


def left(program: Program):
    """What is in the folder of models, hidden or not."""
    return sorted(one.name for one in voice(program).iterdir()) if voice(program).exists() else []


def address(shelf) -> str:
    return shelf.url.replace("models/toy.gguf", f"{NAME}.zip")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pulled(program: Program, content: bytes, *answers):
    with serving(*(answers or (whole(content),))) as shelf:
        return program("voice", "pull", address(shelf), "--sha256", sha256(content))


# what was meant -------------------------------------------------------------------------------------------
def test_a_model_is_unpacked_into_the_folder_of_voice_models_and_used(hearthd):
    done = pulled(hearthd, CONTENT)
    states = {one["name"]: one["state"] for one in hearthd.json("voice", "list")["models"]}

    assert (done.returncode, done.stdout) == (0, f"{voice(hearthd) / NAME}: en; SHA-256 {sha256(CONTENT)}\n")
    assert done.stderr.splitlines()[-1] == f"{NAME}.zip: 100 %"
    assert left(hearthd) == [NAME]
    assert states[NAME] == "in use"
    assert {
        str(one.relative_to(voice(hearthd) / NAME)): one.read_bytes()
        for one in (voice(hearthd) / NAME).rglob("*")
        if one.is_file()
    } == FILES


def test_as_json_it_tells_what_came_and_the_second_time_that_nothing_did(hearthd):
    with serving(whole(CONTENT)) as shelf:
        words = ("voice", "pull", address(shelf), "--sha256", sha256(CONTENT))
        told = [hearthd.json(*words) for _ in range(2)]
        asked = len(shelf.asked)

    same = {"name": NAME, "folder": str(voice(hearthd) / NAME), "language": "en"}
    assert told == [
        same | {"sha256": sha256(CONTENT), "downloaded": True},
        same | {"sha256": None, "downloaded": False},
    ]
    assert asked == 1


def test_a_folder_that_is_no_whole_model_is_replaced(hearthd):
    (voice(hearthd) / NAME / "am").mkdir(parents=True)
    (voice(hearthd) / NAME / "am" / "final.mdl").write_bytes(b"cut")
    done = pulled(hearthd, CONTENT)

    assert (done.returncode, left(hearthd)) == (0, [NAME])
    assert (voice(hearthd) / NAME / "am" / "final.mdl").read_bytes() == FILES["am/final.mdl"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_an_interrupted_pull_goes_on_where_it_was(hearthd, number, code):
    part = voice(hearthd) / f".{NAME}.zip.part"
    with serving(held(CONTENT, 200_000), whole(CONTENT)) as shelf:
        words = ("voice", "pull", address(shelf), "--sha256", sha256(CONTENT))
        first = hearthd.begin(*words, stderr=subprocess.DEVNULL)
        until(lambda: part.exists() and part.stat().st_size == 200_000)
        first.send_signal(number)
        ended = first.wait(10)
        again = hearthd(*words)

    assert (ended, again.returncode, shelf.ranges) == (code, 0, [None, "bytes=200000-"])
    assert left(hearthd) == [NAME]


# checksums ------------------------------------------------------------------------------------------------
def test_another_archive_than_meant_is_removed(hearthd):
    with serving(whole(CONTENT)) as shelf:
        done = hearthd("voice", "pull", address(shelf), "--sha256", "0" * 64)

    assert (done.returncode, done.stdout, left(hearthd)) == (1, "", [])
    assert f"its SHA-256 is {sha256(CONTENT)}" in done.stderr.splitlines()[-1]


def test_an_address_without_a_checksum_is_not_believed(hearthd):
    with serving(whole(CONTENT)) as shelf:
        done = hearthd("voice", "pull", address(shelf))

    assert (done.returncode, left(hearthd), shelf.asked) == (1, [], [])
    assert "no checksum of it is known; give it with --sha256, or" in done.stderr


def test_an_address_may_be_trusted_and_the_checksum_is_told_for_the_next_time(hearthd):
    with serving(whole(CONTENT)) as shelf:
        done = hearthd("voice", "pull", address(shelf), "--trust-address")

    assert (done.returncode, left(hearthd)) == (0, [NAME])
    assert done.stdout.endswith(f"SHA-256 {sha256(CONTENT)}\n")


def test_an_address_that_others_could_change_on_the_way_is_not_to_be_trusted(hearthd):
    done = hearthd("voice", "pull", f"http://example.org/{NAME}.zip", "--trust-address")

    assert done.returncode == 1
    assert "--trust-address takes https" in done.stderr


def test_a_name_of_the_catalogue_whose_checksum_nobody_knows_needs_one(hearthd):
    done = hearthd("voice", "pull", "vosk-model-small-uk-v3-small")

    assert done.returncode == 1
    assert "vosk-model-small-uk-v3-small.zip: no checksum of it is known" in done.stderr


def test_a_name_of_the_catalogue_is_looked_for_where_vosk_keeps_its_models(hearthd):
    hearthd.environment |= {"https_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    first = hearthd.begin("voice", "pull", "vosk-model-small-en-us-0.15", stderr=subprocess.PIPE)
    line = first.stderr.readline()
    first.send_signal(signal.SIGINT)
    ended = first.wait(10)
    first.stderr.close()

    assert line.startswith("alphacephei.com can't be reached: ")
    assert ended == 130


def test_an_unknown_name_is_answered_with_those_that_there_are(hearthd):
    done = hearthd("voice", "pull", "vosk-model-small-xx")

    assert done.returncode == 1
    assert "there is no model 'vosk-model-small-xx'" in done.stderr
    assert "vosk-model-small-en-us-0.15" in done.stderr


# archives that are not what they should be ----------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed(FILES | {"../../out": b"x"}), "leads out of its folder"),
        (packed({"README": b"hello"}), "holds no Vosk model"),
        (
            packed({n: data for n, data in FILES.items() if n != "graph/words.txt"}),
            "not whole: graph/words.txt",
        ),
        (b"<html>not found</html>", "is not a ZIP archive"),
    ],
    ids=["leading out", "no model", "half a model", "no archive"],
)
def test_an_archive_that_is_no_model_leaves_nothing(hearthd, content, reason):
    before = {*hearthd.folder.iterdir()}
    done = pulled(hearthd, content)

    assert (done.returncode, done.stdout, left(hearthd)) == (1, "", [])
    assert reason in done.stderr.splitlines()[-1], done.stderr
    assert {*hearthd.folder.iterdir()} - before <= {hearthd.state}


def test_a_model_in_place_survives_an_archive_that_is_none(hearthd):
    pulled(hearthd, CONTENT)
    (voice(hearthd) / NAME / "graph" / "words.txt").unlink()
    done = pulled(hearthd, packed({"README": b"hello"}))

    assert (done.returncode, left(hearthd)) == (1, [NAME])
    assert (voice(hearthd) / NAME / "am" / "final.mdl").exists()


def test_wrong_checksums_and_names_are_told(hearthd):
    told = [
        hearthd("voice", "pull", "https://example.org/x.zip", "--sha256", "abc").stderr,
        hearthd("voice", "pull", "https://example.org/%2e%2e", "--sha256", "0" * 64).stderr,
        hearthd("voice", "pull", "ftp://example.org/x.zip", "--sha256", "0" * 64).stderr,
    ]

    assert told[0] == "--sha256: 64 hexadecimal digits, as sha256sum prints them\n"
    assert "'..' can't name a folder here" in told[1]
    assert "is no address" in told[2]
