"""The way back: what brings a thing to what it was, and what has no way back."""

import pytest

from agent.actions.planner import plan
from agent.core.actions import Risk, Target
from agent.core.home import State
from agent.dialogue.wishes import Wish, undoing
from tests.actions.asking import action
from tests.dialogue.wishing import BY_ID, TABLE, furnished, is_planned

BACK = TABLE["back"]


@pytest.fixture
def home():
    return furnished()


@pytest.mark.parametrize(("key", "value", "attributes", "service", "back", "data"), BACK)
def test_what_was_done_is_taken_back_to_what_was(key, value, attributes, service, back, data):
    before = State(value=value, attributes=attributes)

    assert undoing(BY_ID[key], before, service) == Wish(back, (key,), data)


@pytest.mark.parametrize(("key", "value", "attributes", "service"), [row[:4] for row in BACK])
def test_the_planner_takes_the_way_back(home, key, value, attributes, service):
    wish = undoing(BY_ID[key], State(value=value, attributes=attributes), service)

    assert wish is not None
    assert is_planned(home, wish)


@pytest.mark.parametrize(
    ("key", "value", "attributes", "service"),
    [
        ("button.bell", "2026-01-01", {}, "button.press"),
        ("scene.movie", "2026-01-01", {}, "scene.turn_on"),
        ("script.night", "off", {}, "script.turn_on"),
        ("todo.list", "1", {}, "todo.add_item"),
        ("media_player.tv", "playing", {}, "media_player.media_next_track"),
        ("media_player.tv", "playing", {}, "media_player.media_previous_track"),
        ("media_player.tv", "idle", {}, "media_player.play_media"),
        ("media_player.tv", "on", {}, "media_player.volume_up"),
        ("lock.front", "unlocked", {}, "lock.lock"),
        ("alarm_control_panel.house", "disarmed", {}, "alarm_control_panel.alarm_arm_away"),
        ("cover.blinds", "opening", {}, "cover.stop_cover"),
        ("climate.hall", "heat", {}, "climate.set_temperature"),
        ("switch.plug", None, {}, "switch.turn_on"),
        ("switch.plug", "unavailable", {}, "switch.turn_on"),
        ("switch.plug", "unknown", {}, "switch.turn_on"),
    ],
)
def test_what_has_no_way_back_has_none(key, value, attributes, service):
    assert undoing(BY_ID[key], State(value=value, attributes=attributes), service) is None


def test_what_was_before_the_last_restart_is_not_brought_back():
    assert undoing(BY_ID["switch.plug"], State(value="on", stale=True), "switch.turn_off") is None


def test_no_way_back_opens_what_locks_or_guards(home):
    for key, states in {
        "lock.front": ("locked", "unlocked", "open", "jammed"),
        "alarm_control_panel.house": ("disarmed", "armed_home", "triggered"),
    }.items():
        for value in states:
            wish = undoing(BY_ID[key], State(value=value), f"{key.partition('.')[0]}.x")
            steps = plan(action(wish.service, Target(entity=(key,))), home, known={}).steps if wish else ()
            assert all(step.risk <= Risk.REVERSIBLE for step in steps)
