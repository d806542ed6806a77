"""What confirms a command: the report that shows it, and not the one that nearly does."""

import pytest

from agent.actions.services import SERVICES, find
from agent.core.home import State
from tests.actions.asking import entity


def reports(state):
    """What makes reports of `state` with attributes."""
    return lambda **attributes: (state, attributes)


on, heat, auto, open_ = reports("on"), reports("heat"), reports("auto"), reports("open")

CONFIRMED = [
    # service, data, what it said before, a report that shows it, one that does not
    ("light.turn_on", {}, "off", "on", "off"),
    ("light.turn_on", {"brightness": 100}, "off", on(brightness=97), on(brightness=96)),
    ("light.turn_on", {"brightness": 100}, "off", on(brightness=103), on()),
    ("light.turn_on", {"brightness": 0}, "on", "off", on(brightness=0)),
    ("light.turn_on", {"rgb_color": [9, 0, 0]}, "off", on(rgb_color=[0, 12, 12]), on(rgb_color=[9, 0, 13])),
    ("light.turn_on", {"hs_color": [120, 50]}, "off", on(hs_color=(122, 48)), on(hs_color=[120])),
    ("light.turn_on", {"hs_color": [120, 50]}, "off", on(hs_color=[116, 54]), on(hs_color=[120, 55])),
    ("light.turn_on", {"xy_color": [0.3, 0.3]}, "off", on(xy_color=[0.31, 0.29]), on(xy_color=[0.33, 0.3])),
    (
        "light.turn_on",
        {"color_temp_kelvin": 3000},
        "off",
        on(color_temp_kelvin=3149),
        on(color_temp_kelvin=3151),
    ),
    ("light.turn_on", {"effect": "rainbow"}, "on", on(effect="rainbow"), on(effect="none")),
    ("light.turn_off", {}, "on", "off", "on"),
    ("light.toggle", {}, "off", "on", "off"),
    ("light.toggle", {}, "on", "off", "on"),
    ("switch.turn_on", {}, "off", "on", "off"),
    ("switch.turn_off", {}, "on", "off", "on"),
    ("switch.toggle", {}, "on", "off", "on"),
    ("siren.turn_on", {}, "off", "on", "off"),
    ("siren.turn_off", {}, "on", "off", "on"),
    ("siren.toggle", {}, "off", "on", "off"),
    ("humidifier.turn_on", {}, "off", "on", "off"),
    ("humidifier.turn_off", {}, "on", "off", "on"),
    ("humidifier.toggle", {}, "off", "on", "off"),
    ("humidifier.set_humidity", {"humidity": 50}, "on", on(humidity=51), on(humidity=52)),
    ("humidifier.set_mode", {"mode": "eco"}, "on", on(mode="eco"), on(mode="boost")),
    ("fan.turn_on", {}, "off", "on", "off"),
    ("fan.turn_on", {"percentage": 0}, "on", "off", "on"),
    ("fan.turn_on", {"percentage": 50}, "off", on(percentage=51), on(percentage=52)),
    ("fan.turn_off", {}, "on", "off", "on"),
    ("fan.toggle", {}, "on", "off", "on"),
    ("fan.set_percentage", {"percentage": 50}, "on", on(percentage=50), ("off", {"percentage": 50})),
    ("fan.set_preset_mode", {"preset_mode": "night"}, "on", on(preset_mode="night"), on(preset_mode=None)),
    ("fan.oscillate", {"oscillating": True}, "on", on(oscillating=True), on(oscillating=False)),
    ("fan.set_direction", {"direction": "reverse"}, "on", on(direction="reverse"), on(direction="forward")),
    ("cover.open_cover", {}, "closed", "open", "opening"),
    ("cover.close_cover", {}, "open", "closed", "closing"),
    ("cover.stop_cover", {}, "opening", "open", "opening"),
    ("cover.toggle", {}, "open", "closed", "open"),
    (
        "cover.set_cover_position",
        {"position": 50},
        "open",
        open_(current_position=52),
        open_(current_position=53),
    ),
    (
        "cover.set_cover_position",
        {"position": 1},
        "open",
        open_(current_position=1),
        open_(current_position=True),
    ),
    (
        "cover.set_cover_tilt_position",
        {"tilt_position": 50},
        "open",
        open_(current_tilt_position=48),
        open_(tilt_position=50),
    ),
    ("valve.open_valve", {}, "closed", "open", "opening"),
    ("valve.close_valve", {}, "open", "closed", "closing"),
    ("valve.stop_valve", {}, "closing", "closed", "closing"),
    ("valve.toggle", {}, "closed", "open", "closed"),
    ("valve.set_valve_position", {"position": 30}, "open", open_(current_position=30), open_(position=30)),
    ("lock.lock", {}, "unlocked", "locked", "locking"),
    ("lock.unlock", {}, "locked", "unlocked", "unlocking"),
    ("lock.open", {}, "locked", "open", "opening"),
    ("alarm_control_panel.alarm_disarm", {}, "armed_home", "disarmed", "armed_home"),
    ("alarm_control_panel.alarm_arm_home", {}, "disarmed", "armed_home", "arming"),
    ("alarm_control_panel.alarm_arm_away", {}, "disarmed", "armed_away", "armed_home"),
    ("alarm_control_panel.alarm_arm_night", {}, "disarmed", "armed_night", "armed_home"),
    ("alarm_control_panel.alarm_arm_vacation", {}, "disarmed", "armed_vacation", "armed_away"),
    ("alarm_control_panel.alarm_arm_custom_bypass", {}, "disarmed", "armed_custom_bypass", "armed_away"),
    ("alarm_control_panel.alarm_trigger", {}, "disarmed", "triggered", "disarmed"),
    ("climate.turn_on", {}, "off", "heat", "off"),
    ("climate.turn_off", {}, "heat", "off", "heat"),
    ("climate.set_temperature", {"temperature": 21.5}, "heat", heat(temperature=21.3), heat(temperature=21)),
    (
        "climate.set_temperature",
        {"temperature": 21, "hvac_mode": "heat"},
        "cool",
        heat(temperature=21),
        ("cool", {"temperature": 21}),
    ),
    (
        "climate.set_temperature",
        {"target_temp_low": 18, "target_temp_high": 23},
        "auto",
        auto(target_temp_low=18, target_temp_high=23),
        auto(target_temp_low=18, target_temp_high=24),
    ),
    ("climate.set_hvac_mode", {"hvac_mode": "cool"}, "off", "cool", "heat"),
    ("climate.set_fan_mode", {"fan_mode": "low"}, "heat", heat(fan_mode="low"), heat(fan_mode="high")),
    ("climate.set_swing_mode", {"swing_mode": "both"}, "heat", heat(swing_mode="both"), heat()),
    (
        "climate.set_preset_mode",
        {"preset_mode": "away"},
        "heat",
        heat(preset_mode="away"),
        heat(preset_mode="home"),
    ),
    ("climate.set_humidity", {"humidity": 40}, "heat", heat(humidity=39), heat(humidity=38)),
    ("water_heater.turn_on", {}, "off", "eco", "off"),
    ("water_heater.turn_off", {}, "eco", "off", "eco"),
    ("water_heater.set_temperature", {"temperature": 55}, "on", on(temperature=55), on(temperature=50)),
    ("water_heater.set_operation_mode", {"operation_mode": "eco"}, "off", "eco", "performance"),
    ("vacuum.start", {}, "docked", "cleaning", "docked"),
    ("vacuum.pause", {}, "cleaning", "paused", "cleaning"),
    ("vacuum.stop", {}, "cleaning", "idle", "cleaning"),
    ("vacuum.return_to_base", {}, "cleaning", "returning", "cleaning"),
    ("vacuum.clean_spot", {}, "docked", "cleaning", "docked"),
    ("vacuum.set_fan_speed", {"fan_speed": "max"}, "on", on(fan_speed="max"), on(fan_speed="min")),
    ("lawn_mower.start_mowing", {}, "docked", "mowing", "docked"),
    ("lawn_mower.pause", {}, "mowing", "paused", "mowing"),
    ("lawn_mower.dock", {}, "mowing", "returning", "mowing"),
    ("media_player.turn_on", {}, "off", "idle", "off"),
    ("media_player.turn_off", {}, "playing", "standby", "playing"),
    ("media_player.media_play", {}, "paused", "playing", "paused"),
    ("media_player.media_pause", {}, "playing", "paused", "playing"),
    ("media_player.media_play_pause", {}, "playing", "paused", "playing"),
    ("media_player.media_play_pause", {}, "paused", "playing", "paused"),
    ("media_player.media_stop", {}, "playing", "idle", "paused"),
    ("media_player.volume_set", {"volume_level": 0.5}, "on", on(volume_level=0.51), on(volume_level=0.53)),
    (
        "media_player.volume_mute",
        {"is_volume_muted": True},
        "on",
        on(is_volume_muted=True),
        on(is_volume_muted=False),
    ),
    ("media_player.select_source", {"source": "TV"}, "on", on(source="TV"), on(source="CD")),
    ("media_player.play_media", {"media_content_id": "x"}, "idle", "playing", "idle"),
    ("script.turn_off", {}, "on", "off", "on"),
    ("number.set_value", {"value": 20}, "10", "20", "21"),
    ("number.set_value", {"value": 20}, "10", "20.00", "20.01"),
    ("number.set_value", {"value": 0.5}, "1", "0.5", "1"),
    ("select.select_option", {"option": "quiet"}, "loud", "quiet", "loud"),
    ("text.set_value", {"value": "hello"}, "", "hello", "Hello"),
]
NEVER_SHOWN = [
    "button.press",
    *(f"cover.{verb}_cover_tilt" for verb in ("open", "close", "stop")),
    *(f"media_player.{verb}" for verb in ("toggle", "media_next_track", "media_previous_track")),
    *(f"media_player.volume_{way}" for way in ("up", "down")),
    "scene.turn_on",
    "script.turn_on",
    *(f"todo.{verb}_item" for verb in ("add", "remove", "update")),
    "vacuum.locate",
]
BECOME_ANOTHER = {"fan.increase_speed", "fan.decrease_speed"}
"""The planner turns these into `fan.set_percentage`."""
MODES = {
    "climate": {"hvac_modes": ["off", "heat", "cool"]},
    "water_heater": {"operation_list": ["off", "eco"]},
}


def said(report):
    """State and attributes of a report in its short form: the state alone, or both."""
    return report if isinstance(report, tuple) else (report, {})


def expectation(service, data, before, *, stale=False, **capabilities):
    asked = find(service)
    it = entity(f"{asked.domain}.it", capabilities={**MODES.get(asked.domain, {}), **capabilities})
    return asked.expects(it, State(value=before, stale=stale), data)


@pytest.mark.parametrize(("service", "data", "before", "right", "wrong"), CONFIRMED)
def test_a_command_is_confirmed_by_the_report_that_shows_it_and_by_no_other(
    service, data, before, right, wrong
):
    expects = expectation(service, data, before)

    assert expects.met(*said(right))
    assert not expects.met(*said(wrong))


@pytest.mark.parametrize("service", NEVER_SHOWN)
def test_what_no_report_could_show_expects_none(service):
    assert expectation(service, {}, "on") is None


def test_it_is_said_of_every_service_what_confirms_it():
    shown = {service for service, *_ in CONFIRMED}

    assert shown | set(NEVER_SHOWN) | BECOME_ANOTHER == set(SERVICES)
    assert not shown & set(NEVER_SHOWN)


@pytest.mark.parametrize("before", [None, "unknown"])
@pytest.mark.parametrize("service", ["light.toggle", "switch.toggle", "cover.toggle", "valve.toggle"])
def test_a_toggle_from_an_unknown_state_cannot_be_confirmed(service, before):
    assert expectation(service, {}, before) is None


def test_a_toggle_from_a_state_of_before_the_restart_cannot_be_confirmed():
    assert expectation("light.toggle", {}, "on", stale=True) is None


@pytest.mark.parametrize("service", ["climate.turn_on", "water_heater.turn_on"])
def test_turning_on_what_names_no_modes_cannot_be_confirmed(service):
    assert expectation(service, {}, "off", hvac_modes=None, operation_list=None) is None


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("light.turn_on", {"brightness": 100}),
        ("light.turn_on", {"color_temp_kelvin": 3000}),
        ("light.turn_on", {"effect": "rainbow"}),
        ("fan.set_percentage", {"percentage": 50}),
    ],
)
def test_what_a_device_never_reports_is_not_waited_for(service, data):
    assert not expectation(service, data, "on").met("on", {})
    assert expectation(service, data, "on", unreported=list(data)).met("on", {})


@pytest.mark.parametrize(
    ("reported", "shown"), [(17, True), (33, True), (49, True), (16, False), (50, False)]
)
def test_a_fan_of_three_speeds_may_report_the_nearest(reported, shown):
    expects = expectation("fan.set_percentage", {"percentage": 33}, "on", percentage_step=100 / 3)

    assert expects.met("on", {"percentage": reported}) is shown


def test_a_fan_of_a_hundred_speeds_may_be_off_by_one():
    expects = expectation("fan.set_percentage", {"percentage": 33}, "on", percentage_step=1)

    assert [expects.met("on", {"percentage": one}) for one in (31, 32, 34, 35)] == [False, True, True, False]


@pytest.mark.parametrize("service", ["light.turn_on", "light.turn_off"])
@pytest.mark.parametrize(("transition", "within"), [(0, 5), (10, 15), (300, 65)])
def test_a_lamp_is_given_the_time_of_its_transition(service, transition, within):
    assert expectation(service, {"transition": transition}, "on").within == within


@pytest.mark.parametrize(
    ("service", "data", "seconds"),
    [
        ("switch.turn_on", {}, 5),
        ("light.toggle", {}, 5),
        ("fan.oscillate", {"oscillating": True}, 5),
        ("select.select_option", {"option": "x"}, 5),
        ("climate.set_temperature", {"temperature": 20}, 10),
        ("lock.lock", {}, 15),
        ("vacuum.start", {}, 30),
        ("cover.open_cover", {}, 60),
        ("cover.set_cover_position", {"position": 1}, 60),
        ("alarm_control_panel.alarm_arm_away", {}, 60),
    ],
)
def test_what_moves_is_given_longer(service, data, seconds):
    assert expectation(service, data, "off").within == seconds
