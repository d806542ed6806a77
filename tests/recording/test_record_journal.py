"""`hearthd record --journal`: entries of the machine's journal beside the messages."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.awaited_entries import wanted_entries
from agent.config import from_values
from agent.errors import ConfigError
from agent.recording.format import Journalled
from agent.recording.journal import LONGEST_READ, Journal, without_secrets
from agent.recording.reader import Recording
from agent.runtime.clock import Clock
from tests.cli.program import until
from tests.journal.conftest import scribe  # noqa: F401  # a fixture
from tests.journal.scribe import needs_journal
from tests.recording.recording import recording, soon
from tests.recording.replaying import HALL

STARTED = "39f53479d3a045ac8e11786248231fbf"
NGINX = {"unit": "nginx.service", "priority": "err"}


def entries(path: Path) -> list[str]:
    """The messages of the entries in a recording."""
    if not path.exists():
        return []
    return [one.fields["MESSAGE"] for one in Recording(path) if isinstance(one, Journalled)]


def wanted(fields: dict[str, str], *when: dict, everything: bool = False, **more: object) -> bool:
    """Whether an entry is recorded where rules wait for `when`."""
    rules = [HALL | {"id": f"r{number}", "when": one, **more} for number, one in enumerate(when)]
    return wanted_entries(from_values({"automations": rules}, source="test"), everything=everything)(fields)


# which ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"_SYSTEMD_UNIT": "nginx.service", "PRIORITY": "3"}, True),
        ({"_SYSTEMD_UNIT": "nginx.service", "PRIORITY": "6"}, False),
        ({"_SYSTEMD_UNIT": "sshd.service", "PRIORITY": "3"}, False),
    ],
)
def test_what_a_rule_waits_for_is_kept_whatever_its_template_says(fields, kept):
    assert wanted(fields, {"mqtt": "a"}, {"journal": NGINX, "if": "{{ false }}"}) is kept


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"MESSAGE_ID": STARTED, "UNIT": "nginx.service", "_PID": "1"}, True),
        ({"MESSAGE_ID": STARTED, "UNIT": "nginx.service", "_PID": "7"}, False),
        ({"MESSAGE_ID": STARTED, "UNIT": "sshd.service", "_PID": "1"}, False),
        ({"UNIT": "nginx.service", "_PID": "1"}, False),
    ],
)
def test_of_a_unit_that_a_rule_waits_for_the_changes_are_kept(fields, kept):
    assert wanted(fields, {"unit": "nginx"}) is kept


def test_all_is_all():
    assert wanted({}, everything=True)


@pytest.mark.parametrize("more", [{"when": {"mqtt": "a"}}, {"when": {"journal": NGINX}, "enabled": False}])
def test_where_no_rule_waits_for_the_journal_there_is_nothing_to_record(more):
    with pytest.raises(ConfigError, match="--journal all"):
        wanted({}, {"mqtt": "a"}, **more)


# secrets -------------------------------------------------------------------------------------------------
def test_what_is_secret_in_an_entry_is_left_out_and_the_rest_stays():
    fields = {
        "MESSAGE": "login with password=hunter2",
        "_CMDLINE": "curl --token abcdef123",
        "MESSAGE_ID": STARTED,
        "_SYSTEMD_UNIT": "nginx.service",
        "CODE": "two\n  lines",
    }

    assert without_secrets(fields) == fields | {
        "MESSAGE": "login with password=***",
        "_CMDLINE": "curl --token ***",
    }


def test_an_entry_is_bounded():
    fields = {f"F{number}": "x y " * 10_000 for number in range(200)}
    found = without_secrets(fields)

    assert (len(found), len(found["F0"])) == (100, LONGEST_READ)


# a journal -----------------------------------------------------------------------------------------------
@needs_journal
def test_record_writes_down_the_entries_that_rules_wait_for(hearthd, scribe, tmp_path):  # noqa: F811
    path, one = tmp_path / "house.jsonl.gz", scribe()
    one.write("from before", PRIORITY=3)
    one.wait()
    hearthd.configure(
        f"journal: {{directory: {tmp_path}/journal}}\n"
        "automations: [{id: a, when: {journal: {unit: nginx, priority: err}}, do: {notify: it broke}}]\n"
    )
    with recording(hearthd, str(path), "--journal") as process:
        one.write("it broke", PRIORITY=3)
        one.write("it is well")
        one.write("it broke again with token=abcdef123", PRIORITY=3)
        until(lambda: len(entries(path)) == 2)
        process.terminate()
        code = process.wait(5)
    told = (hearthd.folder / "record.log").read_text()

    assert code == 0
    assert entries(path) == ["it broke", "it broke again with token=***"]
    assert "and 2 of the journal, 1 without the secret in it" in told


@needs_journal
async def test_a_journalctl_that_ended_is_followed_by_another_that_leaves_nothing_out(scribe, tmp_path):  # noqa: F811
    one, heard = scribe(), []
    journal = Journal(
        wanted=lambda _: True,
        heard=lambda fields, _masked: heard.append(fields["MESSAGE"]),
        full=lambda: False,
        clock=Clock(),
        directory=tmp_path / "journal",
    )
    running = asyncio.create_task(journal.follow())
    try:
        one.write("first")
        await soon(lambda: heard)
        journal._process.kill()
        one.write("second")
        await soon(lambda: len(heard) == 2)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert heard == ["first", "second"]


@needs_journal
async def test_while_the_disk_is_behind_the_journal_waits(scribe, tmp_path):  # noqa: F811
    one, heard = scribe(), []
    journal = Journal(
        wanted=lambda _: True,
        heard=lambda fields, _masked: heard.append(fields["MESSAGE"]),
        full=lambda: bool(heard) and not caught_up.is_set(),
        clock=Clock(),
        directory=tmp_path / "journal",
    )
    caught_up = asyncio.Event()
    running = asyncio.create_task(journal.follow())
    try:
        for number in range(3):
            one.write(str(number))
        await asyncio.to_thread(one.wait)
        await soon(lambda: heard)
        before = list(heard)
        caught_up.set()
        await soon(lambda: len(heard) == 3)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert before == ["0"]


def test_without_journalctl_there_is_nothing_to_follow(hearthd, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")

    assert main(["record", "--journal", "all", "-c", str(hearthd.file)]) == 1
    assert "journalctl is not there" in capsys.readouterr().err
