"""A machine that starts again: the daemon comes by itself, and what was written meanwhile is not lost."""

import json

import pytest

from tests.systemd.conftest import until


def incidents(machine):
    """The incidents that the bus holds."""
    listening = ("mosquitto_sub", "-t", "hearthd/test/incident/+", "-W", "1", "-F", "%p")
    return [json.loads(line) for line in machine.run(*listening).stdout.splitlines() if line]


def says(machine, name, words):
    """Have a unit of that name write something."""
    machine.does("systemd-run", "--quiet", "--wait", f"--unit={name}", "echo", words)


def test_what_a_unit_writes_sets_off_the_rule_that_waits_for_it(machine):
    until(machine.listening)
    machine.run("rm", "-f", "/var/lib/hearthd/heard")
    says(machine, "probe-said", "something happened")

    until(lambda: machine.run("test", "-e", "/var/lib/hearthd/heard").returncode == 0)


@pytest.fixture(scope="session")
def rebooted(booted):
    """The system started again, after something was written while the daemon was not there to read it."""
    booted.well()
    until(booted.listening)
    booted.does("systemctl", "stop", "hearthd")
    says(booted, "probe-full", "write failed: No space left on device")
    booted.power_off()
    booted.boot()
    return booted


def test_after_a_reboot_the_daemon_is_there_by_itself(rebooted):
    until(lambda: rebooted.active, 30)


def test_the_last_words_before_a_reboot_are_read_after_it(rebooted):
    until(lambda: [one for one in incidents(rebooted) if "probe-full" in json.dumps(one)])


def test_after_a_reboot_the_sandbox_is_there(rebooted):
    until(rebooted.listening)

    assert rebooted.hearthd("do", "code.run", "python=print(1)").returncode == 0
