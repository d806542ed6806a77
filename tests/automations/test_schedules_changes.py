"""The configuration changes, the schedules with it."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.automations.sun import Place
from agent.errors import ConfigError
from tests.automations.virtual import House, configs

HOUR, DAY = 3600, 86_400
DAILY = {"cron": "0 3 * * *"}


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, "2026-11-21T12:00")


async def test_a_schedule_that_is_not_written_any_more_is_gone(house):
    async with house.living(DAILY, {"id": "other", "every": "1h"}) as life:
        await life.schedules.replace(configs({"id": "other", "every": "1h"}))
        await life.pass_(DAY)

        assert [row.id for row in life.schedules.jobs()] == ["other"]
    assert {firing.job for firing in life.fired} == {"other"}


async def test_what_was_taken_away_while_the_daemon_was_down_is_gone(house):
    async with house.living(DAILY):
        pass
    async with house.living() as life:
        await life.pass_(DAY)

        assert life.schedules.jobs() == ()
    assert life.fired == []


async def test_a_changed_time_is_the_new_one_alone(house):
    async with house.living(DAILY) as life:
        await life.schedules.replace(configs({"cron": "0 4 * * *"}))
        await life.pass_(DAY)

    assert life.scheduled() == ["11-22 04:00"]


async def test_of_a_changed_schedule_nothing_old_is_made_up_for(house):
    async with house.living({"cron": "0 13 * * *", "missed": "run-all"}):
        pass
    house.clock.advance(DAY)
    async with house.living({"cron": "0 14 * * *", "missed": "run-all"}) as life:
        await life.pass_(HOUR)

    assert life.fired == []


async def test_a_changed_span_counts_from_the_change(house):
    async with house.living({"every": "1h"}) as life:
        await life.pass_(20 * 60)
        await life.schedules.replace(configs({"every": "30m"}))
        await life.pass_(30 * 60)

    assert life.scheduled() == ["11-21 12:50"]


async def test_what_is_done_may_change_without_a_change_of_time(house):
    async with house.living({"every": "1h"}) as life:
        await life.pass_(20 * 60)
        await life.schedules.replace(configs({"every": "1h", "do": "something else"}))
        await life.pass_(40 * 60)

    assert [firing.payload for firing in life.fired] == [["something else"]]


async def test_a_firing_of_what_a_schedule_was_is_not_taken_up(house):
    async with house.living({"every": "1h", "missed": "run-all"}) as life:
        life.hold["job"] = asyncio.Event()
        await life.pass_(HOUR)
    async with house.living({"every": "2h", "missed": "run-all"}) as life:
        await life.pass_(HOUR)

    assert life.fired == []


async def test_the_sun_needs_a_place_and_nothing_changes_without(house):
    async with house.living({"every": "1h"}, place=None) as life:
        with pytest.raises(ConfigError, match="dusk: sunset needs the latitude and longitude of the house"):
            await life.schedules.replace(configs({"id": "dusk", "sun": "sunset"}))

        assert [row.id for row in life.schedules.jobs()] == ["job"]


async def test_a_house_in_the_polar_night_is_told_so(house):
    async with house.living({"sun": "sunrise"}, place=Place(latitude=78.2, longitude=15.6)) as life:
        row = life.row("job")

    assert row.note.startswith("the sun does not rise for ")
    assert row.next.month == 2


@pytest.mark.parametrize("job", [{"cron": "0 11 * * *"}, {"at": "2026-11-21T13:00"}])
async def test_another_time_zone_makes_nothing_of_the_past_missed(house, job):
    async with house.living(job | {"missed": "run-all"}) as life:
        await life.pass_(2 * HOUR)
    async with house.living(job | {"missed": "run-all"}, zone=ZoneInfo("America/New_York")) as life:
        await life.pass_(60)
        after = len(life.fired)
        await life.pass_(10 * HOUR)

    assert after == 0
    assert life.scheduled(ZoneInfo("America/New_York")) == (["11-21 11:00"] if "cron" in job else [])


async def test_what_is_damaged_on_disk_is_dropped_and_the_rest_goes_on(house):
    async with house.living({"every": "1h"}) as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), None)
        await life.store.write(
            lambda db: db.execute("UPDATE schedule_jobs SET spec='[{' WHERE key='said/tea'")
        )
    async with house.living({"every": "1h"}) as life:
        await life.pass_(HOUR)

    assert [firing.job for firing in life.fired] == ["job"]


async def test_what_ran_and_what_was_over_from_the_start_are_listed_together(house):
    async with house.living(
        {"id": "over", "at": "2020-01-01T00:00"},
        {"id": "ran", "at": "2026-11-21T13:00"},
        {"id": "daily", **DAILY},
    ) as life:
        await life.pass_(2 * HOUR)

        assert [row.id for row in life.schedules.jobs()] == ["daily", "ran", "over"]
