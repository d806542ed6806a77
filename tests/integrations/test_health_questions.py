"""Places for questions, and what is shown in them: pure."""

import json
from datetime import UTC

import pytest
from jinja2.sandbox import SandboxedEnvironment

from agent.api import Topics
from integrations.health.questions import question_components
from integrations.health.slots import MOST_SLOTS, Slots

ODD = ['a"b\\c ü', "{{ 7 * 7 }}", "{% raw %}", "{# x", "😀", "x" * 128, "%}'"]


def question(question_id="q", needs="anybody", **more):
    asked = {"cause": {"kind": "bus", "who": "somebody"}, "expires": "2026-01-01T18:22:33+00:00"}
    return {"id": question_id, "text": "unlock Front Door", "needs": needs, **asked, **more}


def shown(*questions):
    """The components that are there, by key."""
    slots = Slots().settle([one["id"] for one in questions])
    found = question_components(Topics("test"), questions, slots, zone=UTC)
    return {key: one for key, one in found.items() if set(one) != {"platform"}}


# what is shown ------------------------------------------------------------------------------------------
def test_without_questions_every_place_is_said_to_be_empty():
    found = question_components(Topics("test"), [], {}, zone=UTC)

    assert {key: one["platform"] for key, one in found.items()} == {
        f"{kind}{verb}_{slot}": platform
        for kind, platform in (("", "button"), ("pin_", "text"))
        for verb in ("approve", "deny")
        for slot in range(1, MOST_SLOTS + 1)
    }
    assert all(len(one) == 1 for one in found.values())


@pytest.mark.parametrize(
    ("needs", "keys"),
    [
        ("anybody", {"approve_1", "deny_1"}),
        ("pin", {"pin_approve_1", "pin_deny_1"}),
        ("person", set()),
    ],
)
def test_what_is_needed_to_answer_is_what_is_shown(needs, keys):
    assert set(shown(question(needs=needs))) == keys


def test_a_button_says_what_it_does_for_whom_and_until_when():
    assert shown(question())["approve_1"]["name"] == (
        "Approve: unlock Front Door (asked by somebody, expires 18:22)"
    )


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_question_is_called_its_button_names_it_exactly(odd):
    buttons = shown(question(odd))

    assert [json.loads(one["payload_press"]) for one in buttons.values()] == [{"id": odd}] * 2


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("typed", ["0042", 'a"b', "{{ 7 }}", "ü"])
def test_whatever_a_question_is_called_and_is_typed_the_field_sends_both_as_they_are(odd, typed):
    environment = SandboxedEnvironment()
    environment.filters["to_json"] = json.dumps
    template = shown(question(odd, "pin"))["pin_approve_1"]["command_template"]

    assert json.loads(environment.from_string(template).render(value=typed)) == {"id": odd, "pin": typed}


def test_a_name_of_any_length_is_bounded():
    asked = question(text="x" * 10_000, cause={"kind": "bus", "who": "y" * 10_000})

    assert all(len(one["name"]) <= 250 for one in shown(asked).values())


def test_there_are_places_for_so_many_questions_and_no_more():
    assert len(shown(*(question(f"q{number}") for number in range(30)))) == 2 * MOST_SLOTS


# places -------------------------------------------------------------------------------------------------
def test_a_question_keeps_its_place_while_others_come_and_go():
    slots = Slots()
    slots.settle(["a", "b", "c"])

    assert slots.settle(["c", "d"])["c"] == 3


def test_a_place_that_got_free_is_the_last_to_be_given_away():
    slots = Slots()
    slots.settle(["a"])
    slots.settle([])
    given = [dict(slots.settle([f"q{number}"]))[f"q{number}"] for number in range(MOST_SLOTS)]

    assert given == [*range(2, MOST_SLOTS + 1), 1]


def test_places_are_the_same_in_the_next_life():
    slots = Slots()
    slots.settle(["a", "b", "c"])
    slots.settle(["c"])
    later = Slots(json.loads(json.dumps(slots.as_json())))

    assert later.as_json() == slots.as_json()
    assert later.settle(["c", "d"]) == {"c": 3, "d": 4}


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        "x",
        {},
        {"held": 1, "free": 1},
        {"held": {"a": 99, "b": "1", "c": None}, "free": [99, "1", None, [], 1, 1]},
        {"held": {"a": 1, "b": 1}, "free": [1]},
    ],
)
def test_whatever_was_kept_every_place_is_given_away_once(kept):
    slots = Slots(kept)
    given = slots.settle([f"q{number}" for number in range(40)])

    assert sorted(given.values()) == list(range(1, MOST_SLOTS + 1))
