"""What entities of every domain send when something is asked of them."""

import pytest

from agent.api import SERVICES as CATALOGUE
from agent.api import ActionError
from integrations.discovery import SERVICES
from integrations.discovery.domains import DOMAINS
from tests.integrations.discovery.announce import entity, hear, sent

MODES = {"mode_cmd_t": "m/set", "temp_cmd_t": "t/set", "modes": ["off", "heat", "cool"]}


@pytest.mark.parametrize(
    ("domain", "config", "service", "data", "commands"),
    [
        ("switch", {"cmd_t": "c"}, "turn_on", {}, [("c", "ON")]),
        ("switch", {"cmd_t": "c", "pl_off": "0"}, "turn_off", {}, [("c", "0")]),
        ("switch", {"cmd_t": "c"}, "toggle", {}, [("c", "ON")]),
        ("switch", {"cmd_t": "c", "cmd_tpl": '{"s": "{{ value }}"}'}, "turn_on", {}, [("c", '{"s": "ON"}')]),
        ("button", {"cmd_t": "c"}, "press", {}, [("c", "PRESS")]),
        ("scene", {"cmd_t": "c", "pl_on": "go"}, "turn_on", {}, [("c", "go")]),
        ("number", {"cmd_t": "c"}, "set_value", {"value": 42.0}, [("c", "42")]),
        (
            "number",
            {"cmd_t": "c", "cmd_tpl": '{"x": {{ value }}}'},
            "set_value",
            {"value": 1.5},
            [("c", '{"x": 1.5}')],
        ),
        ("select", {"cmd_t": "c", "ops": ["a", "b"]}, "select_option", {"option": "b"}, [("c", "b")]),
        ("text", {"cmd_t": "c"}, "set_value", {"value": "hi"}, [("c", "hi")]),
        ("cover", {"cmd_t": "c"}, "open_cover", {}, [("c", "OPEN")]),
        ("cover", {"cmd_t": "c", "pl_cls": "down"}, "close_cover", {}, [("c", "down")]),
        ("cover", {"cmd_t": "c"}, "stop_cover", {}, [("c", "STOP")]),
        ("cover", {"set_pos_t": "p", "pos_open": 10}, "open_cover", {}, [("p", "10")]),
        ("cover", {"set_pos_t": "p", "pos_open": 10}, "set_cover_position", {"position": 50}, [("p", "5")]),
        (
            "cover",
            {
                "set_pos_t": "p",
                "set_pos_tpl": "{{ position }}/{{ value }}/{{ position_open }}",
                "pos_open": 10,
            },
            "set_cover_position",
            {"position": 50},
            [("p", "50/5/10")],
        ),
        (
            "cover",
            {"tilt_cmd_t": "t", "tilt_min": -90, "tilt_max": 90},
            "set_cover_tilt_position",
            {"tilt_position": 25},
            [("t", "-45")],
        ),
        ("cover", {"tilt_cmd_t": "t", "tilt_opnd_val": 80}, "open_cover_tilt", {}, [("t", "80")]),
        ("cover", {"tilt_cmd_t": "t", "pl_stop_tilt": "halt"}, "stop_cover_tilt", {}, [("t", "halt")]),
        ("valve", {"cmd_t": "c"}, "open_valve", {}, [("c", "OPEN")]),
        ("valve", {"cmd_t": "c", "pl_stop": "STOP"}, "stop_valve", {}, [("c", "STOP")]),
        (
            "valve",
            {"cmd_t": "c", "pos": True, "pos_open": 50},
            "set_valve_position",
            {"position": 50},
            [("c", "25")],
        ),
        ("valve", {"cmd_t": "c", "pos": True}, "close_valve", {}, [("c", "0")]),
        ("lock", {"cmd_t": "c"}, "lock", {}, [("c", "LOCK")]),
        ("lock", {"cmd_t": "c", "pl_open": "LATCH"}, "open", {}, [("c", "LATCH")]),
        (
            "lock",
            {"cmd_t": "c", "code_format": r"^\d{4}$", "cmd_tpl": "{{ value }}:{{ code }}"},
            "unlock",
            {"code": "1234"},
            [("c", "UNLOCK:1234")],
        ),
        ("alarm_control_panel", {"stat_t": "s", "cmd_t": "c"}, "alarm_arm_home", {}, [("c", "ARM_HOME")]),
        (
            "alarm_control_panel",
            {"stat_t": "s", "cmd_t": "c", "code": 1234},
            "alarm_disarm",
            {"code": "1234"},
            [("c", "DISARM")],
        ),
        (
            "alarm_control_panel",
            {"stat_t": "s", "cmd_t": "c", "code": "REMOTE_CODE", "cmd_tpl": "{{ action }}{{ code }}"},
            "alarm_trigger",
            {"code": "7"},
            [("c", "TRIGGER7")],
        ),
        ("fan", {"cmd_t": "c"}, "turn_off", {}, [("c", "OFF")]),
        (
            "fan",
            {"cmd_t": "c", "pct_cmd_t": "p", "spd_rng_max": 4},
            "set_percentage",
            {"percentage": 50},
            [("p", "2")],
        ),
        (
            "fan",
            {"cmd_t": "c", "pct_cmd_t": "p", "spd_rng_max": 4},
            "set_percentage",
            {"percentage": 0},
            [("p", "0")],
        ),
        ("fan", {"cmd_t": "c", "pct_cmd_t": "p"}, "turn_on", {"percentage": 30}, [("c", "ON"), ("p", "30")]),
        (
            "fan",
            {"cmd_t": "c", "osc_cmd_t": "o"},
            "oscillate",
            {"oscillating": False},
            [("o", "oscillate_off")],
        ),
        (
            "fan",
            {"cmd_t": "c", "dir_cmd_t": "d"},
            "set_direction",
            {"direction": "reverse"},
            [("d", "reverse")],
        ),
        (
            "fan",
            {"cmd_t": "c", "pr_mode_cmd_t": "p", "pr_modes": ["eco"]},
            "set_preset_mode",
            {"preset_mode": "eco"},
            [("p", "eco")],
        ),
        ("humidifier", {"cmd_t": "c", "hum_cmd_t": "h"}, "set_humidity", {"humidity": 45}, [("h", "45")]),
        (
            "humidifier",
            {"cmd_t": "c", "hum_cmd_t": "h", "modes": ["eco"], "mode_cmd_t": "m"},
            "set_mode",
            {"mode": "eco"},
            [("m", "eco")],
        ),
        ("climate", MODES, "set_hvac_mode", {"hvac_mode": "cool"}, [("m/set", "cool")]),
        ("climate", MODES, "set_temperature", {"temperature": 21.5}, [("t/set", "21.5")]),
        (
            "climate",
            MODES,
            "set_temperature",
            {"temperature": 21, "hvac_mode": "heat"},
            [("m/set", "heat"), ("t/set", "21")],
        ),
        ("climate", MODES, "turn_off", {}, [("m/set", "off")]),
        ("climate", MODES, "turn_on", {}, [("m/set", "heat")]),
        ("climate", {**MODES, "power_command_topic": "p"}, "turn_off", {}, [("p", "OFF")]),
        (
            "climate",
            {"temp_lo_cmd_t": "lo", "temp_hi_cmd_t": "hi"},
            "set_temperature",
            {"target_temp_low": 18, "target_temp_high": 24},
            [("lo", "18"), ("hi", "24")],
        ),
        ("climate", {"fan_mode_cmd_t": "f"}, "set_fan_mode", {"fan_mode": "high"}, [("f", "high")]),
        ("climate", {"swing_mode_cmd_t": "s"}, "set_swing_mode", {"swing_mode": "on"}, [("s", "on")]),
        (
            "climate",
            {"pr_mode_cmd_t": "p", "pr_modes": ["eco"]},
            "set_preset_mode",
            {"preset_mode": "none"},
            [("p", "none")],
        ),
        ("climate", {"hum_cmd_t": "h"}, "set_humidity", {"humidity": 40}, [("h", "40")]),
        (
            "water_heater",
            {"mode_cmd_t": "m"},
            "set_operation_mode",
            {"operation_mode": "eco"},
            [("m", "eco")],
        ),
        ("water_heater", {"temp_cmd_t": "t"}, "set_temperature", {"temperature": 55}, [("t", "55")]),
        (
            "siren",
            {"cmd_t": "c", "av_tones": ["bell"]},
            "turn_on",
            {"tone": "bell", "volume_level": 0.5},
            [("c", '{"state":"ON","tone":"bell","volume_level":0.5}')],
        ),
        ("siren", {"cmd_t": "c", "sup_dur": False, "sup_vol": False}, "turn_off", {}, [("c", "OFF")]),
        (
            "siren",
            {"cmd_t": "c", "cmd_tpl": "{{ value }} {{ duration }}"},
            "turn_on",
            {"duration": 5},
            [("c", "ON 5")],
        ),
        ("vacuum", {"cmd_t": "c"}, "return_to_base", {}, [("c", "return_to_base")]),
        (
            "vacuum",
            {"set_fan_spd_t": "f", "fanspd_lst": ["max"]},
            "set_fan_speed",
            {"fan_speed": "max"},
            [("f", "max")],
        ),
        ("lawn_mower", {"dock_command_topic": "d"}, "dock", {}, [("d", "dock")]),
        (
            "media_player",
            {"cmd_t": "c"},
            "volume_set",
            {"volume_level": 0.3},
            [("c", '{"service":"volume_set","data":{"volume_level":0.3}}')],
        ),
        (
            "todo",
            {"cmd_t": "c"},
            "add_item",
            {"item": "milk"},
            [("c", '{"service":"add_item","data":{"item":"milk"}}')],
        ),
        ("script", {"cmd_t": "c"}, "turn_on", {}, [("c", '{"service":"turn_on","data":{}}')]),
    ],
)
def test_a_service_becomes_commands(domain, config, service, data, commands):
    one = entity(domain, name="It", **config)

    assert sent(one, f"{domain}.{service}", **data) == commands


def test_a_refusal_never_tells_the_code():
    one = entity("lock", name="It", cmd_t="c", code_format=r"^\d{4}$")

    with pytest.raises(ActionError) as refused:
        one.perform("lock.unlock", {"code": "98765"})

    assert "98765" not in str(refused.value)


def test_a_command_is_retained_only_where_the_device_asks_for_it():
    (plain,), _ = entity("switch", name="It", cmd_t="c").perform("switch.turn_on", {})
    (kept,), _ = entity("switch", name="It", cmd_t="c", ret=True, qos=1).perform("switch.turn_on", {})

    assert (plain.retain, plain.qos) == (False, 0)
    assert (kept.retain, kept.qos) == (True, 1)


def test_toggling_goes_by_what_the_device_said_last():
    one = entity("cover", name="It", cmd_t="c", stat_t="s")
    hear(one, "s", "closed")

    assert sent(one, "cover.toggle") == [("c", "OPEN")]


@pytest.mark.parametrize(
    ("domain", "config", "optimistic"),
    [
        ("switch", {"cmd_t": "c"}, True),
        ("switch", {"cmd_t": "c", "stat_t": "s"}, False),
        ("switch", {"cmd_t": "c", "stat_t": "s", "opt": True}, True),
        ("button", {"cmd_t": "c"}, True),
        ("cover", {"cmd_t": "c", "pos_t": "p"}, False),
        ("climate", {"temp_cmd_t": "c", "temp_stat_t": "s"}, False),
        ("light", {"cmd_t": "c", "schema": "json"}, True),
        ("sensor", {"stat_t": "s"}, False),
        ("todo", {"cmd_t": "c", "stat_t": "s"}, False),
    ],
)
def test_without_a_state_a_command_can_only_be_sent(domain, config, optimistic):
    assert entity(domain, name="It", **config).entity.optimistic is optimistic


def test_what_is_never_reported_is_said_to_be():
    one = entity("fan", name="It", cmd_t="c", stat_t="s", pct_cmd_t="p")

    assert one.entity.capabilities["unreported"] == ["percentage"]


def test_an_optimistic_entity_is_taken_to_obey():
    one = entity("light", name="It", schema="json", cmd_t="c", brightness=True)
    _, assumption = one.perform("light.turn_on", {"brightness": 99})

    one.assume(assumption)

    assert (one.live.value, one.live.told()) == ("on", {"brightness": 99, "assumed_state": True})


def test_a_reporting_entity_is_not_taken_to_obey():
    _, assumption = entity("switch", name="It", cmd_t="c", stat_t="s").perform("switch.turn_on", {})

    assert assumption is None


def test_every_service_that_is_offered_is_carried_out():
    configs = {
        "cover": {"set_pos_t": "p", "tilt_cmd_t": "t", "pl_stop_tilt": "x"},
        "climate": {
            **MODES,
            "fan_mode_cmd_t": "f",
            "swing_mode_cmd_t": "s",
            "pr_mode_cmd_t": "p",
            "hum_cmd_t": "h",
        },
        "water_heater": {**MODES},
        "fan": {"pct_cmd_t": "p", "pr_mode_cmd_t": "m", "osc_cmd_t": "o", "dir_cmd_t": "d"},
        "humidifier": {"hum_cmd_t": "h", "mode_cmd_t": "m"},
        "lawn_mower": {f"{verb}_command_topic": "x" for verb in ("start_mowing", "pause", "dock")},
        "vacuum": {
            "set_fan_spd_t": "f",
            "fanspd_lst": ["a"],
            "sup_feat": ["start", "stop", "pause", "return_home", "clean_spot", "locate"],
        },
        "valve": {"pos": True, "pl_stop": "x"},
        "lock": {"pl_open": "x"},
    }
    offered = set()
    for domain in DOMAINS:
        config = {"cmd_t": "c", "stat_t": "s", **configs.get(domain, {})}
        offered |= entity(domain, name="It", **config).entity.services

    assert offered == set(SERVICES)


def test_every_service_is_one_of_the_house():
    assert set(SERVICES) <= set(CATALOGUE)
