"""The broker that we start when there is none."""

import asyncio
import socket
import sys
import textwrap
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from agent.errors import ConfigError, TransientError
from agent.mqtt import broker as module
from agent.mqtt.broker import embedded
from tests.mosquitto import binary, free_port
from tests.mqtt.connecting import until

pytestmark = pytest.mark.broker
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["mosquitto", "amqtt"])
def kind(request):
    if request.param == "mosquitto":
        binary()
    return request.param


@pytest.fixture
def mosquitto():
    binary()


@pytest.fixture(autouse=True)
def _others(monkeypatch):
    """The processes of this one that are other tests' business, such as the broker that they share."""
    monkeypatch.setattr(sys.modules[__name__], "OTHERS", frozenset(children()))


OTHERS: frozenset[psutil.Process] = frozenset()


def children(parent=None):
    return [one for one in psutil.Process(parent).children(recursive=True) if one not in OTHERS]


def gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@asynccontextmanager
async def watched(broker):
    watching = asyncio.create_task(broker.watch())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def test_a_retained_message_reaches_who_comes_later(kind, ear, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind) as broker:
        speaker = await ear(broker.port)
        speaker.publish("a/b", "1", retain=True)

        listener = await ear(broker.port)

        await listener.until(lambda ear: ("a/b", b"1", True) in ear.heard)


async def test_it_is_what_was_asked_for_where_it_was_asked_for(kind, tmp_path):
    port = free_port()

    async with embedded(tmp_path, port=port, kind=kind) as broker:
        assert (broker.host, broker.port, broker.kind) == ("127.0.0.1", port, kind)


async def test_only_loopback_is_listened_on(kind, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind):
        listening = {
            at.laddr.ip
            for child in children()
            for at in child.net_connections("inet")
            if at.status == psutil.CONN_LISTEN
        }

    assert listening == {"127.0.0.1"}


async def test_a_taken_port_is_left_alone_and_another_one_used(kind, ear, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other, capture_logs() as logs:
        taken = other.getsockname()[1]

        async with embedded(tmp_path, port=taken, kind=kind) as broker:
            await ear(broker.port)

    assert broker.port != taken
    assert {
        "event": "broker.port_taken",
        "log_level": "warning",
        "port": taken,
        "instead": broker.port,
    } in logs


async def test_nothing_is_left_at_the_end(kind, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind):
        started = children()

    assert started
    assert all(gone(child) for child in started)


async def test_a_child_that_does_not_listen_to_reason_is_killed(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STOPPED_WITHIN", 0.2)
    async with embedded(tmp_path, port=free_port(), kind=kind):
        [child] = children()
        child.suspend()

    assert gone(child)


async def test_the_child_dies_with_a_killed_parent(kind, tmp_path):
    port = free_port()
    program = textwrap.dedent(f"""
        import asyncio, pathlib
        from agent.mqtt.broker import embedded
        async def main():
            async with embedded(pathlib.Path({str(tmp_path)!r}), port={port}, kind={kind!r}):
                print("ready", flush=True)
                await asyncio.Event().wait()
        asyncio.run(main())
    """)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert await asyncio.wait_for(parent.stdout.readline(), 10) == b"ready\n"
        [child] = children(parent.pid)

        parent.kill()

        await until(lambda: gone(child), 3)
    finally:
        with suppress(ProcessLookupError):
            parent.kill()
        await parent.communicate()


async def test_a_killed_child_is_back_on_the_same_port(kind, ear, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind=kind) as broker, watched(broker):
        [first] = children()

        first.kill()
        await until(lambda: any(child.pid != first.pid and listens(child) for child in children()))

        await ear(broker.port)


async def test_a_child_that_keeps_dying_is_started_later_each_time(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "DELAYS", (0.0, 30.0))
    with capture_logs() as logs:
        async with embedded(tmp_path, port=free_port(), kind=kind) as broker, watched(broker):
            children()[0].kill()
            await until(lambda: "broker.restarted" in events(logs))
            children()[0].kill()
            await until(lambda: events(logs).count("broker.ended") == 2)

            assert children() == []

    assert events(logs).count("broker.restarted") == 1


async def test_a_retained_message_outlives_a_killed_mosquitto(mosquitto, ear, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind="mosquitto") as broker, watched(broker):
        speaker = await ear(broker.port)
        speaker.publish("a/b", "1", retain=True)
        await until(lambda: b"a/b" in saved(tmp_path))

        [first] = children()
        first.kill()
        await until(lambda: any(child.pid != first.pid and listens(child) for child in children()))

        listener = await ear(broker.port)
        await listener.until(lambda ear: ("a/b", b"1", True) in ear.heard)


async def test_a_retained_message_outlives_a_restart_of_ours(mosquitto, ear, tmp_path):
    async with embedded(tmp_path, port=free_port(), kind="mosquitto") as broker:
        speaker = await ear(broker.port)
        speaker.publish("a/b", "1", retain=True)

    async with embedded(tmp_path, port=free_port(), kind="mosquitto") as broker:
        listener = await ear(broker.port)

        await listener.until(lambda ear: ("a/b", b"1", True) in ear.heard)


async def test_a_folder_of_our_name_where_we_were_started_does_no_harm(kind, tmp_path, monkeypatch):
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)

    async with embedded(tmp_path, port=free_port(), kind=kind) as broker:
        assert broker.kind == kind


async def test_what_a_failing_child_said_is_in_the_error(mosquitto, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOSQUITTO", "no_such_option {port}\n")

    with pytest.raises(TransientError, match="no_such_option"):
        async with embedded(tmp_path, port=free_port(), kind="mosquitto"):
            pass


@pytest.fixture
def silent(tmp_path, monkeypatch):
    """A mosquitto that never listens."""
    program = tmp_path / "silent"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    monkeypatch.setattr(module, "_mosquitto", lambda: str(program))


async def test_a_child_that_never_answers_is_ended_and_said(silent, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READY_WITHIN", 0.3)

    with pytest.raises(TransientError, match=r"no connections at 127.0.0.1:\d+ within 0.3 s"):
        async with embedded(tmp_path, port=free_port()):
            pass

    assert children() == []


async def test_giving_up_while_it_starts_leaves_nothing(silent, tmp_path):
    starting = asyncio.create_task(embedded(tmp_path, port=free_port()).__aenter__())
    await until(children)

    starting.cancel()
    await asyncio.wait([starting])

    assert children() == []


async def test_mosquitto_is_not_replaced_in_silence(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda *_, **__: None)

    with pytest.raises(ConfigError, match="apt install mosquitto"):
        async with embedded(tmp_path, kind="mosquitto"):
            pass


async def test_without_mosquitto_it_is_amqtt(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda *_, **__: None)

    async with embedded(tmp_path, port=free_port()) as broker:
        assert broker.kind == "amqtt"


def listens(child):
    with suppress(psutil.Error):
        return any(at.status == psutil.CONN_LISTEN for at in child.net_connections("inet"))
    return False


def events(logs):
    return [line["event"] for line in logs]


def saved(state_dir):
    with suppress(FileNotFoundError):
        return (state_dir / "broker" / "mosquitto.db").read_bytes()
    return b""
