"""The embedded broker: there at once, on loopback, on another port if need be, and back when it dies."""

import asyncio
import signal
import socket

import pytest

from agent.mqtt.broker import embedded
from tests.mosquitto import binary, free_port


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=["mosquitto", "amqtt"])
def kind(request):
    if request.param == "mosquitto":
        binary()
    return request.param


async def test_it_answers_while_the_block_runs_and_not_after(kind, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind) as broker:
        inside = answers(broker.port)

    assert inside
    assert not answers(broker.port)


async def test_a_taken_port_is_left_to_whoever_has_it(kind, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with embedded(tmp_path, port=port, kind=kind) as broker:
            assert broker.port != port
            assert answers(broker.port)


async def test_it_comes_back_on_its_port_when_it_is_killed(kind, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind) as broker:
        watching = asyncio.create_task(broker.watch())
        first = broker._process.pid
        broker._process.send_signal(signal.SIGKILL)
        async with asyncio.timeout(10):
            while broker._process.pid == first or not answers(broker.port):
                await asyncio.sleep(0.02)
        watching.cancel()

        assert answers(broker.port)
