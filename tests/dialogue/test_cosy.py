"""What is to be cosy."""

import pytest

from agent.errors import ActionError
from tests.dialogue.wishing import furnished, one


@pytest.fixture
def home():
    return furnished()


@pytest.mark.parametrize(
    ("key", "text", "data"),
    [
        ("light.lamp", "make the lounge cosy", {"brightness_pct": 30, "color_temp_kelvin": 2700}),
        ("light.desk", "a romantic mood in the lounge", {"brightness_pct": 30, "color_temp_kelvin": 2700}),
    ],
)
def test_what_is_to_be_cosy_is_dim_and_warm(home, key, text, data):
    assert one(home, "HassLightSet", key, text) == ("light.turn_on", data)


def test_a_lamp_that_only_switches_is_not_made_cosy(home):
    with pytest.raises(ActionError, match="can't be dimmed"):
        one(home, "HassLightSet", "light.plain", "make the lounge cosy")
