"""The life of a learned phrase: taken back, proposed, accepted, forgotten, crowded out, kept."""

import sqlite3
import time

import pytest

from agent.core.intents import Intent
from agent.dialogue.generalising import pattern_of
from agent.dialogue.learned import MOST_PHRASES, MOST_WAITING
from agent.errors import ActionError
from tests.dialogue.learning import COSY, DIM, learning
from tests.fakes import FakeClock


@pytest.fixture
async def house(tmp_path):
    async with learning(tmp_path) as one:
        yield one


# taking back ----------------------------------------------------------------------------------------------
def test_what_is_taken_back_in_time_is_not_learned(house):
    house.note(COSY, "HassLightSet", DIM)
    house.learned.taken_back(COSY, "en")
    house.stands()

    assert house.texts == []


def test_what_is_taken_back_later_is_forgotten(house):
    house.learn(COSY, "HassLightSet", DIM)
    house.learned.taken_back("make the bedroom cosy", "en")

    assert house.find(COSY) is None


def test_other_phrases_stay(house):
    house.learn(COSY, "HassLightSet", DIM)
    house.learn("movie time", "HassLightSet", {"brightness": 10})
    house.learned.taken_back("movie time", "en")

    assert house.texts == ["make the {area} cosy"]


# off, ask, on ---------------------------------------------------------------------------------------------
async def test_with_ask_a_phrase_is_proposed_until_somebody_accepts_it(house):
    house.mode = "ask"
    house.learn(COSY, "HassLightSet", DIM)
    (proposed,) = house.learned.phrases()
    assert (proposed["state"], house.find(COSY)) == ("proposed", None)

    accepted = await house.learned.accept(proposed["id"])

    assert accepted["state"] == "active"
    assert house.find(COSY) == [("HassLightSet", DIM)]


def test_with_off_nothing_is_learned_and_nothing_is_used(house):
    house.learn(COSY, "HassLightSet", DIM)
    house.mode = "off"
    house.learn("movie time", "HassLightSet", {"brightness": 10})

    assert house.texts == ["make the {area} cosy"]
    assert house.find(COSY) is None


def test_the_setting_holds_from_when_it_is_changed(house):
    house.note(COSY, "HassLightSet", DIM)
    house.mode = "off"
    house.stands()

    assert house.texts == []


def test_a_proposal_that_is_said_again_counts_it(house):
    house.mode = "ask"
    house.learn(COSY, "HassLightSet", DIM)
    house.learn("make the bedroom cosy", "HassLightSet", {**DIM, "area": "Bedroom"})

    assert [(one["phrase"], one["used"]) for one in house.learned.phrases()] == [("make the {area} cosy", 1)]


async def test_who_accepts_a_proposal_does_not_get_another_that_came_in_its_place(house):
    house.mode = "ask"
    house.learn(COSY, "HassLightSet", DIM)
    (seen,) = house.learned.phrases()
    house.learn(COSY, "HassLightSet", {**DIM, "brightness": 100})

    with pytest.raises(ActionError, match="there is no phrase"):
        await house.learned.accept(seen["id"])
    assert house.find(COSY) is None


async def test_what_was_accepted_keeps_its_meaning(house):
    house.mode = "ask"
    house.learn(COSY, "HassLightSet", DIM)
    await house.learned.accept(house.learned.phrases()[0]["id"])
    house.learn(COSY, "HassLightSet", {**DIM, "brightness": 100})

    assert house.find(COSY) == [("HassLightSet", DIM)]


async def test_what_is_forgotten_is_gone(house):
    house.learn(COSY, "HassLightSet", DIM)
    await house.learned.forget(house.learned.phrases()[0]["id"])

    assert (house.texts, house.find(COSY)) == ([], None)


@pytest.mark.parametrize("what", ["accept", "forget"])
async def test_a_phrase_that_there_is_not_is_said(house, what):
    with pytest.raises(ActionError, match="there is no phrase 'nosuch'; 'hearthd phrases' lists them"):
        await getattr(house.learned, what)("nosuch")


def test_a_phrase_tells_what_it_means_and_how_often_it_was_used(house):
    house.learn(COSY, "HassLightSet", DIM)
    house.find(COSY)
    house.find("make the bedroom cosy")
    (told,) = house.learned.phrases()

    assert told == {
        "id": told["id"],
        "language": "en",
        "phrase": "make the {area} cosy",
        "intents": [{"name": "HassLightSet", "slots": {"area": "{area}", "brightness": 30}}],
        "state": "active",
        "learned": "2026-01-01T12:05:00+00:00",
        "used": 2,
        "last_used": "2026-01-01T12:05:00+00:00",
    }


# bounds and restarts --------------------------------------------------------------------------------------
def test_of_too_many_phrases_the_oldest_that_was_never_used_goes(house):
    for at in range(MOST_PHRASES):
        house.learned._learn(_phrase(house, at), active=True)
        house.clock.pass_(1)
    house.find(_words(0))
    house.learned._learn(_phrase(house, MOST_PHRASES), active=True)

    assert len(house.texts) == MOST_PHRASES
    assert house.find(_words(0)) is not None
    assert house.find(_words(1)) is None


def test_no_more_than_so_many_wait(house):
    for at in range(MOST_WAITING + 1):
        house.note(_words(at), "HassLightSet", {"brightness": 10})
    house.stands()

    assert len(house.texts) == MOST_WAITING
    assert _words(0) not in house.texts


def test_a_house_full_of_phrases_is_searched_in_no_time(house):
    for at in range(MOST_PHRASES):
        house.learned._learn(_phrase(house, at), active=True)
    before = time.perf_counter()
    for _ in range(10):
        house.find("something that nobody ever said in the kitchen")

    assert time.perf_counter() - before < 0.5


async def test_phrases_survive_a_restart(tmp_path):
    clock = FakeClock()
    async with learning(tmp_path, clock) as before:
        before.learn("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"})
        before.mode = "ask"
        before.learn(COSY, "HassLightSet", DIM)
        before.find("give the sofa lamp a rest")
        told = before.learned.phrases()
    async with learning(tmp_path, clock) as after:
        assert after.learned.phrases() == told
        assert after.find("give the sofa lamp a rest") == [("HassTurnOff", {"name": "Sofa Lamp"})]
        assert after.find("give the study fan a rest") is None


async def test_an_answer_is_on_disk_when_it_is_given(tmp_path):
    async with learning(tmp_path) as house:
        house.mode = "ask"
        house.learn(COSY, "HassLightSet", DIM)
        await house.learned.accept(house.learned.phrases()[0]["id"])
        with sqlite3.connect(tmp_path / "hearthd.db") as db:
            (row,) = db.execute("SELECT record FROM phrases").fetchall()
        db.close()

    assert b'"active":true' in row[0]


async def test_a_phrase_that_cannot_be_read_costs_the_others_nothing(tmp_path):
    async with learning(tmp_path) as house:
        house.learn(COSY, "HassLightSet", DIM)
    with sqlite3.connect(tmp_path / "hearthd.db") as db:
        db.executemany(
            "INSERT INTO phrases VALUES (?, ?)",
            [
                ("bad", b"no json"),
                ("worse", b"[]"),
                ("empty", b'{"language": "en", "text": "x", "intents": []}'),
            ],
        )
    db.close()
    async with learning(tmp_path) as house:
        assert house.texts == ["make the {area} cosy"]


def _words(at: int) -> str:
    return "mood " + "".join("abcdefghij"[int(digit)] for digit in str(at))


def _phrase(house, at):
    intent = Intent(name="HassLightSet", slots={"brightness": 10})
    return pattern_of(_words(at), "en", [intent], house.learned._vocabulary())
