"""Figures of the daemon itself: counted, sampled within a window, read when somebody looks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.runtime.metrics import WINDOW, Histogram, Metrics


def sampled(*values):
    histogram = Histogram()
    for value in values:
        histogram.observe(value)
    return histogram.quantiles()


def test_a_hundred_samples_have_their_quantiles():
    assert sampled(*range(1, 101)) == {"count": 100, "p50": 50, "p90": 90, "p99": 99, "max": 100}


def test_one_sample_is_all_of_its_quantiles():
    assert sampled(7.12345) == {"count": 1, "p50": 7.123, "p90": 7.123, "p99": 7.123, "max": 7.123}


def test_no_sample_has_a_count_alone():
    assert sampled() == {"count": 0}


def test_old_samples_leave_the_window_and_stay_counted():
    told = sampled(1_000_000, *[1] * WINDOW)

    assert told == {"count": WINDOW + 1, "p50": 1, "p90": 1, "p99": 1, "max": 1}


@given(st.lists(st.floats(min_value=0, max_value=1e9), min_size=1, max_size=50))
def test_quantiles_are_samples_in_order(values):
    told = sampled(*values)
    found = [told[name] for name in ("p50", "p90", "p99", "max")]

    assert all(one <= other for one, other in pairwise(found))
    assert {*found} <= {round(value, 3) for value in values}
    assert told["max"] == round(max(values), 3)


def test_counters_add_up_by_name():
    metrics = Metrics()
    metrics.count("a")
    metrics.count("a", 4)
    metrics.count("b")

    assert metrics.counters == {"a": 5, "b": 1}


def test_a_gauge_is_read_at_the_moment_of_looking():
    metrics, waiting = Metrics(), [1]
    metrics.gauge("waiting", lambda: len(waiting))
    waiting.append(2)

    assert metrics.gauges() == {"waiting": 2}


def test_a_gauge_that_cannot_be_read_leaves_the_others_readable():
    metrics = Metrics()
    metrics.gauge("broken", lambda: 1 / 0)
    metrics.gauge("fine", lambda: 3)

    assert metrics.gauges() == {"fine": 3}
