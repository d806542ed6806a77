"""How far a command reaches: what opens or heats is disruptive, the other direction reversible."""

import pytest

from agent.actions.services import SERVICES, find
from agent.core.actions import Risk
from agent.core.home import Entity, State
from tests.actions.asking import entity

HALF_OPEN = ("open", {"current_position": 40})
OPENS_OR_HEATS = [
    # service, device class, what the entity said before, data
    ("lock.unlock", None, "locked", {}),
    ("lock.open", None, "locked", {}),
    ("alarm_control_panel.alarm_disarm", None, "armed_away", {}),
    ("alarm_control_panel.alarm_trigger", None, "disarmed", {}),
    ("cover.open_cover", "garage", "closed", {}),
    ("cover.open_cover", "garage", HALF_OPEN, {}),
    ("cover.open_cover", "gate", "closed", {}),
    ("cover.open_cover", "door", "closed", {}),
    ("cover.toggle", "garage", "closed", {}),
    ("cover.toggle", "garage", "closing", {}),
    ("cover.toggle", "garage", None, {}),
    ("cover.set_cover_position", "garage", "closed", {"position": 1}),
    ("cover.set_cover_position", "garage", HALF_OPEN, {"position": 41}),
    ("cover.set_cover_position", "garage", None, {"position": 50}),
    ("cover.set_cover_position", "garage", ("open", {"current_position": "far"}), {"position": 50}),
    ("valve.open_valve", None, "closed", {}),
    ("valve.open_valve", "water", "closed", {}),
    ("valve.toggle", None, "closed", {}),
    ("valve.set_valve_position", None, HALF_OPEN, {"position": 60}),
    ("switch.turn_on", "oven", "off", {}),
    ("switch.toggle", "oven", "off", {}),
    ("number.set_value", "oven", "20", {"value": 200}),
    ("climate.set_temperature", "oven", "off", {"temperature": 180}),
    ("climate.set_hvac_mode", "oven", "off", {"hvac_mode": "heat"}),
    ("select.select_option", "oven", "off", {"option": "bake"}),
]
CLOSES_OR_COOLS = [
    ("lock.lock", None, "unlocked", {}),
    ("alarm_control_panel.alarm_arm_away", None, "disarmed", {}),
    ("alarm_control_panel.alarm_arm_night", None, "disarmed", {}),
    ("cover.close_cover", "garage", "open", {}),
    ("cover.stop_cover", "garage", "opening", {}),
    ("cover.toggle", "garage", "open", {}),
    ("cover.set_cover_position", "garage", "open", {"position": 0}),
    ("cover.set_cover_position", "garage", HALF_OPEN, {"position": 40}),
    ("cover.set_cover_position", "garage", HALF_OPEN, {"position": 10}),
    ("valve.close_valve", None, "open", {}),
    ("valve.stop_valve", None, "opening", {}),
    ("valve.toggle", "water", "open", {}),
    ("valve.set_valve_position", None, HALF_OPEN, {"position": 30}),
    ("switch.turn_off", "oven", "on", {}),
    ("climate.set_hvac_mode", "oven", "heat", {"hvac_mode": "off"}),
    ("select.select_option", "oven", "bake", {"option": "off"}),
]
LETS_NOBODY_IN = [
    ("cover.open_cover", None, "closed", {}),
    ("cover.open_cover", "blind", "closed", {}),
    ("cover.open_cover", "shutter", "closed", {}),
    ("cover.toggle", "curtain", None, {}),
    ("cover.set_cover_position", "awning", "closed", {"position": 100}),
    ("cover.open_cover_tilt", "blind", "closed", {}),
    ("light.turn_on", None, "off", {}),
    ("switch.turn_on", "outlet", "off", {}),
    ("siren.turn_on", None, "off", {}),
    ("climate.set_temperature", None, "heat", {"temperature": 21}),
    ("vacuum.start", None, "docked", {}),
    ("script.turn_on", None, "off", {}),
    ("number.set_value", None, "20", {"value": 30}),
]


def risk(service, device_class, before, data, *, stale=False):
    asked = find(service)
    value, attributes = before if isinstance(before, tuple) else (before, {})
    return asked.risk(
        entity(f"{asked.domain}.it", device_class=device_class),
        State(value=value, attributes=attributes, stale=stale),
        data,
    )


@pytest.mark.parametrize(("service", "device_class", "before", "data"), OPENS_OR_HEATS)
def test_what_opens_or_heats_is_disruptive(service, device_class, before, data):
    assert risk(service, device_class, before, data) is Risk.DISRUPTIVE


@pytest.mark.parametrize(("service", "device_class", "before", "data"), CLOSES_OR_COOLS)
def test_the_other_direction_is_reversible(service, device_class, before, data):
    assert risk(service, device_class, before, data) is Risk.REVERSIBLE


@pytest.mark.parametrize(("service", "device_class", "before", "data"), LETS_NOBODY_IN)
def test_what_lets_nobody_in_is_reversible(service, device_class, before, data):
    assert risk(service, device_class, before, data) is Risk.REVERSIBLE


@pytest.mark.parametrize(
    ("service", "data"), [("cover.toggle", {}), ("cover.set_cover_position", {"position": 10})]
)
def test_a_state_from_before_the_restart_makes_nothing_milder(service, data):
    assert risk(service, "garage", HALF_OPEN, data) is Risk.REVERSIBLE
    assert risk(service, "garage", HALF_OPEN, data, stale=True) is Risk.DISRUPTIVE


@pytest.mark.parametrize("device_class", [None, "garage", "oven"])
@pytest.mark.parametrize("name", SERVICES)
def test_nothing_in_the_catalogue_is_destructive_or_only_read(name, device_class):
    assert risk(name, device_class, None, {}) in (Risk.REVERSIBLE, Risk.DISRUPTIVE)


@pytest.mark.parametrize("name", ["Oven", "Kitchen Stove", "烤箱"])
def test_a_plug_that_is_called_like_an_oven_is_disruptive_to_turn_on(name):
    oven = Entity(id="switch.plug_3", name=name, owner="test", device_class="outlet")

    assert find("switch.turn_on").risk(oven, State(), {}) is Risk.DISRUPTIVE
    assert find("switch.turn_off").risk(oven, State(), {}) is Risk.REVERSIBLE


@pytest.mark.parametrize("device_class", [None, "curtain", "shade"])
@pytest.mark.parametrize("name", ["East Garage Door", "Driveway Gate", "Garage", "车库门"])
def test_a_cover_that_is_called_like_a_way_in_is_disruptive_to_open(name, device_class):
    door = Entity(id="cover.it", name=name, owner="test", device_class=device_class)

    assert find("cover.open_cover").risk(door, State(), {}) is Risk.DISRUPTIVE
    assert find("cover.close_cover").risk(door, State(), {}) is Risk.REVERSIBLE


@pytest.mark.parametrize("name", ["Garage Blinds", "Garage Window Shade", "车库窗帘", "Living Room Shutter"])
def test_what_hangs_before_a_window_lets_nobody_in_wherever_it_is(name):
    blind = Entity(id="cover.it", name=name, owner="test", device_class="blind")

    assert find("cover.open_cover").risk(blind, State(), {}) is Risk.REVERSIBLE
