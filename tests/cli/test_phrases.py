"""What the house has learned, reviewed at the command line; who cannot sign changes nothing of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.program import NODE, Program, until, watching
from tests.dialogue.learning import COSY, DIM, learning
from tests.mosquitto import Mosquitto


async def _taught(folder: Path) -> None:
    """A daemon's state in which one phrase is used, and two are proposed."""
    async with learning(folder) as house:
        house.learn("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"})
        house.find("give the sofa lamp a rest")
        house.mode = "ask"
        house.learn(COSY, "HassLightSet", DIM)
        house.learn("movie time", "HassLightSet", {"brightness": 10}, here=True)


@pytest.fixture(scope="module")
def hearthd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program, and a daemon that learned some phrases in an earlier life."""
    own = Mosquitto().start()
    program = Program(tmp_path_factory.mktemp("phrases"), port=own.port)
    program.state.mkdir(mode=0o700)
    asyncio.run(_taught(program.state))
    daemon = program.daemon("run")
    try:
        yield program
    finally:
        daemon.close()
        own.close()


def known(hearthd: Program) -> dict[str, dict]:
    return {one["phrase"]: one for one in hearthd.json("phrases")}


def refused(hearthd: Program, what: str, phrase: str, **more: str) -> str:
    """What somebody on the bus who asks for a change is told."""
    with watching(hearthd.port, f"hearthd/{NODE}/answer/q") as heard:
        hearthd.publish(f"hearthd/{NODE}/query/{what}", {"id": "q", "phrase": phrase, **more})
        until(lambda: heard)
    return heard[0][0]


def test_phrases_are_listed_with_what_they_mean_and_how_often_they_were_used(hearthd):
    lines = [" ".join(line.split()) for line in hearthd("phrases").stdout.splitlines()]
    found = known(hearthd)["give the {name} a rest"]
    meaning = "give the {name} a rest HassTurnOff name={name} active used once"

    assert f"{found['id']} {meaning} {found['last_used']}" in lines


def test_a_proposal_is_accepted(hearthd):
    proposed = known(hearthd)["make the {area} cosy"]
    assert proposed["state"] == "proposed"

    done = hearthd("phrases", "accept", proposed["id"])

    assert (done.returncode, done.stdout) == (
        0,
        f"{proposed['id']}  make the {{area}} cosy  is used from now on\n",
    )
    assert known(hearthd)["make the {area} cosy"]["state"] == "active"


def test_a_phrase_is_forgotten(hearthd):
    done = hearthd("phrases", "forget", known(hearthd)["movie time"]["id"])

    assert (done.returncode, "movie time  is forgotten\n" in done.stdout) == (0, True)
    assert "movie time" not in known(hearthd)


@pytest.mark.parametrize("what", ["accept_phrase", "forget_phrase"])
def test_who_does_not_sign_changes_nothing(hearthd, what):
    before = known(hearthd)
    told = refused(hearthd, what, before["give the {name} a rest"]["id"])

    assert "only an authenticated person may do that" in told
    assert known(hearthd) == before


def test_a_signature_that_is_not_ours_changes_nothing(hearthd):
    before = known(hearthd)
    told = refused(hearthd, "forget_phrase", before["give the {name} a rest"]["id"], signature="0" * 64)

    assert "the signature is not of this daemon's key" in told
    assert known(hearthd) == before


def test_the_export_is_a_sentence_file(hearthd):
    data = yaml.safe_load(hearthd("phrases", "export").stdout)

    assert data["language"] == "en"
    assert data["intents"]["HassTurnOff"]["data"][0]["sentences"] == ["give the {name} a rest"]


def test_a_phrase_that_there_is_not_ends_with_1(hearthd):
    done = hearthd("phrases", "accept", "nosuch")

    assert (done.returncode, done.stderr) == (
        1,
        "there is no phrase 'nosuch'; 'hearthd phrases' lists them\n",
    )
