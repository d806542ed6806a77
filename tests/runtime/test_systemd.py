"""What the service manager hears: real datagrams on a real socket, as systemd would give us one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from agent.runtime.systemd import WITHIN, notify


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A socket where systemd would listen, which the daemon knows of."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


def test_the_lines_of_one_call_are_one_datagram(manager):
    notify("READY=1", "STATUS=the broker is näher")

    assert manager.recv(1000) == "READY=1\nSTATUS=the broker is näher".encode()


def test_an_abstract_socket_is_reached_as_well(monkeypatch):
    name = f"hearthd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        channel.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("STOPPING=1")

        assert channel.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "relative", "/" + "x" * 300])
def test_without_a_manager_nothing_happens(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    assert notify("READY=1") is None


def test_a_manager_that_does_not_read_holds_us_up_for_a_moment_at_most(manager):
    began = time.monotonic()
    while time.monotonic() - began < WITHIN:
        notify("STATUS=" + "x" * 4000)

    assert time.monotonic() - began < 3 * WITHIN


async def test_the_daemon_says_when_it_is_ready_reloads_and_stops(manager, broker, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(f"node: {{state_dir: {tmp_path / 'state'}}}\nmqtt: {{port: {broker.port}}}\n")

    def live():
        command = [sys.executable, "-m", "agent", "run", "-c", file]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as daemon:
            try:
                told = [manager.recv(1000)]
                daemon.send_signal(signal.SIGHUP)
                told += [manager.recv(1000), manager.recv(1000)]
                file.write_text("nonsense: 1\n")
                daemon.send_signal(signal.SIGHUP)
                told += [manager.recv(1000), manager.recv(1000)]
            finally:
                daemon.terminate()
            told.append(manager.recv(1000))
            return [one.decode() for one in told]

    told = await asyncio.to_thread(live)
    ready = f"READY=1\nSTATUS=broker: configured at 127.0.0.1:{broker.port}"
    assert [one.partition("\nMONOTONIC")[0] for one in told] == [
        ready,
        "RELOADING=1",
        ready,
        "RELOADING=1",
        "READY=1\nSTATUS=the last reload was refused: see the journal",
        "STOPPING=1",
    ]
