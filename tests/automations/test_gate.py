"""How often a rule may go off, on a clock of its own."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.automations.gate import Gate, Open, Shut, Waiting

TIMES = st.lists(st.floats(0.0, 20.0), max_size=60).map(lambda steps: list(accumulate(steps)))


def opened(gate: Gate, times: list[float]) -> list[float]:
    """When the gate opened, being offered something at `times` and asked to release when it wants to be."""
    found = []
    for now in times:
        while gate.due is not None and gate.due <= now:
            due = gate.due
            if isinstance(gate.release(due), Open):
                found.append(due)
        if isinstance(gate.offer(now), Open):
            found.append(now)
    while gate.due is not None:
        due = gate.due
        if isinstance(gate.release(due), Open):
            found.append(due)
    return found


@given(times=TIMES)
def test_a_gate_without_limits_is_open(times):
    assert opened(Gate(), times) == times


# count -----------------------------------------------------------------------------------------------------
def test_the_third_time_within_a_while_goes_through():
    assert opened(Gate(count=3, within=300), [0, 100, 200]) == [200]


def test_times_that_are_too_far_apart_do_not_count_together():
    assert opened(Gate(count=3, within=300), [0, 200, 300, 450]) == [450]


def test_after_it_went_through_counting_begins_anew():
    assert opened(Gate(count=2, within=300), [0, 1, 2, 3, 4]) == [1, 3]


def test_how_many_times_it_was_is_told():
    gate = Gate(count=3, within=300)
    gate.offer(0)

    assert gate.offer(10) == Shut("it was set off 2 of 3 times within 5m")


def naive(times: list[float], count: int, within: float) -> list[float]:
    found, counted = [], []
    for now in times:
        counted = [one for one in [*counted, now] if one > now - within]
        if len(counted) >= count:
            found.append(now)
            counted = []
    return found


@given(times=TIMES, count=st.integers(2, 6), within=st.floats(0.5, 60.0))
def test_counting_is_what_a_list_of_all_times_gives(times, count, within):
    assert opened(Gate(count=count, within=within), times) == naive(times, count, within)


def test_a_flood_leaves_no_more_than_the_count_in_memory():
    gate = Gate(count=5, within=1e9)
    for now in range(100_003):
        gate.offer(float(now))

    assert len(gate._counted) == 3


# debounce --------------------------------------------------------------------------------------------------
def test_it_waits_until_it_has_been_quiet():
    assert opened(Gate(debounce=10), [0, 5, 9, 30]) == [19, 40]


def test_what_waits_says_until_when():
    assert Gate(debounce=10).offer(5) == Waiting(15, "it waits until it has been quiet for 10s")


def test_what_is_asked_too_early_still_waits():
    gate = Gate(debounce=10)
    gate.offer(0)

    assert isinstance(gate.release(9.9), Waiting)


def test_nothing_is_released_twice():
    gate = Gate(debounce=10)
    gate.offer(0)
    gate.release(10)

    assert gate.release(20) == Shut("nothing waits")


@given(times=TIMES, debounce=st.floats(0.5, 30.0))
def test_it_goes_off_once_for_each_burst_and_exactly_after_its_quiet(times, debounce):
    ends = [now for now, after in pairwise([*times, float("inf")]) if now + debounce <= after]

    assert opened(Gate(debounce=debounce), times) == [end + debounce for end in ends]


# throttle --------------------------------------------------------------------------------------------------
def test_it_does_not_go_off_again_too_soon():
    assert opened(Gate(throttle=60), [0, 30, 59, 60, 100, 121]) == [0, 60, 121]


def test_how_soon_it_was_is_told():
    gate = Gate(throttle=60)
    gate.offer(0)

    assert gate.offer(30) == Shut("it went off 30s ago, and not again within 1m")


@given(times=TIMES, throttle=st.floats(0.5, 60.0))
def test_two_times_are_never_closer_than_the_throttle(times, throttle):
    found = opened(Gate(throttle=throttle), times)

    assert all(later >= earlier + throttle for earlier, later in pairwise(found))


@given(times=TIMES, throttle=st.floats(0.5, 60.0))
def test_whatever_is_throttled_was_too_soon(times, throttle):
    found = opened(Gate(throttle=throttle), times)
    lost = [now for now in times if now not in found]

    assert all(any(one <= now < one + throttle for one in found) for now in lost)


# together --------------------------------------------------------------------------------------------------
@given(
    times=TIMES,
    count=st.integers(2, 4),
    within=st.floats(1.0, 60.0),
    debounce=st.floats(0.5, 20.0),
    throttle=st.floats(0.5, 60.0),
)
def test_together_they_are_one_after_the_other(times, count, within, debounce, throttle):
    whole = Gate(count=count, within=within, debounce=debounce, throttle=throttle)
    counted = opened(Gate(count=count, within=within), times)
    quiet = opened(Gate(debounce=debounce), counted)

    assert opened(whole, times) == opened(Gate(throttle=throttle), quiet)


@pytest.mark.parametrize("many", [1_000])
def test_a_count_of_many_needs_so_many(many):
    times = [float(now) for now in range(many)]

    assert opened(Gate(count=many, within=1e6), times) == [many - 1]
