"""The store: what `write` returned is on disk, and one bad change does not spoil its neighbours."""

import asyncio
import sqlite3

import pytest

from agent.errors import TransientError
from agent.runtime.store import opened


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
