"""The in-process bus: states keep the newest, everything else is kept in order or counted."""

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from agent.core.events import BrokerLost, EntityAdded, Event, StateChanged
from agent.core.home import Entity, State
from agent.runtime.bus import Bus

AT = datetime(2026, 1, 1, tzinfo=UTC)


def state(entity, value):
    return StateChanged(at=AT, entity=entity, old=State(), new=State(value=value))


async def drained(events, count):
    found = []
    async for event in events:
        found.append(event)
        if len(found) == count:
            return found
    return found


async def test_of_the_states_of_an_entity_the_newest_is_kept():
    bus = Bus()
    with bus.subscribe("test", StateChanged) as events:
        for value in ("1", "2", "3"):
            bus.publish(state("sensor.a", value))
        bus.publish(state("sensor.b", "9"))

        found = await drained(events, 2)

    assert [event.new.value for event in found] == ["3", "9"]


async def test_other_events_are_kept_in_order():
    bus = Bus()
    with bus.subscribe("test", BrokerLost) as events:
        for number in range(5):
            bus.publish(BrokerLost(at=AT, reason=str(number)))

        found = await drained(events, 5)

    assert [event.reason for event in found] == ["0", "1", "2", "3", "4"]


def test_what_does_not_fit_is_counted():
    bus = Bus()
    with bus.subscribe("slow", BrokerLost, size=2) as events:
        for number in range(5):
            bus.publish(BrokerLost(at=AT, reason=str(number)))

        assert events.dropped == 3


def test_nobody_wants_what_nobody_subscribed_to():
    bus = Bus()
    with bus.subscribe("test", StateChanged):
        assert bus.wants(StateChanged)
        assert not bus.wants(EntityAdded)
    assert not bus.wants(StateChanged)


def test_an_event_for_nobody_goes_nowhere():
    Bus().publish(EntityAdded(at=AT, entity=Entity(id="light.a", name="A", owner="test")))


async def test_a_state_that_replaces_another_begins_where_that_one_began():
    bus = Bus()
    with bus.subscribe("test", StateChanged) as events:
        for old, new in (("off", "on"), ("on", "dim"), ("dim", "bright")):
            bus.publish(StateChanged(at=AT, entity="light.a", old=State(value=old), new=State(value=new)))

        [event] = await drained(events, 1)

    assert (event.old.value, event.new.value) == ("off", "bright")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
async def test_states_that_are_told_together_are_news_if_one_of_them_was(first, second, together):
    bus = Bus()
    with bus.subscribe("test", StateChanged) as events:
        for replayed in (first, second):
            bus.publish(
                StateChanged(at=AT, entity="light.a", old=State(), new=State(value="on"), replayed=replayed)
            )

        [event] = await drained(events, 1)

    assert event.replayed is together


async def test_of_what_does_not_fit_the_oldest_is_dropped_and_logged():
    bus = Bus()
    with capture_logs() as logs, bus.subscribe("slow", BrokerLost, size=2) as events:
        for number in range(4):
            bus.publish(BrokerLost(at=AT, reason=str(number)))
        found = await drained(events, 2)

    assert [event.reason for event in found] == ["2", "3"]
    assert [(one["event"], one["subscriber"], one["kind"], one["total"]) for one in logs] == [
        ("bus.event_dropped", "slow", "BrokerLost", 1),
        ("bus.event_dropped", "slow", "BrokerLost", 2),
    ]


def test_a_newer_state_of_a_waiting_entity_needs_no_room():
    bus = Bus()
    with bus.subscribe("full", StateChanged, size=2) as events:
        for entity in ("sensor.a", "sensor.b", "sensor.a", "sensor.b"):
            bus.publish(state(entity, "1"))

        assert (events.dropped, len(events)) == (0, 2)


async def test_a_slow_subscriber_costs_the_quick_one_nothing():
    bus = Bus()
    with bus.subscribe("slow", BrokerLost, size=1), bus.subscribe("quick", BrokerLost) as quick:
        for number in range(5):
            bus.publish(BrokerLost(at=AT, reason=str(number)))
        depths = bus.depths()
        found = await drained(quick, 5)

    assert depths == {"slow": 1, "quick": 5}
    assert [event.reason for event in found] == ["0", "1", "2", "3", "4"]


async def test_who_subscribes_to_a_kind_hears_all_that_are_of_it():
    bus = Bus()
    with bus.subscribe("all", Event) as events:
        bus.publish(BrokerLost(at=AT, reason="x"))
        bus.publish(state("sensor.a", "1"))

        found = await drained(events, 2)

    assert [type(event) for event in found] == [BrokerLost, StateChanged]


async def test_an_event_wakes_a_waiting_subscriber():
    bus = Bus()
    with bus.subscribe("test", BrokerLost) as events:
        waiting = asyncio.create_task(drained(events, 1))
        await asyncio.sleep(0)
        bus.publish(BrokerLost(at=AT, reason="now"))

        assert [event.reason for event in await waiting] == ["now"]
