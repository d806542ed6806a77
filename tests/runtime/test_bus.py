"""The in-process bus: states keep the newest, everything else is kept in order or counted."""

from datetime import UTC, datetime

from agent.core.events import BrokerLost, EntityAdded, StateChanged
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
