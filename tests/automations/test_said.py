"""What was said for later, over the ends of the daemon: late, paused, missed, once."""

import pytest

from agent.automations.said import timing_of
from agent.core.actions import Trust
from agent.dialogue.timekeeping import Kept, When
from agent.errors import ActionError
from tests.automations.virtual import configs
from tests.keeping import Place, without

HOUR, DAY = 3600, 86_400


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


async def test_a_timer_rings_in_the_next_life(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
    place.clock.advance(60)
    async with place.living() as somebody:
        await somebody.pass_(181)

        assert [(one.text, one.late) for one in somebody.rang] == [("Your tea timer is over", 0.0)]


async def test_a_timer_that_was_missed_rings_late_and_says_so(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
    place.clock.advance(24 * 60)
    async with place.living() as somebody:
        await somebody.pass_(0)

        assert [one.text for one in somebody.rang] == ["Your tea timer is over. That is 20 minutes late"]
        assert somebody.rang[0].late == 1200
        assert somebody.job("timer").result == "done, late by 20 min"


async def test_it_rings_late_once(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
    place.clock.advance(24 * 60)
    for _ in range(2):
        async with place.living() as somebody:
            await somebody.pass_(HOUR)
            rings = len(somebody.rang)

    assert rings == 0


@pytest.mark.parametrize(
    ("text", "hours", "rings"),
    [
        ("wake me up at seven", 19.5, 1),
        ("wake me up at seven", 43, 0),
        ("set a timer for 5 minutes", 3, 1),
        ("set a timer for 5 minutes", 10, 0),
        ("remind me at six to take out the bins", 18, 1),
        ("remind me at six to take out the bins", 48, 0),
    ],
)
async def test_what_comes_too_late_does_not_come(place, text, hours, rings):
    async with place.living() as somebody:
        await somebody.say(text)
    place.clock.advance(hours * HOUR)
    async with place.living() as somebody:
        await somebody.pass_(0)

        assert len(somebody.rang) == rings


async def test_what_was_left_out_is_shown(place):
    async with place.living() as somebody:
        await somebody.say("wake me up at seven")
    place.clock.advance(43 * HOUR)
    async with place.living() as somebody:
        await somebody.pass_(0)

        assert somebody.job("alarm").result == "skipped, late by 1 d"


async def test_a_paused_timer_survives_a_restart(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.pass_(60)
        await somebody.say("pause the timer")
    place.clock.advance(3 * DAY)
    async with place.living() as somebody:
        await somebody.pass_(DAY)
        silent = len(somebody.rang)
        told = await somebody.shown("resume the timer")
        await somebody.pass_(181)

        assert (silent, len(somebody.rang)) == (0, 1)
        assert told == "The tea timer goes on with 3 minutes left"


async def test_a_paused_timer_is_a_job_that_waits(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.say("pause the timer")

        assert (somebody.job("timer").next, somebody.job("timer").note) == (None, "paused")


async def test_a_paused_timer_is_not_forgotten(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.say("pause the timer")
        await somebody.pass_(5 * DAY)

        assert [one.name for one in somebody.said.kept()] == ["tea"]


async def test_a_command_is_done_late_and_its_job_says_so(place):
    async with place.living() as somebody:
        await somebody.say("turn on the heater in 20 minutes")
    place.clock.advance(30 * 60)
    async with place.living() as somebody:
        await somebody.pass_(1)

        assert somebody.state("switch.heater") == "on"
        assert somebody.job("command").result == "done, late by 10 min"


async def test_the_end_of_what_lasts_survives_a_restart(place):
    async with place.living() as somebody:
        await somebody.say("turn on the kitchen light for ten minutes")
    place.clock.advance(11 * 60)
    async with place.living() as somebody:
        await somebody.pass_(1)

        assert [(one.entity, one.service) for one in somebody.sent] == [("light.kitchen", "light.turn_off")]


async def test_a_command_keeps_the_trust_of_its_speaker_over_a_restart(place):
    async with place.living() as somebody:
        await somebody.say("unlock the front door in 20 minutes", trust=Trust.ROOM)
        await somebody.say("turn on the heater in 20 minutes", trust=Trust.HUMAN)
    place.clock.advance(25 * 60)
    async with place.living() as somebody:
        await somebody.pass_(1)

        assert [(one.entity, one.action.trust) for one in somebody.sent] == [("switch.heater", Trust.HUMAN)]
        assert somebody.state("lock.front") == "locked"


async def test_what_a_command_was_about_may_be_gone(place):
    async with place.living() as somebody:
        await somebody.say("turn on the desk lamp in 20 minutes")
    async with place.living(things=without("light.desk")) as somebody:
        await somebody.pass_(1201)

        assert somebody.job("command").result == "failed, there is no Desk Lamp; did you mean Bed Lamp?"


async def test_what_was_chosen_is_what_is_done(place):
    async with place.living() as somebody:
        await somebody.say("turn on the lamp at seven")
        await somebody.say("the desk lamp")
    async with place.living(things=without("light.desk")) as somebody:
        await somebody.pass_(8 * HOUR)

        assert somebody.sent == []
        assert somebody.job("command").result == "failed, light.desk is not there any more"


async def test_a_part_that_fails_keeps_no_other_from_being_done(place):
    async with place.living() as somebody:
        await somebody.say("turn on the desk lamp and the kitchen light at 7 pm")
    async with place.living(things=without("light.desk")) as somebody:
        await somebody.pass_(8 * HOUR)

        assert [one.entity for one in somebody.sent] == ["light.kitchen"]
        assert somebody.job("command").result.startswith("failed, there is no Desk Lamp")


async def test_the_configuration_leaves_what_was_said_alone(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.schedules.replace(configs({"id": "other", "every": "1h"}))
        await somebody.schedules.replace(())

        assert [one.name for one in somebody.said.kept()] == ["tea"]


async def test_an_hour_that_comes_twice_rings_once(tmp_path):
    place = Place(tmp_path, "2026-10-24T12:00")
    async with place.living() as somebody:
        await somebody.say("every day at 2:30 am turn on the kitchen light")
        await somebody.pass_(DAY)

        assert len(somebody.sent) == 1


async def test_a_timer_takes_no_notice_of_summer_time(tmp_path):
    place = Place(tmp_path, "2026-10-25T01:30")
    async with place.living() as somebody:
        await somebody.say("set a timer for 2 hours")
        await somebody.pass_(2 * HOUR + 1)

        assert len(somebody.rang) == 1


async def test_what_others_keep_is_not_ours(place):
    async with place.living() as somebody:
        await somebody.schedules.at("rest/1", somebody.clock.now().replace(year=2027), {"rest": {}})

        assert somebody.said.kept() == []


async def test_what_is_not_readable_is_a_failed_firing(place):
    async with place.living() as somebody:
        await somebody.schedules.at("timer-1", somebody.clock.now(), {"said": {"kind": "timer"}})
        await somebody.pass_(60)

        assert "it is not readable" in somebody.job("timer").result


async def test_what_cannot_be_reckoned_is_refused(place):
    async with place.living() as somebody:
        with pytest.raises(ActionError):
            await somebody.said.keep(Kept(id="x", kind="alarm", when=When(days=(0,), clock="25:00")))


@pytest.mark.parametrize(
    ("when", "kind", "text"),
    [
        (When(at="2026-11-22T07:00"), "at", "2026-11-22T07:00"),
        (When(seconds=1800), "every", "1800"),
        (When(days=(0, 4), clock="07:05"), "cron", "5 7 * * mon,fri"),
        (When(days=tuple(range(7)), clock="07:00"), "cron", "0 7 * * *"),
        (When(of_month=21, clock="09:00"), "cron", "0 9 21 * *"),
        (When(sun="sunset", offset=-600), "sun", "sunset"),
    ],
)
def test_a_time_is_told_in_the_words_of_schedules(when, kind, text):
    assert (timing_of(when).kind, timing_of(when).text) == (kind, text)


@pytest.mark.parametrize(("days", "told"), [((0, 4), (0, 4)), ((), ()), (tuple(range(7)), ())])
def test_the_sun_counts_on_its_days(days, told):
    assert timing_of(When(sun="sunset", days=days)).days == told


def test_what_is_kept_comes_back_from_the_disk_as_it_was():
    one = Kept(
        id="command-1",
        kind="command",
        when=When(days=(0, 1), clock="07:00"),
        intents=({"name": "HassTurnOn", "slots": {"name": "x"}},),
        lasts=60.0,
        trust=2,
        who="ada",
    )

    assert Kept.from_json(one.as_json(), due=None) == one
