"""What the service may have systemd do: restart the units of the configuration, and nothing else."""

import re

import pytest

from tests.systemd.conftest import STRANGER

SYSTEMCTL = ("systemctl", "--no-ask-password")
ALLOWED = {
    "restart of a unit that is allowed": (*SYSTEMCTL, "restart", "probe-ok.service"),
    "try-restart of one": (*SYSTEMCTL, "try-restart", "probe-ok.service"),
    "a look at a unit": (*SYSTEMCTL, "show", "-P", "ActiveState", "mosquitto.service"),
}
DENIED = {
    "restart of another unit": (*SYSTEMCTL, "restart", "probe-no.service"),
    "restart of the bus": (*SYSTEMCTL, "restart", "dbus.service"),
    "start of a unit that is allowed": (*SYSTEMCTL, "start", "probe-ok.service"),
    "stop of one": (*SYSTEMCTL, "stop", "probe-ok.service"),
    "kill of one": (*SYSTEMCTL, "kill", "probe-ok.service"),
    "daemon-reload": (*SYSTEMCTL, "daemon-reload"),
    "enable": (*SYSTEMCTL, "enable", "mosquitto.service"),
    "mask": (*SYSTEMCTL, "mask", "mosquitto.service"),
    "set-property": (*SYSTEMCTL, "set-property", "--runtime", "probe-ok.service", "MemoryMax=1M"),
    "set-environment": (*SYSTEMCTL, "set-environment", "A=b"),
    "poweroff": (*SYSTEMCTL, "poweroff"),
    "reboot": (*SYSTEMCTL, "reboot"),
    "a unit of its own": ("systemd-run", "--no-ask-password", "--unit=probe-new", "/bin/true"),
    "a unit of its own by a name that is allowed": (
        *("systemd-run", "--no-ask-password", "--unit=mosquitto.service"),
        "/bin/true",
    ),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_it_may(machine, what):
    machine.does("systemctl", "start", "probe-ok.service")
    done = machine.run(*ALLOWED[what], user="hearthd")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", DENIED)
def test_it_may_not(machine, what):
    done = machine.run(*DENIED[what], user="hearthd")

    assert re.search("denied|authentication required", done.stderr), done.stderr
    assert machine.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")


def test_the_daemon_restarts_a_unit_that_is_allowed(machine):
    machine.does("systemctl", "start", "probe-ok.service")
    before = machine.shows("probe-ok.service", "MainPID")
    machine.hearthd("do", "unit.restart", "unit=probe-ok.service", "--wait", "5")

    assert machine.shows("probe-ok.service", "MainPID") not in (before, "0")


def test_the_rule_is_for_nobody_else(machine):
    done = machine.run(*ALLOWED["restart of a unit that is allowed"], user=STRANGER)

    assert re.search("denied|authentication required", done.stderr), done.stderr
