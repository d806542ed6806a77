"""The catalogue: what can be asked, under Home Assistant's names, and what of it must not be sent twice."""

import pytest

from agent.actions.services import SERVICES, find
from agent.errors import ActionError

NAMES = {
    "alarm_control_panel": "alarm_arm_away alarm_arm_custom_bypass alarm_arm_home alarm_arm_night "
    "alarm_arm_vacation alarm_disarm alarm_trigger",
    "button": "press",
    "climate": "set_fan_mode set_humidity set_hvac_mode set_preset_mode set_swing_mode set_temperature "
    "turn_off turn_on",
    "cover": "close_cover close_cover_tilt open_cover open_cover_tilt set_cover_position "
    "set_cover_tilt_position stop_cover stop_cover_tilt toggle",
    "fan": "decrease_speed increase_speed oscillate set_direction set_percentage set_preset_mode toggle "
    "turn_off turn_on",
    "humidifier": "set_humidity set_mode toggle turn_off turn_on",
    "lawn_mower": "dock pause start_mowing",
    "light": "toggle turn_off turn_on",
    "lock": "lock open unlock",
    "media_player": "media_next_track media_pause media_play media_play_pause media_previous_track "
    "media_stop play_media select_source toggle turn_off turn_on volume_down volume_mute volume_set "
    "volume_up",
    "number": "set_value",
    "scene": "turn_on",
    "script": "turn_off turn_on",
    "select": "select_option",
    "siren": "toggle turn_off turn_on",
    "switch": "toggle turn_off turn_on",
    "text": "set_value",
    "todo": "add_item remove_item update_item",
    "vacuum": "clean_spot locate pause return_to_base set_fan_speed start stop",
    "valve": "close_valve open_valve set_valve_position stop_valve toggle",
    "water_heater": "set_operation_mode set_temperature turn_off turn_on",
}
ONLY_LOOKED_AT = ("sensor", "binary_sensor", "weather")

ONCE = {
    "toggles": "cover.toggle fan.toggle humidifier.toggle light.toggle media_player.media_play_pause "
    "media_player.toggle siren.toggle switch.toggle valve.toggle",
    "locks": "lock.lock lock.open lock.unlock",
    "alarms": "alarm_control_panel.alarm_arm_away alarm_control_panel.alarm_arm_custom_bypass "
    "alarm_control_panel.alarm_arm_home alarm_control_panel.alarm_arm_night "
    "alarm_control_panel.alarm_arm_vacation alarm_control_panel.alarm_disarm "
    "alarm_control_panel.alarm_trigger",
    "stops": "cover.stop_cover cover.stop_cover_tilt lawn_mower.pause vacuum.pause vacuum.stop "
    "valve.stop_valve",
    "presses": "button.press scene.turn_on script.turn_on vacuum.clean_spot vacuum.locate",
    "steps": "media_player.media_next_track media_player.media_previous_track media_player.volume_down "
    "media_player.volume_up",
    "lists": "todo.add_item todo.remove_item todo.update_item",
}
"""What a silent device is not told a second time: it would undo or repeat the first."""


@pytest.mark.parametrize("domain", NAMES)
def test_every_service_has_home_assistants_name(domain):
    found = {name.partition(".")[2] for name, service in SERVICES.items() if service.domain == domain}

    assert found == set(NAMES[domain].split())


def test_every_domain_that_people_speak_to_is_there_and_no_other():
    assert {service.domain for service in SERVICES.values()} == set(NAMES)


@pytest.mark.parametrize("domain", ONLY_LOOKED_AT)
def test_what_is_only_looked_at_takes_no_commands(domain):
    with pytest.raises(ActionError, match="there is no service"):
        find(f"{domain}.turn_on")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_found_by_its_name(name):
    assert find(name).name == name


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("cover.open", "cover.open_cover"),
        ("cover.close", "cover.close_cover"),
        ("cover.stop", "cover.stop_cover"),
        ("cover.set_position", "cover.set_cover_position"),
        ("cover.set_tilt_position", "cover.set_cover_tilt_position"),
        ("valve.open", "valve.open_valve"),
        ("valve.close", "valve.close_valve"),
        ("valve.set_position", "valve.set_valve_position"),
        ("alarm_control_panel.disarm", "alarm_control_panel.alarm_disarm"),
        ("alarm_control_panel.arm_away", "alarm_control_panel.alarm_arm_away"),
    ],
)
def test_a_shorter_name_is_understood(short, whole):
    assert find(short).name == whole


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("light.turnon", "light.turn_on"),
        ("Light.Turn_On", "light.turn_on"),
        ("lock.unlok", "lock.unlock"),
        ("cover.open_covr", "cover.open_cover"),
        ("climate.set_temp", "climate.set_temperature"),
    ],
)
def test_an_unknown_service_names_the_nearest(wrong, near):
    with pytest.raises(ActionError, match="did you mean") as refused:
        find(wrong)

    assert near in str(refused.value)


@pytest.mark.parametrize("wrong", ["", "x", "42", "\x00", "ü" * 100_000])
def test_an_unknown_service_like_no_other_is_said_to_be_none_and_briefly(wrong):
    with pytest.raises(ActionError) as refused:
        find(wrong)

    assert "did you mean" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_what_would_undo_or_repeat_itself_is_sent_once():
    once = {name for names in ONCE.values() for name in names.split()}

    assert {name for name, service in SERVICES.items() if not service.idempotent} == once
