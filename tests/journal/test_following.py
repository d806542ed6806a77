"""Following the journal with the real journalctl, on real files: no entry is lost, none comes twice."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from structlog.testing import capture_logs

from integrations.journal.following import DELAYS, Place
from tests.journal.follower import Reader, reading
from tests.journal.scribe import cursors, needs_journal

pytestmark = needs_journal


def at(file, number):
    """The place after an entry of a file."""
    return Place(time.time() - 1, cursors(file)[number])


def rotated(file: Path) -> Path:
    """The file under the name that journald gives it when it begins another."""
    target = file.with_name(f"{file.stem}@0005-0001.journal")
    file.rename(target)
    return target


async def test_entries_come_in_their_order_while_they_are_written(tmp_path, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("a")

        for one in "bcd":
            journal.write(one)
        await reader.read("a", "b", "c", "d")


async def test_the_first_time_only_what_is_new_counts(tmp_path, scribe):
    journal = scribe()
    journal.write("old", at=time.time() - 100)
    journal.wait()

    async with reading(tmp_path / "journal") as reader:
        journal.write("new", at=time.time() + 1)
        await reader.read("new")


async def test_after_a_restart_it_goes_on_after_the_last_entry_that_was_dealt_with(tmp_path, scribe):
    journal = scribe()
    for one in "abcd":
        journal.write(one)
    journal.wait()

    async with reading(tmp_path / "journal", at(journal.file, 1)) as reader:
        await reader.read("c", "d")

        assert reader.replayed == [True, True]


async def test_where_the_last_entry_was_vacuumed_the_next_one_is_not_lost_too(tmp_path, scribe):
    old, new = scribe("system"), scribe("other")
    for one in "abc":
        old.write(one)
    old.wait()
    for one in "def":
        new.write(one)
    new.wait()
    place = at(old.file, 2)
    old.close()
    old.file.unlink()

    async with reading(tmp_path / "journal", place) as reader:
        await reader.read("d", "e", "f")


async def test_nothing_is_lost_when_the_journal_is_rotated_and_vacuumed(tmp_path, scribe):
    first = scribe("system")
    first.write("a")
    first.wait()
    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("a")

        old = rotated(first.file)
        second = scribe("system")
        second.write("b")
        await reader.read("a", "b")
        first.close()
        old.unlink()
        second.write("c")
        await reader.read("a", "b", "c")


async def test_a_garbage_cursor_costs_no_entry_and_is_said(tmp_path, scribe):
    journal = scribe()
    journal.write("a", at=time.time() - 100)
    journal.write("b", at=time.time() - 10)
    journal.wait()
    with capture_logs() as logs:
        async with reading(tmp_path / "journal", Place(time.time() - 50, "garbage")) as reader:
            await reader.read("b")

    assert "journal.cursor_left" in [one["event"] for one in logs]


async def test_a_place_in_the_future_is_left(tmp_path, scribe):
    journal = scribe()
    journal.write("a", at=time.time() - 100)
    journal.wait()
    future = "s=0;i=1;b=0;m=1;t=ffffffffffff;x=0"

    async with reading(tmp_path / "journal", Place(time.time() + 1e6, future)) as reader:
        journal.write("b", at=time.time() + 1)
        await reader.read("b")


async def test_the_last_words_of_an_earlier_boot_are_heard(tmp_path, scribe):
    journal = scribe()
    for number, one in enumerate("abc"):
        journal.write(one, boot=UUID(int=number // 2 + 1).hex)
    journal.wait()

    async with reading(tmp_path / "journal", at(journal.file, 0)) as reader:
        await reader.read("b", "c")


async def test_every_form_of_a_message_is_read(tmp_path, scribe):
    journal = scribe()
    journal.write("x" * 9_000)
    journal.write(b"\x1b[31mred\x00\xff")
    journal.write(["one", "two"])
    journal.write(None)
    journal.write("日志\nzwei")
    journal.wait()

    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.until(lambda: len(reader.entries) == 5)

    long, binary, repeated, none, unicode = reader.messages
    assert (long, repeated, none, unicode) == ("x" * 9_000, ["one", "two"], None, "日志\nzwei")
    assert bytes(binary) == b"\x1b[31mred\x00\xff"


async def test_an_entry_of_many_kilobytes_is_read_whole(tmp_path, scribe):
    journal = scribe()
    journal.write("y" * 300_000)
    journal.wait()

    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("y" * 300_000)


async def test_a_cursor_of_a_journal_that_is_gone_is_followed_by_its_time(tmp_path, scribe):
    gone = scribe("gone")
    gone.write("a", at=time.time() - 100)
    gone.wait()
    place = at(gone.file, 0)
    gone.close()
    gone.file.unlink()
    journal = scribe("system")
    journal.write("b", at=time.time() - 50)
    journal.wait()

    async with reading(tmp_path / "journal", place) as reader:
        await reader.read("b")


async def test_an_entry_longer_than_a_megabyte_is_left_out_and_the_next_is_read(tmp_path, scribe):
    journal = scribe()
    journal.write("x" * (1 << 21))
    journal.write("b")
    journal.wait()

    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("b")

        assert reader.follower.lines.too_long == 1


async def test_a_broken_file_beside_it_stops_nothing(tmp_path, scribe):
    journal = scribe()
    (tmp_path / "journal" / "user-1000.journal").write_bytes(os.urandom(50_000))
    journal.write("a")
    journal.wait()

    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("a")


async def test_a_reader_that_dies_is_begun_again_where_it_was(tmp_path, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("a")

        reader.follower._child.kill()
        journal.write("b")
        await reader.read("a", "b")


async def test_an_entry_that_breaks_whoever_looks_at_it_is_not_read_for_ever(tmp_path, scribe):
    journal = scribe()
    for one in ("a", "poison", "b"):
        journal.write(one)
        journal.wait()
    seen = []

    def handle(batch, *, replayed):
        seen.extend(one["MESSAGE"] for one in batch)
        if "poison" in seen[-len(batch) :]:
            raise ValueError

    reader = Reader(tmp_path / "journal", Place(1.0), DELAYS)
    for _ in range(3):
        with suppress(ValueError, TimeoutError):
            async with asyncio.timeout(1):
                await reader.follower.follow(handle)
        journal.write("next")

    assert seen.count("poison") == 1
    assert seen[-1] == "next"


async def test_no_child_is_left_at_the_end(tmp_path, scribe):
    journal = scribe()
    journal.write("a")
    journal.wait()
    async with reading(tmp_path / "journal", Place(1.0)) as reader:
        await reader.read("a")
        child = reader.follower._child

    assert child.returncode is not None
