"""The watchdog: systemd hears that all is well while every vital loop comes round, and nothing otherwise."""

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from agent.mqtt.client import Mqtt
from agent.mqtt.config import MqttConfig
from agent.mqtt.topics import Topics
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.watchdog import Watchdog, awaited
from tests.mosquitto import free_port

WELL = b"WATCHDOG=1"
PERIOD = 0.15


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A socket where systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


def watchdog(**more):
    environment = {"WATCHDOG_USEC": str(int(PERIOD * 1e6)), "WATCHDOG_PID": str(os.getpid()), **more}
    return Watchdog(clock=Clock(), environment=environment)


@asynccontextmanager
async def watching(one):
    running = asyncio.create_task(one.run(), name="watchdog")
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def heard(manager, *, within=2.0):
    """The next thing that systemd hears, None if it hears nothing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            return await asyncio.get_running_loop().sock_recv(manager, 1000)


def forget(manager):
    """Read what has come so far."""
    with suppress(BlockingIOError):
        while manager.recv(1000):
            pass


async def test_systemd_hears_from_a_daemon_that_is_well_again_and_again(manager):
    one = watchdog()
    one.beat("loop", within=60)
    async with watching(one):
        assert [await heard(manager) for _ in range(4)] == [WELL] * 4


async def test_it_hears_nothing_once_a_loop_does_not_come_round(manager):
    one = watchdog()
    one.beat("quick", within=60)
    beat = one.beat("slow", within=PERIOD)
    async with watching(one):
        beat()
        assert await heard(manager) == WELL
        await asyncio.sleep(2 * PERIOD)
        forget(manager)

        assert await heard(manager, within=3 * PERIOD) is None
        assert one.standing() == ("slow",)


async def test_it_hears_from_a_loop_again_that_goes_on(manager):
    one = watchdog()
    beat = one.beat("slow", within=PERIOD)
    async with watching(one):
        await asyncio.sleep(2 * PERIOD)
        forget(manager)
        beat()

        assert await heard(manager) == WELL


async def test_a_loop_that_stands_is_named_once_with_the_place_where_it_waits(manager):
    async def stand_here():
        await asyncio.Event().wait()

    one = watchdog()
    one.beat("stuck", within=0.01)
    stuck = asyncio.create_task(stand_here(), name="stuck")
    with capture_logs() as logs:
        async with watching(one):
            await asyncio.sleep(3 * PERIOD)
    stuck.cancel()

    [said] = [line for line in logs if line["event"] == "watchdog.loop_stopped"]
    assert said["loop"] == "stuck"
    assert "stand_here" in " ".join(said["waits_at"])


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "none"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}]
)
async def test_nobody_is_told_where_systemd_did_not_ask_this_process(manager, environment):
    one = Watchdog(clock=Clock(), environment=environment)
    one.beat("loop", within=60)
    async with watching(one):
        assert await heard(manager, within=0.2) is None


async def test_whoever_waits_for_something_shows_meanwhile_that_it_lives():
    event, beats = asyncio.Event(), []

    def beat():
        beats.append(1)
        event.set()

    await awaited(event, beat)

    assert beats == [1]


async def test_a_broker_that_is_away_is_no_reason():
    clock, metrics, beats = Clock(), Metrics(), []
    config = MqttConfig(host="127.0.0.1", port=free_port())
    mqtt = Mqtt(config=config, topics=Topics("test"), bus=Bus(), clock=clock, metrics=metrics)
    running = asyncio.create_task(mqtt.run(lambda: beats.append(1)), name="mqtt")
    async with asyncio.timeout(5):
        while len(beats) < 3:
            await asyncio.sleep(0.01)
    running.cancel()

    assert not mqtt.connected


async def test_a_daemon_without_its_broker_tells_systemd_that_it_is_well(manager, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(f"node: {{state_dir: {tmp_path / 'state'}}}\nmqtt: {{port: {free_port()}}}\n")
    command = [sys.executable, "-m", "agent", "run", "-c", str(file)]
    daemon = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "WATCHDOG_USEC": "600000"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        told = [await heard(manager, within=15) for _ in range(5)]
    finally:
        daemon.terminate()
        await daemon.wait()

    assert told.count(WELL) >= 3
