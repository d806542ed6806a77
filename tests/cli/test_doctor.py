"""`hearthd doctor`: what is needed, line by line, and whether anybody was at the audit log."""

import json
import shutil
import sqlite3
from collections.abc import Iterator

import pytest

from tests.cli.program import NODE, Program
from tests.mosquitto import Mosquitto


def finding(program: Program, what: str) -> tuple[int, str, str]:
    """The exit code of the doctor, and what it says of one thing."""
    done = program("doctor")
    [line] = [line for line in done.stdout.splitlines() if line.startswith(f"{what} ")]
    word, _, says = line.removeprefix(what).strip().partition(" ")
    return done.returncode, word, says.strip()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program after a daemon decided three things and ended; its broker is still there."""
    broker = Mosquitto().start()
    program = Program(tmp_path_factory.mktemp("lived"), port=broker.port)
    daemon = program.daemon("run")
    try:
        for number in range(3):
            program("do", "light.turn_on", "--target", f"light.number_{number}")
        daemon.stop()
        yield program
    finally:
        daemon.close()
        broker.close()


@pytest.fixture
def copy(lived: Program, tmp_path) -> Program:
    """The same with files of its own, to be damaged."""
    shutil.copytree(lived.state, tmp_path / "state")
    return Program(tmp_path, port=lived.port)


def change(program: Program, statement: str) -> None:
    with sqlite3.connect(program.state / "hearthd.db") as db:
        assert db.execute(statement).rowcount == 1
    db.close()


def test_all_is_well_after_a_life(lived):
    done = lived("doctor")

    assert (done.returncode, [line for line in done.stdout.splitlines() if " missing " in line]) == (0, [])


def test_the_chain_of_the_audit_log_is_verified(lived):
    assert finding(lived, "audit log") == (0, "ok", "3 records, the chain holds")


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (
            "UPDATE audit SET record = CAST(replace(record, 'light', 'night') AS BLOB) WHERE number = 2",
            "record 2 was changed",
        ),
        ("DELETE FROM audit WHERE number = 2", "record 2 is missing or was replaced"),
        ("DELETE FROM audit WHERE number = 3", "the log ends before record 3, which was anchored"),
    ],
    ids=["changed", "removed", "cut"],
)
def test_tampering_with_the_audit_log_is_found(copy, tampering, says):
    change(copy, tampering)

    assert finding(copy, "audit log") == (1, "missing", f"it was tampered with: {says}")


def test_an_audit_log_that_cannot_be_read_is_said_to_be_so(copy):
    (copy.state / "hearthd.db").write_bytes(b"no database at all" * 100)
    code, word, says = finding(copy, "audit log")

    assert (code, word) == (1, "missing")
    assert says.startswith("it cannot be read: ")


def test_tampering_stands_in_the_json_too(copy):
    change(copy, "DELETE FROM audit WHERE number = 2")
    done = copy("doctor", "--json")
    [found] = [one for one in json.loads(done.stdout) if one["what"] == "audit log"]

    assert (done.returncode, found["ok"]) == (1, False)


def test_without_a_broker_the_doctor_says_where_it_looked_and_what_to_do(copy):
    copy.configure(port=1)
    code, word, says = finding(copy, "broker")

    assert (code, word) == (1, "missing")
    assert says.startswith("127.0.0.1:1: ")
    assert says.endswith("; start the broker, or correct mqtt.host and mqtt.port")


def test_a_daemon_that_does_not_run_is_a_note_and_no_failure(copy):
    assert finding(copy, "daemon") == (0, "note", "not running; start it with 'hearthd run'")


def test_a_daemon_that_runs_is_named_with_its_process(copy):
    daemon = copy.daemon("run")
    found = finding(copy, "daemon")
    daemon.stop()

    assert found == (0, "ok", f"process {daemon.process.pid} as {NODE}")


def test_before_the_first_life_nothing_is_missing(nobody):
    assert finding(nobody, "audit log") == (0, "ok", "none yet")
