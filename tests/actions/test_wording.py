"""An action in words: short, on one line, and of what it is done to."""

import pytest

from agent.actions.wording import in_words

NAMES = {"lock.front": "Front Door", "cover.garage": "Garage", "alarm_control_panel.home": "Alarm"}


def words(service, *targets, **data):
    return in_words(service, targets, data, name_of=lambda one: NAMES.get(one, one))


@pytest.mark.parametrize(
    ("service", "targets", "data", "said"),
    [
        ("lock.unlock", ["lock.front"], {}, "unlock Front Door"),
        ("cover.open_cover", ["cover.garage"], {}, "open Garage"),
        ("cover.set_cover_position", ["cover.garage"], {"position": 40}, "set position Garage (position 40)"),
        ("alarm_control_panel.alarm_disarm", ["alarm_control_panel.home"], {"code": "***"}, "disarm Alarm"),
        ("light.turn_on", ["light.a_b"], {}, "turn on light.a_b"),
        ("lock.unlock", ["lock.front", "cover.garage"], {}, "unlock Front Door and Garage"),
        ("lock.unlock", ["a", "b", "c", "d", "e"], {}, "unlock a, b, c and 2 more"),
        ("task.run_all", [""], {"task": "backup"}, "task run all (task backup)"),
    ],
)
def test_an_action_is_told_in_words(service, targets, data, said):
    assert words(service, *targets, **data) == said


def test_a_code_is_never_told():
    assert "***" not in words("lock.unlock", "lock.front", code="***")


def test_what_steers_a_screen_is_not_told():
    assert words("lock.unlock", "a\x1b[2J\nb\u202ec") == "unlock a [2J b c"


def test_words_of_any_length_are_bounded():
    assert len(words("lock.unlock", *["x" * 10_000] * 100, item="y" * 10_000)) < 300
