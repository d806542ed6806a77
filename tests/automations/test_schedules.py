"""The clock of the house: what is due is done once, over restarts and absences."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from agent.errors import ActionError
from tests.automations.virtual import House

HOUR, DAY = 3600, 86_400
DAILY = {"cron": "0 3 * * *"}


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, "2026-11-21T12:00")


# on time -----------------------------------------------------------------------------------------------
async def test_a_schedule_fires_at_its_times(house):
    async with house.living(DAILY) as life:
        await life.pass_(2 * DAY)

    assert life.scheduled() == ["11-22 03:00", "11-23 03:00"]
    assert [firing.late for firing in life.fired] == [0, 0]


async def test_a_firing_brings_what_is_to_be_done(house):
    async with house.living({"every": "1h", "do": {"task": "backup"}}) as life:
        await life.pass_(HOUR)

    assert [firing.payload for firing in life.fired] == [[{"task": "backup"}]]


async def test_a_firing_is_on_disk_before_it_is_handed_on(house):
    seen = []

    async def fire(firing):
        with sqlite3.connect(house.path) as other:
            seen.extend(other.execute("SELECT key, scheduled, ended FROM schedule_firings").fetchall())
        other.close()

    async with house.living(DAILY, fire=fire) as life:
        await life.pass_(DAY)

    assert seen == [("config/job", int(datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp()), 0)]


async def test_a_long_run_delays_nobody_else(house):
    async with house.living({"id": "long", "every": "1h"}, {"id": "other", "every": "90m"}) as life:
        life.hold["long"] = asyncio.Event()
        await life.pass_(90 * 60)

    assert [firing.job for firing in life.fired] == ["long", "other"]


async def test_one_more_run_than_may_overlap_is_left_out(house):
    async with house.living({"every": "1h"}) as life:
        life.hold["job"] = asyncio.Event()
        await life.pass_(2 * HOUR)
        row = life.row("job")

    assert len(life.fired) == 1
    assert (row.running, row.result) == (1, "skipped, still running")


async def test_runs_may_overlap_as_often_as_is_said(house):
    async with house.living({"every": "1h", "max_running": 2}) as life:
        life.hold["job"] = asyncio.Event()
        await life.pass_(3 * HOUR)

    assert len(life.fired) == 2


async def test_with_run_all_one_more_run_waits(house):
    async with house.living({"every": "1h", "missed": "run-all"}) as life:
        life.hold["job"] = asyncio.Event()
        await life.pass_(3 * HOUR)
        life.hold["job"].set()
        await life.pass_(0)

    assert life.scheduled() == ["11-21 13:00", "11-21 14:00", "11-21 15:00"]
    assert [firing.late for firing in life.fired] == [0, HOUR, 0]


async def test_jitter_spreads_and_a_restart_draws_the_same(house):
    jobs = [{"id": f"job{number}", "cron": "0 13 * * *", "jitter": "10m"} for number in range(20)]
    async with house.living(*jobs) as life:
        planned = {row.id: row.next for row in life.schedules.jobs()}
    async with house.living(*jobs) as life:
        await life.pass_(2 * HOUR)
    fired = {firing.job: when for firing, when in zip(life.fired, life.times, strict=True)}

    assert fired == {name: pytest.approx(when, abs=timedelta(seconds=0.1)) for name, when in planned.items()}
    assert len({when.replace(second=0, microsecond=0) for when in fired.values()}) > 5


async def test_what_fails_is_told_and_comes_again(house):
    async with house.living({"every": "1h"}) as life:
        life.fail["job"] = ActionError("the lamp is gone")
        await life.pass_(2 * HOUR)
        row = life.row("job")

    assert len(life.fired) == 2
    assert row.result == "failed, the lamp is gone"


async def test_the_rows_say_what_was_and_what_comes(house):
    async with house.living(DAILY, {"id": "later", "at": "2026-12-24T18:00"}) as life:
        await life.pass_(DAY)
        job, later = life.schedules.jobs()

    assert (job.id, job.source, job.result) == ("job", "config", "done")
    assert (job.last, job.next) == (
        datetime(2026, 11, 22, 2, tzinfo=UTC),
        datetime(2026, 11, 23, 2, tzinfo=UTC),
    )
    assert (later.id, later.last, later.next) == ("later", None, datetime(2026, 12, 24, 17, tzinfo=UTC))


# restarts ----------------------------------------------------------------------------------------------
async def test_a_restart_doubles_nothing(house):
    for _ in range(3):
        async with house.living(DAILY) as life:
            await life.pass_(0)
            rows = life.schedules.jobs()

    assert len(rows) == 1
    assert life.fired == []


async def test_a_restart_does_not_shift_a_span(house):
    async with house.living({"every": "1h"}) as life:
        await life.pass_(40 * 60)
    async with house.living({"every": "1h"}) as life:
        await life.pass_(40 * 60)

    assert life.scheduled() == ["11-21 13:00"]


async def test_what_was_done_is_still_known_after_a_restart(house):
    async with house.living(DAILY) as life:
        await life.pass_(DAY)
    async with house.living(DAILY) as life:
        row = life.row("job")

    assert row.result == "done"


async def test_a_moment_that_came_does_not_come_again(house):
    once = {"at": "2026-11-21T13:00", "missed": "run-all"}
    async with house.living(once) as first:
        await first.pass_(HOUR)
    async with house.living(once) as second:
        await second.pass_(DAY)

    assert (len(first.fired), len(second.fired)) == (1, 0)


async def test_a_moment_that_was_over_when_it_was_written_is_told(house):
    async with house.living({"at": "2026-11-21T11:00", "missed": "run-all"}) as life:
        await life.pass_(DAY)
        row = life.row("job")

    assert life.fired == []
    assert (row.next, row.note) == (None, "it was over when it was first read")


async def down(house, job, *, seconds, first=0):
    """What a daemon does that was away for some time."""
    async with house.living(job) as life:
        await life.pass_(first)
    house.clock.advance(seconds)
    async with house.living(job) as life:
        await life.pass_(0)
        return life


async def test_what_was_missed_is_skipped(house):
    life = await down(house, DAILY | {"missed": "skip"}, seconds=DAY)

    assert life.fired == []
    assert life.row("job").result == "skipped, late by 9 h"


async def test_of_what_was_missed_the_last_is_run_once(house):
    life = await down(house, DAILY | {"missed": "run-once"}, seconds=3 * DAY)
    row = life.row("job")

    assert life.scheduled() == ["11-24 03:00"]
    assert life.fired[0].missed_since == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert row.result == "done, late by 9 h"


async def test_all_that_was_missed_is_run(house):
    life = await down(house, {"every": "1h", "missed": "run-all"}, seconds=3 * HOUR + 60)

    assert life.scheduled() == ["11-21 13:00", "11-21 14:00", "11-21 15:00"]


@pytest.mark.parametrize(("missed", "times"), [("run-once", ["15:00"]), ("run-all", ["14:00", "15:00"])])
async def test_what_is_too_late_is_left_out(house, missed, times):
    life = await down(house, {"every": "1h", "missed": missed, "max_late": "90m"}, seconds=3 * HOUR)

    assert [time[6:] for time in life.scheduled()] == times


async def test_what_is_later_than_max_late_is_told_instead_of_run(house):
    life = await down(house, DAILY | {"missed": "run-once", "max_late": "2h"}, seconds=DAY)

    assert life.fired == []
    assert life.row("job").result == "skipped, late by 9 h"


async def test_a_short_absence_misses_nothing(house):
    life = await down(house, {"every": "1h", "missed": "skip"}, seconds=20, first=HOUR - 10)

    assert life.scheduled() == ["11-21 13:00"]


async def test_years_away_cost_no_more_than_a_night(house):
    life = await down(
        house, {"cron": "* * * * *", "missed": "run-all", "max_late": "366d"}, seconds=700 * DAY
    )

    assert len(life.fired) == 100


async def interrupted(house, missed, **more):
    """What the next life does about a firing in whose middle the daemon was killed."""
    job = {"every": "1h", "missed": missed} | more
    async with house.living(job) as life:
        life.hold["job"] = asyncio.Event()
        await life.pass_(HOUR)
    begun = life.fired
    with capture_logs() as logs:
        async with house.living(job) as life:
            await life.pass_(0)
    assert [log["event"] for log in logs if log["event"] == "schedule.interrupted"]
    return begun, life


@pytest.mark.parametrize("missed", ["run-once", "run-all"])
async def test_a_firing_without_an_end_is_handed_on_again_under_its_id(house, missed):
    begun, life = await interrupted(house, missed)

    assert [(firing.id, firing.again) for firing in life.fired] == [(begun[0].id, True)]
    assert life.row("job").result == "done"


async def test_a_firing_without_an_end_is_told_where_nothing_is_made_up_for(house):
    _, life = await interrupted(house, "skip")

    assert life.fired == []
    assert life.row("job").result == "interrupted, its end is not known"


async def test_a_firing_that_always_kills_the_daemon_is_given_up(house):
    job = {"every": "1h", "missed": "run-all"}
    async with house.living(job, holding=["job"]) as life:
        await life.pass_(HOUR)
        tries = len(life.fired)
    for _ in range(6):
        async with house.living(job, holding=["job"]) as life:
            await life.pass_(0)
            tries += len(life.fired)
            row = life.row("job")

    assert tries == 5
    assert row.result == "interrupted, given up after 5 tries"


async def test_a_missing_disk_delays_and_loses_nothing(house):
    async with house.living({"every": "1h", "missed": "run-all"}) as life:
        life.store._connection.execute("PRAGMA query_only=ON")
        await life.pass_(HOUR)
        before = len(life.fired)
        life.store._connection.execute("PRAGMA query_only=OFF")
        await life.pass_(60)

    assert (before, life.scheduled()) == (0, ["11-21 13:00"])
