"""Commands for later as people say them: by the sun, in another rhythm, for all of a sentence."""
# ruff: noqa: RUF001  # punctuation as it is written in Chinese

import asyncio

import pytest

from agent.automations.task_runner import ProcessRunner
from agent.automations.tasks import Tasks
from agent.core.actions import Status, Trust
from agent.core.telling import Wanted
from agent.errors import ActionError
from agent.runtime.clock import Clock
from tests.automations.tasking import sections
from tests.keeping import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("日落前二十分钟关掉 Desk Lamp", "好的，15:45关闭Desk Lamp", "11-21 15:45"),
        ("日落后半小时打开厨房灯", "好的，16:35打开Kitchen Light", "11-21 16:35"),
        ("离日落还有二十分钟时打开厨房灯", "好的，15:45打开Kitchen Light", "11-21 15:45"),
        ("每天日落前二十分钟打开窗帘", "好的，每天日落前20分钟打开Blinds", "11-21 15:45"),
        ("每天日出后一小时打开窗帘", "好的，每天日出后1小时打开Blinds", "11-22 08:40"),
        (
            "20 minutes before sunset turn off the desk lamp",
            "I will turn off the desk lamp at 15:45",
            "11-21 15:45",
        ),
        (
            "close the blinds 20 minutes before sunset every day",
            "I will close the blinds every day 20 minutes before sunset",
            "11-21 15:45",
        ),
        (
            "every day half an hour after sunrise open the blinds",
            "I will open the blinds every day 30 minutes after sunrise",
            "11-22 08:10",
        ),
        (
            "turn on the desk lamp every weekday at sunset",
            "I will turn on the desk lamp every weekday at sunset",
            "11-23 16:02",
        ),
        (
            "every monday half an hour before sunset turn on the desk lamp",
            "I will turn on the desk lamp every Monday at 30 minutes before sunset",
            "11-23 15:32",
        ),
        ("每个工作日日落时打开厨房灯", "好的，每个工作日日落时打开Kitchen Light", "11-23 16:02"),
    ],
)
async def test_what_goes_by_the_sun_says_how_far_from_it(place, text, shown, due):
    async with place.living() as somebody:
        reply = await somebody.shown(text)

        assert reply.replace("窗帘", "Blinds").replace("厨房灯", "Kitchen Light") == shown
        assert [one[:11] for one in somebody.due] == [due]
        assert somebody.sent == []


async def test_the_days_stay_where_only_the_sun_is_changed_and_the_sun_where_only_the_days_are(place):
    async with place.living() as somebody:
        await somebody.say("turn on the desk lamp every weekday 10 minutes after sunset")

        assert await somebody.shown("move the desk lamp schedule to every weekend") == (
            "Changed: turn on the desk lamp at the weekend at 10 minutes after sunset"
        )
        assert await somebody.shown("move the desk lamp schedule to sunrise") == (
            "Changed: turn on the desk lamp at the weekend at sunrise"
        )


async def test_the_list_says_how_far_from_the_sun(place):
    async with place.living() as somebody:
        await somebody.say("close the blinds 20 minutes before sunset every day")

        assert (
            await somebody.shown("what is scheduled") == "Close the blinds every day 20 minutes before sunset"
        )


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        (
            "open the blinds every other day at 7",
            "I will open the blinds every 2 days at 07:00",
            "11-22 07:00:00",
        ),
        (
            "every two weeks on monday at 8 open the blinds",
            "I will open the blinds every 2 weeks on Monday at 08:00",
            "11-23 08:00:00",
        ),
        ("每隔一天早上七点打开厨房灯", "好的，每2天07:00打开厨房灯", "11-22 07:00:00"),
        ("每两周的周一早上八点打开厨房灯", "好的，每2周的周一08:00打开厨房灯", "11-23 08:00:00"),
        (
            "remind me every other day at 8 pm to water the plants",
            "I will remind you every 2 days at 20:00: water the plants",
            "11-21 20:00:00",
        ),
        ("每隔一天早上八点提醒我浇花", "好的，每2天08:00提醒你：浇花", "11-22 08:00:00"),
        (
            "remind me on april twenty at 9 to call mom",
            "I will remind you on April 20 at 09:00: call mom",
            "04-20 09:00:00",
        ),
        (
            "remind me on the 3rd of may at 10 to call mom",
            "I will remind you on May 3 at 10:00: call mom",
            "05-03 10:00:00",
        ),
        (
            "remind me to pay the rent on the 1st at 9",
            "I will remind you on December 1 at 09:00: pay the rent",
            "12-01 09:00:00",
        ),
        ("四月二十号上午九点提醒我交税", "好的，4月20日09:00提醒你：交税", "04-20 09:00:00"),
        ("提醒我二十五号上午九点交税", "好的，周三09:00提醒你：交税", "11-25 09:00:00"),
    ],
)
async def test_it_comes_on_the_days_that_are_said(place, text, shown, due):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert somebody.due == [due]


async def test_every_other_day_is_every_other_day(place):
    async with place.living() as somebody:
        await somebody.say("turn on the kitchen light every other day at 7")
        await somebody.pass_(5 * 86_400)

        assert len(somebody.sent) == 3
        assert somebody.due == ["11-28 07:00:00"]


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("every weekday at seven open the blinds", "open the blinds at 7 am every weekday"),
        ("每天早上七点打开窗帘", "每天早上七点打开窗帘"),
        ("set an alarm for 7", "set an alarm for seven"),
        ("remind me at six to call mom", "at six remind me to call mom"),
    ],
)
async def test_what_is_there_already_is_kept_once(place, text, again):
    async with place.living() as somebody:
        await somebody.say(text)
        reply = await somebody.shown(again)

        assert reply.startswith(("That is there already", "已经有了"))
        assert len(somebody.due) == 1


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("remind me in an hour", "set a timer for 20 minutes"),
        ("remind me at six", "turn on the kitchen light"),
        ("设置一个提醒", "打开厨房灯"),
    ],
)
async def test_a_command_is_no_answer_to_what_it_is_to_be_reminded_of(place, asked, text):
    async with place.living() as somebody:
        await somebody.say(asked)
        await somebody.say(text)

        assert [one.kind for one in somebody.said.kept()] in ([], ["timer"])


async def test_a_command_that_is_to_be_reminded_of_is_an_answer(place):
    async with place.living() as somebody:
        await somebody.say("remind me in an hour")

        assert await somebody.shown("to turn off the oven") == "I will remind you at 13:00: turn off the oven"


async def test_a_new_timer_is_no_answer_to_which_one(place):
    async with place.living() as somebody:
        await somebody.say("set a timer for 5 minutes")
        await somebody.say("set a timer for 7 minutes")
        await somebody.say("cancel the timer")
        await somebody.say("set a timer for 5 minutes")

        assert somebody.due == ["11-21 12:05:00", "11-21 12:05:00", "11-21 12:07:00"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("设置一个叫鸡蛋的三分钟计时器", "鸡蛋计时器已设为3分钟"),
        ("设置一个三分钟的计时器，叫鸡蛋", "鸡蛋计时器已设为3分钟"),
        ("set an alarm for 7 tomorrow called gym", "The gym alarm will ring tomorrow at 07:00"),
        ("set an alarm called gym for 7 tomorrow", "The gym alarm will ring tomorrow at 07:00"),
        ("设一个明天七点叫健身的闹钟", "健身闹钟将在明天07:00响"),
    ],
)
async def test_what_it_is_called_is_heard(place, text, shown):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown


@pytest.mark.parametrize(
    ("text", "now", "later"),
    [
        ("turn off the heater and turn on the desk lamp at 11 pm", [], ["switch.heater", "light.desk"]),
        ("at 11 pm turn off the heater and turn on the desk lamp", [], ["switch.heater", "light.desk"]),
        ("turn on the desk lamp in 10 minutes and turn on the heater", ["switch.heater"], ["light.desk"]),
        ("turn on the kitchen light, and turn it off at 11 pm", ["light.kitchen"], ["light.kitchen"]),
        ("turn on the heater now and turn on the desk lamp at 11 pm", ["switch.heater"], ["light.desk"]),
        ("打开暖气，晚上十一点打开厨房灯", ["switch.heater"], ["light.kitchen"]),
    ],
)
async def test_a_time_at_the_end_or_the_beginning_is_for_all(place, text, now, later):
    async with place.living() as somebody:
        await somebody.say(text)
        first = [one.entity for one in somebody.sent]
        somebody.sent.clear()
        await somebody.pass_(12 * 3600)

        assert first == now
        assert sorted(one.entity for one in somebody.sent) == sorted(later)


async def test_it_is_said_what_is_done_now_and_what_later(place):
    async with place.living() as somebody:
        await somebody.say("turn on the desk lamp")

        assert await somebody.shown("turn on the kitchen light, and turn it off at 11 pm") == (
            "Turned on the light\nI will turn off the kitchen light at 23:00"
        )


async def test_a_while_counts_from_when_it_was_approved(place):
    async with place.living() as somebody:
        reply = await somebody.shown("unlock the front door for a minute")
        await somebody.pass_(50)
        await somebody.say("yes", trust=Trust.HUMAN)
        opened = somebody.state("lock.front")
        await somebody.pass_(50)
        still = somebody.state("lock.front")
        await somebody.pass_(75)

        assert reply.splitlines()[-1].startswith("1 minute after that I will lock the front door")
        assert (opened, still, somebody.state("lock.front")) == ("unlocked", "unlocked", "locked")


async def test_what_was_never_approved_is_not_ended(place):
    async with place.living() as somebody:
        await somebody.say("unlock the front door for a minute")
        await somebody.say("no", trust=Trust.HUMAN)
        await somebody.pass_(300)

        assert somebody.sent == []
        assert all(one.status is not Status.CONFIRMED for one in somebody.outcomes)
        assert somebody.due == []


async def test_a_ring_that_was_missed_for_less_than_half_a_minute_says_so(place):
    async with place.living() as somebody:
        await somebody.say("set a tea timer for 1 minute")
    place.clock.advance(88)
    async with place.living() as somebody:
        await somebody.pass_(1)

        assert [(round(one.late), one.text) for one in somebody.rang] == [
            (28, "Your tea timer is over. That is 28 seconds late")
        ]


class Taskmaster:
    """Somebody who knows a task, as an integration or the tasks themselves would."""

    def here(self, host: str) -> bool:
        return not host

    async def ask(self, question):
        if question.intent != "OpsRunTask":
            return None
        if question.slot("task") != "hello":
            raise ActionError(f"there is no task {question.slot('task')!r}")
        return Wanted(service="task.run", data={}, names={"task.hello": "hello"})


def tasked(somebody, *command):
    """The task hello, and what runs it."""
    tasks = Tasks(
        tasks=sections({"hello": {"command": command, "risk": "reversible"}}),
        runner=ProcessRunner(clock=Clock()),
        told=lambda _: None,
    )
    tasks.provide(somebody.executor)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("run hello in 10 minutes", "I will run hello at 12:10", "11-21 12:10:00"),
        ("run the hello task in 10 minutes", "I will run hello at 12:10", "11-21 12:10:00"),
        ("run the hello task every day at 2 pm", "I will run hello every day at 14:00", "11-21 14:00:00"),
        ("tomorrow at 7 run hello", "I will run hello tomorrow at 07:00", "11-22 07:00:00"),
        ("十分钟后运行hello", "好的，12:10运行hello", "11-21 12:10:00"),
        ("每天下午两点运行hello任务", "好的，每天14:00运行hello", "11-21 14:00:00"),
    ],
)
async def test_a_task_is_run_at_another_time(place, text, shown, due):
    async with place.living(machine=Taskmaster()) as somebody:
        tasked(somebody, "true")

        assert await somebody.shown(text) == shown
        assert somebody.due == [due]


async def test_a_task_is_run_when_its_time_has_come(place, tmp_path):
    mark = tmp_path / "mark"
    async with place.living(machine=Taskmaster()) as somebody:
        tasked(somebody, "touch", str(mark))
        await somebody.say("run hello in 10 minutes")
        await somebody.pass_(599)
        early = mark.exists()
        await somebody.pass_(2)
        async with asyncio.timeout(5):
            while not mark.exists():
                await asyncio.sleep(0.01)

        assert not early


async def test_a_task_that_is_not_there_is_told(place):
    async with place.living(machine=Taskmaster()) as somebody:
        assert await somebody.shown("run the laundry task in 10 minutes") == (
            "I cannot do that: there is no task 'laundry'"
        )
        assert somebody.due == []


async def test_what_cannot_be_done_later_is_told_in_the_own_language(place):
    async with place.living() as somebody:
        assert await somebody.shown("十分钟后运行hello") == "不能这样做：这件事不能换个时间做"
