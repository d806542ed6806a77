"""What is done is on disk before it is done, once, and what cannot be recorded is not done."""

import sqlite3
from contextlib import closing

import orjson
import pytest

from agent.actions import audit
from agent.core.actions import Status, Trust
from agent.errors import TransientError
from agent.runtime.store import opened
from tests.actions.asking import FACTS, KEY, action, became, lamp, on_disk


def records(path):
    return [orjson.loads(one) for (one,) in on_disk(path, "SELECT record FROM audit ORDER BY number")]


def break_the_audit_log(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE audit RENAME TO gone")


def mend_the_audit_log(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE gone RENAME TO audit")


# the ledger -------------------------------------------------------------------------------------------------
async def test_what_is_entered_is_on_disk_with_its_record(life, path):
    async with life() as ledger:
        await ledger.enter([lamp()], FACTS)

        assert on_disk(path, "SELECT id, target, status FROM steps") == [("1", "light.desk", "accepted")]
        assert len(records(path)) == 1


async def test_every_commit_is_synced(path):
    async with opened(path) as store:
        level = await store.read(lambda db: db.execute("PRAGMA synchronous").fetchone()[0])

    assert level == 2


async def test_where_the_record_cannot_be_written_nothing_is_entered(life, path):
    async with life() as ledger:
        break_the_audit_log(path)
        with pytest.raises(TransientError, match="cannot be written"):
            await ledger.enter([lamp()], FACTS)

        assert on_disk(path, "SELECT count(*) FROM steps") == [(0,)]


async def test_every_end_is_recorded_and_what_is_on_the_way_is_not(life, path):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.SENT, final=False))
        ledger.settle(became(first, Status.FAILED, "it did not answer"))
        end = await ledger.head()

    assert [one["event"] for one in records(path)] == ["accepted", "ended"]
    assert (records(path)[1]["status"], records(path)[1]["reason"]) == ("failed", "it did not answer")
    assert end.number == 2


async def test_what_the_ledger_wrote_is_a_chain_that_holds(life, path):
    async with life() as ledger:
        for number in range(20):
            entry = lamp(str(number))
            await ledger.enter([entry], FACTS)
            ledger.settle(became(entry, Status.CONFIRMED))

    with closing(sqlite3.connect(path)) as db:
        assert audit.verify(db, KEY).number == 40


# the act ----------------------------------------------------------------------------------------------------
async def test_the_record_is_on_disk_when_the_device_hears_of_it(household, path):
    seen = []
    async with household() as it:
        it.before_the_act = lambda: seen.extend(records(path))
        await it.pipeline.do(action("light.turn_on", "light.desk", trace="t1"))

    (record,) = seen
    assert record["event"] == "accepted"
    assert (record["id"], record["trace"], record["action"], record["target"]) == (
        "1",
        "t1",
        "light.turn_on",
        "light.desk",
    )
    assert (record["risk"], record["trust"], record["cause"]["who"]) == ("reversible", "human", "test")


async def test_an_approval_is_on_disk_when_the_device_hears_of_it(household, path):
    seen = []
    async with household() as it:
        it.before_the_act = lambda: seen.extend(records(path))
        await it.unlock()
        await it.answer()

    assert [one["event"] for one in seen] == ["pending", "approved"]
    assert (seen[1]["who"], seen[1]["trust"]) == ("ada", "human")


async def test_what_cannot_be_recorded_is_refused_and_not_done(household, path):
    async with household() as it:
        break_the_audit_log(path)
        (outcome,) = await it.pipeline.do(action("light.turn_on", "light.desk"))

    assert outcome.status is Status.REFUSED
    assert "cannot be recorded" in outcome.reason
    assert it.sent == []


async def test_an_answer_that_cannot_be_recorded_is_not_acted_upon_and_can_be_given_again(household, path):
    async with household() as it:
        await it.unlock()
        break_the_audit_log(path)
        with pytest.raises(TransientError):
            await it.answer()

        assert it.sent == []
        mend_the_audit_log(path)
        assert await it.answer() is None
        assert len(it.sent) == 1


async def test_a_refusal_is_recorded_too(household, path):
    async with household() as it:
        await it.unlock(trust=Trust.HOSTILE)

    (record,) = records(path)
    assert (record["event"], record["trust"]) == ("refused", "hostile")


async def test_a_repeated_id_is_answered_with_the_first_outcome_and_nothing_is_done(household):
    async with household() as it:
        (first,) = await it.pipeline.do(action("light.turn_on", "light.desk"))
        (again,) = await it.pipeline.do(action("lock.unlock", "lock.front"))

    assert len(it.sent) == 1
    assert (again.status, again.action, again.target) == (Status.CONFIRMED, first.action, first.target)


async def test_a_repeated_id_is_answered_so_in_a_later_life(household):
    async with household() as it:
        await it.pipeline.do(action("light.turn_on", "light.desk"))
    async with household() as it:
        (again,) = await it.pipeline.do(action("light.turn_on", "light.desk"))

    assert again.status is Status.CONFIRMED
    assert it.sent == []
