"""Timers in conversation: set, told apart, changed, paused, cancelled, taken back."""

import pytest

from tests.keeping import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("set a timer for 5 minutes", "Timer set for 5 minutes", "12:05:00"),
        ("set a timer for an hour and a half", "Timer set for 1 hour and 30 minutes", "13:30:00"),
        ("set a pizza timer for 12 minutes", "Pizza timer set for 12 minutes", "12:12:00"),
        ("set a timer for 300 minutes", "Timer set for 5 hours", "17:00:00"),
        ("start a 90 second timer called tea", "Tea timer set for 1 minute and 30 seconds", "12:01:30"),
        ("设置一个五分钟的计时器", "计时器已设为5分钟", "12:05:00"),
        ("定时一个半小时", "计时器已设为1小时30分钟", "13:30:00"),
        ("设置十分钟的披萨计时器", "披萨计时器已设为10分钟", "12:10:00"),
    ],
)
async def test_a_timer_is_set_and_said_to_be(place, text, shown, due):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert somebody.due == [f"11-21 {due}"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("set a timer for 40 days", "A timer runs for 31 days at most"),
        ("set a timer for 0 minutes", "A timer needs at least a second"),
    ],
)
async def test_a_timer_that_cannot_be_is_refused(place, text, shown):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert somebody.due == []


async def test_a_timer_rings_when_its_time_has_come(place):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 12 minutes", area="Kitchen", session="cook")
        await somebody.pass_(719)
        early = len(somebody.rang)
        await somebody.pass_(2)

        ring = somebody.rang[0]
        assert early == 0
        assert (ring.kind, ring.name, ring.text) == ("timer", "pizza", "Your pizza timer is over")
        assert (ring.late, ring.area, ring.session, ring.language) == (0.0, "kitchen", "cook", "en")
        assert somebody.listed == []


async def test_a_timer_without_a_time_is_asked_for_one(place):
    async with place.living() as somebody:
        asked = await somebody.say("set a pasta timer")

        assert (asked.text, asked.expects_answer) == ("For how long?", True)
        assert await somebody.shown("nine minutes") == "Pasta timer set for 9 minutes"


async def test_what_is_no_answer_is_heard_as_what_it_is(place):
    async with place.living() as somebody:
        await somebody.say("set a timer")
        reply = await somebody.say("turn on the kitchen light")

        assert somebody.state("light.kitchen") == "on"
        assert [one.name for one in reply.intents] == ["HassTurnOn"]
        assert somebody.due == []


async def test_what_is_left_is_told(place):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 12 minutes")
        await somebody.say("set a timer for 20 minutes")
        await somebody.pass_(540)

        assert (
            await somebody.shown("how much time is left on the pizza timer")
            == "The pizza timer: 3 minutes left"
        )
        assert await somebody.shown("which timers are running") == (
            "2 timers\nthe pizza timer: 3 minutes left\nthe timer for 20 minutes: 11 minutes left"
        )


async def test_without_a_timer_that_is_said(place):
    async with place.living() as somebody:
        assert await somebody.shown("cancel the timer") == "There is no timer"
        assert await somebody.shown("有哪些计时器") == "没有计时器"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("the pizza one", "12:07:00"),
        ("the 7 minute one", "12:05:00"),
        ("the second", "12:05:00"),
        ("pizza", "12:07:00"),
    ],
)
async def test_of_two_timers_it_is_asked_which(place, answer, left):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 5 minutes")
        await somebody.say("set a timer for 7 minutes")
        asked = await somebody.say("cancel the timer")
        await somebody.say(answer)

        assert asked.shown == "Which one: the pizza timer or the timer for 7 minutes?"
        assert asked.expects_answer
        assert somebody.due == [f"11-21 {left}"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cancel the pizza timer", "12:07:00"),
        ("cancel the 7 minute timer", "12:05:00"),
        ("delete the pizza timer", "12:07:00"),
        ("取消七分钟的计时器", "12:05:00"),
    ],
)
async def test_a_timer_is_known_by_its_name_or_its_length(place, text, left):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 5 minutes")
        await somebody.say("set a timer for 7 minutes")
        await somebody.say(text)

        assert somebody.due == [f"11-21 {left}"]


async def test_a_timer_is_known_by_what_it_has_left(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 10 minutes")
        await somebody.say("set a timer for 30 minutes")
        await somebody.pass_(300)
        await somebody.say("cancel the 5 minute timer")

        assert somebody.due == ["11-21 12:30:00"]


async def test_of_several_timers_that_of_the_own_room_is_meant(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 5 minutes", area="Kitchen")
        await somebody.say("set a timer for 7 minutes", area="Study")
        await somebody.say("cancel the timer", area="Kitchen")

        assert somebody.due == ["11-21 12:07:00"]


async def test_a_command_that_waits_is_a_timer_where_there_is_no_other(place):
    async with place.living() as somebody:
        await somebody.say("turn on the heater in 20 minutes")
        told = await somebody.shown("how much time is left")
        await somebody.say("cancel the timer")

        assert told == "The timer for 20 minutes: 20 minutes left"
        assert somebody.due == []


async def test_a_timer_of_a_room_is_named_by_it(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 5 minutes", area="Kitchen")
        await somebody.say("set a timer for 7 minutes", area="Study")
        await somebody.say("cancel the kitchen timer")

        assert somebody.due == ["11-21 12:07:00"]


async def test_all_timers_are_cancelled_at_once(place):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 5 minutes")
        await somebody.say("set a timer for 7 minutes")

        assert (
            await somebody.shown("cancel all timers")
            == "Cancelled: the pizza timer and the timer for 7 minutes"
        )
        assert somebody.due == []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("add 5 minutes to the timer", "12:15:00"),
        ("take 3 minutes off the timer", "12:07:00"),
        ("计时器加五分钟", "12:15:00"),
        ("把计时器减少2分钟", "12:08:00"),
    ],
)
async def test_a_timer_is_made_longer_or_shorter(place, text, due):
    async with place.living() as somebody:
        await somebody.say("set a timer for 10 minutes")
        await somebody.say(text)

        assert somebody.due == [f"11-21 {due}"]


async def test_a_timer_that_is_made_too_short_rings(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 10 minutes")
        reply = await somebody.shown("take 20 minutes off the timer")
        await somebody.pass_(60)

        assert reply == "The timer for 10 minutes has less time left than that, so it ends now"
        assert len(somebody.rang) == 1


async def test_a_paused_timer_waits(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 10 minutes")
        await somebody.pass_(60)
        paused = await somebody.shown("pause the timer for a moment")
        await somebody.pass_(86_400)
        silent = len(somebody.rang)
        await somebody.say("resume the timer")
        await somebody.pass_(541)

        assert paused == "The timer for 10 minutes is paused with 9 minutes left"
        assert silent == 0
        assert [one.kind for one in somebody.rang] == ["timer"]


async def test_a_paused_timer_is_listed_as_such(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.say("pause the tea timer")
        await somebody.pass_(0)

        assert [(one["name"], one["paused"], one["remaining"]) for one in somebody.listed] == [
            ("tea", True, 240)
        ]


@pytest.mark.parametrize("text", ["undo", "cancel that"])
async def test_what_was_just_set_is_taken_back(place, text):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        reply = await somebody.shown(text)

        assert reply == "Cancelled: the tea timer"
        assert somebody.due == []


async def test_what_was_just_cancelled_comes_back(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.say("cancel the timer")
        await somebody.say("undo")

        assert somebody.due == ["11-21 12:04:00"]


async def test_undo_is_about_the_last_thing_that_was_done(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.say("turn on the kitchen light")
        await somebody.say("undo")
        light = somebody.state("light.kitchen")
        await somebody.say("undo")

        assert light == "off"
        assert somebody.due == []


async def test_the_same_utterance_heard_again_is_the_same_timer(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 5 minutes", id="again")
        await somebody.say("set a timer for 5 minutes", id="again")

        assert len(somebody.due) == 1


async def test_there_is_an_end_to_what_can_be_set(place):
    async with place.living() as somebody:
        for number in range(1000):
            await somebody.schedules.at(
                f"timer-{number}", somebody.clock.now().replace(year=2027), {"other": number}
            )
        reply = await somebody.say("set a timer for 5 minutes")

        assert "there are 1000 timers and schedules already" in reply.shown


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "{name}", "x" * 200, "\u202eevil"])
async def test_a_name_is_said_and_never_read(place, name):
    async with place.living() as somebody:
        reply = await somebody.say(f"start a 5 minute timer called {name}")
        await somebody.pass_(301)

        assert "49" not in reply.text
        assert max(len(one.text) for one in somebody.rang) < 100
