"""What is asked of a lamp, in what it can do: one brightness from 0 to 255, one colour in a form it has."""

import pytest

from tests.actions.asking import entity, house, planned

CAPABLE = {
    "light.plain": {},
    "light.onoff": {"supported_color_modes": ["onoff"]},
    "light.dim": {"supported_color_modes": ["brightness"]},
    "light.hs": {"supported_color_modes": ["hs"]},
    "light.rgb": {"supported_color_modes": ["rgb"], "effect_list": ["Rainbow", "off"]},
    "light.rgbw": {"supported_color_modes": ["rgbw"]},
    "light.xy": {"supported_color_modes": ["xy", "color_temp"]},
    "light.white": {
        "supported_color_modes": ["color_temp"],
        "min_color_temp_kelvin": 2200,
        "max_color_temp_kelvin": 6500,
    },
}

TAKEN = [
    # lamp, data as given, data as planned
    ("plain", {}, {}),
    ("onoff", {"transition": 2}, {"transition": 2}),
    ("onoff", {"flash": "Short"}, {"flash": "short"}),
    ("dim", {"brightness": 40}, {"brightness": 40}),
    ("dim", {"brightness": "40"}, {"brightness": 40}),
    ("dim", {"brightness": 39.6}, {"brightness": 40}),
    ("dim", {"brightness": 0}, {"brightness": 0}),
    ("dim", {"brightness_pct": 100}, {"brightness": 255}),
    ("dim", {"brightness_pct": 50}, {"brightness": 128}),
    ("dim", {"brightness_pct": 0.4}, {"brightness": 1}),
    ("dim", {"brightness_pct": 0}, {"brightness": 0}),
    ("rgb", {"effect": "rainbow"}, {"effect": "Rainbow"}),
    ("rgb", {"effect": False}, {"effect": "off"}),
    ("rgb", {"color_name": "Red"}, {"rgb_color": [255, 0, 0]}),
    ("rgb", {"color": "#FF8801"}, {"rgb_color": [255, 136, 1]}),
    ("rgb", {"color": [0, 2.4, 255]}, {"rgb_color": [0, 2, 255]}),
    ("rgb", {"rgb_color": ["1", 2.4, 3]}, {"rgb_color": [1, 2, 3]}),
    ("rgb", {"hs_color": [120, 100]}, {"rgb_color": [0, 255, 0]}),
    ("rgb", {"xy_color": [0.3127, 0.329]}, {"rgb_color": [255, 255, 255]}),
    ("rgb", {"color": "blue", "brightness": 9}, {"rgb_color": [0, 0, 255], "brightness": 9}),
    ("rgbw", {"color": "white"}, {"rgb_color": [255, 255, 255]}),
    ("hs", {"color": "lime"}, {"hs_color": [120, 100]}),
    ("hs", {"hs_color": [240.5, 50]}, {"hs_color": [240.5, 50]}),
    ("xy", {"color": "red"}, {"xy_color": [0.6401, 0.33]}),
    ("xy", {"color": "#000000"}, {"xy_color": [0.3127, 0.329]}),
    ("xy", {"kelvin": 10_000}, {"color_temp_kelvin": 10_000}),
    ("white", {"kelvin": 3000}, {"color_temp_kelvin": 3000}),
    ("white", {"color_temp_kelvin": "3000"}, {"color_temp_kelvin": 3000}),
    ("white", {"kelvin": 2200}, {"color_temp_kelvin": 2200}),
    ("white", {"kelvin": 6500}, {"color_temp_kelvin": 6500}),
    ("white", {"color_temp": 250}, {"color_temp_kelvin": 4000}),
    ("white", {"color_temp": 154}, {"color_temp_kelvin": 6494}),
]

REFUSED = [
    # lamp, data, what is said
    ("plain", {"brightness": 1}, "Plain cannot be dimmed"),
    ("onoff", {"brightness": 1}, "Onoff cannot be dimmed"),
    ("onoff", {"brightness_pct": 50}, "Onoff cannot be dimmed"),
    ("onoff", {"color": "red"}, "Onoff cannot change its colour"),
    ("dim", {"color": "red"}, "Dim cannot change its colour"),
    ("dim", {"rgb_color": [1, 2, 3]}, "Dim cannot change its colour"),
    ("dim", {"kelvin": 3000}, "Dim cannot change its white"),
    ("rgb", {"color_temp": 300}, "Rgb cannot change its white"),
    ("white", {"color": "red"}, "White cannot change its colour"),
    ("white", {"kelvin": 2000}, "2000 K is out of reach of White; it has 2200 to 6500 K"),
    ("white", {"color_temp": 150}, "6667 K is out of reach of White; it has 2200 to 6500 K"),
    ("white", {"color_temp": 0}, "color_temp is 0; White takes 100 to 1000"),
    ("white", {"kelvin": 0}, "kelvin is 0; White takes 1000 to 10000"),
    ("dim", {"effect": "rainbow"}, "Dim has no effect to choose"),
    ("rgb", {"effect": "strobe"}, "Rgb has no effect 'strobe'; it has Rainbow, off"),
    ("dim", {"brightness": 256}, "brightness is 256; Dim takes 0 to 255"),
    ("dim", {"brightness_pct": 101}, "brightness_pct is 101; Dim takes 0 to 100"),
    ("dim", {"brightness": True}, "brightness is True, which is no number"),
    ("dim", {"brightness": [40]}, "brightness is [40], which is no number"),
    ("dim", {"brightness": float("nan")}, "brightness is nan, which is no number"),
    ("dim", {"brightness": 1, "brightness_pct": 1}, "brightness and brightness_pct contradict each other"),
    ("rgb", {"color": "red", "kelvin": 3000}, "color and kelvin contradict each other; give one of them"),
    (
        "rgb",
        {"color_name": "reddish"},
        "color_name is 'reddish'; a name like 'red', '#ff8800' or [255, 136, 0]",
    ),
    ("rgb", {"color": "#ff880"}, "color is '#ff880'; a name like 'red'"),
    ("rgb", {"color": 7}, "color is 7; a name like 'red'"),
    ("rgb", {"color": [1, 2]}, "color is [1, 2]; a list of 3 numbers is needed"),
    ("rgb", {"color": [1, 2, 256]}, "color is 256; Rgb takes 0 to 255"),
    ("rgb", {"color": [-1, 2, 3]}, "color is -1; Rgb takes 0 to 255"),
    ("rgb", {"rgb_color": [1, 2, 256]}, "rgb_color is 256; Rgb takes 0 to 255"),
    ("rgb", {"rgb_color": [1, 2, None]}, "rgb_color is None, which is no number"),
    ("rgb", {"rgb_color": "red"}, "rgb_color is 'red'; a list of 3 numbers is needed"),
    ("rgb", {"hs_color": [361, 0]}, "hs_color is 361; Rgb takes 0 to 360"),
    ("rgb", {"xy_color": [0.3, 0.3, 0.3]}, "a list of 2 numbers is needed"),
    ("dim", {"transition": 301}, "transition is 301; Dim takes 0 to 300"),
    ("dim", {"flash": "twice"}, "has no flash 'twice'; it has short, long"),
    ("dim", {"bright": 1}, "light.turn_on knows no 'bright'; it takes brightness, brightness_pct"),
]


@pytest.fixture
def home():
    return house(*(entity(name, capabilities=can) for name, can in CAPABLE.items()))


def asked(home, lamp, data):
    made = planned(home, "light.turn_on", f"light.{lamp}", data)
    return [dict(one.data) for one in made.steps], [reason for _, reason in made.refusals]


@pytest.mark.parametrize(("lamp", "given", "expected"), TAKEN)
def test_what_a_lamp_can_do_is_asked_in_its_own_form(home, lamp, given, expected):
    assert asked(home, lamp, given) == ([expected], [])


@pytest.mark.parametrize(("lamp", "given", "words"), REFUSED)
def test_what_a_lamp_cannot_do_is_refused_in_plain_words(home, lamp, given, words):
    steps, (said,) = asked(home, lamp, given)

    assert not steps
    assert words in said


@pytest.mark.parametrize(
    ("before", "given", "brightness"),
    [
        (("on", 100), {"brightness_step": 50}, 150),
        (("on", 100), {"brightness_step": -50}, 50),
        (("on", 100), {"brightness_step_pct": 10}, 126),
        (("on", 100), {"brightness_step_pct": "-10"}, 74),
        (("on", 250), {"brightness_step": 50}, 255),
        (("off", None), {"brightness_step": 50}, 50),
    ],
)
def test_a_step_of_brightness_becomes_a_brightness(home, before, given, brightness):
    value, now = before
    home.report("light.dim", value, {"brightness": now})

    assert asked(home, "dim", given) == ([{"brightness": brightness}], [])


def test_dimming_a_lamp_that_is_on_does_not_turn_it_off(home):
    home.report("light.dim", "on", {"brightness": 20})

    assert asked(home, "dim", {"brightness_step": -100}) == ([{"brightness": 1}], [])


def test_dimming_a_lamp_that_is_off_does_not_turn_it_on(home):
    home.report("light.dim", "off", {"brightness": 20})

    assert asked(home, "dim", {"brightness_step": -10}) == ([{"brightness": 0}], [])


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (None, {}),
        ("on", {}),
        ("on", {"brightness": None}),
        ("on", {"brightness": "bright"}),
        ("on", {"brightness": float("nan")}),
    ],
)
def test_a_step_from_an_unknown_brightness_is_refused(home, value, attributes):
    home.report("light.dim", value, attributes)
    _, refusals = asked(home, "dim", {"brightness_step": 10})

    assert refusals == ["its brightness is not known, so it cannot be changed by a step"]
