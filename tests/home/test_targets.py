"""From an intent to its entities: what is meant is found, what is not clear is asked, nothing is widened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.intents import Choice, Intent, Missing
from agent.home.targets import REACH, find_targets
from tests.actions.asking import entity, house
from tests.home.targeting import HOME, KITCHEN, LIGHTS, asked, found, missing


# places -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("area", ["Kitchen", "kitchen", "the kitchen", "厨房", "kichen"])
def test_an_area_is_known_by_any_of_its_names(area):
    assert found("HassTurnOn", area_=area, domain="light", every=True) == KITCHEN


@pytest.mark.parametrize("floor", ["upstairs", "Upper Floor", "the upper floor", "upper", "二楼", "二", "2"])
def test_a_floor_is_known_by_any_of_its_names(floor):
    assert found("HassTurnOn", floor=floor, domain="light", every=True) == [
        "light.bedroom",
        "light.bedside",
        "light.desk",
    ]


def test_a_floor_may_be_said_as_an_area_and_an_area_as_a_floor():
    assert found("HassTurnOn", area_="upstairs", domain="fan") == ["fan.bedroom"]
    assert found("HassTurnOn", floor="Hallway", domain="light") == ["light.hall"]


def test_two_areas_are_both_meant():
    assert found("HassTurnOn", area_=["Hallway", "Office"], domain="light", every=True) == [
        "light.hall",
        "light.desk",
    ]


@pytest.mark.parametrize("area", ["cellar", "bathroom", "chicken", "attic", "kitchen light"])
@pytest.mark.parametrize("speaker", [None, "kitchen"])
def test_an_unknown_area_never_means_more(area, speaker):
    result = missing("HassTurnOn", "the lights there", area_=area, area=speaker, domain="light", every=True)

    assert (result.kind, result.said) == ("area", area)


def test_an_unknown_area_suggests_the_nearest():
    assert missing("HassTurnOn", area_="chicken", domain="light").near == ("Kitchen",)


def test_an_unknown_floor_suggests_the_nearest():
    result = missing("HassTurnOn", floor="upstream", domain="light")

    assert (result.kind, result.near) == ("floor", ("upstairs",))


def test_a_place_without_any_is_said_to_have_none():
    assert missing("HassTurnOn", area_="Garage", domain="light", every=True) == Missing(
        kind="device", said="light", where="Garage"
    )
    assert missing("HassTurnOff", area_="Kitchen", domain="cover", device_class="blind") == Missing(
        kind="device", said="blind", where="Kitchen"
    )


def test_a_name_that_two_areas_share_is_asked_about():
    areas = [{"id": "one", "name": "Den"}, {"id": "two", "name": "Study", "aliases": ["den"]}]
    home = house(entity("light.a", area="one"), entity("light.b", area="two"), areas=areas)

    assert asked("HassTurnOn", area_="den", domain="light", every=True, home=home) == ["light.a", "light.b"]
    assert found("HassTurnOn", area_="den", domain="light", area="two", home=home) == ["light.b"]


@pytest.mark.parametrize("area", ["the house", "everywhere", "home", "整个家"])
def test_the_house_is_no_area(area):
    assert sorted(found("HassTurnOff", area_=area, domain="light", every=True, area="kitchen")) == sorted(
        LIGHTS
    )


# kinds, and no place ----------------------------------------------------------------------------------------
def test_the_speakers_area_is_a_hard_filter():
    assert found("HassTurnOn", "turn on the lights", domain="light", every=True, area="kitchen") == KITCHEN
    assert found("HassTurnOff", "turn off all the lights", domain="light", every=True, area="hall") == [
        "light.hall"
    ]


def test_everywhere_is_everywhere_wherever_it_is_said():
    for text in ("turn off the lights everywhere", "all the lights in the house off", "关掉家里所有的灯"):
        assert sorted(found("HassTurnOff", text, domain="light", every=True, area="hall")) == sorted(LIGHTS)


def test_one_is_meant_and_one_is_here():
    assert found("HassTurnOn", "turn on the light", domain="light", area="hall") == ["light.hall"]


def test_one_is_meant_and_several_are_here():
    assert asked("HassTurnOn", "turn on the light", domain="light", area="bedroom") == [
        "light.bedroom",
        "light.bedside",
    ]


def test_one_is_meant_and_one_is_called_like_the_place_that_is_said():
    assert found("HassTurnOn", "turn on the light in the kitchen", domain="light", area_="kitchen") == [
        "light.kitchen"
    ]


def test_the_only_one_of_the_house_is_meant_from_anywhere():
    for area in (None, "garage", "kitchen"):
        assert found("HassTurnOn", "turn on the fan", domain="fan", area=area) == ["fan.bedroom"]
        assert found("HassVacuumStart", "start vacuuming", area=area) == ["vacuum.robby"]


@pytest.mark.parametrize("area", [None, "garage"])
def test_one_is_meant_and_which_is_not_known(area):
    assert sorted(asked("HassTurnOn", "turn on the light", domain="light", area=area)) == sorted(LIGHTS)


def test_all_are_meant_where_the_speakers_area_is_not_known():
    for text in ("turn on the lights", "turn on all the lights", ""):
        assert sorted(found("HassTurnOn", text, domain="light", every=True)) == sorted(LIGHTS)


def test_a_plural_where_none_is_here_is_asked_about():
    assert sorted(
        asked("HassTurnOn", "turn on the lights", domain="light", every=True, area="garage")
    ) == sorted(LIGHTS)


def test_all_is_all_where_none_is_here():
    text = "turn off all the lights"

    assert sorted(found("HassTurnOff", text, domain="light", every=True, area="garage")) == sorted(LIGHTS)


def test_a_language_that_does_not_count_needs_a_word_for_all():
    common = {"domain": "light", "every": True, "language": "zh-CN"}

    assert sorted(asked("HassTurnOn", "打开灯", **common)) == sorted(LIGHTS)
    assert sorted(found("HassTurnOn", "打开所有的灯", **common)) == sorted(LIGHTS)
    assert found("HassTurnOn", "打开灯", area="hall", **common) == ["light.hall"]


@pytest.mark.parametrize(
    "text", ["turn on all the lights in here", "turn on the lights in this room", "打开这里的灯"]
)
def test_here_never_means_more_than_here(text):
    common = {"domain": "light", "every": True, "here": True}

    assert found("HassTurnOn", text, area="kitchen", **common) == KITCHEN
    assert missing("HassTurnOn", text, area="garage", **common) == Missing(
        kind="device", said="light", where="Garage"
    )
    assert sorted(asked("HassTurnOn", text, **common)) == sorted(LIGHTS)


def test_the_thermostat_of_the_speakers_floor_is_meant():
    assert found("HassClimateSetTemperature", temperature=20, area="kitchen") == ["climate.ground"]
    assert found("HassClimateSetTemperature", temperature=20, area="office") == ["climate.upper"]
    assert asked("HassClimateSetTemperature", temperature=20) == ["climate.ground", "climate.upper"]


def test_a_switch_that_is_called_a_light_is_a_light():
    assert "switch.worktop" in found("HassTurnOff", area_="kitchen", domain="light", every=True)


def test_a_switch_that_is_called_a_light_cannot_be_dimmed_along():
    assert found("HassLightSet", area_="kitchen", domain="light", every=True, brightness=50) == [
        "light.kitchen",
        "light.counter",
    ]


def test_a_kind_has_no_place_where_it_is_said_by_its_area_alone():
    assert found("HassTurnOn", "turn on the kitchen", area_="Kitchen") == KITCHEN


def test_a_cover_stands_in_for_its_like():
    common = {"domain": "cover", "every": True}

    assert found("HassTurnOff", "close the blinds", area="bedroom", device_class="blind", **common) == [
        "cover.curtains"
    ]
    assert found("HassTurnOff", "close the blinds", device_class="blind", **common) == ["cover.blinds"]
    assert found(
        "HassTurnOff", "close the shutters", area_="living room", device_class="shutter", **common
    ) == ["cover.blinds"]


def test_a_cover_without_a_class_is_what_it_is_called():
    home = house(entity("cover.a", "Patio Awning"), entity("cover.b", "Main Gate"))

    assert found("HassTurnOn", domain="cover", device_class="awning", home=home) == ["cover.a"]
    assert found("HassTurnOn", domain="cover", device_class="gate", home=home) == ["cover.b"]


def test_doors_are_locks_when_locking_is_said():
    assert found("HassTurnOn", "lock the doors", domain="cover", device_class="door", every=True) == [
        "lock.front"
    ]
    assert found("HassTurnOn", "lock the house", every=True) == ["lock.front"]


def test_closing_the_doors_is_not_locking_them():
    assert "lock.front" not in found(
        "HassTurnOff", "close the doors", domain="cover", device_class="door", every=True
    )


def test_nothing_at_all_is_said_to_be_unknown():
    assert missing("HassTurnOn", "turn on") == Missing(kind="name", said="")


# whatever is said -------------------------------------------------------------------------------------------
WORDS = st.sampled_from(
    ["Kitchen", "kitchen lights", "Desk Lamp", "cellar", "二楼", "light", "", "🔥"]
) | st.text(max_size=12)
SLOTS = st.dictionaries(
    st.sampled_from(["name", "area", "floor", "domain", "device_class", "state"]),
    WORDS | st.lists(WORDS, max_size=2),
)


@given(
    st.sampled_from(sorted(REACH)),
    SLOTS,
    st.booleans(),
    st.booleans(),
    st.lists(WORDS, max_size=2).map(tuple),
    WORDS,
    st.sampled_from([None, "kitchen", "garage", "gone"]),
)
def test_whatever_is_said_only_what_people_may_speak_of_is_found(
    intent, slots, every, here, excepted, text, area
):
    result = find_targets(
        Intent(name=intent, slots=slots, every=every, here=here, excepted=excepted, text=text),
        HOME,
        area=area,
    )

    entities = result if isinstance(result, tuple) else result.options if isinstance(result, Choice) else ()
    assert all(one.exposed and one.category is None for one in entities)
    assert len({one.id for one in entities}) == len(entities)
    assert isinstance(result, Missing) or entities


@given(SLOTS, st.booleans(), st.sampled_from([None, "kitchen"]), WORDS)
def test_what_is_in_no_place_that_was_said_is_never_touched(slots, every, area, text):
    result = find_targets(
        Intent(
            name="HassTurnOff", slots={**slots, "area": "Office", "floor": "upstairs"}, every=every, text=text
        ),
        HOME,
        area=area,
    )

    entities = result if isinstance(result, tuple) else result.options if isinstance(result, Choice) else ()
    assert {one.area for one in entities} <= {"office"}
