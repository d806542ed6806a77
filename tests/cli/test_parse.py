"""`hearthd parse`: what a sentence would be understood as, and nothing that could act on it."""

import json
import subprocess
import sys

import pytest

from tests.cli.program import Program

HOUSE = """
floors: [{id: upstairs, name: Upstairs}]
areas:
  - {id: bedroom, name: Bedroom, floor: upstairs}
  - {id: kitchen, name: Kitchen}
entities:
  - {id: light.bed, name: Bed Lamp, area: bedroom, state: "off"}
  - {id: light.wall, name: Wall Lamp, area: bedroom, state: "off"}
  - {id: light.counter, name: Counter Lamp, area: kitchen, state: "on"}
"""
CHINESE_HOUSE = """
areas: [{id: bedroom, name: 卧室}]
entities:
  - {id: light.lahai, name: 拉伊赫朗灯, area: bedroom, state: "off"}
  - {id: light.vald, name: 瓦尔德兰落地灯, area: bedroom, state: "off"}
  - {id: light.heluo, name: 赫托洛, area: bedroom, state: "off"}
"""
FOREIGN_HOUSE = """
areas: [{id: pwe, name: Pwe Rhosmaki}]
entities:
  - {id: switch.kivi, name: Kiviyrtzi 15, area: pwe, state: "off"}
  - {id: sensor.heat, name: Heat, area: pwe, state: "21", attributes: {device_class: temperature}}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Program:
    program = Program(tmp_path_factory.mktemp("parse"))
    (program.folder / "house.yaml").write_text(HOUSE)
    (program.folder / "chinese.yaml").write_text(CHINESE_HOUSE)
    (program.folder / "foreign.yaml").write_text(FOREIGN_HOUSE)
    return program


def parsed(home: Program, *words: str, house: str = "house.yaml") -> dict:
    done = home("parse", "--house", str(home.folder / house), "--json", *words)
    return json.loads(done.stdout)


def test_it_shows_intent_slots_targets_tier_and_time_without_a_daemon(home):
    told = parsed(home, "turn on the bed lamp")

    assert told["intents"] == [
        {"intent": "HassTurnOn", "slots": {"name": "Bed Lamp"}, "targets": ["light.bed"]}
    ]
    assert (told["tier"], told["question"], told["refusal"]) == ("grammar", None, None)
    assert 0 < told["ms"] < 1000


def test_a_question_back_is_shown_with_what_could_be_meant(home):
    told = parsed(home, "turn on the lamp in the bedroom")

    assert told["question"] == "Which one: the bed lamp or the wall lamp?"
    assert told["intents"][0]["targets"] == ["light.bed", "light.wall"]


def test_what_is_not_here_is_said_and_the_exit_code_is_1(home):
    done = home("parse", "--house", str(home.folder / "house.yaml"), "turn on the lights in the cellar")

    assert done.returncode == 1
    assert "There is no cellar" in done.stdout


def test_the_area_of_the_speaker_counts(home):
    told = parsed(home, "--area", "kitchen", "turn off the lights")

    assert told["intents"][0]["targets"] == ["light.counter"]


def test_explain_shows_the_other_readings_and_why_they_do_not_count(home):
    told = parsed(home, "--explain", "bed lamp on?")

    assert any(one["intent"] == "HassTurnOn" for one in told["readings"])
    assert any("an ask is no act" in note for note in told["notes"])


def test_a_batch_is_read_line_by_line_in_order(home):
    rows = [
        {"id": "a", "utterance": "turn on the bed lamp", "lang": "en"},
        {"id": "b", "utterance": "the roman empire"},
        {"id": "c", "utterance": "turn off the lights", "area": "kitchen"},
    ]
    source, result = home.folder / "in.jsonl", home.folder / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)))
    done = home("parse", "--house", str(home.folder / "house.yaml"), "--batch", str(source), str(result))
    told = [json.loads(line) for line in result.read_text().splitlines()]

    assert done.returncode == 0
    assert [(one["id"], [intent["intent"] for intent in one["intents"]]) for one in told] == [
        ("a", ["HassTurnOn"]),
        ("b", []),
        ("c", ["HassTurnOff"]),
    ]
    assert all(set(one) == {"id", "intents", "question", "tier", "ms"} for one in told)


def test_a_line_of_a_batch_that_is_none_is_told_by_its_number_and_the_rest_is_read(home):
    source, result = home.folder / "bad.jsonl", home.folder / "bad_out.jsonl"
    source.write_text('{"id": 1, "utterance": "turn on the bed lamp"}\nnonsense\n{"id": 3}\n')
    done = home("parse", "--house", str(home.folder / "house.yaml"), "--batch", str(source), str(result))

    assert done.returncode == 1
    assert f"{source}:2: " in done.stderr
    assert f"{source}:3: " in done.stderr
    assert len(result.read_text().splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["--batch", "a", "b", "and a sentence"]])
def test_wrong_use_ends_with_2(home, words):
    assert home("parse", *words).returncode == 2


def test_the_shipped_model_reads_alone_what_a_template_would(home):
    told = parsed(home, "--tier", "model", "turn off the lights in the bedroom")

    assert (told["tier"], told["intents"][0]["targets"]) == ("model", ["light.bed", "light.wall"])


def test_what_no_template_fits_goes_on_to_the_model(home):
    told = parsed(home, "--area", "kitchen", "it is way too dark for me in here")

    assert (told["tier"], told["intents"][0]["targets"]) == ("model", ["light.counter"])


@pytest.mark.parametrize(
    ("sentence", "tier", "name", "target"),
    [
        # It hears another kind of thing, or the end of a name too early.
        ("打开拉伊赫朗灯", "model", "拉伊赫朗灯", "light.lahai"),
        # A template would take the next word for the end of the name.
        ("麻烦帮忙把瓦尔德兰落地灯给弄亮一下呗", "all", "瓦尔德兰落地灯", "light.vald"),
    ],
)
def test_a_name_that_is_heard_in_part_is_that_of_this_house(home, sentence, tier, name, target):
    [intent] = parsed(home, "--tier", tier, sentence, house="chinese.yaml")["intents"]

    assert (intent["slots"]["name"], intent["targets"]) == (name, [target])


@pytest.mark.parametrize(
    ("house", "sentence", "slot", "name"),
    [
        ("foreign.yaml", "could you turn the Kiviyrtzi 15 on for me", "name", "Kiviyrtzi 15"),
        ("foreign.yaml", "how warm is it in pwe rhosmaki", "area", "pwe rhosmaki"),
        ("chinese.yaml", "麻烦你打开赫托洛", "name", "赫托洛"),
    ],
)
def test_a_name_that_the_model_never_heard_is_known_from_the_house(home, house, sentence, slot, name):
    [intent] = parsed(home, "--tier", "model", sentence, house=house)["intents"]

    assert intent["slots"][slot] == name


def test_with_templates_alone_no_model_is_asked(home):
    done = home("parse", "--tier", "grammar", "it is way too dark for me in here")

    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "I did not understand that")


def test_nothing_that_could_act_is_within_its_reach(home):
    looking = (
        "import sys; from agent.cli import main; "
        f"main(['parse', '--house', {str(home.folder / 'house.yaml')!r}, 'turn on the bed lamp']); "
        "print([one for one in sys.modules if one.split('.')[0] == 'paho' or one in "
        "('agent.pipeline', 'agent.actions.executor', 'agent.mqtt.client', 'agent.app')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", looking],
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
    assert "HassTurnOn" in done.stdout
