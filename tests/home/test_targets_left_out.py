"""Everything, all but some, and questions: many are meant, and none that was left out."""

import pytest

from tests.actions.asking import house
from tests.home.targeting import KITCHEN, LIGHTS, PLACES, THINGS, found, missing


# everything, and all but ------------------------------------------------------------------------------------
def test_everything_is_what_is_switched():
    assert found("HassTurnOff", "turn off everything upstairs", floor="upstairs", every=True) == [
        "light.bedroom",
        "light.bedside",
        "fan.bedroom",
        "light.desk",
        "humidifier.office",
    ]


def test_everything_opens_unlocks_and_disarms_nothing():
    domains = {one.partition(".")[0] for one in found("HassTurnOff", "everything off", every=True)}

    assert domains == {"light", "switch", "fan", "media_player", "humidifier"}


@pytest.mark.parametrize(
    ("excepted", "gone"),
    [
        (("Hallway",), {"light.hall"}),
        (("the kitchen",), set(KITCHEN)),
        (("upstairs",), {"light.bedroom", "light.bedside", "light.desk"}),
        (("Hallway", "desk lamp"), {"light.hall", "light.desk"}),
        (("desk lamb",), {"light.desk"}),
        (("ceiling light",), {"light.ceiling", "light.bedroom"}),
        (("office lights",), {"light.desk"}),
    ],
)
def test_what_is_excepted_is_left_out(excepted, gone):
    text = "turn off all lights except some"

    assert set(found("HassTurnOff", text, domain="light", every=True, excepted=excepted)) == {*LIGHTS} - gone


def test_an_exception_in_another_room_means_the_house():
    left = found(
        "HassTurnOff",
        "all lights but the office",
        domain="light",
        every=True,
        excepted=("office",),
        area="hall",
    )

    assert set(left) == {*LIGHTS} - {"light.desk"}


def test_an_exception_in_this_room_means_this_room():
    text = "all the lights except the bedside lamp"

    assert found(
        "HassTurnOff", text, domain="light", every=True, excepted=("bedside lamp",), area="bedroom"
    ) == ["light.bedroom"]


def test_an_exception_may_be_a_kind():
    kept = found(
        "HassTurnOff", "everything except the lights", floor="upstairs", every=True, excepted=("lights",)
    )

    assert kept == ["fan.bedroom", "humidifier.office"]


def test_an_unknown_exception_stops_everything():
    result = missing(
        "HassTurnOff", "all lights but", domain="light", every=True, excepted=("hallway", "hothouse")
    )

    assert (result.kind, result.said) == ("name", "hothouse")


def test_nothing_is_left_where_all_is_excepted():
    assert (
        missing("HassTurnOff", domain="light", area_="office", every=True, excepted=("desk lamp",)).kind
        == "device"
    )


# questions --------------------------------------------------------------------------------------------------
def test_a_question_is_about_the_house():
    common = {"domain": "light", "state": "on", "every": True}

    assert sorted(found("HassGetState", "which lights are on", area="kitchen", **common)) == sorted(LIGHTS)
    assert found("HassGetState", "which lights are on here", area="kitchen", here=True, **common) == KITCHEN


def test_a_question_about_the_ones_that_one_sees_is_about_those_here():
    common = {"domain": "light", "state": "off", "every": True}

    assert found("HassGetState", "are the lights off?", area="kitchen", **common) == KITCHEN
    assert sorted(found("HassGetState", "are the lights off?", **common)) == sorted(LIGHTS)


def test_a_question_about_one_is_about_those_here():
    assert found("HassGetState", "is the light on", domain="light", state="on", area="kitchen") == KITCHEN


def test_a_question_about_doors_goes_to_contacts_and_covers():
    common = {"domain": "cover", "device_class": "door", "state": "open", "every": True}

    assert found("HassGetState", "are any doors open", **common) == ["binary_sensor.front", "cover.garage"]


def test_a_question_about_contacts_goes_to_covers_too():
    common = {"domain": "binary_sensor", "device_class": "garage_door", "state": "on", "every": True}

    assert found("HassGetState", "is any garage door open", **common) == ["cover.garage"]


def test_a_question_may_be_about_several_domains():
    assert found("HassGetState", domain=["light", "lock"], state="on", area_="hallway", every=True) == [
        "light.hall",
        "lock.front",
    ]


def test_a_temperature_is_told_by_a_thermostat_or_a_sensor():
    home = house(*(one for one in THINGS if one.id != "climate.upper"), **PLACES)

    assert found("HassClimateGetTemperature", area_="bedroom") == ["climate.upper"]
    assert found("HassClimateGetTemperature", area_="bedroom", home=home) == ["sensor.bedroom"]


def test_the_first_weather_is_the_weather():
    assert found("HassGetWeather", "how is the weather") == ["weather.home"]
    assert found("HassGetWeather", name="harbour") == ["weather.harbour"]
    assert missing("HassGetWeather", name="Los Angeles").said == "Los Angeles"
