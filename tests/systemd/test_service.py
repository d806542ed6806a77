"""The daemon under a real systemd: how it starts, reloads, hangs, crashes, and what it may do in its unit."""

import json
import re

import pytest

from tests.systemd.conftest import CONFIG, HEARTHD, STRANGER, until

DROP_IN = "/etc/systemd/system/hearthd.service.d/of-a-test.conf"
ABSENT = """
[Service]
SupplementaryGroups=
InaccessiblePaths=/usr/bin/journalctl
"""
UNITS = ("hearthd.service", "hearthd-sandbox.socket", "hearthd-sandbox@1.service", "hearthd-sandbox.slice")
WORKS = ("journal", "broker", "metrics", "callbacks", "restart", "credential")
DENIED = {
    "restart-other": "exit status 4",
    "internet": "timed out",
    "shadow": "Permission denied",
    "elsewhere": "Read-only file system",
    "home": "Permission denied",
    "devices": "No such file",
    "writable-code": "not permitted|Permission denied",
    "user-namespace": "not permitted",
    "io-uring": "not permitted",
    "netlink": "Address family not supported",
    "own-program": "Permission denied",
    "program-in-tmp": "Permission denied",
    "program-in-var-tmp": "Permission denied",
    "program-in-memory": "Permission denied",
}
"""What does not work, and why not."""


@pytest.fixture(scope="session")
def probed(booted):
    """What a task of the daemon could do, by name: `yes`, or why not."""
    booted.does("mkdir", "-p", "-m", "1777", "/srv/open")
    booted.write("/etc/credstore/mqtt_password", "s3cret", mode=0o600)
    booted.does("systemctl", "restart", "hearthd")
    until(booted.listening)
    done = booted.hearthd("do", "task.run", "--target", "task.probe")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(booted.read("/var/lib/hearthd/probed.json"))


# the files -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_no_mistake_in_a_unit(machine, unit):
    done = machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("with_", [None, "voice", "gpu", "gpu-nvidia", "internet"])
def test_the_service_is_exposed_to_little(machine, with_):
    folder = "/etc/systemd/system/hearthd.service.d"
    if with_ is not None:
        shipped = machine.does("find", "/opt/hearthd/share/hearthd/systemd", "-name", f"{with_}.conf")
        machine.does("cp", shipped, f"{folder}/{with_}.conf")
    try:
        machine.does("systemctl", "daemon-reload")

        machine.does("systemd-analyze", "security", "--no-pager", "--threshold=12", "hearthd.service")
    finally:
        machine.run("rm", "-f", f"{folder}/{with_}.conf")
        machine.does("systemctl", "daemon-reload")


def test_the_sandbox_is_exposed_to_nothing(machine):
    unit = "hearthd-sandbox@1.service"

    machine.does("systemd-analyze", "security", "--no-pager", "--threshold=1", unit)


# life ----------------------------------------------------------------------------------------------------
def test_it_is_ready_once_it_has_said_so_and_tells_how_it_is(machine):
    assert machine.active
    assert "127.0.0.1:1883" in machine.shows("hearthd", "StatusText")


def test_it_has_no_rights(machine):
    status = machine.does("cat", f"/proc/{machine.shows('hearthd', 'MainPID')}/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert fields["CapBnd"] == "0" * 16
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")


def test_a_reload_takes_the_new_configuration(machine):
    machine.configure("log: {level: debug}\n")
    machine.does("systemctl", "reload", "hearthd")

    until(lambda: "config.reloaded" in machine.journal())
    assert machine.active


def test_a_reload_of_a_bad_configuration_is_refused_and_told(machine):
    machine.configure("nonsense: 1\n")
    machine.does("systemctl", "reload", "hearthd")

    until(lambda: "refused" in machine.shows("hearthd", "StatusText"))
    assert machine.active


def test_a_start_with_a_bad_configuration_is_tried_once(machine):
    machine.write(CONFIG, "nonsense: 1\n")
    machine.run("systemctl", "restart", "hearthd")

    until(lambda: machine.shows("hearthd", "ActiveState") == "failed")
    assert (machine.shows("hearthd", "ExecMainStatus"), machine.starts) == ("78", 0)


def test_one_that_hangs_is_killed_with_the_place_in_the_journal_and_started_again(machine):
    until(machine.listening)
    before = machine.starts
    machine.publish("faults/hang")

    until(lambda: machine.starts > before and machine.active, 30)
    said = machine.journal()
    assert "Watchdog timeout" in said
    assert "Fatal Python error: Aborted" in said
    assert "plugins/faults/main.py" in said
    assert " in hang" in said


def test_one_that_crashes_tells_where_and_is_started_again(machine):
    until(machine.listening)
    before = machine.starts
    machine.publish("faults/crash")

    until(lambda: machine.starts > before and machine.active, 20)
    assert "Fatal Python error: Segmentation fault" in machine.journal()


def test_one_that_is_killed_is_started_again(machine):
    before = machine.starts
    machine.does("systemctl", "kill", "--signal=KILL", "hearthd")

    until(lambda: machine.starts > before and machine.active, 20)


def test_without_broker_and_journal_it_runs_on(machine):
    machine.does("systemctl", "stop", "mosquitto")
    machine.write(DROP_IN, ABSENT)
    machine.configure("models: {providers: {own: {kind: openai, url: 'http://127.0.0.1:9', model: x}}}\n")
    try:
        machine.does("systemctl", "daemon-reload")
        machine.does("systemctl", "restart", "hearthd")
        pid = machine.shows("hearthd", "MainPID")
        # Longer than the watchdog's three seconds.
        machine.does("sleep", "5")

        assert (machine.active, machine.starts, machine.shows("hearthd", "MainPID")) == (True, 0, pid)
    finally:
        machine.run("rm", DROP_IN)
        machine.does("systemctl", "daemon-reload")
        machine.does("systemctl", "start", "mosquitto")
        machine.does("systemctl", "restart", "hearthd")


def test_the_watchdog_hears_from_it(machine):
    heard = int(machine.shows("hearthd", "WatchdogTimestampMonotonic"))

    until(lambda: int(machine.shows("hearthd", "WatchdogTimestampMonotonic")) > heard, 5)


# what it may do ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", WORKS)
def test_what_it_needs_works_inside_its_unit(probed, what):
    assert probed[what] == "yes"


@pytest.mark.parametrize("what", DENIED)
def test_what_it_does_not_need_is_denied_inside_its_unit(probed, what):
    assert probed[what].startswith("no: ")
    assert re.search(DENIED[what], probed[what])


def test_what_is_not_of_the_house_cannot_be_reached(probed, machine):
    outside = machine.run("python3", "-c", "import socket; socket.create_connection(('203.0.113.1', 80), 2)")

    assert "refused" in outside.stderr
    assert "timed out" in probed["internet"]


def test_every_try_is_looked_at(probed):
    assert {*probed} == {*WORKS, *DENIED}


def test_its_credentials_and_its_state_are_for_nobody_else(probed, machine):
    for path in ("/run/credentials/hearthd.service/mqtt_password", "/var/lib/hearthd/key", CONFIG):
        assert "Permission denied" in machine.run("cat", path, user=STRANGER).stderr


def test_a_task_may_yield_to_others(machine):
    until(machine.listening)
    done = machine.hearthd("do", "task.run", "--target", "task.yields")

    assert done.returncode == 0
    assert done.stdout.rstrip().endswith(": 5")


def test_the_command_line_reaches_it(machine):
    until(machine.listening)

    assert machine.does(HEARTHD, "health")
