"""The client on a broker that is there."""

import pytest
from structlog.testing import capture_logs

from tests.mqtt.connecting import Node, fresh, node, settled, until

pytestmark = pytest.mark.broker


async def test_a_message_arrives(broker):
    topic = fresh()
    async with node(broker.port) as one:
        got = one.collect(topic)

        one.mqtt.publish(topic, '{"on": true}')

        await until(lambda: got)
        assert got[0].json() == {"on": True}


async def test_subscribing_before_the_start_is_as_good_as_after(broker):
    topic = fresh()
    one = Node(broker.port, fresh())
    got = one.collect(topic)
    one.mqtt.publish(topic, "early")

    one.run()

    await until(lambda: got)
    await one.stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_availability_is_online_while_we_are_there_and_stopped_after(broker, protocol):
    name = fresh()
    async with node(broker.port) as watcher:
        seen = watcher.collect(f"hearthd/{name}/status", every=True, qos=1)
        async with node(broker.port, name, protocol=protocol):
            await until(lambda: seen)

        await until(lambda: len(seen) == 2)
        assert [one.text() for one in seen] == ["online", "stopped"]


async def test_one_message_fires_each_handler_once_however_filters_overlap(broker):
    root = fresh()
    async with node(broker.port) as one:
        lists = [one.collect(f"{root}/{rest}", every=True) for rest in ("#", "+", "a", "+/#")]

        one.mqtt.publish(f"{root}/a", "1")
        one.mqtt.publish(f"{root}/end", "2")

        await until(lambda: lists[0][1:] and lists[1][1:] and lists[3][1:])
        assert [[m.text() for m in got] for got in lists] == [["1", "2"], ["1", "2"], ["1"], ["1", "2"]]


async def test_two_handlers_of_one_filter_share_the_message(broker):
    topic = fresh()
    async with node(broker.port) as one:
        first, second = one.collect(topic), one.collect(topic)

        one.mqtt.publish(topic, "[]")

        await until(lambda: second)
        assert first[0] is second[0]


async def test_a_handler_that_comes_later_gets_the_retained_message_too(broker):
    topic = fresh()
    async with node(broker.port) as one:
        first = one.collect(topic, every=True)
        one.mqtt.publish(topic, "kept", retain=True)
        await until(lambda: first)

        second = one.collect(topic, every=True)

        await until(lambda: second)
        assert (second[0].retain, [m.retain for m in first]) == (True, [False, True])
        one.mqtt.publish(topic, "", retain=True)


async def test_an_ended_subscription_is_silent(broker):
    topic = fresh()
    async with node(broker.port) as one:
        got: list[object] = []
        end = one.mqtt.subscribe(topic, got.append)
        other = one.collect(f"{topic}/other")
        await settled(one)

        end()
        one.mqtt.publish(topic, "1")
        one.mqtt.publish(f"{topic}/other", "2")

        await until(lambda: other)
        assert got == []


async def test_a_handler_that_raises_is_logged_and_the_next_one_still_called(broker):
    topic = fresh()

    def broken(_message: object) -> None:
        raise RuntimeError("broken")

    async with node(broker.port) as one:
        one.mqtt.subscribe(topic, broken)
        got = one.collect(topic)
        with capture_logs() as lines:
            one.mqtt.publish(topic, "1")
            await until(lambda: got)

        assert [line["topic"] for line in lines if line["event"] == "mqtt.handler_failed"] == [topic]
        assert one.metrics.counters["mqtt.handler_failures"] == 1


async def test_correlation_and_what_is_left_of_the_life_travel_along(broker):
    topic = fresh()
    async with node(broker.port) as one:
        got = one.collect(topic)

        one.mqtt.publish(topic, "1", ttl=60, correlation=b"abc")

        await until(lambda: got)
        assert (got[0].correlation, got[0].expiry) == (b"abc", 60)


@pytest.mark.parametrize("qos", [0, 1])
async def test_on_ack_is_called_when_the_message_is_with_the_broker(broker, qos):
    async with node(broker.port) as one:
        acked: list[int] = []

        one.mqtt.publish(fresh(), "1", qos=qos, on_ack=lambda: acked.append(1))

        await until(lambda: acked)


async def test_eight_thousand_filters_are_subscribed_quickly(broker):
    root = fresh()
    async with node(broker.port) as one:
        got = [one.collect(f"{root}/{number}") for number in range(8000)]
        await settled(one)

        one.mqtt.publish(f"{root}/7999", "1")

        await until(lambda: got[-1], limit=3)


async def test_what_is_too_long_is_counted_and_skipped(broker):
    topic = fresh()
    async with node(broker.port, max_payload=2048) as small, node(broker.port) as other:
        got = small.collect(f"{topic}/#", qos=1, every=True)
        await settled(small)
        with capture_logs() as lines:
            for size in (2048, 2049, 300_000, 1):
                other.mqtt.publish(f"{topic}/{size}", b"x" * size)
            await until(lambda: len(got) == 2)

        assert [len(m.payload) for m in got] == [2048, 1]
        refused = [line for line in lines if line["event"] == "mqtt.message_refused"]
        assert [line["bytes"] for line in refused] == [2049, 300_000]


async def test_a_filter_that_is_none_is_refused_at_once(broker):
    async with node(broker.port) as one:
        with pytest.raises(ValueError, match="stands alone"):
            one.mqtt.subscribe("a/#/b", print)


async def test_closing_twice_does_no_harm(broker):
    async with node(broker.port) as one:
        await one.stop()

        await one.mqtt.close()

        assert not one.mqtt.connected


async def test_cancelling_the_service_leaves_the_connection(broker):
    topic = fresh()
    async with node(broker.port) as one:
        got = one.collect(topic)
        assert one.running is not None
        one.running.cancel()

        one.mqtt.publish(topic, "still here")

        await until(lambda: got)
