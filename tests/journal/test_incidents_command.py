"""`hearthd incidents`, and the doctor's line on the journal."""

import pytest

from tests.cli.program import Program, until
from tests.journal.scribe import needs_journal

pytestmark = [needs_journal, pytest.mark.broker]
EXPIRED = "x509: certificate has expired"
HIDDEN = "certificate-nginx.service"
KILLED = "Out of memory: Killed process 1234 (jellyfin) total-vm:8123456kB, anon-rss:3456789kB"


def configured(folder, port, journal) -> Program:
    program = Program(folder, port=port)
    del program.environment["HEARTHD_JOURNAL__ENABLED"]
    program.configure(f"journal: {{directory: {journal}, canary: {{every: 0}}}}\n")
    return program


def finding(program: Program) -> tuple[str, str]:
    [line] = [line for line in program("doctor").stdout.splitlines() if line.startswith("journal ")]
    word, _, says = line.removeprefix("journal").strip().partition(" ")
    return word, says.strip()


def test_open_incidents_are_listed_and_what_is_hidden_with_how_often_it_bit(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    program = configured(tmp_path, broker.port, tmp_path / "journal")
    daemon = program.daemon("run")
    try:
        nothing = program("incidents").stdout
        journal.write(EXPIRED)
        until(lambda: HIDDEN in program("incidents").stdout)
        done = program("do", "journal.ignore", f"incident={HIDDEN}", "why=old box")
        journal.write(EXPIRED)
        journal.write(KILLED, _TRANSPORT="kernel", PRIORITY=3)
        until(lambda: program.json("incidents")["ignores"][0]["bit"])
        first, heading, hidden = until(
            lambda: len(lines := program("incidents").stdout.splitlines()) == 3 and lines
        )
        closed = program("incidents", "--closed").stdout.splitlines()
        program("do", "journal.resolve", "incident=oom-jellyfin")
    finally:
        daemon.close()

    assert nothing == "no incident is open\n"
    assert done.returncode == 0, done.stderr
    assert first.startswith(
        "critical  oom-jellyfin  jellyfin was killed for want of memory; it held 3.3 GB  since "
    )
    assert first.endswith("  1x")
    assert heading == "ignored"
    assert hidden.startswith(f"  {HIDDEN}  hid 1x, last ")
    assert hidden.endswith(": old box")
    assert [line.split()[0] for line in closed[:2]] == ["critical", "over"]


def test_without_the_journal_there_is_nobody_to_ask(broker, tmp_path):
    program = Program(tmp_path, port=broker.port)
    daemon = program.daemon("run")
    try:
        done = program("incidents")
    finally:
        daemon.close()

    assert done.returncode == 1
    assert "nothing answers 'incidents'" in done.stderr


def test_a_journal_that_can_be_read_is_well(tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    journal.wait()
    program = configured(tmp_path, 1, tmp_path / "journal")

    assert finding(program) == ("ok", f"{tmp_path / 'journal'} can be read")


def test_a_journal_that_is_not_there_or_not_wanted_is_no_failure(tmp_path):
    (tmp_path / "empty").mkdir()
    program = configured(tmp_path, 1, tmp_path / "empty")
    missing = finding(program)
    program.environment["HEARTHD_JOURNAL__ENABLED"] = "false"

    assert missing[0] == "note"
    assert missing[1].startswith(f"there is no journal in {tmp_path / 'empty'}; ")
    assert finding(program) == ("ok", "not read: 'journal: {enabled: false}'")
