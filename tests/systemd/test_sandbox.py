"""Attacks from within the sandbox: all are denied or limited, and nothing is left of them."""

import json
from pathlib import Path

import pytest
import yaml

from tests.systemd.conftest import STRANGER, until

ATTACKS = yaml.safe_load(Path(__file__).with_name("attacks.yaml").read_text())
DENIED, LIMITED = ATTACKS["denied"], ATTACKS["limited"]
ATTACK = ("/opt/hearthd/bin/python", "/usr/local/lib/hearthd-test/attack.py")
NOT_WRITABLE = ["/", "/usr", "/etc", "/var", "/dev", "/run", "/home", "/sys", "/proc"]
NOT_WRITABLE += ["/var/tmp", "/tmp", "/dev/shm"]  # noqa: S108  # of the sandbox
GUARD = 2.0
"""Seconds that each may take."""
UNIT = 5.0
"""Seconds after which systemd ends the unit."""


@pytest.fixture
def attack(machine):
    """Runs a snippet as the daemon would, and says what came of it."""

    def run(python, user="hearthd"):
        return json.loads(machine.does(*ATTACK, python, str(GUARD), user=user))

    return run


@pytest.fixture(autouse=True)
def _nothing_left(machine):
    """After each of them no process and no unit of the sandbox is there."""
    yield
    until(lambda: not machine.does("systemctl", "list-units", "-q", "--all", "hearthd-sandbox@*"), 10)
    slices = machine.does("find", "/sys/fs/cgroup", "-path", "*sandbox.slice*", "-name", "cgroup.procs")
    assert "".join(machine.does("cat", one) for one in slices.splitlines()) == ""


def test_harmless_code_runs(attack):
    ran = attack(
        "import json, statistics\nopen('/scratch/a', 'w').write('x')\nprint(statistics.mean([1, 2, 6]))"
    )

    assert (ran["code"], ran["output"]) == (0, "3\n")


@pytest.mark.parametrize("what", DENIED)
def test_it_is_denied(attack, what):
    ran = attack(DENIED[what]["python"])

    assert ran["code"] == 1, ran
    assert DENIED[what]["says"] in ran["output"]


@pytest.mark.parametrize("what", [one for one in LIMITED if "most" in LIMITED[one]])
def test_it_gets_so_much_and_no_more(attack, what):
    ran = attack(LIMITED[what]["python"])
    numbers = [int(one) for one in ran["output"].split() if one.isdecimal()]

    assert LIMITED[what]["least"] <= numbers[-1] <= LIMITED[what]["most"], ran


@pytest.mark.parametrize("what", [one for one in LIMITED if "ends" in LIMITED[one]])
def test_it_is_ended(attack, what):
    ran = attack(LIMITED[what]["python"])

    by_guard = ran["timed_out"] and ran["seconds"] < UNIT
    by_unit = ran["code"] is None and "the sandbox ended it" in (ran["obstacle"] or "")
    assert {"guard": by_guard, "unit": by_unit, "either": by_guard or by_unit}[LIMITED[what]["ends"]], ran
    assert ran["seconds"] < UNIT + 4


def test_a_daemon_ends_with_who_started_it(attack):
    assert attack(LIMITED["a daemon"]["python"])["output"] == LIMITED["a daemon"]["prints"]


def test_of_a_flood_only_the_beginning_comes_through(attack):
    ran = attack(LIMITED["a flood of output"]["python"])

    assert len(ran["output"]) == LIMITED["a flood of output"]["output"]
    assert ran["truncated"] > 0


def test_it_cannot_say_how_it_ended_but_by_ending_so(attack):
    assert attack(LIMITED["a false ending"]["python"])["code"] == LIMITED["a false ending"]["code"]


def test_nothing_but_its_own_folder_can_be_written(attack):
    ran = attack(
        f"for one in {NOT_WRITABLE}:\n"
        "    try: open(one + '/f', 'wb').write(b'0')\n"
        "    except OSError: continue\n"
        "    print(one)"
    )

    assert (ran["code"], ran["output"]) == (0, "")


def test_it_sees_no_processes_but_its_own(attack):
    ran = attack("import os; print(*(one for one in os.listdir('/proc') if one.isdecimal()))")

    assert len(ran["output"].split()) == 2


def test_it_is_told_nothing_of_us(attack):
    ran = attack("import os; print(*sorted(os.environ))")

    assert "HOME" in ran["output"]
    assert {"NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"}.isdisjoint(ran["output"].split())


def test_another_user_cannot_connect(attack):
    assert "only the user hearthd" in attack("print(1)", user=STRANGER)["obstacle"]


# by way of the daemon --------------------------------------------------------------------------------------
def test_the_daemon_runs_a_snippet_and_tells_what_it_printed(machine):
    until(machine.listening)
    done = machine.hearthd("do", "code.run", "python=print(sum(range(10)))")

    assert (done.returncode, done.stdout.strip()) == (0, "code.snippet confirmed: 45")


def test_a_task_that_is_to_be_kept_in_is(machine):
    until(machine.listening)
    done = machine.hearthd("do", "task.run", "--target", "task.kept-in")

    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.rpartition(":")[2]) != int(machine.does("id", "-u", "hearthd"))
