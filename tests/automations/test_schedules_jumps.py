"""Clocks that are put forward and back, that sleep, and that start in 1970."""

import pytest

from tests.automations.virtual import House

HOUR, DAY = 3600, 86_400


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, "2026-11-21T12:00")


@pytest.mark.parametrize("missed", ["skip", "run-once", "run-all"])
@pytest.mark.parametrize("back", [2, 600, 5 * HOUR])
async def test_a_clock_put_back_doubles_nothing(house, missed, back):
    async with house.living({"cron": "0 * * * *", "missed": missed}, look_every=1.0) as life:
        await life.pass_(2 * HOUR)
        house.clock.jump(-back)
        await life.pass_(back + HOUR)

    assert life.scheduled() == ["11-21 13:00", "11-21 14:00", "11-21 15:00"]


@pytest.mark.parametrize(("missed", "fired"), [("skip", 1), ("run-once", 2), ("run-all", 5)])
async def test_a_clock_put_forward_misses_by_policy(house, missed, fired):
    async with house.living({"cron": "0 * * * *", "missed": missed}, look_every=1.0) as life:
        house.clock.jump(4 * HOUR + 60)
        await life.pass_(HOUR)

    assert len(life.fired) == fired
    assert len({firing.id for firing in life.fired}) == fired


async def test_a_small_step_forward_is_no_reason_to_skip(house):
    async with house.living({"cron": "0 * * * *", "missed": "skip"}, look_every=1.0) as life:
        await life.pass_(HOUR - 10)
        house.clock.jump(20)
        await life.pass_(1)

    assert life.scheduled() == ["11-21 13:00"]


@pytest.mark.parametrize("job", [{"cron": "0 * * * *"}, {"every": "1h"}])
async def test_a_clock_that_was_years_ahead_does_not_silence_a_schedule(house, job):
    async with house.living(job, look_every=1.0) as life:
        house.clock.jump(1500 * DAY)
        await life.pass_(2 * HOUR)
        house.clock.jump(-1500 * DAY)
        life.fired.clear()
        await life.pass_(3 * HOUR)

    assert len(life.fired) in (2, 3)


async def test_a_clock_that_starts_in_1970_repeats_nothing(house):
    job = {"cron": "0 13 * * *", "missed": "run-all"}
    async with house.living(job) as life:
        await life.pass_(2 * HOUR)
    house.clock.jump(-20_000 * DAY)
    async with house.living(job, look_every=1.0) as life:
        await life.pass_(60)
        house.clock.jump(20_000 * DAY)
        await life.pass_(60)

    assert life.fired == []


async def test_a_span_goes_on_after_a_clock_was_put_back_for_hours(house):
    async with house.living({"every": "5m"}, look_every=1.0) as life:
        await life.pass_(10 * 60)
        house.clock.jump(-2 * HOUR)
        life.fired.clear()
        await life.pass_(11 * 60)

    assert len(life.fired) == 2
