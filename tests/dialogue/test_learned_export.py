"""Learned phrases as a sentence file: loaded by the real grammar, it gives what the phrases gave."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.core.intents import Intent, Tier, Unrecognized
from agent.dialogue import generalising
from agent.dialogue.learned import Learned
from agent.dialogue.pattern import Pattern, Phrase
from agent.dialogue.sentence_file import sentence_file
from agent.engines.files import checked, parsed
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.engines.templates import Templates
from agent.engines.vocabulary import Vocabulary
from agent.errors import ActionError
from tests.dialogue.learning import COSY, DIM, home, learning, understood

LEARNED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("make the kitchen comfy", "HassLightSet", DIM, {}),
    ("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"}, {}),
    ("let some light past the study blind", "HassTurnOn", {"name": "Study Blind"}, {}),
    ("let the desk lamp of the study sleep", "HassTurnOff", {"name": "Desk Lamp", "area": "Study"}, {}),
    (
        "send everything to bed upstairs",
        "HassTurnOff",
        {"floor": "Upstairs", "domain": "light"},
        {"every": True},
    ),
    ("movie time", "HassLightSet", {"brightness": 10}, {"here": True}),
    (
        "paint the kitchen dark-red",
        "HassLightSet",
        {"area": "Kitchen", "color": "red"},
        {"response": "color"},
    ),
    ("bring the kitchen to 30% or so", "HassLightSet", DIM, {}),
    ("please make the kitchen nice and dark now", "HassLightSet", {"area": "Kitchen", "brightness": 3}, {}),
    ("it's way too gloomy in the study", "HassLightSet", {"area": "Study", "brightness": 100}, {}),
]
ELSEWHERE = {
    "make the den comfy": [("HassLightSet", {"area": "Study", "brightness": 30})],
    "give the sofa lamp a rest": [("HassTurnOff", {"name": "Sofa Lamp"})],
    "Paint the bedroom dark-red.": [("HassLightSet", {"area": "Bedroom", "color": "red"})],
    "let some light past the shed curtain": [("HassTurnOn", {"name": "Shed Curtain"})],
    "send everything to bed downstairs": [("HassTurnOff", {"floor": "Ground Floor", "domain": "light"})],
}
NOT = ["give the front door a rest", "give the study fan a rest", "let some light past the garage door"]


def what(intents: object) -> list[tuple[Any, ...]] | None:
    """Everything of intents that leads to a deed; "default" is hassil's word for no response of its own."""
    if intents is None or isinstance(intents, Unrecognized):
        return None
    assert isinstance(intents, tuple)
    return [
        (one.name, dict(one.slots), one.domains, one.here, one.every, one.response or "default")
        for one in intents
    ]


def reader_of(text: str, folder: Path, language: str = "en") -> Reader:
    """The grammar tier with `text` beside the configuration."""
    (folder / "sentences").mkdir(exist_ok=True)
    (folder / "sentences" / f"{language}.yaml").write_text(text, encoding="utf-8")
    grammar = Grammar(folders=[folder / "sentences"])
    assert grammar.templates(language)
    assert grammar.refused == []
    return Reader(home=home(), grammar=grammar)


async def _taught(folder: Path) -> Learned:
    async with learning(folder) as house:
        for text, name, slots, more in LEARNED:
            house.learn(text, name, slots, **more)
        return house.learned


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What learned, and a reader that was given its sentence file."""
    folder = tmp_path_factory.mktemp("export")
    learned = asyncio.run(_taught(folder))
    return learned, reader_of(learned.export("en"), folder)


@pytest.mark.parametrize("said", [*(one[0] for one in LEARNED), *ELSEWHERE])
def test_the_sentence_file_means_what_the_phrase_meant(both, said):
    learned, reader = both

    assert what(learned.find(said, "en")) == what(reader.read(said, "en")) is not None


@pytest.mark.parametrize(("said", "means"), ELSEWHERE.items())
def test_the_sentence_file_holds_elsewhere_too(both, said, means):
    _, reader = both

    assert [(one.name, dict(one.slots)) for one in reader.read(said, "en")] == means


@pytest.mark.parametrize("said", NOT)
def test_the_sentence_file_is_not_about_other_things_either(both, said):
    learned, reader = both

    assert learned.find(said, "en") is None
    assert isinstance(reader.read(said, "en"), Unrecognized)


async def test_chinese_phrases_are_a_file_of_their_own(tmp_path):
    said, slots = "把卧室弄得舒服一些吧", {"area": "Bedroom", "brightness": 30}
    async with learning(tmp_path) as house:
        house.learn(COSY, "HassLightSet", DIM)
        house.learn(said, "HassLightSet", slots, language="zh-CN", every=True)
        reader = reader_of(house.learned.export("zh-CN"), tmp_path, "zh-CN")

        assert what(house.learned.find(said, "zh-CN")) == what(reader.read(said, "zh-CN")) is not None
        assert "cosy" not in house.learned.export("zh-CN")


async def test_what_no_sentence_file_can_say_is_left_out_and_counted(tmp_path):
    async with learning(tmp_path) as house:
        pair = [
            understood("HassLightSet", DIM),
            understood("HassTurnOff", {"area": "Kitchen", "domain": "fan"}),
        ]
        house.learned.noted("bring the kitchen down", "en", pair)
        house.note("lighten up the kitchen", "HassLightSet", DIM, every=True)
        house.stands()
        text = house.learned.export("en")

    assert yaml.safe_load(text)["intents"] == {}
    assert "Left out, as no sentence file can say what they mean: 2." in text


async def test_a_proposal_is_not_exported(tmp_path):
    async with learning(tmp_path) as house:
        house.mode = "ask"
        house.learn(COSY, "HassLightSet", DIM)

        assert yaml.safe_load(house.learned.export("en")) == {"language": "en", "intents": {}}


async def test_a_language_without_sentences_is_told(tmp_path):
    async with learning(tmp_path) as house:
        with pytest.raises(ActionError, match="there are no sentences in the language 'tlh'"):
            house.learned.export("tlh")


# odd texts ------------------------------------------------------------------------------------------------
NAMES = Vocabulary.of(home())
WORDS = st.sampled_from(
    [
        "make",
        "the",
        "kitchen",
        "desk lamp",
        "study",
        "cosy",
        "30",
        "upstairs",
        "卧室",
        "台灯",
        "把",
        "it",
        "not",
    ]
)
SIGNS = st.sampled_from(
    [*"()[]{}<>|;:\\'\"#&*!%@`,.-+?=~^$\n\t\0\x1b\x85\u2028\u202e\ufeff", "{name}", "<x>", "---"]
)
TEXTS = st.one_of(
    st.text(max_size=130),
    st.lists(st.one_of(WORDS, SIGNS, st.text(max_size=4)), max_size=12).map(" ".join),
    st.lists(st.one_of(WORDS, SIGNS), max_size=12).map("".join),
)
VALUES = st.one_of(
    st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())
)
SLOTS = st.dictionaries(
    st.one_of(st.sampled_from(["color", "brightness"]), st.text(max_size=6)), VALUES, max_size=3
)
PLACES = st.sampled_from(
    [
        {},
        {"area": "Kitchen"},
        {"area": "Bedroom"},
        {"name": "Desk Lamp"},
        {"floor": "Upstairs"},
        {"name": "Oven"},
    ]
)
NAMED = st.sampled_from(["HassLightSet", "HassTurnOff", "HassTurnOn", "OpsReboot", "Confirm"])


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    slots: Mapping[str, Any] = {**draw(PLACES), **draw(SLOTS)}
    flags = {"here": draw(st.booleans()), "every": draw(st.booleans())}
    response = draw(st.none() | st.text(max_size=8))
    return Intent(name=draw(NAMED), slots=slots, tier=Tier.MODEL, response=response, **flags)


@st.composite
def learnable(draw: st.DrawFn) -> tuple[str, list[Intent]]:
    """Odd words around a name, and an intent that nothing is wrong with but perhaps its words."""
    kind, value = draw(st.sampled_from([("area", "Kitchen"), ("name", "Desk Lamp"), ("area", "卧室")]))
    some = st.lists(
        st.one_of(SIGNS, st.text(max_size=6), st.sampled_from(["make", "cosy", "把", "弄"])), max_size=5
    )
    text = " ".join([*draw(some), "so", value, "now", *draw(some)])
    slots = {
        kind: value,
        "color": draw(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8)),
    }
    return text, [Intent(name="HassLightSet", slots=slots, tier=Tier.MODEL)]


CASES = st.one_of(st.tuples(TEXTS, st.lists(intents(), max_size=2)), learnable(), learnable())


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=CASES, language=st.sampled_from(["en", "en", "zh-CN", "de", "", "?"]))
def test_whatever_is_said_nothing_breaks_and_the_file_loads(tmp_path, case, language):
    text, meaning = case
    generalising.heard(text, language)
    pattern = generalising.pattern_of(text, language, meaning, NAMES)
    if pattern is None:
        return

    said = generalising.heard(text, language)
    assert said is not None
    assert generalising.meant(pattern, said[0], NAMES) is not None
    phrase = Phrase(id="1", pattern=pattern, active=True, learned=0)
    assert Phrase.of_record("1", orjson.loads(orjson.dumps(phrase.as_record()))) == phrase
    file = tmp_path / "en.yaml"
    file.write_text(sentence_file(pattern.language, [pattern]), encoding="utf-8")
    data = parsed(file)
    checked(file, data, {})
    (read,) = [block for one in data["intents"].values() for block in one["data"]] or [None]
    assert read is None or read["sentences"] == [pattern.text]
    Templates(data)


@settings(max_examples=150)
@given(
    words=st.lists(
        st.sampled_from([*"abcdefgh", "wally", "l'été", "straße", "İx", "a-b", "été", "ñu"]),
        min_size=2,
        max_size=6,
    )
)
def test_words_of_any_kind_are_understood_by_the_file_as_by_the_phrase(words):
    text = f"{' '.join(words)} kitchen"
    pattern = generalising.pattern_of(text, "en", [understood("HassLightSet", DIM)], NAMES)
    if pattern is None:
        return
    templates = Templates({"language": "en", "intents": {}}, yaml.safe_load(sentence_file("en", [pattern])))
    (found,) = {one.intent.name for one in templates.matches(text, NAMES.spoken("kitchen"))}

    assert found == "HassLightSet"
    assert generalising.meant(pattern, text, NAMES)


def test_no_pattern_takes_long_to_be_compared():
    pattern = Pattern(
        language="en",
        text="a {name} a {area} a {floor} a",
        intents=(Intent(name="HassTurnOff", slots={"name": "{name}", "area": "{area}", "floor": "{floor}"}),),
    )

    assert generalising.meant(pattern, " ".join("a" * 60), NAMES) is None
