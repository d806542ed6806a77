"""What entities cannot do, in words that can be spoken."""

import pytest

from agent.api import ActionError
from tests.integrations.discovery.announce import entity

MODES = {"mode_cmd_t": "m/set", "temp_cmd_t": "t/set", "modes": ["off", "heat", "cool"]}


@pytest.mark.parametrize(
    ("domain", "config", "service", "data", "why"),
    [
        ("switch", {"cmd_t": "c"}, "switch.explode", {}, "It cannot explode"),
        ("number", {"cmd_t": "c"}, "number.set_value", {"value": 101}, "1 to 100"),
        ("number", {"cmd_t": "c"}, "number.set_value", {"value": float("nan")}, "no value"),
        ("number", {"cmd_t": "c"}, "number.set_value", {}, "needs to know the value"),
        ("number", {"cmd_t": "c"}, "number.set_value", {"value": True}, "no value"),
        ("select", {"cmd_t": "c", "ops": ["a"]}, "select.select_option", {"option": "b"}, "no option b"),
        ("text", {"cmd_t": "c", "max": 3}, "text.set_value", {"value": "long"}, "0 to 3 letters"),
        ("cover", {"cmd_t": "c", "pl_stop": None}, "cover.stop_cover", {}, "cannot stop cover"),
        ("cover", {"cmd_t": "c"}, "cover.set_cover_position", {"position": 5}, "cannot set cover position"),
        ("lock", {"cmd_t": "c"}, "lock.open", {}, "cannot open"),
        ("lock", {"cmd_t": "c", "code_format": r"^\d{4}$"}, "lock.unlock", {}, "needs a code"),
        ("lock", {"cmd_t": "c", "code_format": r"^\d{4}$"}, "lock.unlock", {"code": "x"}, "no code"),
        (
            "alarm_control_panel",
            {"stat_t": "s", "cmd_t": "c", "code": "1"},
            "alarm_control_panel.alarm_disarm",
            {"code": "2"},
            "not the code",
        ),
        ("fan", {"cmd_t": "c"}, "fan.turn_on", {"percentage": 5}, "no percentage"),
        (
            "fan",
            {"cmd_t": "c", "pr_mode_cmd_t": "p", "pr_modes": ["a"]},
            "fan.set_preset_mode",
            {"preset_mode": "b"},
            "no preset mode b",
        ),
        ("climate", MODES, "climate.set_hvac_mode", {"hvac_mode": "dry"}, "no hvac mode dry"),
        ("climate", MODES, "climate.set_temperature", {}, "needs to know the temperature"),
        (
            "climate",
            MODES,
            "climate.set_temperature",
            {"target_temp_low": 5},
            "cannot set the target temp low",
        ),
        ("siren", {"cmd_t": "c"}, "siren.turn_on", {"tone": "bell"}, "no tone"),
        ("siren", {"cmd_t": "c", "av_tones": ["a"]}, "siren.turn_on", {"tone": "b"}, "no tone b"),
        ("light", {"cmd_t": "c"}, "light.turn_on", {"brightness": 5}, "cannot be dimmed"),
        ("light", {"cmd_t": "c", "schema": "json"}, "light.turn_on", {"rgb_color": [1, 2, 3]}, "no colours"),
        (
            "light",
            {"cmd_t": "c", "schema": "json"},
            "light.turn_on",
            {"color_temp_kelvin": 3000},
            "colour temperature",
        ),
        ("switch", {"cmd_t": "c", "cmd_tpl": "{{ value.x.y }}"}, "switch.turn_on", {}, "bad command"),
        (
            "light",
            {"cmd_t": "c", "schema": "json", "sup_clrm": ["rgb"]},
            "light.turn_on",
            {"rgb_color": "red"},
            "cannot take",
        ),
    ],
)
def test_what_an_entity_cannot_do_is_said_in_words(domain, config, service, data, why):
    one = entity(domain, name="It", **config)

    with pytest.raises(ActionError, match=why):
        one.perform(service, data)
