"""What is kept is changed in conversation: moved, shifted, renamed, paused, started again, put off."""
# ruff: noqa: RUF001  # punctuation as it is written in Chinese

import pytest

from agent.core.actions import Trust
from tests.keeping import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("move the alarm to 8:30", "Changed: the alarm tomorrow at 08:30", "11-22 08:30:00"),
        ("set the alarm to 9 instead", "Changed: the alarm tomorrow at 09:00", "11-22 09:00:00"),
        ("wake me up at 8 instead", "Changed: the alarm tomorrow at 08:00", "11-22 08:00:00"),
        ("change my alarm from 7 to 8", "Changed: the alarm tomorrow at 08:00", "11-22 08:00:00"),
        ("make it 6:15", "Changed: the alarm tomorrow at 06:15", "11-22 06:15:00"),
        ("move the alarm to monday", "Changed: the alarm on Monday at 07:00", "11-23 07:00:00"),
        ("change the alarm to weekdays at 6", "Changed: the alarm every weekday at 06:00", "11-23 06:00:00"),
        ("push the alarm back 10 minutes", "Changed: the alarm tomorrow at 07:10", "11-22 07:10:00"),
        ("bring the alarm forward by half an hour", "Changed: the alarm tomorrow at 06:30", "11-22 06:30:00"),
        ("rename the alarm to gym", "Changed: the gym alarm tomorrow at 07:00", "11-22 07:00:00"),
        ("把七点的闹钟改到八点", "已更改：明天08:00的闹钟", "11-22 08:00:00"),
        ("改到八点半", "已更改：明天08:30的闹钟", "11-22 08:30:00"),
        ("把闹钟推迟一小时", "已更改：明天08:00的闹钟", "11-22 08:00:00"),
        ("闹钟提前十分钟", "已更改：明天06:50的闹钟", "11-22 06:50:00"),
        ("把闹钟改名为健身", "已更改：明天07:00的健身闹钟", "11-22 07:00:00"),
    ],
)
async def test_an_alarm_is_changed_and_there_is_still_one(place, text, shown, due):
    async with place.living() as somebody:
        await somebody.say("wake me up at 7")

        assert await somebody.shown(text) == shown
        assert somebody.due == [due]


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("move the cat reminder to tomorrow", "Changed: feed the cat, tomorrow at 18:00", "11-22 18:00:00"),
        ("postpone the reminder by an hour", "Changed: feed the cat, at 19:00", "11-21 19:00:00"),
        (
            "delay the reminder until monday at 9",
            "Changed: feed the cat, on Monday at 09:00",
            "11-23 09:00:00",
        ),
        ("rename the reminder to feed the dog", "Changed: feed the dog, at 18:00", "11-21 18:00:00"),
        ("把提醒改到八点", "已更改：20:00feed the cat", "11-21 20:00:00"),
        ("把提醒推迟一小时", "已更改：19:00feed the cat", "11-21 19:00:00"),
        ("把cat的提醒改到明天", "已更改：明天18:00feed the cat", "11-22 18:00:00"),
    ],
)
async def test_a_reminder_is_changed_and_keeps_what_it_is_of(place, text, shown, due):
    async with place.living() as somebody:
        await somebody.say("remind me at six to feed the cat")

        assert await somebody.shown(text) == shown
        assert somebody.due == [due]


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("change the timer to 10 minutes", "The pizza timer: 10 minutes left", "12:11:00"),
        ("make the timer 15 minutes", "The pizza timer: 15 minutes left", "12:16:00"),
        ("make the timer 2 minutes longer", "The pizza timer: 6 minutes left", "12:07:00"),
        ("restart the timer", "The pizza timer starts again with 5 minutes", "12:06:00"),
        ("start the pizza timer again", "The pizza timer starts again with 5 minutes", "12:06:00"),
        ("rename the timer to pasta", "Changed: the pasta timer", "12:05:00"),
        ("把计时器改成十分钟", "Pizza计时器还剩10分钟", "12:11:00"),
        ("重新开始计时器", "Pizza计时器重新开始，5分钟", "12:06:00"),
    ],
)
async def test_a_timer_is_changed_from_now_on(place, text, shown, due):
    async with place.living() as somebody:
        await somebody.say("set a pizza timer for 5 minutes")
        await somebody.pass_(60)

        assert await somebody.shown(text) == shown
        assert somebody.due == [f"11-21 {due}"]


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        (
            "move the blinds schedule to 8",
            "Changed: open the blinds every weekday at 08:00",
            ["11-23 08:00:00"],
        ),
        (
            "delay the blinds schedule by 10 minutes",
            "Changed: open the blinds every weekday at 07:10",
            ["11-23 07:10:00"],
        ),
        (
            "change the blinds schedule to every day",
            "Changed: open the blinds every day at 07:00",
            ["11-22 07:00:00"],
        ),
        ("pause the blinds schedule", "Paused: open the blinds every weekday at 07:00", []),
        ("暂停窗帘的定时任务", "已暂停：每个工作日07:00打开Blinds", []),
        ("把窗帘的定时任务改到八点", "已更改：每个工作日08:00打开Blinds", ["11-23 08:00:00"]),
    ],
)
async def test_a_schedule_is_changed(place, text, shown, due):
    async with place.living() as somebody:
        await somebody.say(
            "每个工作日早上七点打开窗帘" if not text.isascii() else "every weekday at seven open the blinds"
        )

        assert (await somebody.shown(text)).replace("窗帘", "Blinds") == shown
        assert somebody.due == due


@pytest.mark.parametrize(
    ("said", "pause", "resume"),
    [
        ("every day at 8 open the blinds", "pause the blinds schedule", "resume the blinds schedule"),
        ("wake me up at 7", "pause the alarm", "resume the alarm"),
        ("每天早上八点打开窗帘", "暂停窗帘的定时任务", "恢复窗帘的定时任务"),
    ],
)
async def test_what_is_paused_does_not_come_until_it_goes_on(place, said, pause, resume):
    async with place.living() as somebody:
        await somebody.say(said)
        before = somebody.due
        await somebody.say(pause)
        paused = somebody.due
        await somebody.say(resume)

        assert (paused, somebody.due) == ([], before)


async def test_what_is_paused_is_listed_as_such_and_does_nothing(place):
    async with place.living() as somebody:
        await somebody.say("every day at 8 open the blinds")
        await somebody.say("pause the blinds schedule")
        listed = await somebody.shown("what is scheduled")
        await somebody.pass_(2 * 86_400)

        assert listed == "Open the blinds every day at 08:00, paused"
        assert somebody.sent == []


async def test_what_was_over_while_it_was_paused_does_not_go_on(place):
    async with place.living() as somebody:
        await somebody.say("set an alarm for 1 pm")
        await somebody.say("pause the alarm")
        await somebody.pass_(2 * 3600)

        assert (
            await somebody.shown("resume the alarm") == "Its time has gone by meanwhile. Tell me a new one."
        )


@pytest.mark.parametrize(
    ("text", "undo"),
    [("move the alarm to 8:30", "undo"), ("rename the alarm to gym", "undo"), ("把闹钟推迟一小时", "撤销")],
)
async def test_undo_takes_a_change_back(place, text, undo):
    async with place.living() as somebody:
        await somebody.say("wake me up at 7")
        before = list(somebody.said.kept())
        await somebody.say(text)
        await somebody.say(undo)

        assert [(one.when, one.name) for one in somebody.said.kept()] == [
            (one.when, one.name) for one in before
        ]


@pytest.mark.parametrize(
    ("text", "asked", "answer"),
    [
        ("move the alarm to 8:30", "Which one: the alarm at 19:00 or the alarm at 21:00?", "the 7 one"),
        ("把闹钟改到八点半", "哪一个：19:00的闹钟还是21:00的闹钟？", "七点"),
    ],
)
async def test_of_several_it_is_asked_which_is_to_be_changed(place, text, asked, answer):
    async with place.living() as somebody:
        await somebody.say("set an alarm for 7")
        await somebody.say("set an alarm for 9")
        shown = await somebody.shown(text)
        await somebody.say(answer)

        assert shown == asked
        assert somebody.due == ["11-21 20:30:00", "11-21 21:00:00"]


async def test_by_how_much_it_is_to_be_put_off_is_asked(place):
    async with place.living() as somebody:
        await somebody.say("wake me up at 7")
        asked = await somebody.shown("postpone the alarm")
        await somebody.say("20 minutes")

        assert asked == "For how long?"
        assert somebody.due == ["11-22 07:20:00"]


async def test_nothing_is_moved_to_before_now(place):
    async with place.living() as somebody:
        await somebody.say("set an alarm for 1 pm")
        reply = await somebody.shown("bring the alarm forward by 2 hours")

        assert reply == "That would be over already, so I left it as it is"
        assert somebody.due == ["11-21 13:00:00"]


@pytest.mark.parametrize(
    "text",
    [
        "change the alarm to something nicer",
        "move the reminder somewhere else",
        "change the timer",
        "reschedule my reminders",
        "把闹钟改成好听的",
        "调整一下提醒",
    ],
)
async def test_a_change_that_is_not_understood_makes_nothing_new(place, text):
    async with place.living() as somebody:
        reply = await somebody.shown(text)

        assert reply.startswith(("I did not get how to change that", "没听懂要怎么改"))
        assert somebody.said.kept() == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("change the timer to 10 minutes", "There is no timer"),
        ("move the alarm to 8:30", "There is no alarm"),
        ("snooze", "Nothing has rung"),
        ("把提醒改到八点", "没有提醒"),
        ("贪睡", "刚才没有响过"),
    ],
)
async def test_where_there_is_nothing_nothing_is_changed(place, text, shown):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert somebody.due == []


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("snooze", "I will ring again at 12:10", "12:10:02"),
        ("snooze for 5 minutes", "I will ring again at 12:06", "12:06:02"),
        ("five more minutes", "I will ring again at 12:06", "12:06:02"),
        ("贪睡", "好的，12:10再响", "12:10:02"),
        ("再睡十分钟", "好的，12:11再响", "12:11:02"),
    ],
)
async def test_what_rings_is_put_off(place, text, shown, due):
    async with place.living() as somebody:
        await somebody.say("wake me up in 1 minute")
        await somebody.pass_(62)

        assert await somebody.shown(text) == shown
        assert somebody.due == [f"11-21 {due}"]


async def test_what_is_put_off_rings_again_under_its_name(place):
    async with place.living() as somebody:
        await somebody.say("remind me in 10 minutes to check the oven")
        await somebody.pass_(601)
        await somebody.say("remind me again in 5 minutes")
        await somebody.pass_(301)

        assert [one.text for one in somebody.rang] == ["Reminder: check the oven"] * 2


async def test_what_rang_before_a_restart_is_put_off(place):
    async with place.living() as somebody:
        await somebody.say("wake me up in 1 minute")
        await somebody.pass_(62)
    async with place.living() as somebody:
        assert await somebody.shown("snooze") == "I will ring again at 12:10"
        await somebody.pass_(541)

        assert [one.kind for one in somebody.rang] == ["alarm"]


async def test_an_alarm_of_every_day_is_put_off_and_stays_what_it_was(place):
    async with place.living() as somebody:
        await somebody.say("set an alarm every day at 1 pm")
        await somebody.pass_(3601)
        await somebody.say("snooze")

        assert somebody.due == ["11-21 13:09:01", "11-22 13:00:00"]


async def test_a_timer_that_is_over_is_started_again(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 4 minutes")
        await somebody.pass_(241)
        await somebody.say("restart the timer")
        await somebody.pass_(241)

        assert [one.text for one in somebody.rang] == ["Your tea timer is over"] * 2


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("cancel everything", "Cancelled: the timer for 5 minutes"),
        ("cancel all", "Cancelled: the timer for 5 minutes"),
        ("全部取消", "已取消：5分钟的计时器"),
    ],
)
async def test_everything_is_the_timers_and_what_is_left_is_told(place, text, first):
    async with place.living() as somebody:
        await somebody.say("set a timer for 5 minutes")
        await somebody.say("set an alarm for 7")
        shown = await somebody.shown(text)

        assert shown.startswith(first)
        assert ("1 alarm" in shown) or ("1个闹钟" in shown)
        assert somebody.due == ["11-21 19:00:00"]


async def test_who_changes_something_lends_it_no_right(place):
    async with place.living() as somebody:
        await somebody.say("turn on the heater in 10 minutes", trust=Trust.ROOM)
        await somebody.say("make it 20 minutes", trust=Trust.HUMAN)

        assert [one.trust for one in somebody.said.kept()] == [int(Trust.ROOM)]
