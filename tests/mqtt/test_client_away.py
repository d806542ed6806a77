"""The broker goes away and comes back."""

import asyncio

import pytest
from structlog.testing import capture_logs

from agent.core.events import BrokerConnected, BrokerLost
from agent.errors import TransientError
from tests.mqtt.connecting import Proxy, fresh, node, settled, until

pytestmark = pytest.mark.broker


async def test_subscriptions_availability_and_retained_states_come_back_after_the_broker_died(own_broker):
    broker = own_broker()
    async with node(broker.port, "me") as one:
        got = one.collect("in", every=True)
        one.mqtt.publish("state", "old", retain=True)
        one.mqtt.publish("state", "new", retain=True)
        await settled(one)

        broker.kill9()
        await until(lambda: not one.mqtt.connected)
        broker.start()
        await until(lambda: one.mqtt.connected)

        async with node(broker.port) as other:
            seen = other.collect("#")
            await until(lambda: len(seen) >= 2)
            other.mqtt.publish("in", "1")
            await until(lambda: got)
            kept = {m.topic: m.text() for m in seen if m.retain}
        assert (kept["state"], kept["hearthd/me/status"]) == ("new", "online")


async def test_it_starts_without_a_broker_and_finds_it_later(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False) as one:
        await asyncio.wait_for(one.mqtt.answered(), 5)
        assert not one.mqtt.connected

        broker.start()

        await until(lambda: one.mqtt.connected)


async def test_the_will_says_offline_when_the_connection_breaks(broker):
    proxy = Proxy(broker.port)
    await proxy.start()
    name = fresh()
    async with node(broker.port) as watcher:
        seen = watcher.collect(f"hearthd/{name}/status", every=True, qos=1)
        async with node(proxy.port, name) as one:
            await until(lambda: seen)

            proxy.cut()

            await until(lambda: len(seen) >= 3)
            assert [m.text() for m in seen[:3]] == ["online", "offline", "online"]
            assert one.mqtt.connected
    await proxy.stop()


async def test_nothing_is_lost_when_the_connection_is_cut_in_mid_stream(broker):
    proxy = Proxy(broker.port)
    await proxy.start()
    topic = fresh()
    async with node(proxy.port) as one, node(broker.port) as other:
        got = one.collect(topic, qos=1, every=True)
        await settled(one)
        proxy.left = 20_000

        for number in range(500):
            other.mqtt.publish(topic, f"{number}:" + "x" * 200)

        await until(lambda: {int(m.text().split(":")[0]) for m in got} == set(range(500)))
        assert one.metrics.counters["mqtt.disconnects"] == 1
    await proxy.stop()


async def test_what_was_published_in_a_cut_is_sent_again(broker):
    proxy = Proxy(broker.port)
    await proxy.start()
    topic = fresh()
    async with node(proxy.port) as one, node(broker.port) as other:
        got = other.collect(topic, qos=1, every=True)
        await settled(other)
        acked: list[int] = []
        proxy.left = 0

        for number in range(100):
            one.mqtt.publish(topic, str(number), on_ack=lambda n=number: acked.append(n))

        await until(lambda: len(acked) == 100)
        await until(lambda: {int(m.text()) for m in got} == set(range(100)))
    await proxy.stop()


async def test_while_away_the_newest_retained_waits_and_the_rest_in_order(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False) as one:
        for number in range(5):
            one.mqtt.publish("state", str(number), retain=True)
            one.mqtt.publish("event", str(number))
        got: list[str] = []
        one.mqtt.subscribe("+", lambda m: got.append(f"{m.topic} {m.text()}"), every=True)

        broker.start()

        await until(lambda: "event 4" in got)
        await settled(one)
        assert [line for line in got if line.startswith("event")] == [f"event {n}" for n in range(5)]
        assert {line for line in got if line.startswith("state")} == {"state 4"}


async def test_what_outlived_its_time_is_not_sent(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False) as one:
        got = one.collect("+", every=True)
        one.mqtt.publish("short", "1", ttl=0.001)
        one.mqtt.publish("long", "2", ttl=60)

        broker.start()

        await until(lambda: got)
        assert [m.topic for m in got] == ["long"]


async def test_the_queue_while_away_is_bounded_and_what_falls_out_is_logged(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False, most_waiting=10) as one:
        got = one.collect("event", every=True)
        with capture_logs() as lines:
            for number in range(12):
                one.mqtt.publish("event", str(number))

        broker.start()

        await until(lambda: len(got) == 10)
        assert [line["event"] for line in lines].count("mqtt.publication_dropped") == 2
        assert got[0].text() == "2"


async def test_a_burst_larger_than_the_pace_arrives_in_order(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False) as one:
        got = one.collect("event", qos=1, every=True)
        for number in range(3000):
            one.mqtt.publish("event", str(number))

        broker.start()

        await until(lambda: len(got) >= 3000)
        assert [int(m.text()) for m in got] == list(range(3000))


async def test_a_command_never_waits(own_broker):
    broker = own_broker()
    broker.stop()
    async with node(broker.port, connected=False) as one:
        got = one.collect("+", every=True)

        with pytest.raises(TransientError, match="is away"):
            one.mqtt.command("lamp/set", "ON", ttl=5)

        broker.start()
        one.mqtt.publish("end", "1")
        await until(lambda: got)
        assert [m.topic for m in got] == ["end"]


async def test_a_command_is_never_sent_again(broker):
    proxy = Proxy(broker.port)
    await proxy.start()
    topic = fresh()
    async with node(proxy.port) as one, node(broker.port) as other:
        got = other.collect(f"{topic}/#", qos=1, every=True)
        await settled(other)
        proxy.left = 0

        one.mqtt.command(f"{topic}/set", "ON", qos=1, ttl=60)
        await until(lambda: not one.mqtt.connected)
        await until(lambda: one.mqtt.connected)
        one.mqtt.publish(f"{topic}/end", "1")

        await until(lambda: got and got[-1].topic.endswith("end"))
        assert len([m for m in got if m.topic.endswith("set")]) <= 1
    await proxy.stop()


async def test_what_the_broker_stored_meanwhile_is_marked(broker):
    name, topic = fresh(), fresh()
    async with node(broker.port, name) as one:
        one.collect(topic, qos=1, every=True)
        await settled(one)
    async with node(broker.port) as other:
        other.mqtt.publish(topic, "while away")
        await settled(other)
        async with node(broker.port, name, connected=False) as again:
            got = again.collect(topic, qos=1, every=True)
            await until(lambda: got)
            await settled(again)
            await until(lambda: not again.mqtt._nonce)

            other.mqtt.publish(topic, "now")

            await until(lambda: len(got) == 2)
            assert [(m.text(), m.resumed) for m in got] == [("while away", True), ("now", False)]


async def test_a_broker_that_hangs_is_waited_for(own_broker):
    broker = own_broker()
    async with node(broker.port) as one:
        got = one.collect("in")
        await settled(one)
        broker.pause()
        one.mqtt.publish("in", "1")
        await asyncio.sleep(0.1)
        assert got == []

        broker.resume()

        await until(lambda: got)
        assert one.metrics.counters["mqtt.connects"] == 1


async def test_closing_at_a_hanging_broker_is_bounded(own_broker):
    broker = own_broker()
    async with node(broker.port) as one:
        broker.pause()

        async with asyncio.timeout(2):
            await one.mqtt.close(within=0.2)

        assert not one.mqtt.connected
        broker.resume()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_second_client_of_our_name_makes_us_back_off_and_say_so(broker, protocol):
    name = fresh()
    with capture_logs() as lines:
        async with node(broker.port, name, protocol=protocol), node(broker.port, name, protocol=protocol):
            await until(lambda: any(line["event"] == "mqtt.session_taken_over" for line in lines))
            connects = [line for line in lines if line["event"] == "mqtt.connected"]

    said = next(line for line in lines if line["event"] == "mqtt.session_taken_over")
    assert said["client_id"] == f"hearthd-{name}"
    assert len(connects) <= 12


async def test_the_bus_hears_of_the_broker(own_broker):
    broker = own_broker()
    async with node(broker.port, connected=False) as one:
        with one.bus.subscribe("test", BrokerConnected, BrokerLost) as heard:
            await until(lambda: one.mqtt.connected)
            broker.kill9()
            await until(lambda: len(heard) == 2)

            kinds = [type(event) async for event in _first(heard, 2)]

    assert kinds == [BrokerConnected, BrokerLost]


async def _first(events, number):
    async for event in events:
        yield event
        number -= 1
        if not number:
            return
