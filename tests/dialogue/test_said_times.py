"""Words of times: how long they are, when they are, where in a sentence they stand."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agent.dialogue.timekeeping import When
from agent.dialogue.timing.moments import UnclearError, when_of
from agent.engines.hours import Clock, Sunlight, clock
from agent.engines.later import later, moment
from agent.engines.spans import span

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 21, 12, tzinfo=BERLIN)
"""A Saturday."""


def when(language="en", now=NOON, **slots):
    return when_of(slots, language, now=now, following=lambda _when, after: after.replace(hour=16, minute=5))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("5 minutes", 300),
        ("an hour and a half", 5400),
        ("half an hour", 1800),
        ("three quarters of an hour", 2700),
        ("1 hour 20 minutes and 30 seconds", 4830),
        ("two and a half hours", 9000),
        ("twenty-five minutes", 1500),
        ("a minute and a half", 90),
        ("a hundred minutes", 6000),
        ("a few minutes", None),
        ("ten", None),
        ("五分钟", 300),
        ("一个半小时", 5400),
        ("半小时", 1800),
        ("三刻钟", 2700),
        ("1小时20分钟30秒", 4830),
        ("两天", 172_800),
    ],
)
def test_a_span_is_as_long_as_it_is_said(said, seconds):
    assert span(said, "en") == seconds


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("seven", Clock(7, sure=False)),
        ("7 am", Clock(7)),
        ("half past six", Clock(6, 30, sure=False)),
        ("quarter to seven", Clock(6, 45, sure=False)),
        ("ten to one", Clock(12, 50, sure=False)),
        ("06:30", Clock(6, 30)),
        ("22:30", Clock(22, 30)),
        ("12 am", Clock(0)),
        ("12 pm", Clock(12)),
        ("eight in the evening", Clock(20)),
        ("midnight", Clock(24)),
        ("30 minutes before sunset", Sunlight("sunset", -1800)),
        ("25:00", None),
        ("七点", Clock(7, sure=False)),
        ("晚上十点半", Clock(22, 30)),
        ("下午三点一刻", Clock(15, 15)),
        ("凌晨两点", Clock(2)),
        ("日出", Sunlight("sunrise")),
    ],
)
def test_a_time_of_day_is_what_the_clock_shows(said, shown):
    assert clock(said) == shown


@pytest.mark.parametrize(
    ("slots", "at"),
    [
        ({"time": "seven"}, "2026-11-21T19:00"),
        ({"time": "7 am"}, "2026-11-22T07:00"),
        ({"time": "11:30"}, "2026-11-21T23:30"),
        ({"time": "noon"}, "2026-11-22T12:00"),
        ({"time": "six", "date": "tomorrow"}, "2026-11-22T06:00"),
        ({"time": "8", "date": "tomorrow evening"}, "2026-11-22T20:00"),
        ({"time": "6", "date": "today"}, "2026-11-21T18:00"),
        ({"time": "11", "date": "tonight"}, "2026-11-21T23:00"),
        ({"time": "2", "date": "tonight"}, "2026-11-22T02:00"),
        ({"time": "9 am", "date": "monday"}, "2026-11-23T09:00"),
        ({"time": "9 am", "date": "saturday"}, "2026-11-28T09:00"),
        ({"time": "6 pm", "date": "december 24"}, "2026-12-24T18:00"),
        ({"time": "6 pm", "date": "the 1st of march"}, "2027-03-01T18:00"),
        ({"time": "七点", "date": "明天"}, "2026-11-22T07:00"),
        ({"time": "十一点", "date": "今晚"}, "2026-11-21T23:00"),
        ({"time": "八点", "date": "下周三"}, "2026-11-25T08:00"),
    ],
)
def test_a_time_is_the_next_of_its_kind(slots, at):
    assert when(**slots).at == at


@pytest.mark.parametrize(
    ("slots", "at"),
    [
        ({"time": "10 minutes"}, "2026-11-21T11:10:00+00:00"),
        ({"time": "八小时"}, "2026-11-21T19:00:00+00:00"),
        ({"wait": "an hour and a half"}, "2026-11-21T12:30:00+00:00"),
        ({"time": "sunset"}, "2026-11-21T15:05:00+00:00"),
    ],
)
def test_a_span_from_now_is_a_moment_that_no_change_of_the_clock_moves(slots, at):
    assert when(**slots).at == at


@pytest.mark.parametrize(
    ("slots", "wanted"),
    [
        ({"every": "weekday", "time": "seven"}, When(days=(0, 1, 2, 3, 4), clock="07:00")),
        ({"every": "day", "time": "8 pm"}, When(days=(0, 1, 2, 3, 4, 5, 6), clock="20:00")),
        ({"every": "evening", "time": "8"}, When(days=(0, 1, 2, 3, 4, 5, 6), clock="20:00")),
        ({"every": "tuesday and thursday", "time": "9"}, When(days=(1, 3), clock="09:00")),
        ({"every": "week", "time": "9"}, When(days=(5,), clock="09:00")),
        ({"every": "month", "time": "9"}, When(of_month=21, clock="09:00")),
        ({"every": "30 minutes"}, When(seconds=1800)),
        ({"every": "hour"}, When(seconds=3600)),
        ({"every": "day", "time": "sunset"}, When(sun="sunset")),
        ({"every": "weekday", "time": "sunset"}, When(sun="sunset", days=(0, 1, 2, 3, 4))),
        ({"every": "周末", "time": "日落前半小时"}, When(sun="sunset", offset=-1800, days=(5, 6))),
        ({"date": "weekdays", "time": "7"}, When(days=(0, 1, 2, 3, 4), clock="07:00")),
        ({"date": "every monday", "time": "7"}, When(days=(0,), clock="07:00")),
        ({"every": "工作日", "time": "早上七点"}, When(days=(0, 1, 2, 3, 4), clock="07:00")),
        ({"date": "每天", "time": "晚上十点"}, When(days=(0, 1, 2, 3, 4, 5, 6), clock="22:00")),
    ],
)
def test_what_comes_again_comes_on_its_days(slots, wanted):
    assert when(**slots) == wanted


@pytest.mark.parametrize(
    ("slots", "key", "asks"),
    [
        ({}, "when_ask", True),
        ({"date": "tomorrow"}, "at_what_time", True),
        ({"every": "day"}, "at_what_time", True),
        ({"time": "25:00"}, "time_unknown", True),
        ({"date": "next week", "time": "7"}, "day_unknown", True),
        ({"time": "6 am", "date": "today"}, "time_over", False),
        ({"every": "other weekday", "time": "7"}, "cannot_repeat", False),
        ({"every": "10 seconds"}, "too_often", False),
        ({"wait": "600 days"}, "time_too_far", False),
    ],
)
def test_what_is_not_clear_is_asked_or_told(slots, key, asks):
    with pytest.raises(UnclearError) as told:
        when(**slots)

    assert (told.value.key, told.value.asks) == (key, asks)


def test_a_time_that_is_over_comes_with_one_that_is_not():
    with pytest.raises(UnclearError) as told:
        when(time="6 am", date="today")

    assert told.value.values["right"].isoformat() == "2026-11-22T06:00:00"


@pytest.mark.parametrize(
    ("text", "command", "said"),
    [
        ("tomorrow at 6 turn on the lamp", "turn on the lamp", {"date": "tomorrow", "time": "6"}),
        (
            "turn on the lamp on december 24 at 6 pm",
            "turn on the lamp",
            {"date": "on december 24", "time": "6 pm"},
        ),
        (
            "turn off the lamp in an hour and 10 minutes",
            "turn off the lamp",
            {"wait": "an hour and 10 minutes"},
        ),
        (
            "open the blinds at sunrise every day",
            "open the blinds",
            {"time": "sunrise", "every": "every day"},
        ),
        ("半小时后关灯", "关灯", {"wait": "半小时"}),
        ("每个工作日早上七点打开窗帘", "打开窗帘", {"every": "每个工作日", "time": "早上七点"}),
        ("明天早上六点打开厨房灯", "打开厨房灯", {"date": "明天早上", "time": "六点"}),
    ],
)
def test_a_sentence_is_taken_apart_where_it_says_when(text, command, said):
    parted = later(text, "zh-CN" if not text.isascii() else "en")

    assert parted is not None
    assert (parted.command, dict(parted.when)) == (command, said)


@pytest.mark.parametrize("text", ["turn on the lamp", "tomorrow", "开灯", "what time is it"])
def test_a_sentence_without_a_time_is_left_alone(text):
    assert later(text, "zh-CN" if not text.isascii() else "en") is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("at seven", {"time": "seven"}),
        ("tomorrow at 9", {"date": "tomorrow", "time": "9"}),
        ("five minutes", {"wait": "five minutes"}),
        ("every day at 8", {"every": "every day", "time": "8"}),
        ("the red one", None),
    ],
)
def test_an_answer_says_when_or_nothing(answer, said):
    assert moment(answer, "en") == said


def test_a_time_of_the_hour_that_is_missing_in_spring_stays_on_the_clock_of_the_house():
    before = datetime(2027, 3, 27, 12, tzinfo=BERLIN)

    assert when(now=before, date="tomorrow", time="2:30 am").at == "2027-03-28T02:30"
