"""The grammar tier on a house: what is read, what is not, and what is kept."""

import pytest

from agent.core.intents import Unrecognized, acts
from agent.engines.grammar import Grammar, language_known
from agent.engines.reader import MOST_REMEMBERED, Reader
from agent.engines.vocabulary import Vocabulary
from tests.actions.asking import ROOMS, entity, house

GRAMMAR = Grammar()


@pytest.fixture
def home():
    return house(
        entity("light.kitchen", "Kitchen Light", area="kitchen"),
        entity("light.ceiling", "Kitchen Ceiling Light", area="kitchen"),
        entity("light.desk", "Desk Lamp", area="study", aliases=("work light",)),
        entity("switch.oven", "Oven", area="kitchen"),
        entity("media_player.tv", "Television", area="study"),
        entity("lock.front", "Front Door", area="hall"),
        entity("scene.movie", "Movie Night", area="study"),
        entity("climate.study", "Study Thermostat", area="study"),
        **ROOMS,
    )


@pytest.fixture
def reader(home):
    return Reader(home=home, grammar=GRAMMAR)


def told(understood):
    """Each intent with its slots, or why there is none."""
    if isinstance(understood, Unrecognized):
        return understood.reason
    return [(one.name, dict(one.slots)) for one in understood]


# a name alone ---------------------------------------------------------------------------------------------
def test_a_name_alone_turns_its_thing_on(reader):
    assert told(reader.read("kitchen light", "en")) == [("HassTurnOn", {"name": "Kitchen Light"})]


def test_a_name_after_a_command_takes_the_verb_of_that_and_is_never_turned_on_instead(reader):
    read = told(reader.read("turn off the television, the oven and the desk lamp", "en"))

    assert read == [("HassTurnOff", {"name": name}) for name in ("Television", "Oven", "Desk Lamp")]


def test_a_name_that_no_verb_fits_spoils_the_whole(reader):
    assert told(reader.read("lock the front door and the oven", "en")) == "not_understood"


def test_a_scene_may_be_named_alone_beside_a_command(reader):
    read = told(reader.read("lock the front door and movie night", "en"))

    assert read == [("HassTurnOn", {"name": "Front Door"}), ("HassTurnOn", {"name": "Movie Night"})]


def test_a_name_alone_is_nothing_to_be_done_later(reader):
    assert told(reader.read("in five minutes the oven", "en")) == "not_understood"


# numbers --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("first", ["up", "down"])
def test_a_number_in_words_counts_in_the_direction_that_is_said_whichever_was_said_first(home, first):
    reader = Reader(home=home, grammar=Grammar())
    reader.read(f"turn the volume {first} by ten percent", "en")

    up, down = (reader.read(f"turn the volume {way} by ten percent", "en") for way in ("up", "down"))

    assert told(up) == [("HassSetVolumeRelative", {"volume_step": 10})]
    assert told(down) == [("HassSetVolumeRelative", {"volume_step": -10})]


# misheard -------------------------------------------------------------------------------------------------
def test_a_plural_of_a_single_name_means_all_of_its_kind(reader):
    (intent,) = reader.read("turn on the work lights", "en")

    assert (intent.every, intent.slots["name"]) == (True, "work lights")


def test_a_name_may_be_said_without_its_area(reader):
    assert told(reader.read("turn on the ceiling light", "en")) == [
        ("HassTurnOn", {"name": "Kitchen Ceiling Light"})
    ]


def test_a_name_that_two_areas_share_is_not_said_without_them(home, reader):
    home.add(entity("light.other", "Study Ceiling Light", area="study"))

    read = reader.read("turn on the ceiling light", "en")

    assert told(read) == "missing"


def test_one_letter_may_be_wrong_in_name_and_noun(reader):
    assert told(reader.read("turn off the dask lamp", "en")) == [("HassTurnOff", {"name": "Desk Lamp"})]
    assert told(reader.read("turn off the study lamb", "en")) == [
        ("HassTurnOff", {"area": "Study", "domain": "light"})
    ]


# missing --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("turn on the cellar lights", "area", "cellar"),
        ("turn on the sauna", "name", "sauna"),
        ("could you please turn the sauna off", "name", "sauna"),
        ("turn off the lights on the third floor", "floor", "third floor"),
        ("turn on the kitchen light and the cellar light", "area", "cellar"),
        ("turn off all lights except the cellar", "name", "cellar"),
    ],
)
def test_what_is_not_in_the_house_is_told_by_name(reader, text, kind, said):
    read = reader.read(text, "en")

    assert isinstance(read, Unrecognized)
    assert read.missing is not None
    assert (read.missing.kind, read.missing.said) == (kind, said)


def test_a_missing_name_comes_with_the_nearest(reader):
    read = reader.read("turn on the front dor lamp", "en")

    assert isinstance(read, Unrecognized)
    assert read.missing is not None
    assert "Front Door" in read.missing.near


def test_what_is_in_the_house_is_never_told_to_be_missing(reader):
    read = reader.read("set the desk lamp to yellowish", "en")

    assert told(read) == "not_understood"


# asking ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["is the oven on", "is the oven on?", "are any lights on", "oven?"])
def test_a_question_never_becomes_an_act(reader, text):
    read = reader.read(text, "en")

    assert isinstance(read, Unrecognized) or not any(acts(one.name) for one in read)


def test_explaining_tells_why_a_reading_did_not_count(reader):
    explained = reader.explain("oven?", "en")

    assert explained.understood.reason == "not_understood"
    assert [one.intent.name for one in explained.readings] == ["HassTurnOn"]
    assert explained.notes == ("HassTurnOn does not count: the sentence asks, and an ask is no act",)


def test_what_is_forbidden_is_noted(reader):
    explained = reader.explain("don't turn on the oven", "en")

    assert told(explained.understood) == [("HassNevermind", {})]
    assert explained.notes == ("it says not to do something, so nothing is done",)


# remembering ----------------------------------------------------------------------------------------------
def test_the_same_words_are_read_once(reader):
    first = reader.read("turn on the kitchen light", "en")

    assert reader.read("turn on the kitchen light", "en") is first


def test_a_house_that_changes_is_read_anew(home, reader):
    before = told(reader.read("turn on the sauna", "en"))
    home.add(entity("switch.sauna", "Sauna"))

    after = told(reader.read("turn on the sauna", "en"))

    assert (before, after) == ("missing", [("HassTurnOn", {"name": "Sauna"})])


def test_what_is_remembered_has_an_end(reader):
    first = reader.read("turn on the kitchen light", "en")
    for number in range(MOST_REMEMBERED):
        reader.read(f"{number}", "en")

    assert reader.read("turn on the kitchen light", "en") is not first


# languages ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "known"),
    [("en", "en"), ("en_GB", "en"), ("zh", "zh-CN"), ("zh-cn", "zh-CN"), ("de-AT", "de"), ("tlh", None)],
)
def test_a_language_is_served_by_its_nearest(language, known):
    assert language_known(language) == known


def test_a_language_without_sentences_is_not_understood(reader):
    assert told(reader.read("wej Duj law'", "tlh")) == "not_understood"


def test_a_sentence_in_chinese_is_read_whatever_language_is_usual(home):
    home.add(entity("light.floor", "落地灯"))

    read = Reader(home=home, grammar=GRAMMAR).read("打开 落地灯", "en")

    assert told(read) == [("HassTurnOn", {"name": "落地灯"})]


# sentences of the user ------------------------------------------------------------------------------------
def sentences(tmp_path, text):
    (tmp_path / "en.yaml").write_text(text)
    return Grammar(folders=[tmp_path])


def test_sentences_of_the_user_are_understood(home, tmp_path):
    grammar = sentences(
        tmp_path,
        'language: en\nintents: {OpsRunTask: {data: [{sentences: ["energise"], slots: {task: engage}}]}}',
    )

    read = Reader(home=home, grammar=grammar).read("energise", "en")

    assert told(read) == [("OpsRunTask", {"task": "engage"})]


# the names of the house -----------------------------------------------------------------------------------
def test_only_names_that_are_said_are_handed_on(home):
    spoken = Vocabulary.of(home).spoken("turnonthedesklampinthestudy")

    assert [
        [str(value.value_out) for value in spoken[kind].values] for kind in ("name", "area", "floor")
    ] == [
        ["Desk Lamp"],
        ["Study"],
        [],
    ]


def test_what_is_hidden_or_a_setting_has_no_name(home):
    home.add(entity("switch.led", "Status Led", category="config"))

    assert Vocabulary.of(home).called("status led") is None


def test_a_name_is_told_with_its_kind_places_first(home):
    vocabulary = Vocabulary.of(home)

    assert vocabulary.slot_of("galley") == ("area", "Kitchen")
    assert vocabulary.slot_of("downstairs") == ("floor", "Ground Floor")
    assert vocabulary.slot_of("Work-Light") == ("name", "Desk Lamp")
    assert vocabulary.slot_of("sauna") is None
