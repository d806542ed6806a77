"""Timers and schedules that somebody said."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.automations.jobs import Timing
from agent.errors import ActionError
from tests.automations.virtual import House

HOUR, DAY = 3600, 86_400


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, "2026-11-21T12:00")


async def test_something_said_comes_once(house):
    async with house.living() as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), {"say": "tea"})
        await life.pass_(DAY)

    assert [(firing.job, firing.source, firing.payload) for firing in life.fired] == [
        ("tea", "said", {"say": "tea"})
    ]
    assert life.times == [datetime(2026, 11, 21, 11, 4, tzinfo=UTC)]


async def test_something_said_survives_a_restart_and_comes_late(house):
    async with house.living() as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), None)
    house.clock.advance(10 * 60)
    async with house.living() as life:
        await life.pass_(0)

    assert [(firing.job, firing.late) for firing in life.fired] == [("tea", 360)]


async def test_something_cancelled_does_not_come(house):
    async with house.living() as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), None)

        assert await life.schedules.cancel("tea")
        assert not await life.schedules.cancel("tea")
        await life.pass_(DAY)
    assert life.fired == []


async def test_something_said_anew_replaces_what_was_said(house):
    async with house.living() as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), "first")
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=9), "second")
        await life.pass_(DAY)

    assert [firing.payload for firing in life.fired] == ["second"]


async def test_something_said_for_now_comes_now(house):
    async with house.living(look_every=1.0) as life:
        await life.schedules.at("now", life.clock.now(), None)
        await life.pass_(1)

    assert len(life.fired) == 1


async def test_something_said_may_come_again_and_again(house):
    async with house.living() as life:
        await life.schedules.at("blinds", Timing(kind="cron", text="0 7 * * mon-fri"), "open")
        await life.pass_(4 * DAY)

    assert life.scheduled() == ["11-23 07:00", "11-24 07:00", "11-25 07:00"]


async def test_a_line_that_makes_no_sense_is_answered(house):
    async with house.living() as life:
        with pytest.raises(ActionError, match="'25' is no hour"):
            await life.schedules.at("blinds", Timing(kind="cron", text="0 25 * * *"), "open")


async def test_a_said_name_may_be_that_of_a_written_schedule(house):
    async with house.living({"every": "1h"}) as life:
        await life.schedules.at("job", life.clock.now() + timedelta(minutes=5), None)
        await life.schedules.cancel("job")
        await life.pass_(HOUR)

    assert [firing.source for firing in life.fired] == ["config"]


async def test_what_was_said_and_came_is_forgotten_in_the_end(house):
    async with house.living({"every": "6h"}) as life:
        await life.schedules.at("tea", life.clock.now() + timedelta(minutes=4), None)
        await life.pass_(HOUR)
        shown = [row.id for row in life.schedules.jobs()]
        await life.pass_(2 * DAY)

        assert sorted(shown) == ["job", "tea"]
        assert [row.id for row in life.schedules.jobs()] == ["job"]
