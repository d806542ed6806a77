"""The server as a part of the daemon: off it costs nothing; a taken port and a reload hurt nobody else."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from agent import config as configuration
from agent.cli.desk import CommandDesk
from agent.integration import loader
from tests.cli.program import Program
from tests.house import living
from tests.http.calling import KEYS, PANEL, PHONE, UNMEASURED, Web, answering, calling, request
from tests.mosquitto import free_port

pytestmark = pytest.mark.broker


def problems(web: Web) -> list[str]:
    integration = web.house.daemon.hosted["http"].integration
    known = integration.house._parts.problems.as_json()
    return [one["problem"] for one in known if one["source"] == "http"]


# off ------------------------------------------------------------------------------------------------------
def loads_aiohttp(folder: Path, port: int, more: str) -> bool:
    """Whether a daemon with `more` in its configuration has the library in its memory."""
    program = Program(folder, port=port)
    program.configure(more)
    daemon = program.daemon("run")
    try:
        maps = psutil.Process(daemon.process.pid).memory_maps()
        return any("/aiohttp/" in one.path for one in maps)
    finally:
        daemon.close()


def test_without_its_section_nothing_of_it_is_loaded(own_broker, tmp_path):
    assert not loads_aiohttp(tmp_path, own_broker().port, "")


def test_with_its_section_it_is(own_broker, tmp_path):
    assert loads_aiohttp(tmp_path, own_broker().port, f"api: {{port: {free_port()}}}\n")


async def test_without_its_section_there_is_no_server(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path) as house:
        assert "http" not in house.daemon.hosted


# a port that is taken -------------------------------------------------------------------------------------
async def test_a_port_that_is_taken_is_one_problem_until_it_is_free(own_broker, tmp_path):
    port = free_port()
    told = f"127.0.0.1:{port} is taken: another program listens there; give 'api:' another port, or end it"
    with capture_logs() as logs, socket.create_server(("127.0.0.1", port)) as other:
        async with (
            living(own_broker().port, tmp_path, {"api": {"port": port}, "health": UNMEASURED}) as house,
            calling(house, port) as web,
        ):
            tries = house.daemon.metrics.counters
            await house.until(lambda: tries.get("http.not_listening", 0) > 1, 10.0)
            meanwhile = problems(web), house.daemon.hosted["http"].as_json()["restarts"]
            other.close()
            await web.listening()
            afterwards = problems(web), (await web.get("/healthz")).status

    assert (meanwhile, afterwards) == (([told], 0), ([], 200))
    assert [one["reason"] for one in logs if one["event"] == "http.refused"] == [told]


async def test_while_its_port_is_taken_the_rest_of_the_daemon_lives(own_broker, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with (
            living(own_broker().port, tmp_path, {"api": {"port": port}, "health": UNMEASURED}) as house,
            calling(house, port) as web,
        ):
            await house.until(lambda: problems(web), 10.0)
            asked = await house.do("light.turn_on", {"entity": "light.nowhere"})

            assert (await house.ended(asked))["status"] == "refused"


# reload ---------------------------------------------------------------------------------------------------
def write(file: Path, **api: object) -> None:
    file.write_text(json.dumps({"api": api, "health": UNMEASURED}))


async def test_a_reload_changes_port_and_keys(own_broker, tmp_path):
    file, first, second = tmp_path / "config.yaml", free_port(), free_port()
    write(file, port=first, keys={"phone": PHONE})
    async with living(own_broker().port, tmp_path / "state", file) as house, calling(house, second) as web:
        await web.listening()
        write(file, port=second, keys={"panel": PANEL})
        os.kill(os.getpid(), signal.SIGHUP)
        await house.until(lambda: _listens(second), 10.0)
        answers = [await web.ask("what time is it", key=key) for key in (PHONE, PANEL)]
        there = _listens(first)

    assert ([one.status for one in answers], there) == ([401, 200], False)


async def test_a_reload_that_would_let_in_anybody_is_refused(own_broker, tmp_path):
    file, port = tmp_path / "config.yaml", free_port()
    write(file, port=port)
    with capture_logs() as logs:
        async with living(own_broker().port, tmp_path / "state", file) as house, calling(house, port) as web:
            await web.listening()
            write(file, port=port, host="0.0.0.0")  # noqa: S104
            os.kill(os.getpid(), signal.SIGHUP)
            await house.until(lambda: [one for one in logs if one["event"] == "config.reload_refused"])
            answer = await web.get("/healthz")

    [why] = [one["reason"] for one in logs if one["event"] == "config.reload_refused"]
    assert "api: 'host: 0.0.0.0' lets in whoever is in the network, and there is no key" in why
    assert answer.status == 200


async def test_switching_it_on_takes_a_restart_and_says_so_by_the_name_of_its_section(own_broker, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps({"health": UNMEASURED}))
    with capture_logs() as logs:
        async with living(own_broker().port, tmp_path / "state", file) as house:
            write(file, port=free_port())
            os.kill(os.getpid(), signal.SIGHUP)
            await house.until(lambda: [one for one in logs if one["event"] == "config.reload_refused"])

    [why] = [one["reason"] for one in logs if one["event"] == "config.reload_refused"]
    assert why.startswith("api.enabled changes only with a restart")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# the end --------------------------------------------------------------------------------------------------
async def test_the_daemon_ends_in_time_whatever_is_still_asked(own_broker, tmp_path):
    async with answering(own_broker().port, tmp_path, api={"keys": KEYS}) as web:
        house = web.house
        await web.ask("is the front door locked")
        # The lock does nothing any more, so the answer waits for as long as a lock may take.
        house.client.on_message = lambda _c, _d, m: house.heard.append((m.topic, m.payload, m.retain))
        waiting = asyncio.create_task(web.ask("unlock the front door", key=PHONE))
        _, silent = await asyncio.open_connection("127.0.0.1", web.port)
        _, slow = await asyncio.open_connection("127.0.0.1", web.port)
        slow.write(request(b"{", "Content-Length: 100"))
        await house.until(lambda: [one for one in house.heard if one[0] == "lock/front/set"])
        started = time.monotonic()
    seconds = time.monotonic() - started
    for writer in (silent, slow):
        writer.close()
    await asyncio.wait({waiting})

    assert waiting.exception() is not None or waiting.result().status == 503
    assert seconds < 4


# the command line -----------------------------------------------------------------------------------------
@pytest.fixture
def doctor(tmp_path) -> Callable[[str], tuple[bool, str]]:
    """What the doctor says of a configuration where no daemon runs."""

    def looked(section: str) -> tuple[bool, str]:
        file = tmp_path / "config.yaml"
        file.write_text(f"node: {{state_dir: {tmp_path / 'state'}}}\n{section}")
        [found] = [one for one in loader.find() if one.manifest.domain == "http"]
        commands = loader.load_commands(found)
        assert commands is not None
        [told] = commands.doctor(CommandDesk(found, configuration.read(file), config=file))
        return told.ok, told.says

    return looked


def test_the_doctor_says_that_it_is_off(doctor):
    assert doctor("") == (True, "off; 'api: {}' in the configuration switches it on")


def test_the_doctor_says_that_its_port_is_free(doctor):
    port = free_port()

    assert doctor(f"api: {{port: {port}}}\n") == (True, f"127.0.0.1:{port} is free")


def test_the_doctor_says_that_its_port_is_taken(doctor):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = doctor(f"api: {{port: {port}}}\n")

    told = f"127.0.0.1:{port} is taken: another program listens there; give 'api:' another port, or end it"
    assert found == (False, told)


def test_the_doctor_says_that_its_address_is_none_of_this_machine(doctor):
    ok, says = doctor("api: {host: 203.0.113.7, keys: {phone: the-key-of-the-phone}}\n")

    assert (ok, says) == (
        False,
        "203.0.113.7:8128: this machine has no such address; correct 'api: {host: ...}'",
    )


def test_the_doctor_says_where_it_listens(own_broker, tmp_path):
    program, port = Program(tmp_path, port=own_broker().port), free_port()
    program.configure(f"api: {{port: {port}}}\n")
    daemon = program.daemon("run")
    try:
        told = json.loads(program("doctor", "--json").stdout)
    finally:
        daemon.close()

    [one] = [one for one in told if one["what"] == "HTTP"]
    assert (one["ok"], one["says"]) == (True, f"listening on 127.0.0.1:{port}")


def test_a_mistake_in_its_section_is_told_by_file_and_line(tmp_path):
    program = Program(tmp_path, port=1883)
    program.configure("api:\n  host: 0.0.0.0\n")
    done = program("check")

    told = f"{program.file}:3: api: 'host: 0.0.0.0' lets in whoever is in the network, and there is no key;"
    assert (done.returncode, done.stderr[: len(told)]) == (1, told)
