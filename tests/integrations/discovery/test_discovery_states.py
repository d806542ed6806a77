"""What entities of every domain make of the messages of their devices."""

import pytest

from integrations.discovery.templates import UnrenderableError
from integrations.discovery.thing import UnusableError
from tests.integrations.discovery.announce import entity, hear, state

CLIMATE = {
    "mode_stat_t": "m",
    "mode_cmd_t": "m/set",
    "temp_stat_t": "t",
    "temp_cmd_t": "t/set",
    "curr_temp_t": "c",
    "act_t": "a",
    "fan_mode_stat_t": "f",
    "fan_mode_cmd_t": "f/set",
    "pr_modes": ["eco"],
    "pr_mode_stat_t": "p",
    "temp_lo_stat_t": "lo",
    "temp_hi_stat_t": "hi",
    "hum_stat_t": "h",
    "curr_hum_t": "ch",
    "swing_mode_stat_t": "s",
}


@pytest.mark.parametrize(
    ("domain", "config", "heard", "value", "attributes"),
    [
        ("switch", {"stat_t": "s", "cmd_t": "c"}, [("s", "ON")], "on", {}),
        ("switch", {"stat_t": "s", "cmd_t": "c", "stat_off": "0", "stat_on": "1"}, [("s", "0")], "off", {}),
        ("switch", {"stat_t": "s", "cmd_t": "c"}, [("s", "ON"), ("s", "None")], None, {}),
        (
            "switch",
            {"stat_t": "s", "cmd_t": "c", "pl_on": True, "val_tpl": "{{ value_json.x }}"},
            [("s", {"x": True})],
            "on",
            {},
        ),
        ("sensor", {"stat_t": "s"}, [("s", "rainy")], "rainy", {}),
        (
            "sensor",
            {"stat_t": "s", "unit_of_meas": "°C", "val_tpl": "{{ value_json.t }}"},
            [("s", {"t": 21.5})],
            "21.5",
            {},
        ),
        ("sensor", {"stat_t": "s", "unit_of_meas": "°C"}, [("s", "1"), ("s", "None")], None, {}),
        ("sensor", {"stat_t": "s", "unit_of_meas": "°C"}, [("s", "1"), ("s", "")], "1", {}),
        (
            "sensor",
            {"stat_t": "s", "dev_cla": "timestamp"},
            [("s", "2026-01-01T00:00:00Z")],
            "2026-01-01T00:00:00Z",
            {},
        ),
        (
            "sensor",
            {"stat_t": "s", "json_attr_t": "a"},
            [("s", "1"), ("a", {"x": 1, "icon": "no"})],
            "1",
            {"x": 1},
        ),
        (
            "sensor",
            {
                "stat_t": "s",
                "json_attr_t": "s",
                "val_tpl": "{{ value_json.a }}",
                "json_attr_tpl": "{{ value_json.more | to_json }}",
            },
            [("s", {"a": 1, "more": {"b": 2}})],
            "1",
            {"b": 2},
        ),
        ("binary_sensor", {"stat_t": "s"}, [("s", "ON")], "on", {}),
        (
            "binary_sensor",
            {"stat_t": "s", "pl_on": False, "pl_off": True, "val_tpl": "{{ value_json.contact }}"},
            [("s", {"contact": True})],
            "off",
            {},
        ),
        ("number", {"stat_t": "s", "cmd_t": "c"}, [("s", "42")], "42", {}),
        ("number", {"stat_t": "s", "cmd_t": "c", "pl_rst": "-"}, [("s", "4"), ("s", "-")], None, {}),
        ("select", {"stat_t": "s", "cmd_t": "c", "ops": ["a", "b"]}, [("s", "b")], "b", {}),
        ("text", {"stat_t": "s", "cmd_t": "c"}, [("s", "hello")], "hello", {}),
        ("cover", {"stat_t": "s", "cmd_t": "c"}, [("s", "opening")], "opening", {}),
        (
            "cover",
            {"stat_t": "s", "cmd_t": "c", "pos_t": "p"},
            [("p", "0"), ("s", "stopped")],
            "closed",
            {"current_position": 0},
        ),
        ("cover", {"stat_t": "s", "cmd_t": "c"}, [("s", "closing"), ("s", "stopped")], "closed", {}),
        ("cover", {"cmd_t": "c", "pos_t": "p"}, [("p", "30")], "open", {"current_position": 30}),
        (
            "cover",
            {"cmd_t": "c", "pos_t": "p", "pos_open": 0, "pos_clsd": 200},
            [("p", "50")],
            "open",
            {"current_position": 75},
        ),
        (
            "cover",
            {"cmd_t": "c", "pos_t": "p"},
            [("p", {"position": 0, "tilt_position": 40})],
            "closed",
            {"current_position": 0, "current_tilt_position": 40},
        ),
        (
            "cover",
            {"cmd_t": "c", "tilt_status_t": "t", "tilt_min": -90, "tilt_max": 90},
            [("t", "0")],
            None,
            {"current_tilt_position": 50},
        ),
        ("valve", {"stat_t": "s", "cmd_t": "c"}, [("s", "closing")], "closing", {}),
        (
            "valve",
            {"stat_t": "s", "cmd_t": "c", "pos": True},
            [("s", "25")],
            "open",
            {"current_position": 25},
        ),
        (
            "valve",
            {"stat_t": "s", "cmd_t": "c", "pos": True},
            [("s", {"state": "opening", "position": 25})],
            "opening",
            {"current_position": 25},
        ),
        ("lock", {"stat_t": "s", "cmd_t": "c"}, [("s", "LOCKED")], "locked", {}),
        ("lock", {"stat_t": "s", "cmd_t": "c", "stat_jam": "stuck"}, [("s", "stuck")], "jammed", {}),
        ("alarm_control_panel", {"stat_t": "s", "cmd_t": "c"}, [("s", "armed_away")], "armed_away", {}),
        (
            "fan",
            {"stat_t": "s", "cmd_t": "c", "pct_stat_t": "p", "spd_rng_max": 3},
            [("s", "ON"), ("p", "2")],
            "on",
            {"percentage": 66},
        ),
        (
            "fan",
            {"cmd_t": "c", "osc_stat_t": "o", "dir_stat_t": "d", "pr_mode_stat_t": "p", "pr_modes": ["eco"]},
            [("o", "oscillate_on"), ("d", "reverse"), ("p", "eco")],
            None,
            {"oscillating": True, "direction": "reverse", "preset_mode": "eco"},
        ),
        ("fan", {"cmd_t": "c", "pct_stat_t": "p"}, [("p", "20"), ("p", "None")], None, {}),
        (
            "humidifier",
            {
                "cmd_t": "c",
                "stat_t": "s",
                "hum_cmd_t": "h",
                "hum_stat_t": "hs",
                "modes": ["eco"],
                "mode_stat_t": "m",
                "act_t": "a",
                "curr_hum_t": "ch",
            },
            [("s", "ON"), ("hs", "45"), ("m", "eco"), ("a", "drying"), ("ch", "51.5")],
            "on",
            {"humidity": 45, "mode": "eco", "action": "drying", "current_humidity": 51.5},
        ),
        (
            "climate",
            CLIMATE,
            [
                ("m", "heat"),
                ("t", "21.5"),
                ("c", "20"),
                ("a", "heating"),
                ("f", "low"),
                ("p", "eco"),
                ("lo", "18"),
                ("hi", "24"),
                ("h", "50"),
                ("ch", "40"),
                ("s", "on"),
            ],
            "heat",
            {
                "temperature": 21.5,
                "current_temperature": 20,
                "hvac_action": "heating",
                "fan_mode": "low",
                "preset_mode": "eco",
                "target_temp_low": 18,
                "target_temp_high": 24,
                "humidity": 50,
                "current_humidity": 40,
                "swing_mode": "on",
            },
        ),
        (
            "climate",
            {
                "mode_stat_t": "x",
                "temp_stat_t": "x",
                "mode_stat_tpl": "{{ value_json.mode }}",
                "val_tpl": "{{ value_json.t }}",
            },
            [("x", {"mode": "off", "t": 5})],
            "off",
            {"temperature": 5},
        ),
        ("climate", CLIMATE, [("p", "eco"), ("p", "None"), ("t", "20"), ("t", "None")], None, {}),
        (
            "water_heater",
            {"mode_stat_t": "m", "temp_stat_t": "t", "curr_temp_t": "c"},
            [("m", "eco"), ("t", "50"), ("c", "48")],
            "eco",
            {"temperature": 50, "current_temperature": 48},
        ),
        (
            "siren",
            {"stat_t": "s", "cmd_t": "c"},
            [("s", {"state": "ON", "tone": "bell", "volume_level": 0.5})],
            "on",
            {"tone": "bell", "volume_level": 0.5},
        ),
        ("siren", {"stat_t": "s", "cmd_t": "c"}, [("s", "OFF")], "off", {}),
        (
            "vacuum",
            {"stat_t": "s"},
            [("s", {"state": "docked", "battery_level": 80, "fan_speed": "max"})],
            "docked",
            {"battery_level": 80, "fan_speed": "max"},
        ),
        ("lawn_mower", {"activity_state_topic": "s"}, [("s", "mowing")], "mowing", {}),
        (
            "update",
            {"stat_t": "s"},
            [("s", {"installed_version": "1", "latest_version": "2"})],
            "on",
            {"installed_version": "1", "latest_version": "2"},
        ),
        (
            "update",
            {"stat_t": "s", "l_ver_t": "l"},
            [("s", "2"), ("l", "2")],
            "off",
            {"installed_version": "2", "latest_version": "2"},
        ),
        (
            "event",
            {"stat_t": "s", "evt_typ": ["press"]},
            [("s", {"event_type": "press"})],
            "2026-06-01T12:00:00.000+00:00",
            {"event_type": "press"},
        ),
        ("device_tracker", {"stat_t": "s"}, [("s", "not_home")], "not_home", {}),
        ("device_tracker", {"stat_t": "s"}, [("s", "office")], "office", {}),
        (
            "media_player",
            {"stat_t": "s", "cmd_t": "c", "json_attr_t": "a"},
            [("s", "playing"), ("a", {"volume_level": 0.4, "source": "Radio"})],
            "playing",
            {"volume_level": 0.4, "source": "Radio"},
        ),
        (
            "todo",
            {"stat_t": "s", "cmd_t": "c", "json_attr_t": "a"},
            [("s", "1"), ("a", {"items": [{"uid": "1"}]})],
            "1",
            {"items": [{"uid": "1"}]},
        ),
        (
            "weather",
            {"stat_t": "s", "json_attr_t": "a"},
            [("s", "sunny"), ("a", {"temperature": 20})],
            "sunny",
            {"temperature": 20},
        ),
        ("script", {"stat_t": "s", "cmd_t": "c"}, [("s", "off")], "off", {}),
    ],
)
def test_a_message_becomes_a_state(domain, config, heard, value, attributes):
    one = entity(domain, name="It", **config)

    for topic, payload in heard:
        hear(one, topic, payload)

    assert state(one) == (value, attributes)


@pytest.mark.parametrize(
    ("domain", "config", "payload", "why"),
    [
        ("switch", {"cmd_t": "c"}, "maybe", "'ON' or 'OFF' would be right"),
        ("switch", {"cmd_t": "c"}, b"\xff", "not UTF-8"),
        ("sensor", {"unit_of_meas": "W"}, "NaN", "a number would be right"),
        ("sensor", {"unit_of_meas": "W"}, "inf", "a number would be right"),
        ("sensor", {"unit_of_meas": "W"}, "1e99", "a number would be right"),
        ("sensor", {"dev_cla": "power"}, "much", "a number would be right"),
        ("sensor", {"dev_cla": "enum", "ops": ["a"]}, "b", "none of its options"),
        ("sensor", {}, "x" * 300, "300 letters"),
        ("sensor", {"val_tpl": "{{ value_json.a.b }}"}, {}, "has no attribute 'a'"),
        ("number", {"cmd_t": "c", "max": 10}, "11", "1 to 10 would be right"),
        ("select", {"cmd_t": "c", "ops": ["a"]}, "b", "none of its options"),
        ("cover", {"cmd_t": "c"}, "ajar", "'open'"),
        ("vacuum", {}, "docked", "a JSON object would be right"),
        ("vacuum", {}, {"state": "lost"}, "one of cleaning"),
        ("event", {"evt_typ": ["press"]}, {"event_type": "hold"}, "press"),
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing_and_says_why(domain, config, payload, why):
    one = entity(domain, name="It", stat_t="s", **config)

    with pytest.raises((UnusableError, UnrenderableError), match=why):
        hear(one, "s", payload)

    assert state(one) == (None, {})


def test_free_attributes_never_hide_what_the_domain_knows():
    one = entity("light", name="It", schema="json", stat_t="s", cmd_t="c", json_attr_t="s", brightness=True)

    hear(one, "s", {"state": "ON", "brightness": 128, "linkquality": 90})

    assert state(one) == ("on", {"brightness": 128, "linkquality": 90, "state": "ON"})


def test_an_event_that_is_only_remembered_has_not_happened():
    one = entity("event", name="It", stat_t="s", evt_typ=["press"])

    assert not hear(one, "s", {"event_type": "press"}, retain=True)
