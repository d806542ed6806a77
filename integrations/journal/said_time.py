"""Since when somebody wants to read the log: from their words to a moment. Pure.

What nobody understands is no moment, and is told as that.
"""

import re
from datetime import datetime, timedelta

LONGEST = 10 * 365 * 86_400
"""Seconds; further back nobody looks."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {
    **{word: number for number, word in enumerate("零一二三四五六七八九十")},
    "两": 2,
    **{
        word: number
        for number, word in enumerate(
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
        )
    },
    "twelve": 12,
    "a": 1,
    "an": 1,
    "twenty": 20,
    "thirty": 30,
}
_UNITS = {
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
    "分钟": 60,
    "小时": 3_600,
    "个小时": 3_600,
    "天": 86_400,
    "周": 604_800,
}
_AGO = re.compile(
    r"(?:the )?(?:last )?(?P<many>\d+|[a-z]+)? ?(?P<unit>minute|hour|day|week)s?(?: ago)?"
    r"|(?:最近|过去|近)?(?P<number>\d+|[零一二三四五六七八九十两]{1,2})?(?P<of>分钟|个小时|小时|天|周)(?:前|之前|以前)?"
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?")
_IN_CHINESE = re.compile(
    r"(?P<part>早上|上午|中午|下午|晚上|凌晨)?(?P<hour>\d{1,2}|[零一二三四五六七八九十两]{1,2})点(?P<half>半)?"
)
_BOOT = re.compile(r"(?:the )?(?:last )?(?:boot|reboot|restart)|上次启动|开机|上次重启")


def means_boot(said: str) -> bool:
    """Whether `said` is the start of the machine."""
    return _BOOT.fullmatch(said.strip().casefold()) is not None


def moment(said: str, now: datetime) -> datetime | None:
    """The moment that `said` means at the local time `now`; None where that is not known."""
    text = said.strip().casefold()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = day - timedelta(days=1)
    named = {
        **dict.fromkeys(("today", "midnight", "今天"), day),
        **dict.fromkeys(("yesterday", "昨天"), yesterday),
        **dict.fromkeys(("this morning", "今早", "今天早上"), day.replace(hour=4)),
        **dict.fromkeys(("last night", "the last night", "昨晚", "昨天晚上"), yesterday.replace(hour=18)),
        **dict.fromkeys(("noon", "midday", "中午"), _before(day.replace(hour=12), now)),
        **dict.fromkeys(("half an hour ago", "最近半小时", "过去半小时"), now - timedelta(minutes=30)),
        "tonight": day.replace(hour=18),
        "前天": day - timedelta(days=2),
        **dict.fromkeys(("this week", "本周"), day - timedelta(days=day.weekday())),
        **dict.fromkeys(("last week", "上周"), day - timedelta(days=day.weekday() + 7)),
    }
    if text in named:
        return named[text]
    if text in _DAYS:
        return day - timedelta(days=(day.weekday() - _DAYS.index(text)) % 7)
    if found := _AGO.fullmatch(text):
        many = found["many"] or found["number"] or "1"
        number = int(many) if many.isdecimal() else _number(many)
        ago = (number or 0) * _UNITS[found["unit"] or found["of"]]
        return now - timedelta(seconds=ago) if 0 < ago <= LONGEST else None
    return _at_clock(text, day, now)


def _at_clock(text: str, day: datetime, now: datetime) -> datetime | None:
    found = _CLOCK.fullmatch(text)
    if found is not None:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if found["half"]:
            hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    elif found := _IN_CHINESE.fullmatch(text):
        said = _number(found["hour"]) if not found["hour"].isdecimal() else int(found["hour"])
        if said is None:
            return None
        later = found["part"] in ("下午", "晚上") and said < 12  # noqa: PLR2004  # of the clock
        hour, minute = said + 12 * later, 30 if found["half"] else 0
    else:
        return None
    if hour > 23 or minute > 59:  # noqa: PLR2004  # of the clock
        return None
    return _before(day.replace(hour=hour, minute=minute), now)


def _before(at: datetime, now: datetime) -> datetime:
    return at if at <= now else at - timedelta(days=1)


def _number(word: str) -> int | None:
    if word in _NUMBERS:
        return _NUMBERS[word]
    if len(word) == 2 and set(word) <= set("一二三四五六七八九十"):  # noqa: PLR2004  # twelve, twenty
        first, last = word[0], word[1]
        if first == "十":
            return 10 + _NUMBERS[last]
        if last == "十":
            return _NUMBERS[first] * 10
    return None
