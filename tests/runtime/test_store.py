"""The store: what `write` returned is on disk, and one bad change does not spoil its neighbours."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import stat
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import ConfigError, TransientError
from agent.runtime.store import WAITING, opened


async def test_what_was_written_is_there_in_the_next_life(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        store.owned_by("me").put("key", {"a": [1, 2]})
    async with opened(tmp_path / "s.db") as store:
        found = await store.owned_by("me").get("key")

    assert found == {"a": [1, 2]}


async def test_owners_do_not_see_each_other(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        store.owned_by("me").put("key", 1)
        found = await store.owned_by("you").get("key", "nothing")

    assert found == "nothing"


async def test_a_change_that_fails_is_undone_alone(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        await store.write(lambda db: db.execute("CREATE TABLE t (n)"))

        def half(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO t VALUES (1)")
            raise ZeroDivisionError

        results = await asyncio.gather(
            store.write(half),
            store.write(lambda db: db.execute("INSERT INTO t VALUES (2)").rowcount),
            return_exceptions=True,
        )
        rows = await store.read(lambda db: db.execute("SELECT n FROM t").fetchall())

    assert isinstance(results[0], ZeroDivisionError)
    assert rows == [(2,)]


async def test_a_database_error_is_worth_another_try(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        with pytest.raises(TransientError, match=r"s\.db cannot be written"):
            await store.write(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))


async def test_changes_that_wait_share_one_commit_in_order(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        await store.write(lambda db: db.execute("CREATE TABLE t (n INTEGER)"))
        for number in range(100):
            store.write_soon(lambda db, n=number: db.execute("INSERT INTO t VALUES (?)", (n,)))
        rows = await store.read(lambda db: [n for (n,) in db.execute("SELECT n FROM t ORDER BY rowid")])

    assert rows == list(range(100))


async def test_what_can_be_found_out_again_is_on_disk_a_moment_later(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        store.owned_by("me").put("key", 1)
        async with asyncio.timeout(5):
            while not _rows(tmp_path / "s.db"):
                await asyncio.sleep(0.02)

        assert _rows(tmp_path / "s.db") == [("me", "key", b"1")]


async def test_what_nobody_waits_for_holds_up_nobody_behind_a_commit(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        writing = asyncio.create_task(store.write(lambda db: db.execute("SELECT 1")))
        await asyncio.sleep(0)
        store.owned_by("me").put("key", 1)
        await writing

        assert await store.committed() is False
    assert _rows(tmp_path / "s.db") == [("me", "key", b"1")]


async def test_what_was_queued_in_a_commit_is_on_disk_a_moment_after_it(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        writing = asyncio.create_task(store.write(lambda db: db.execute("SELECT 1")))
        await asyncio.sleep(0)
        store.owned_by("me").put("key", 1)
        await writing
        async with asyncio.timeout(5):
            while not _rows(tmp_path / "s.db"):
                await asyncio.sleep(0.02)

        assert _rows(tmp_path / "s.db") == [("me", "key", b"1")]


async def test_what_was_written_outlives_a_kill(tmp_path):
    script = (
        "import asyncio, os, signal, pathlib\n"
        "from agent.runtime.store import opened\n"
        "async def main():\n"
        "    async with opened(pathlib.Path('s.db')) as store:\n"
        "        await store.write(lambda db: db.execute(\"INSERT INTO keyed VALUES ('me', 'key', '1')\"))\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=tmp_path, env=environment)
    await killed.wait()

    assert killed.returncode == -signal.SIGKILL
    assert _rows(tmp_path / "s.db") == [("me", "key", "1")]


async def test_every_file_of_the_store_is_for_our_user_alone(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        await store.write(lambda db: db.execute("CREATE TABLE t (n)"))
        rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert rights == {"s.db": 0o600, "s.db-wal": 0o600, "s.db-shm": 0o600}


async def test_what_is_no_database_is_told_by_its_path(tmp_path):
    (tmp_path / "s.db").write_text("This is a letter to my aunt. " * 100)

    with pytest.raises(ConfigError, match=r"s\.db: file is not a database; move it away, or bring back"):
        async with opened(tmp_path / "s.db"):
            pass


async def test_a_store_that_cannot_be_opened_is_worth_another_try(tmp_path):
    (tmp_path / "s.db").mkdir()

    with pytest.raises(TransientError, match=r"s\.db cannot be opened"):
        async with opened(tmp_path / "s.db"):
            pass


async def test_while_somebody_else_holds_the_file_a_change_is_worth_another_try(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        with contextlib.closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match=r"s\.db cannot be written: database is locked"):
                await store.write(lambda db: db.execute("INSERT INTO keyed VALUES ('me', 'key', '1')"))
            other.execute("ROLLBACK")
        await store.write(lambda db: db.execute("INSERT INTO keyed VALUES ('me', 'key', '2')"))

    assert _rows(tmp_path / "s.db") == [("me", "key", "2")]


async def test_a_disk_that_does_not_keep_up_is_told_instead_of_filling_the_memory(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        hold = threading.Event()
        slow = asyncio.create_task(store.write(lambda _: hold.wait(10)))
        await asyncio.sleep(0)
        for _ in range(WAITING):
            store.write_soon(lambda db: db.execute("SELECT 1"))
        try:
            with pytest.raises(TransientError, match="10000 changes wait for the disk already"):
                await store.write(lambda db: db.execute("SELECT 1"))
        finally:
            hold.set()
        await slow


async def test_whoever_stops_waiting_does_not_disturb_the_others(tmp_path):
    async with opened(tmp_path / "s.db") as store:
        hold = threading.Event()
        blocked = asyncio.create_task(store.write(lambda _: hold.wait(10)))
        impatient = asyncio.create_task(store.write(lambda _: 1))
        patient = asyncio.create_task(store.write(lambda _: 2))
        await asyncio.sleep(0)
        impatient.cancel()
        hold.set()
        found = await asyncio.gather(blocked, impatient, patient, return_exceptions=True)

    assert isinstance(found[1], asyncio.CancelledError)
    assert found[2] == 2


def _rows(path):
    """What somebody else sees in the file."""
    with contextlib.closing(sqlite3.connect(path)) as other:
        return other.execute("SELECT * FROM keyed").fetchall()
