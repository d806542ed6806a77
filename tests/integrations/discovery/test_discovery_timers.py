"""Timers by name: set, moved, dropped, fired."""

from integrations.discovery.timers import MOST_OVER, Timers
from tests.integrations.discovery.wire import Wire


def test_a_timer_that_is_set_again_fires_once_and_later():
    wire, fired = Wire(), []
    timers = Timers(wire)
    timers.set("one", 1, lambda: fired.append("early"))
    timers.set("one", 2, lambda: fired.append("late"))
    wire.clock.seconds += 1.5
    timers.fire()
    before = list(fired)
    wire.clock.seconds += 1
    timers.fire()

    assert (before, fired) == ([], ["late"])


def test_a_dropped_timer_never_fires():
    wire, fired = Wire(), []
    timers = Timers(wire)
    timers.set("one", 1, lambda: fired.append("one"))
    timers.set("other", 1, lambda: fired.append("other"))
    timers.drop("one")
    wire.clock.seconds += 2
    timers.fire()

    assert fired == ["other"]


def test_timers_that_are_dropped_and_set_over_and_over_take_no_room():
    timers = Timers(Wire())
    for _ in range(10_000):
        timers.set("far", 1e9, lambda: None)
        timers.drop("far")

    assert len(timers._order) <= MOST_OVER + 1
