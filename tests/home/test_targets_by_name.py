"""What is called by its name: found however it is said, asked about where several have it, never made up."""

import pytest

from agent.core.intents import Missing
from tests.actions.asking import entity, house
from tests.home.targeting import KITCHEN, PLACES, asked, found, missing


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kitchen Light", "light.kitchen"),
        ("the kitchen light", "light.kitchen"),
        ("light of the kitchen", "light.kitchen"),
        ("kichen light", "light.kitchen"),
        ("reading lamp", "light.corner"),
        ("desk lamb", "light.desk"),
        ("bedroom ceiling light", "light.bedroom"),
        ("ceiling light in the living room", "light.ceiling"),
        ("the tv", "media_player.tv"),
        ("fan", "fan.bedroom"),
        ("bedroom fan", "fan.bedroom"),
        ("the oven", "switch.oven"),
        ("movie night", "scene.movie"),
    ],
)
def test_a_name_is_found_however_it_is_said(name, expected):
    assert found("HassTurnOn", name=name) == [expected]


def test_a_name_that_two_have_is_the_one_in_the_place_that_is_said():
    assert found("HassTurnOn", name="ceiling light", area_="Bedroom") == ["light.bedroom"]
    assert found("HassTurnOn", name="ceiling light", floor="downstairs") == ["light.ceiling"]


def test_a_name_that_two_have_is_the_one_near_the_speaker():
    assert found("HassTurnOn", name="ceiling light", area="living") == ["light.ceiling"]


def test_a_name_that_two_have_is_asked_about_where_neither_is_near():
    assert asked("HassTurnOn", name="ceiling light", area="office") == ["light.ceiling", "light.bedroom"]
    assert asked("HassTurnOn", name="ceiling light") == ["light.ceiling", "light.bedroom"]


def test_every_one_of_a_name_is_all_of_them():
    assert found("HassTurnOn", "all ceiling lights", name="Ceiling Light", every=True) == [
        "light.ceiling",
        "light.bedroom",
    ]


def test_the_speakers_place_hardly_changes_a_name_that_one_has():
    assert found("HassTurnOn", name="desk lamp", area="kitchen") == ["light.desk"]


def test_a_name_that_is_elsewhere_is_not_taken():
    result = missing("HassTurnOn", name="desk lamp", area_="Kitchen")

    assert (result.kind, result.said, result.where) == ("name", "desk lamp", "Kitchen")


def test_a_name_is_not_looked_for_beyond_here_when_here_is_said():
    result = missing(
        "HassTurnOn", "turn on the desk lamp in here", area="kitchen", name="desk lamp", here=True
    )

    assert (result.kind, result.where) == ("name", "Kitchen")


def test_an_unknown_name_suggests_the_nearest():
    result = missing("HassTurnOn", name="bathroom curtains")

    assert result == Missing(kind="name", said="bathroom curtains", near=("Bedroom Curtains",))


def test_an_unknown_name_without_any_like_it_suggests_none():
    assert missing("HassTurnOn", name="aquarium").near == ()


@pytest.mark.parametrize("name", ["hidden lamp", "status lamp"])
def test_what_is_kept_out_of_daily_life_has_no_name(name):
    assert missing("HassTurnOn", name=name).kind == "name"


@pytest.mark.parametrize(
    ("intent", "state", "expected"),
    [
        ("HassGetState", "locked", "lock.front"),
        ("HassGetState", "open", "binary_sensor.front"),
    ],
)
def test_a_question_goes_to_what_can_answer_it(intent, state, expected):
    assert found(intent, name="front door", state=state) == [expected]


def test_what_shows_the_state_answers_before_what_the_template_names():
    common = {"name": "Front Door", "domains": frozenset({"lock"})}

    assert found("HassGetState", state="open", **common) == ["binary_sensor.front"]
    assert found("HassGetState", state="locked", **common) == ["lock.front"]


def test_a_name_is_first_what_the_intent_can_act_on():
    home = house(entity("sensor.fan", "Ceiling"), entity("fan.fan", "Ceiling"))

    assert found("HassTurnOn", name="ceiling", home=home) == ["fan.fan"]
    assert asked("HassGetState", name="ceiling", home=home) == ["sensor.fan", "fan.fan"]


def test_a_name_that_nothing_can_be_done_with_is_still_found():
    assert found("HassTurnOn", name="bedroom temperature") == ["sensor.bedroom"]


def test_the_domains_of_the_sentence_decide_between_namesakes():
    home = house(entity("lock.door", "Back Door"), entity("cover.door", "Back Door"))

    assert found("HassTurnOn", name="back door", domains=frozenset({"cover"}), home=home) == ["cover.door"]
    assert asked("HassTurnOn", name="back door", home=home) == ["lock.door", "cover.door"]


@pytest.mark.parametrize(
    ("text", "expected"), [("lock the back door", "lock.door"), ("open it", "cover.door")]
)
def test_words_of_locking_decide_between_a_lock_and_a_door(text, expected):
    home = house(entity("lock.door", "Back Door"), entity("cover.door", "Back Door"))

    assert found("HassTurnOn", text, name="back door", home=home) == [expected]


def test_several_names_are_several_things():
    assert found("HassTurnOn", name=["desk lamp", "oven"]) == ["light.desk", "switch.oven"]


def test_one_unknown_name_among_several_stops_them_all():
    assert missing("HassTurnOn", name=["desk lamp", "aquarium"]).said == "aquarium"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kitchen lights", KITCHEN),
        ("kichen lights", KITCHEN),
        ("lights in the kitchen", KITCHEN),
        ("厨房的灯", KITCHEN),
        ("lights upstairs", ["light.bedroom", "light.bedside", "light.desk"]),
    ],
)
def test_a_name_that_is_a_place_and_a_kind_is_all_of_them(name, expected):
    assert found("HassTurnOn", name, name=name, every=True) == expected


def test_a_kind_in_an_unknown_place_is_an_unknown_name():
    assert missing("HassTurnOn", name="cellar lights", every=True).said == "cellar lights"


# players, robots, lists -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("intent", "state"), [("HassMediaPause", "playing"), ("HassMediaUnpause", "paused")])
def test_the_player_that_has_something_to_do_is_meant(intent, state):
    home = house(entity("media_player.a"), entity("media_player.b"))
    assert asked(intent, home=home) == ["media_player.a", "media_player.b"]

    home.report("media_player.b", state)

    assert found(intent, home=home) == ["media_player.b"]


def test_the_area_to_clean_is_not_where_the_robot_is():
    assert found("HassVacuumCleanArea", area_="Bedroom") == ["vacuum.robby"]
    assert missing("HassVacuumCleanArea", area_="cellar").kind == "area"


def test_the_robot_of_that_floor_cleans_the_area():
    home = house(entity("vacuum.up", area="office"), entity("vacuum.down", area="hall"), **PLACES)

    assert found("HassVacuumCleanArea", area_="Bedroom", home=home) == ["vacuum.up"]
    assert asked("HassVacuumCleanArea", home=home) == ["vacuum.up", "vacuum.down"]


@pytest.mark.parametrize(
    "name", ["shopping", "shopping list", "the shopping list", "Shopping List", "groceries"]
)
def test_a_list_is_known_with_and_without_the_word(name):
    assert found("HassListAddItem", name=name, item="milk") == ["todo.shopping"]


def test_what_is_to_be_bought_goes_on_the_list_for_it():
    chores = house(entity("todo.chores", "Chores"))

    assert found("HassShoppingListAddItem", "add milk to the shopping list", item="milk") == ["todo.shopping"]
    assert found("HassShoppingListAddItem", "add milk to my list", item="milk", home=chores) == [
        "todo.chores"
    ]
    assert missing(
        "HassShoppingListAddItem", "add milk to the shopping list", item="milk", home=chores
    ) == Missing(kind="device", said="todo")


@pytest.mark.parametrize(
    "intent", ["HassStartTimer", "SetAlarm", "OpsReboot", "HassGetCurrentTime", "Undo", "none"]
)
def test_what_has_no_entities_is_about_none(intent):
    assert found(intent, area_="nowhere", name="nothing") == []
