"""Phrases that the house learns: what becomes one, what never does, and what is a case of it."""

import pytest

from agent.core.intents import Tier
from agent.dialogue.learned import SETTLED_AFTER
from tests.dialogue.learning import COSY, DIM, learning, understood


@pytest.fixture
async def house(tmp_path):
    async with learning(tmp_path) as one:
        yield one


# what is learned ------------------------------------------------------------------------------------------
def test_a_phrase_that_stood_is_understood_the_next_time(house):
    house.learn(COSY, "HassLightSet", DIM)

    assert house.find(COSY) == [("HassLightSet", DIM)]


def test_a_phrase_is_not_used_before_it_has_stood(house):
    house.note(COSY, "HassLightSet", DIM)
    house.stands(SETTLED_AFTER - 1)

    assert house.find(COSY) is None


@pytest.mark.parametrize(
    ("said", "area"),
    [
        ("make the bedroom cosy", "Bedroom"),
        ("Make the DEN cosy!", "Study"),
        ("ok, make the shed cosy.", "Shed"),
    ],
)
def test_a_phrase_that_was_learned_in_one_room_holds_in_the_others(house, said, area):
    house.learn(COSY, "HassLightSet", DIM)

    assert house.find(said) == [("HassLightSet", {"area": area, "brightness": 30})]


def test_what_is_no_room_of_the_house_is_no_case_of_a_phrase(house):
    house.learn(COSY, "HassLightSet", DIM)

    assert house.find("make the cellar cosy") is None


def test_a_place_is_no_less_than_the_whole_name(house):
    house.learn("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"})

    assert house.find("give the lamp in the corner a rest") == [
        ("HassTurnOff", {"name": "Lamp in the Corner"})
    ]


def test_a_thing_and_its_room_each_have_a_place(house):
    slots = {"name": "Desk Lamp", "area": "Study"}
    house.learn("let the desk lamp of the study sleep", "HassTurnOff", slots)

    assert house.find("let the lamp in the corner of the den sleep") == [
        ("HassTurnOff", {"name": "Lamp in the Corner", "area": "Study"})
    ]


def test_a_floor_has_a_place(house):
    house.learn("send everything to bed upstairs", "HassTurnOff", {"floor": "Upstairs", "domain": "light"})

    assert house.find("send everything to bed downstairs") == [
        ("HassTurnOff", {"floor": "Ground Floor", "domain": "light"})
    ]


def test_a_phrase_without_a_name_is_learned_as_it_is(house):
    house.learn("movie time", "HassLightSet", {"brightness": 10}, here=True)
    (found,) = house.learned.find("movie time", "en")

    assert (found.name, dict(found.slots), found.here) == ("HassLightSet", {"brightness": 10}, True)


def test_what_is_found_costs_nothing_and_says_so(house):
    house.learn(COSY, "HassLightSet", DIM)
    (found,) = house.learned.find("make the bedroom cosy", "en")

    assert (found.tier, found.text, found.language) == (Tier.GRAMMAR, "make the bedroom cosy", "en")


def test_a_phrase_may_stand_for_several_intents(house):
    both = [understood("HassLightSet", DIM), understood("HassTurnOff", {"area": "Kitchen", "domain": "fan"})]
    house.learned.noted("bring the kitchen down", "en", both)
    house.stands()

    assert house.find("bring the bedroom down") == [
        ("HassLightSet", {"area": "Bedroom", "brightness": 30}),
        ("HassTurnOff", {"area": "Bedroom", "domain": "fan"}),
    ]


def test_chinese_has_places_without_spaces(house):
    house.learn(
        "把卧室弄得舒服一些吧", "HassLightSet", {"area": "Bedroom", "brightness": 30}, language="zh-CN"
    )

    assert house.texts == ["把{area}弄得舒服一些吧"]
    assert house.find("把卧室弄得舒服一些吧", "zh-CN") == [
        ("HassLightSet", {"area": "Bedroom", "brightness": 30})
    ]


def test_a_phrase_belongs_to_its_language(house):
    house.learn(COSY, "HassLightSet", DIM)

    assert house.find(COSY, "de") is None
    assert house.find(COSY, "en-GB") is not None


def test_a_number_that_a_slot_holds_is_said_as_it_was(house):
    house.learn("bring the kitchen to 30 or so", "HassLightSet", DIM)

    assert house.find("bring the bedroom to 30 or so") == [
        ("HassLightSet", {"area": "Bedroom", "brightness": 30})
    ]
    assert house.find("bring the bedroom to 40 or so") is None


# what is never learned ------------------------------------------------------------------------------------
NEVER = {
    "another room's light": ("make the kitchen cosy", "HassLightSet", {"area": "Cellar", "brightness": 3}),
    "a name that is said twice": (
        "make the kitchen as cosy as the kitchen was",
        "HassLightSet",
        DIM,
    ),
    "an operation": ("give nginx a kick", "OpsServiceRestart", {"service": "nginx"}),
    "a yes": ("sounds good to me", "Confirm", {}),
    "taking back": ("that was silly of me", "Undo", {}),
    "a look": ("let me know the kitchen warmth", "HassClimateGetTemperature", {"area": "Kitchen"}),
    "free text": ("put some milk there", "HassListAddItem", {"item": "milk"}),
    "a command in a command": (
        "kettle off in a bit",
        "HassStartTimer",
        {"minutes": 5, "conversation_command": "turn off the kettle"},
    ),
    "a lock": ("let the front door go", "HassTurnOff", {"name": "Front Door"}),
    "a lock, the safe way": ("make the front door safe", "HassTurnOn", {"name": "Front Door"}),
    "an alarm": ("let the house alarm go", "HassTurnOff", {"name": "House Alarm"}),
    "a valve": ("let the water valve run", "HassTurnOn", {"name": "Water Valve"}),
    "a garage": ("let the garage door up", "HassTurnOn", {"name": "Garage Door"}),
    "an oven": ("get the oven going", "HassTurnOn", {"name": "Oven"}),
    "every lock of a room": ("free up the hall", "HassTurnOff", {"area": "Hall", "domain": "lock"}),
    "every garage": ("all gates up", "HassTurnOn", {"domain": "cover", "device_class": "garage"}),
    "covers of a room that may hold a garage": (
        "let the sun into the shed",
        "HassTurnOn",
        {"area": "Shed", "domain": "cover"},
    ),
    "a number that no slot holds": ("make the kitchen cosy at 7", "HassLightSet", DIM),
    "a number in words that no slot holds": (
        "make the kitchen dark at seven",
        "HassTurnOff",
        {"area": "Kitchen", "domain": "light"},
    ),
    "a question": ("is the kitchen cosy", "HassLightSet", DIM),
    "what is not to be done": ("don't make the kitchen cosy", "HassLightSet", DIM),
    "an exception": ("make the kitchen cosy except the desk lamp", "HassLightSet", DIM),
    "a while": ("make the kitchen cosy for an hour", "HassLightSet", DIM),
    "what was spoken of before": ("make it cosy", "HassLightSet", {"brightness": 30}),
    "what was spoken of before, by name": ("bring it way down", "HassLightSet", {"name": "Desk Lamp"}),
    "one word beside the place": ("kitchen cosy", "HassLightSet", DIM),
    "a place alone": ("kitchen", "HassLightSet", DIM),
    "a long text": (f"make the kitchen {'very ' * 25}cosy", "HassLightSet", DIM),
    "nothing that can be said": ("!!!", "HassLightSet", {"brightness": 30}),
    "a text beyond printing": ("make the kitchen cosy", "HassLightSet", {**DIM, "color": "re\x1bd"}),
    "a language without sentences": ("make the kitchen cosy", "HassLightSet", DIM),
}


@pytest.mark.parametrize(("text", "name", "slots"), NEVER.values(), ids=NEVER)
def test_it_is_never_learned(house, request, text, name, slots):
    language = "tlh" if "a language without sentences" in request.node.name else "en"
    house.learn(text, name, slots, language=language)

    assert house.texts == []
    assert house.find(text, language) is None


def test_what_left_something_out_is_not_learned(house):
    house.learn(COSY, "HassLightSet", DIM, excepted=("Desk Lamp",))

    assert house.texts == []


@pytest.mark.parametrize("tier", [Tier.GRAMMAR, Tier.NONE])
def test_only_what_a_model_understood_is_learned(house, tier):
    house.learn(COSY, "HassLightSet", DIM, tier=tier)

    assert house.texts == []


@pytest.mark.parametrize(
    "said",
    [
        "give the front door a rest",
        "give the oven a rest",
        "give the garage door a rest",
        "give the study fan a rest",
    ],
)
def test_a_phrase_of_lamps_is_never_about_other_things(house, said):
    house.learn("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"})

    assert house.find("give the sofa lamp a rest") is not None
    assert house.find(said) is None


def test_a_phrase_of_switches_does_not_heat_the_oven(house):
    house.learn("get the kettle going", "HassTurnOn", {"name": "Kettle"})

    assert house.find("get the oven going") is None


def test_a_phrase_of_blinds_does_not_open_the_garage(house):
    house.learn("let some light past the study blind", "HassTurnOn", {"name": "Study Blind"})

    assert house.find("let some light past the shed curtain") is not None
    assert house.find("let some light past the garage door") is None


def test_the_same_words_may_mean_another_thing_for_another_kind(house):
    house.learn("give the desk lamp a rest", "HassTurnOff", {"name": "Desk Lamp"})
    house.learn("give the study fan a rest", "HassFanSetSpeed", {"name": "Study Fan", "percentage": 10})

    assert house.find("give the desk lamp a rest") == [("HassTurnOff", {"name": "Desk Lamp"})]
    assert house.find("give the study fan a rest")[0][0] == "HassFanSetSpeed"


def test_an_ask_is_no_act_however_its_words_fit(house):
    house.learn("movie time", "HassLightSet", {"brightness": 10})

    assert house.find("movie time?") is None
