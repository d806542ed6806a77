"""Commands for later: read when they are said, done when their time has come, ended where that was said."""

import pytest

from agent.core.actions import Status, Trust
from tests.keeping import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("turn off the heater in 20 minutes", "I will turn off the heater at 12:20", "11-21 12:20:00"),
        ("at 22:30 turn off the tv", "I will turn off the TV at 22:30", "11-21 22:30:00"),
        (
            "tomorrow at 6 turn on the kitchen light",
            "I will turn on the kitchen light tomorrow at 06:00",
            "11-22 06:00:00",
        ),
        (
            "every weekday at seven open the blinds",
            "I will open the blinds every weekday at 07:00",
            "11-23 07:00:00",
        ),
        (
            "turn on the kitchen light every 30 minutes",
            "I will turn on the kitchen light every 30 minutes",
            "11-21 12:30:00",
        ),
        ("turn on the hall light at sunset", "I will turn on the hall light at 16:05", "11-21 16:05:13"),
        ("二十分钟后关掉暖气", "好的，12:20关闭暖气", "11-21 12:20:00"),  # noqa: RUF001
        ("每个工作日早上七点打开窗帘", "好的，每个工作日07:00打开窗帘", "11-23 07:00:00"),  # noqa: RUF001
        ("明天早上六点打开厨房灯", "好的，明天06:00打开厨房灯", "11-22 06:00:00"),  # noqa: RUF001
    ],
)
async def test_a_command_is_kept_and_said_when_it_is_done(place, text, shown, due):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert [one[:11] for one in somebody.due] == [due[:11]]
        assert somebody.sent == []


async def test_a_command_is_done_when_its_time_has_come(place):
    async with place.living() as somebody:
        await somebody.say("turn on the heater in 20 minutes")
        await somebody.pass_(1199)
        early = somebody.state("switch.heater")
        await somebody.pass_(2)

        assert (early, somebody.state("switch.heater")) == ("off", "on")
        assert somebody.job("command").result == "done"


async def test_it_is_done_as_the_speaker_who_said_it(place):
    async with place.living() as somebody:
        await somebody.say("turn on the heater in 20 minutes")
        await somebody.pass_(1201)

        action = somebody.sent[0].action
        assert (action.cause.kind, action.cause.who, action.trust) == ("schedule", "ada", Trust.ROOM)
        assert action.cause.utterance == "turn on the heater in 20 minutes"


async def test_the_time_lends_nobody_a_right(place):
    async with place.living() as somebody:
        await somebody.say("unlock the front door at 5 pm")
        await somebody.pass_(6 * 3600)

        assert somebody.state("lock.front") == "locked"
        assert somebody.outcomes[0].status is Status.PENDING
        assert somebody.job("command").result == "failed, lock.front waits for an approval"


async def test_who_answers_a_question_lends_nobody_a_right(place):
    async with place.living() as somebody:
        await somebody.say("turn on the lamp at seven", trust=Trust.ROOM)
        await somebody.say("the desk lamp", trust=Trust.HUMAN)

        assert [one.trust for one in somebody.said.kept()] == [int(Trust.ROOM)]


async def test_what_is_not_there_is_told_when_it_is_said(place):
    async with place.living() as somebody:
        reply = await somebody.shown("turn on the flux capacitor at seven")

        assert reply == "There is no flux capacitor"
        assert somebody.due == []


async def test_what_is_not_clear_is_asked_when_it_is_said(place):
    async with place.living() as somebody:
        asked = await somebody.say("turn on the lamp at seven")
        reply = await somebody.shown("the desk lamp")
        await somebody.pass_(8 * 3600)

        assert asked.expects_answer
        assert reply == "I will turn on the desk lamp at 19:00"
        assert [one.entity for one in somebody.sent] == ["light.desk"]


async def test_a_time_that_is_over_is_refused_with_one_that_is_not(place):
    async with place.living() as somebody:
        reply = await somebody.shown("turn on the kitchen light today at 6 am")

        assert reply == "That is over already, tomorrow at 06:00 is still to come"
        assert somebody.due == []


async def test_a_time_holds_for_everything_it_is_said_of(place):
    async with place.living() as somebody:
        await somebody.say("turn on the kitchen light and the hall light at 7 pm")
        now = len(somebody.sent)
        await somebody.pass_(8 * 3600)

        assert now == 0
        assert {one.entity for one in somebody.sent} == {"light.kitchen", "light.hall"}


async def test_what_goes_wrong_is_the_result_of_the_job(place):
    async with place.living() as somebody:
        await somebody.say("turn on the desk lamp in 20 minutes")
        somebody.home.remove("light.desk")
        await somebody.pass_(1201)

        assert somebody.job("command").result == "failed, there is no Desk Lamp; did you mean Bed Lamp?"


async def test_what_is_done_for_a_while_ends_by_itself(place):
    async with place.living() as somebody:
        reply = await somebody.shown("turn on the kitchen light for ten minutes")
        lit = somebody.state("light.kitchen")
        await somebody.pass_(601)

        assert reply == "Turned on the light\nI will turn off the kitchen light at 12:10"
        assert (lit, somebody.state("light.kitchen")) == ("on", "off")


async def test_what_is_done_until_a_time_ends_then(place):
    async with place.living() as somebody:
        await somebody.say("turn on the kitchen light until 10 pm")

        assert somebody.state("light.kitchen") == "on"
        assert somebody.due == ["11-21 22:00:00"]


async def test_what_is_to_begin_later_and_to_last_does_both(place):
    async with place.living() as somebody:
        reply = await somebody.shown("in an hour turn on the kitchen light for five minutes")
        await somebody.pass_(3601)
        lit = somebody.state("light.kitchen")
        await somebody.pass_(301)

        assert reply == "I will turn on the kitchen light for 5 minutes at 13:00"
        assert (lit, somebody.state("light.kitchen")) == ("on", "off")


async def test_what_locks_is_never_opened_by_the_way(place):
    async with place.living() as somebody:
        reply = await somebody.shown("lock the front door for ten minutes")

        assert reply == "I do not know how to end that again. Tell me when I shall do what."
        assert somebody.due == []


async def test_undo_takes_back_what_is_done_for_a_while_and_its_end(place):
    async with place.living() as somebody:
        await somebody.say("turn on the kitchen light for ten minutes")
        await somebody.say("undo")

        assert somebody.state("light.kitchen") == "off"
        assert somebody.due == []


async def test_what_repeats_is_done_again_and_again(place):
    async with place.living() as somebody:
        await somebody.say("every day at 8 turn on the kitchen light")
        await somebody.pass_(3 * 86_400)

        assert len(somebody.sent) == 3


async def test_what_is_scheduled_is_told(place):
    async with place.living() as somebody:
        await somebody.say("every weekday at seven open the blinds")
        await somebody.say("at 22:30 turn off the tv")

        assert await somebody.shown("what is scheduled") == (
            "2 schedules\nturn off the TV at 22:30\nopen the blinds every weekday at 07:00"
        )


@pytest.mark.parametrize(
    "text", ["cancel the schedule for the blinds", "cancel the blinds schedule", "取消窗帘的定时任务"]
)
async def test_the_schedule_that_is_meant_is_cancelled(place, text):
    async with place.living() as somebody:
        await somebody.say(
            "每个工作日早上七点打开窗帘" if not text.isascii() else "every weekday at seven open the blinds"
        )
        await somebody.say("at 22:30 turn off the tv")
        await somebody.say(text)

        assert somebody.due == ["11-21 22:30:00"]


async def test_nobody_who_keeps_things_is_said_to_be_missing(place):
    async with place.living() as somebody:
        somebody.conversation._keeping._keeper = None

        assert await somebody.shown("set a timer for 5 minutes") == "I cannot do that yet"
