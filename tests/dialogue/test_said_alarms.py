"""Alarms and reminders in conversation."""

import pytest

from tests.keeping import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown", "due"),
    [
        ("set an alarm for seven", "The alarm will ring at 19:00", "11-21 19:00:00"),
        ("wake me up at seven", "The alarm will ring tomorrow at 07:00", "11-22 07:00:00"),
        ("wake me up in 8 hours", "The alarm will ring at 20:00", "11-21 20:00:00"),
        ("set an alarm for monday at 9 am", "The alarm will ring on Monday at 09:00", "11-23 09:00:00"),
        (
            "set a weekday alarm for 6:45",
            "The weekday alarm will ring every weekday at 06:45",
            "11-23 06:45:00",
        ),
        ("set an alarm every weekday at 7", "The alarm will ring every weekday at 07:00", "11-23 07:00:00"),
        ("明天早上七点叫我起床", "闹钟将在明天07:00响", "11-22 07:00:00"),
        ("每天早上七点的闹钟", "闹钟将在每天07:00响", "11-22 07:00:00"),
        (
            "remind me at six to take out the bins",
            "I will remind you at 18:00: take out the bins",
            "11-21 18:00:00",
        ),
        ("don't let me forget to call mom at 5", "I will remind you at 17:00: call mom", "11-21 17:00:00"),
        ("set a reminder for me to call mom at 5", "I will remind you at 17:00: call mom", "11-21 17:00:00"),
        (
            "remind me every day at 8 to take my pills",
            "I will remind you every day at 08:00: take my pills",
            "11-22 08:00:00",
        ),
        ("提醒我六点倒垃圾", "好的，18:00提醒你：倒垃圾", "11-21 18:00:00"),  # noqa: RUF001
        ("别让我忘了六点倒垃圾", "好的，18:00提醒你：倒垃圾", "11-21 18:00:00"),  # noqa: RUF001
    ],
)
async def test_it_is_set_and_said_when_it_comes(place, text, shown, due):
    async with place.living() as somebody:
        assert await somebody.shown(text) == shown
        assert somebody.due == [due]


async def test_what_is_lacking_is_asked_for_one_by_one(place):
    async with place.living() as somebody:
        asked = [await somebody.shown(text) for text in ("remind me", "to call dad", "tomorrow at noon")]

        assert asked == [
            "What shall I remind you of?",
            "When?",
            "I will remind you tomorrow at 12:00: call dad",
        ]


async def test_a_question_is_open_for_a_minute(place):
    async with place.living() as somebody:
        await somebody.say("remind me to call dad")
        await somebody.pass_(61)
        await somebody.say("at seven")

        assert somebody.due == []


async def test_a_question_can_be_left(place):
    async with place.living() as somebody:
        await somebody.say("remind me")
        reply = await somebody.shown("never mind")

        assert reply == "All right, I leave it"
        assert somebody.due == []


async def test_a_reminder_rings_with_its_text_and_is_sent(place):
    async with place.living(notifies=True) as somebody:
        await somebody.say("remind me in 10 minutes to check the oven")
        await somebody.pass_(601)

        assert [one.text for one in somebody.rang] == ["Reminder: check the oven"]
        assert [one["message"] for one in somebody.messages] == ["Reminder: check the oven"]


async def test_what_is_sent_has_its_speaker_as_the_cause(place):
    async with place.living(notifies=True) as somebody:
        await somebody.say("remind me in 10 minutes to check the oven")
        await somebody.pass_(601)

        cause = somebody.outcomes[-1].cause
        assert (cause.kind, cause.who) == ("schedule", "ada")
        assert cause.utterance == "remind me in 10 minutes to check the oven"


async def test_an_alarm_rings_every_day_it_is_set_for(place):
    async with place.living() as somebody:
        await somebody.say("set a weekday alarm for 6:45")
        await somebody.pass_(4 * 86_400)

        assert [one.text for one in somebody.rang] == ["Weekday alarm, it is 6:45 AM"] * 3


async def test_they_are_listed_with_their_times(place):
    async with place.living() as somebody:
        await somebody.say("set an alarm for seven")
        await somebody.say("wake me up at seven")
        await somebody.say("remind me at six to take out the bins")

        assert await somebody.shown("what alarms do i have") == (
            "2 alarms\nthe alarm at 19:00\nthe alarm tomorrow at 07:00"
        )
        assert await somebody.shown("what reminders do i have") == "Take out the bins, at 18:00"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cancel the 7 am alarm", ["11-21 19:00:00", "11-23 06:00:00"]),
        ("cancel my alarm for tomorrow", ["11-21 19:00:00", "11-23 06:00:00"]),
        ("cancel the weekday alarm", ["11-21 19:00:00", "11-22 07:00:00"]),
        ("cancel all alarms", []),
        ("取消所有闹钟", []),
    ],
)
async def test_the_alarm_that_is_meant_is_cancelled(place, text, left):
    async with place.living() as somebody:
        await somebody.say("set an alarm for seven")
        await somebody.say("wake me up at seven")
        await somebody.say("set a weekday alarm for 6 am")
        await somebody.say(text)

        assert somebody.due == left


@pytest.mark.parametrize(
    "text", ["cancel my reminder to call mom", "delete the mom reminder", "取消mom的提醒"]
)
async def test_the_reminder_that_is_meant_is_cancelled(place, text):
    async with place.living() as somebody:
        await somebody.say("remind me at six to take out the bins")
        await somebody.say("remind me at five to call mom")
        await somebody.say(text)

        assert [one.text for one in somebody.said.kept()] == ["take out the bins"]


async def test_a_reminder_that_nobody_set_is_not_there(place):
    async with place.living() as somebody:
        await somebody.say("remind me at six to take out the bins")

        assert await somebody.shown("cancel my reminder to call mom") == "There is no such reminder"
