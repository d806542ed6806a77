"""What is in the way of following the journal: one clear problem, and never a loop."""

import asyncio
import os
import stat
import subprocess
from pathlib import Path

from integrations.journal.following import obstacle_to
from tests.journal.follower import reading
from tests.journal.scribe import needs_journal

pytestmark = needs_journal


# what is in the way ----------------------------------------------------------------------------------
def peer(folder: Path, script: str) -> None:
    """A program called journalctl."""
    folder.mkdir(exist_ok=True)
    path = folder / "journalctl"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


async def test_without_journalctl_there_is_one_clear_problem(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    async with reading(tmp_path, delays=(0.01,)) as reader:
        await reader.until(lambda: reader.problems)
        for _ in range(20):
            await asyncio.sleep(0.01)

    assert len(reader.problems) == 1
    assert reader.problems[0].startswith("journalctl is not there; install systemd's")


def test_a_folder_without_a_journal_is_told(tmp_path):
    assert "there is no journal in" in obstacle_to(tmp_path)


def test_a_journal_that_may_not_be_read_is_told_with_what_to_do(tmp_path):
    file = tmp_path / "system.journal"
    file.write_bytes(b"")
    file.chmod(0)
    tmp_path.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from integrations.journal.following import obstacle_to;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); print(obstacle_to(Path(sys.argv[1])))"
    )
    if os.getuid() != 0:
        assert "group systemd-journal" in obstacle_to(tmp_path)
        return
    for one in tmp_path.parents[:2]:
        one.chmod(one.stat().st_mode | 0o055)
    python = subprocess.run(
        [os.sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert "group systemd-journal" in python.stdout, python.stderr


async def test_a_reader_that_ends_at_once_is_tried_less_and_less_often(tmp_path, monkeypatch, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    peer(tmp_path / "bin", f"echo begun >> {tmp_path}/tries\necho 'it is broken' >&2\nexit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    async with reading(tmp_path / "journal", delays=(0.01, 0.02, 0.05, 60.0)) as reader:
        await reader.until(lambda: reader.problems)
        await asyncio.sleep(0.3)

    assert (tmp_path / "tries").read_text().count("begun") <= 4
    assert len(reader.problems) == 1
    assert "it is broken" in reader.problems[0]


async def test_a_reader_that_repeats_itself_is_heard_once(tmp_path, monkeypatch, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    line = '{"__CURSOR":"c%d","__REALTIME_TIMESTAMP":"1790000000000000","MESSAGE":"m%d"}'
    peer(
        tmp_path / "bin",
        "for n in 1 2 3 1 2 3 4; do printf '" + line.replace("%d", "%s") + "\\n' $n $n; done\nexec sleep 60",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    async with reading(tmp_path / "journal") as reader:
        await reader.read("m1", "m2", "m3", "m4")


async def test_what_is_no_entry_stops_nothing(tmp_path, monkeypatch, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    good = '{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1790000000000000","MESSAGE":"good"}'
    peer(tmp_path / "bin", f"printf 'nonsense\\n{{}}\\n[1]\\n\\n{good}\\n'\nexec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    async with reading(tmp_path / "journal") as reader:
        await reader.read("good")

        assert reader.follower.unreadable == 4
