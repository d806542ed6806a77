"""What must last before it counts, on a clock of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.automations.index import Heard, Watch
from agent.automations.lasting import Waits
from agent.automations.templates import Templates
from agent.automations.triggers import compiled
from agent.automations.when_section import WhenSection
from tests.automations.ruling import StillWorld, change, said

ON_FOR_TEN = {"state": {"entity": "light.x", "to": "on", "for": 10}}


def watch(when=None) -> Watch:
    return Watch(
        "rule", 0, compiled(WhenSection.model_validate(when or ON_FOR_TEN), Templates.of(StillWorld()))
    )


def play(steps, when=None) -> list[float]:
    """When the trigger fired, seeing the state of each (time, state) in turn, from `off`."""
    waits, watched, before, found = Waits(), watch(when), "off", []
    for now, state in [*steps, (1e9, None)]:
        while (due := waits.due) is not None and due <= now:
            found += [due] * len(waits.lasted(due))
        if state is not None:
            event = change(before, state)
            waits.heard(Heard(watched, watched.trigger.see(event)), event.entity, now)
            before = state
    return found


def test_what_stays_so_fires_when_its_time_has_come():
    assert play([(5, "on")]) == [15]


def test_what_ends_before_does_not_fire():
    assert play([(5, "on"), (14, "off")]) == []


def test_what_begins_anew_waits_anew():
    assert play([(5, "on"), (14, "off"), (14.5, "on")]) == [24.5]


def test_attributes_do_not_matter_meanwhile():
    assert play([(5, "on"), (9, said("on", brightness=3)), (14, said("on", brightness=9))]) == [15]


def test_a_device_that_goes_away_ends_it():
    assert play([(5, "on"), (9, said("on", available=False))]) == []


def test_a_number_that_stays_above_goes_on():
    when = {"state": {"entity": "light.x", "above": 25, "for": 10}}

    assert play([(1, "20"), (5, "26"), (9, "27"), (12, "30")], when) == [15]


def test_it_fires_once():
    waits, watched = Waits(), watch()
    waits.heard(Heard(watched, watched.trigger.see(change("off", "on"))), "light.x", 0)
    waits.lasted(10)

    assert (waits.lasted(10), waits.due, len(waits)) == ([], None, 0)


def test_each_entity_waits_for_itself():
    waits = Waits()
    watched = watch({"state": {"entity": ["light.x", "light.y"], "to": "on", "for": 10}})
    for now, entity in ((0, "light.x"), (1, "light.y")):
        event = change("off", "on", entity=entity)
        waits.heard(Heard(watched, watched.trigger.see(event)), entity, now)
    event = change("on", "off", entity="light.x")
    waits.heard(Heard(watched, watched.trigger.see(event)), "light.x", 5)

    assert [one.answer.trigger["entity_id"] for one in waits.lasted(20)] == ["light.y"]


def test_why_it_ended_is_told():
    waits, watched = Waits(), watch()
    waits.heard(Heard(watched, watched.trigger.see(change("off", "on"))), "light.x", 0)

    assert (
        waits.heard(Heard(watched, watched.trigger.see(change("on", "off"))), "light.x", 5)
        == "light.x was off, not on"
    )


def test_there_is_an_end_to_how_many_wait():
    waits, watched = Waits(most=2), watch()
    lasting = Heard(watched, watched.trigger.see(change("off", "on")))
    told = [waits.heard(lasting, f"light.{number}", 0) for number in range(3)]

    assert (len(waits), told) == (2, [None, None, "2 rules wait for something to last; one more is too many"])


def test_a_flood_of_new_beginnings_leaves_nothing_behind():
    waits, watched = Waits(), watch()
    lasting = Heard(watched, watched.trigger.see(change("off", "on")))
    for now in range(10_000):
        waits.heard(lasting, "light.x", float(now))

    assert (len(waits), len(waits._heap) < 100) == (1, True)


STEPS = st.lists(st.tuples(st.floats(0.1, 15.0), st.sampled_from(["on", "off", "dim"])), max_size=30)


@given(steps=STEPS)
def test_it_fires_for_each_time_it_was_on_for_long_enough(steps):
    now, times = 0.0, []
    for step, state in steps:
        now += step
        times.append((now, state))
    changes, before = [], "off"
    for at, state in times:
        if state != before:
            changes.append((at, state))
        before = state
    ends = [at for at, _ in changes[1:]] + [float("inf")]
    wanted = [
        at + 10 for (at, state), end in zip(changes, ends, strict=False) if state == "on" and at + 10 <= end
    ]

    assert play(times) == pytest.approx(wanted)
