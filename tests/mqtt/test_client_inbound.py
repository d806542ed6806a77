"""What comes in: order, floods, acknowledgements."""

import asyncio

import pytest

from tests.mqtt.connecting import fresh, node, settled, until

pytestmark = pytest.mark.broker


async def test_in_a_flood_of_states_no_command_is_lost_and_the_newest_state_wins(broker):
    root = fresh()
    async with node(broker.port, most_waiting=200) as one, node(broker.port) as other:
        states: dict[str, int] = {}
        commands = one.collect(f"{root}/do", qos=1, every=True)
        calls: list[None] = []

        def slow(message):
            calls.append(None)
            states[message.topic] = int(message.text())
            until_then = asyncio.get_running_loop().time() + 0.0005
            while asyncio.get_running_loop().time() < until_then:
                pass

        one.mqtt.subscribe(f"{root}/state/+", slow)
        await settled(one)

        for number in range(6000):
            other.mqtt.publish(f"{root}/state/{number % 20}", str(number), qos=0)
            if number % 20 == 0:
                other.mqtt.publish(f"{root}/do", str(number // 20))

        await until(lambda: len(commands) == 300)
        await until(lambda: sorted(states.values()) == list(range(5980, 6000)))
        assert [int(m.text()) for m in commands] == list(range(300))
        assert len(calls) < 6000


async def test_a_full_queue_stops_the_reading_instead_of_losing_commands(broker):
    topic = fresh()
    async with node(broker.port, most_waiting=10) as one, node(broker.port) as other:
        got: list[int] = []

        def slow(message):
            got.append(int(message.text()))
            until_then = asyncio.get_running_loop().time() + 0.001
            while asyncio.get_running_loop().time() < until_then:
                pass

        one.mqtt.subscribe(topic, slow, every=True)
        await settled(one)

        for number in range(1000):
            other.mqtt.publish(topic, str(number), qos=0)

        await until(lambda: len(got) == 1000)
        assert got == list(range(1000))
        assert one.metrics.counters["mqtt.pauses"] > 0


async def test_what_was_not_acknowledged_comes_again_in_the_next_life(broker):
    name, topic = fresh(), fresh()
    async with node(broker.port, name) as one:
        got = one.collect(topic, qos=1, every=True, manual_ack=True)
        await settled(one)
        for text in ("kept", "done"):
            one.mqtt.publish(topic, text)
        await until(lambda: len(got) == 2)
        got[1].ack()
        await settled(one)

    async with node(broker.port, name, connected=False) as again:
        got = again.collect(topic, qos=1, every=True, manual_ack=True)
        again.mqtt.publish(topic, "end")

        await until(lambda: got and got[-1].text() == "end")
        assert [m.text() for m in got] == ["kept", "end"]
        for message in got:
            message.ack()
        await settled(again)


async def test_two_handlers_that_acknowledge_both_have_to(broker):
    name, topic = fresh(), fresh()
    async with node(broker.port, name) as one:
        first = one.collect(topic, qos=1, every=True, manual_ack=True)
        second = one.collect(topic, qos=1, every=True, manual_ack=True)
        one.mqtt.publish(topic, "1")
        await until(lambda: second)
        first[0].ack()
        first[0].ack()
        await settled(one)

    async with node(broker.port, name, connected=False) as again:
        got = again.collect(topic, qos=1, every=True)

        await until(lambda: got)


async def test_acknowledging_after_the_connection_is_gone_does_no_harm(own_broker):
    broker = own_broker()
    async with node(broker.port) as one:
        got = one.collect("in", qos=1, every=True, manual_ack=True)
        one.mqtt.publish("in", "1")
        await until(lambda: got)
        broker.kill9()
        await until(lambda: not one.mqtt.connected)

        got[0].ack()

        assert not one.mqtt.connected


async def test_a_handler_may_end_its_own_subscription(broker):
    topic = fresh()
    async with node(broker.port) as one:
        got: list[str] = []

        def once(message):
            got.append(message.text())
            end()

        end = one.mqtt.subscribe(topic, once, every=True)
        rest = one.collect(f"{topic}/end")
        for text in ("1", "2"):
            one.mqtt.publish(topic, text)
            await settled(one)
        one.mqtt.publish(f"{topic}/end", "")

        await until(lambda: rest)
        assert got == ["1"]
