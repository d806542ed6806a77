"""The conditions of a rule: when they hold, and what they say they saw."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.automations.conditions import Conditions
from agent.automations.fired import Fired
from agent.automations.templates import Templates
from agent.core.actions import Trust
from agent.core.home import State
from tests.automations.ruling import BERLIN, StillWorld, message, rule, said

STATES = {
    "light.x": said("on", brightness=40, mode="party"),
    "sensor.lux": said("80"),
    "lock.door": said("locked", available=False),
}


def checked(conditions, world=None, fired=None):
    return rule(world or StillWorld(STATES), **{"if": conditions}).conditions.check(fired)


def at(clock: str, day: int = 18) -> StillWorld:
    hour, minute = map(int, clock.split(":"))
    return StillWorld(at=datetime(2026, 11, day, hour, minute, tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"state": {"entity": "light.x", "is": "on"}}, "light.x was on"),
        ({"state": {"entity": "light.x", "is": True}}, "light.x was on"),
        ({"state": {"entity": "light.x", "is": ["off", "on"]}}, "light.x was on"),
        ({"state": {"entity": "light.x", "attribute": "mode", "is": "party"}}, "mode of light.x was party"),
        ({"state": {"entity": "lock.door", "is": "unavailable"}}, "lock.door was unavailable"),
        ({"state": {"entity": "light.nobody", "is": "unknown"}}, "light.nobody was unknown"),
        ({"numeric": {"entity": "sensor.lux", "above": 50}}, "sensor.lux was 80"),
        (
            {"numeric": {"entity": "light.x", "attribute": "brightness", "below": 50}},
            "brightness of light.x was 40",
        ),
        ("{{ is_state('light.x', 'on') }}", "light.x on"),
        ("{{ now().hour == 12 }}", "its template said yes"),
        ({"or": [{"sun": "up"}, {"state": {"entity": "light.x", "is": "on"}}]}, "light.x was on"),
        ({"not": {"state": {"entity": "light.x", "is": "off"}}}, "light.x was on, not off"),
        (
            {
                "and": [
                    {"state": {"entity": "light.x", "is": "on"}},
                    {"numeric": {"entity": "sensor.lux", "above": 5}},
                ]
            },
            "light.x was on and sensor.lux was 80",
        ),
    ],
)
def test_a_condition_that_holds_says_what_it_saw(conditions, words):
    found = checked(conditions)

    assert (found.met, found.words) == (True, words)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"state": {"entity": "light.x", "is": "off"}}, "light.x was on, not off"),
        ({"state": {"entity": "lock.door", "is": "locked"}}, "lock.door was unavailable, not locked"),
        (
            {"state": {"entity": "light.x", "attribute": "color", "is": "red"}},
            "color of light.x was not given, not red",
        ),
        ({"numeric": {"entity": "sensor.lux", "below": 50}}, "sensor.lux was 80, not below 50"),
        (
            {"numeric": {"entity": "sensor.lux", "above": 90, "below": 99}},
            "sensor.lux was 80, not above 90 and below 99",
        ),
        ({"numeric": {"entity": "light.x", "below": 50}}, "light.x was on, which is no number"),
        (
            {"numeric": {"entity": "light.nobody", "below": 50}},
            "light.nobody was unknown, which is no number",
        ),
        ({"sun": "up"}, "where the sun stands is not known: the house has no coordinates"),
        ("{{ states('sensor.lux') | float < 50 }}", "sensor.lux was 80, not below 50"),
        ({"template": "{{ value_json.x }}"}, "the payload is no JSON that can be read"),
        (
            {
                "or": [
                    {"numeric": {"entity": "sensor.lux", "below": 50}},
                    {"state": {"entity": "light.x", "is": "off"}},
                ]
            },
            "sensor.lux was 80, not below 50, and light.x was on, not off",
        ),
        ({"not": {"state": {"entity": "light.x", "is": "on"}}}, "light.x was on, which must not be so"),
        (
            [
                {"state": {"entity": "light.x", "is": "on"}},
                {"numeric": {"entity": "sensor.lux", "below": 50}},
            ],
            "sensor.lux was 80, not below 50",
        ),
    ],
)
def test_a_condition_that_does_not_hold_says_why(conditions, words):
    found = checked(conditions)

    assert not found.met
    assert found.words.startswith(words)


def test_a_rule_without_conditions_goes_on():
    assert Conditions((), Templates.of(StillWorld())).check().met


def test_a_condition_sees_what_set_the_rule_off():
    fired = Fired(trust=Trust.DEVICE, words="", trigger={"topic": "hall"}, message=message({"lux": 7}))

    assert checked("{{ value_json.lux == 7 and trigger.topic == 'hall' }}", fired=fired).met


# time ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("clock", "after", "before", "met"),
    [
        ("12:00", "08:00", "20:00", True),
        ("08:00", "08:00", "20:00", True),
        ("20:00", "08:00", "20:00", False),
        ("07:59", "08:00", "20:00", False),
        ("23:00", "22:00", "06:00", True),
        ("03:00", "22:00", "06:00", True),
        ("06:00", "22:00", "06:00", False),
        ("12:00", "22:00", "06:00", False),
        ("00:00", "22:00", "06:00", True),
        ("23:59", "22:00", None, True),
        ("00:00", "22:00", None, False),
        ("00:00", None, "06:00", True),
    ],
)
def test_a_window_of_the_day(clock, after, before, met):
    limits = {key: one for key, one in (("after", after), ("before", before)) if one}

    assert checked({"time": limits}, at(clock)).met is met


@pytest.mark.parametrize(
    ("day", "clock", "met"),
    [
        (20, "23:00", True),  # Friday evening
        (21, "03:00", True),  # the night that began on Friday
        (21, "23:00", False),
        (20, "03:00", False),  # the night that began on Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(day, clock, met):
    assert (
        checked({"time": {"after": "22:00", "before": "06:00", "weekdays": "fri"}}, at(clock, day)).met is met
    )


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"time": {"after": "22:00", "before": "06:00"}}, "it was 12:00, not between 22:00 and 06:00"),
        ({"time": {"after": "22:00"}}, "it was 12:00, not between 22:00 and midnight"),
        ({"time": {"weekdays": ["sat", "sun"]}}, "it was wed, not sat or sun"),
    ],
)
def test_another_time_is_told(conditions, words):
    assert checked(conditions).words == words


def test_a_night_of_another_day_is_told():
    found = checked({"time": {"after": "22:00", "before": "06:00", "weekdays": "sat"}}, at("03:00", 21))

    assert found.words == "it was fri, counted from the evening before, not sat"


@given(minutes=st.integers(0, 7 * 24 * 60))
def test_a_window_and_the_rest_of_the_day_are_never_both(minutes):
    moment = (datetime(2026, 10, 24, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(BERLIN)
    world = StillWorld(at=moment)
    night = checked({"time": {"after": "22:00", "before": "06:00"}}, world)
    day = checked({"time": {"after": "06:00", "before": "22:00"}}, world)

    assert night.met is not day.met


@pytest.mark.parametrize(
    ("up", "wanted", "met"), [(True, "up", True), (False, "up", False), (False, "down", True)]
)
def test_the_sun(up, wanted, met):
    assert checked({"sun": wanted}, StillWorld(sun=up)).met is met


@given(
    value=st.none() | st.text(max_size=8),
    attribute=st.none() | st.integers() | st.text(max_size=4) | st.lists(st.none(), max_size=2),
)
def test_nothing_that_a_device_reports_can_raise(value, attribute):
    world = StillWorld({"light.x": State(value=value, attributes={"a": attribute})})
    found = checked(
        {
            "or": [
                {"numeric": {"entity": "light.x", "above": 3}},
                {"numeric": {"entity": "light.x", "attribute": "a", "above": 3}},
                {"state": {"entity": "light.x", "attribute": "a", "is": "on"}},
                "{{ state_attr('light.x', 'a') > 3 }}",
                "{{ states('light.x') | float(0) > 3 and trigger.x.y }}",
            ]
        },
        world,
    )

    assert found.words
