"""States: what people mean by their words, and what is a number."""

import pytest

from agent.dialogue.seen import is_in, number
from tests.actions.asking import entity


@pytest.mark.parametrize(
    ("domain", "device_class", "value", "wanted", "same"),
    [
        ("light", None, "on", "on", True),
        ("light", None, "off", "on", False),
        ("binary_sensor", "door", "on", "open", True),
        ("binary_sensor", "door", "off", "closed", True),
        ("binary_sensor", "moisture", "on", "wet", True),
        ("binary_sensor", "motion", "off", "clear", True),
        ("binary_sensor", "lock", "on", "locked", False),
        ("binary_sensor", "occupancy", "off", "occupied", False),
        ("cover", "garage", "closing", "closed", False),
        ("cover", "blind", "open", "on", True),
        ("lock", None, "jammed", "locked", False),
        ("climate", None, "heat", "on", True),
        ("climate", None, "off", "on", False),
        ("media_player", None, "standby", "off", True),
        ("media_player", None, "paused", "on", True),
        ("vacuum", None, "docked", "on", False),
        ("alarm_control_panel", None, "armed_away", "armed", True),
        ("alarm_control_panel", None, "disarmed", "armed", False),
        ("person", None, "home", "家", True),
        ("person", None, "not_home", "away", True),
        ("person", None, "School", "school", True),
        ("sensor", None, "off", "on", False),
    ],
)
def test_a_state_means_what_people_mean_by_its_word(domain, device_class, value, wanted, same):
    thing = entity(f"{domain}.x", device_class=device_class)

    assert is_in(thing, value, wanted) is same


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("21.0", 21),
        ("20.444", 20.44),
        (7, 7),
        ("nan", None),
        ("inf", None),
        (float("nan"), None),
        (10**400, None),
        (True, None),
        ("on", None),
        (None, None),
    ],
)
def test_only_a_finite_number_is_a_number(given, found):
    assert number(given) == found
