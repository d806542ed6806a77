"""What the shipped model is trained on."""

import hashlib
import json
import random
from itertools import islice
from pathlib import Path

import pytest

from agent.engines.tiny import codec
from agent.engines.tiny.train import corpus, human
from agent.engines.tiny.train.corpus import FOLDER, Example, build, sampled
from agent.engines.tiny.train.human import Held, Said, answer, loose
from agent.engines.tiny.train.names import Names

MANY = 1500


@pytest.fixture(scope="module", params=["en", "zh-CN"])
def examples(request: pytest.FixtureRequest) -> list[Example]:
    return list(islice(sampled(request.param, random.Random(3)), MANY))


def test_every_sampled_answer_is_one_that_the_codec_takes(examples: list[Example]) -> None:
    for one in examples:
        codec.decode(one.answer, one.text)


def test_several_wishes_and_none_are_among_the_samples(examples: list[Example]) -> None:
    answers = {one.answer for one in examples}

    assert codec.NONE in answers
    assert any(";" in one for one in answers)


def test_most_intents_are_among_the_samples(examples: list[Example]) -> None:
    names = {part.partition("|")[0] for one in examples for part in one.answer.split(";")}

    assert len(names) > 60


def test_the_same_seed_makes_the_same_corpus() -> None:
    one = list(islice(sampled("en", random.Random(5)), 50))
    other = list(islice(sampled("en", random.Random(5)), 50))

    assert one == other


def test_names_do_not_run_out() -> None:
    names = Names(random.Random(1), "en")

    assert len({names.one("light") for _ in range(2000)}) > 900


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Said("lights off", "HassTurnOff", {"domain": "light"}), ("TurnOff|domain light", True)),
        (Said("lights off", "HassTurnOff", None), ("TurnOff", False)),
        (Said("what is love", "none", None), ("none", True)),
        (Said("do it", "*home", None), None),
        (
            Said("a lamp", "HassTurnOn", {"name": "not said", "area": ["not said", "lamp"]}),
            ("TurnOn|area lamp", True),
        ),
        (
            Said("what day is it", "HassGetCurrentTime", {}, ("HassGetCurrentDate",)),
            ("GetCurrentDate", True),
        ),
    ],
)
def test_what_people_said_becomes_an_answer_as_far_as_it_is_known(said: Said, told: object) -> None:
    assert answer(said) == told


def test_an_utterance_that_is_kept_apart_is_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = hashlib.sha256(f"en|{loose('Alexa, could you open the moon')}".encode()).hexdigest()[:16]
    (tmp_path / human.HELD).write_text(f"{secret}\n")
    rows = [
        {"utterance": text, "intent": "HassTurnOn", "slots": {"name": "moon"}, "lang": "en"}
        for text in ("open the moon please", "open my moon")
    ]
    for name in human.TRAINING:
        (tmp_path / f"{name}.jsonl").write_text("")
    (tmp_path / "hwu64_train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    monkeypatch.setenv(FOLDER, str(tmp_path))
    target = tmp_path / "corpus"

    build(target, count=0, seed=1)

    texts = [json.loads(line)["text"] for line in target.read_text().splitlines()]
    held = Held(tmp_path)
    assert "open my moon" in texts
    assert ("en", "open the moon") in held
    assert not [text for text in texts if ("en", text) in held]


def test_what_people_said_is_said_again_with_other_things_in_its_places() -> None:
    said = [Example("play jazz in the den", "MediaSearchAndPlay|area den|search_query jazz")]

    again = [one for _ in range(20) for one in corpus.resaid(said, "en", random.Random(_))]

    assert len({one.answer for one in again}) > 10
    for one in again:
        codec.decode(one.answer, one.text)


def test_a_corpus_can_be_made_without_anybodys_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)

    lines = corpus.build(tmp_path / "corpus", count=20, seed=1)

    assert lines == 20
