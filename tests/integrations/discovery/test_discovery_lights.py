"""Lights in all their schemas: what they are told, what they report, in our units."""

import json

import pytest

from tests.integrations.discovery.announce import entity, hear, sent

LAMP = {"schema": "json", "cmd_t": "c", "stat_t": "s", "bri_scl": 254, "sup_clrm": ["xy", "color_temp"]}
BASIC = {
    "cmd_t": "c",
    "stat_t": "s",
    "bri_cmd_t": "b",
    "bri_stat_t": "bs",
    "bri_scl": 100,
    "rgb_cmd_t": "rgb",
    "rgb_stat_t": "rgbs",
    "clr_temp_cmd_t": "ct",
    "clr_temp_stat_t": "cts",
    "fx_cmd_t": "fx",
    "fx_stat_t": "fxs",
    "fx_list": ["rainbow"],
}
TEMPLATED = {
    "schema": "template",
    "cmd_t": "c",
    "stat_t": "s",
    "cmd_on_tpl": "on{% if brightness is defined %},{{ brightness }}{% endif %}"
    "{% if red is defined %},{{ red }}{% endif %}",
    "cmd_off_tpl": "off",
    "stat_tpl": "{{ value.split(',')[0] }}",
    "bri_tpl": "{{ value.split(',')[1] }}",
    "r_tpl": "{{ value.split(',')[2] }}",
    "g_tpl": "0",
    "b_tpl": "0",
}


@pytest.mark.parametrize(
    ("config", "data", "said"),
    [
        (LAMP, {}, {"state": "ON"}),
        (LAMP, {"brightness": 255}, {"state": "ON", "brightness": 254}),
        (LAMP, {"brightness": 1}, {"state": "ON", "brightness": 1}),
        (LAMP, {"color_temp_kelvin": 2700}, {"state": "ON", "color_temp": 370}),
        ({**LAMP, "clr_temp_k": True}, {"color_temp_kelvin": 2700}, {"state": "ON", "color_temp": 2700}),
        (LAMP, {"xy_color": [0.3, 0.4]}, {"state": "ON", "color": {"x": 0.3, "y": 0.4}}),
        (LAMP, {"rgb_color": [255, 0, 0]}, {"state": "ON", "color": {"x": 0.7006, "y": 0.2993}}),
        (
            {**LAMP, "sup_clrm": ["hs"]},
            {"rgb_color": [0, 255, 0]},
            {"state": "ON", "color": {"h": 120.0, "s": 100.0}},
        ),
        (
            {**LAMP, "sup_clrm": ["rgb"]},
            {"hs_color": [240, 100]},
            {"state": "ON", "color": {"r": 0, "g": 0, "b": 255}},
        ),
        (LAMP, {"effect": "blink", "transition": 2.0}, {"state": "ON", "effect": "blink", "transition": 2}),
        (LAMP, {"flash": "long"}, {"state": "ON", "flash": 10}),
    ],
)
def test_a_json_light_is_told_everything_at_once(config, data, said):
    ((topic, payload),) = sent(entity("light", name="It", **config), "light.turn_on", **data)

    assert (topic, json.loads(payload)) == ("c", said)


@pytest.mark.parametrize(
    ("config", "data", "commands"),
    [
        (BASIC, {}, [("c", "ON")]),
        (BASIC, {"brightness": 128}, [("b", "50"), ("c", "ON")]),
        ({**BASIC, "on_cmd_type": "first"}, {"brightness": 128}, [("c", "ON"), ("b", "50")]),
        ({**BASIC, "on_cmd_type": "brightness"}, {}, [("b", "100")]),
        (BASIC, {"rgb_color": [1, 2, 3]}, [("rgb", "1,2,3"), ("c", "ON")]),
        (
            {**BASIC, "rgb_cmd_tpl": "{{ '#%02x%02x%02x' | format(red, green, blue) }}"},
            {"rgb_color": [255, 16, 0]},
            [("rgb", "#ff1000"), ("c", "ON")],
        ),
        (BASIC, {"color_temp_kelvin": 4000}, [("ct", "250"), ("c", "ON")]),
        (BASIC, {"effect": "rainbow"}, [("fx", "rainbow"), ("c", "ON")]),
        ({"cmd_t": "c", "hs_cmd_t": "hs"}, {"rgb_color": [0, 255, 0]}, [("hs", "120,100"), ("c", "ON")]),
        ({"cmd_t": "c", "rgb_cmd_t": "rgb"}, {"brightness": 127.5}, [("rgb", "128,128,128"), ("c", "ON")]),
        (TEMPLATED, {"brightness": 9}, [("c", "on,9")]),
        (TEMPLATED, {"rgb_color": [7, 0, 0]}, [("c", "on,7")]),
    ],
)
def test_other_lights_are_told_as_they_want_it(config, data, commands):
    assert sent(entity("light", name="It", **config), "light.turn_on", **data) == commands


@pytest.mark.parametrize(
    ("config", "heard", "value", "some"),
    [
        (LAMP, [("s", {"state": "ON", "brightness": 127})], "on", {"brightness": 128}),
        (LAMP, [("s", {"state": "OFF"})], "off", {}),
        (LAMP, [("s", {"state": None})], None, {}),
        (
            LAMP,
            [("s", {"color_mode": "color_temp", "color_temp": 370, "color": {"x": 0.4, "y": 0.4}})],
            None,
            {"color_mode": "color_temp", "color_temp_kelvin": 2702},
        ),
        (
            LAMP,
            [("s", {"color_temp": 370}), ("s", {"color_mode": "xy", "color": {"x": 0.7006, "y": 0.2993}})],
            None,
            {
                "color_mode": "xy",
                "xy_color": [0.7006, 0.2993],
                "rgb_color": [255, 0, 0],
                "hs_color": [0.0, 100.0],
            },
        ),
        (LAMP, [("s", {"color": {"r": 0, "g": 255, "b": 0}})], None, {"hs_color": [120.0, 100.0]}),
        (
            BASIC,
            [("s", "ON"), ("bs", "50"), ("fxs", "rainbow")],
            "on",
            {"brightness": 128, "effect": "rainbow"},
        ),
        (BASIC, [("rgbs", "255,0,0")], None, {"rgb_color": [255, 0, 0], "color_mode": "rgb"}),
        (BASIC, [("cts", "250")], None, {"color_temp_kelvin": 4000, "color_mode": "color_temp"}),
        (BASIC, [("bs", "50"), ("bs", "0")], None, {"brightness": 128}),
        (TEMPLATED, [("s", "on,200,255")], "on", {"brightness": 200, "rgb_color": [255, 0, 0]}),
    ],
)
def test_a_light_is_read_in_our_units(config, heard, value, some):
    one = entity("light", name="It", **config)

    for topic, payload in heard:
        hear(one, topic, payload)

    assert one.live.value == value
    assert some.items() <= dict(one.live.told()).items()


@pytest.mark.parametrize(
    ("config", "modes"),
    [
        (LAMP, ["xy", "color_temp"]),
        ({"schema": "json", "cmd_t": "c"}, ["onoff"]),
        ({"schema": "json", "cmd_t": "c", "brightness": True}, ["brightness"]),
        (
            {"schema": "json", "cmd_t": "c", "brightness": True, "xy": True, "color_temp": True},
            ["color_temp", "xy"],
        ),
        (BASIC, ["color_temp", "rgb"]),
        ({"cmd_t": "c", "bri_cmd_t": "b"}, ["brightness"]),
        ({"cmd_t": "c"}, ["onoff"]),
        (TEMPLATED, ["rgb"]),
    ],
)
def test_a_light_says_what_it_can_do(config, modes):
    assert entity("light", name="It", **config).entity.capabilities["supported_color_modes"] == modes


def test_colour_temperatures_are_in_kelvin():
    one = entity("light", name="It", **LAMP, min_mirs=153, max_mirs=500)

    assert one.entity.capabilities["min_color_temp_kelvin"] == 2000
    assert one.entity.capabilities["max_color_temp_kelvin"] == 6535
