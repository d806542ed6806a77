"""How often something comes, as it is said in English and Chinese, to plain values. Pure."""

import re
from dataclasses import dataclass

from agent.engines.hours import EN_WEEKDAY, WEEKDAYS, ZH_WEEKDAY, Part, part_of
from agent.engines.spans import CHINESE_NUMBER, CHINESE_SPAN, NUMBER, number, span

_EN_DAYS = rf"(?:weekdays?|weekends?|{EN_WEEKDAY}s?(?:(?:, | and |, and ){EN_WEEKDAY}s?)*)"
_EN_PART = "(?:morning|afternoon|evening|night)"
_EN_ON = rf"(?: on (?:an? |the )?{EN_WEEKDAY}s?(?: {_EN_PART})?)?"
EN_EVERY = (
    rf"(?:(?:every|each) (?:single )?(?:(?:other |second )?(?:day|night|morning|afternoon|evening|hour|minute"
    rf"|week{_EN_ON}|month|{_EN_DAYS})(?: {_EN_PART})?|half[ -]an[ -]hour|half[ -]hour"
    rf"|{NUMBER} (?:second|minute|hour|day|week)s{_EN_ON})|(?:on |at )?(?:weekdays|weekends|the weekends)"
    rf"|on {EN_WEEKDAY}s|daily|hourly|nightly|weekly|monthly|everyday)"
)
ZH_EVERY = (
    rf"(?:每个?(?:隔)?(?:工作日|周末|{ZH_WEEKDAY}(?:[和、]{ZH_WEEKDAY})*"
    rf"|(?:天|晚|早|日|周|星期|月|小时)(?:早上|上午|中午|下午|晚上)?|{CHINESE_SPAN}的?(?:{ZH_WEEKDAY})?|半个?小时)"
    rf"|隔(?:天|日|周|{CHINESE_NUMBER}(?:天|周))的?(?:{ZH_WEEKDAY})?|工作日|周末)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """How often: on these days of the week (Monday is 0), after so many seconds, or so many days.

    `days` and `apart`: on the weekday, in every week that is so many days after the one before.
    """

    days: tuple[int, ...] = ()
    seconds: int | None = None
    monthly: bool = False
    apart: int = 0
    part: Part | None = None


_ADVERBS = {"daily": "day", "everyday": "day", "hourly": "hour", "nightly": "night", "weekly": "week"}
_DAYS_OF = {
    **dict.fromkeys(("weekday", "weekdays", "工作日"), (0, 1, 2, 3, 4)),
    **dict.fromkeys(("weekend", "weekends", "周末"), (5, 6)),
}
_ALONE = {
    "hour": 3600,
    "half hour": 1800,
    "half-hour": 1800,
    "half-an-hour": 1800,
    "minute": 60,
    "week": 604_800,
    "小时": 3600,
    "周": 604_800,
    "星期": 604_800,
}
_ZH_DAY_OF_WEEK = "(?:周|星期|礼拜)([一二三四五六日天])"
_EACH_DAY = ("day", "night", "morning", "afternoon", "evening", "天", "晚", "早", "日")


def period(text: str) -> Period | None:
    """How often, as said with or without "every"; None if `text` does not say, or not so that it is exact."""
    plain = " ".join(text.casefold().split())
    plain = re.sub(r"^(?:(?:every|each|on|the|at|all) |每个?)+(?:single )?", "", plain)
    plain = _ADVERBS.get(plain, plain)
    if (apart := _apart(plain)) is not None:
        return apart
    part, days = part_of(plain), _DAYS_OF.get(plain) or _days(plain)
    if days or plain in ("month", "monthly", "月"):
        return Period(days=days, monthly=not days, part=part)
    seconds = _ALONE.get(plain) or span(plain, "en") or span(plain, "zh")
    return Period(seconds=int(seconds)) if seconds else None


_OTHER = re.compile(
    rf"(?:other|second) (?P<what>day|night|morning|afternoon|evening|week|{EN_WEEKDAY})s?(?P<on>(?: .*)?)"
)
_SOME = re.compile(rf"(?P<count>{NUMBER}) (?P<what>day|week)s?(?P<on>(?: .*)?)")
_ZH_APART = re.compile(
    rf"(?P<skips>隔)?(?P<count>{CHINESE_NUMBER})?个?(?P<what>天|日|周|星期|礼拜)的?(?P<on>{ZH_WEEKDAY})?"
)
_WEEK = 7


def _apart(plain: str) -> Period | None:
    """Every so many days or weeks: "other day", "two weeks on monday", "隔天", "两周的周一"."""
    found = _OTHER.fullmatch(plain) or _SOME.fullmatch(plain)
    if found is not None:
        count = int(number(found["count"]) or 0) if "count" in found.groupdict() else 2
        weeks = found["what"] == "week" or found["what"] in WEEKDAYS
        days = _days(f"{found['what']} {found['on']}") if weeks else ()
        part = part_of(plain)
    else:
        found = _ZH_APART.fullmatch(plain)
        if found is None or not (found["skips"] or found["count"]):
            return None
        # "隔天" leaves one day out; "隔两天" two.
        count = int(number(found["count"]) or 0) if found["count"] else 1
        count += bool(found["skips"])
        weeks, days, part = found["what"] not in ("天", "日"), _days(found["on"] or ""), None
    if count < 1 or (days and not weeks):
        return None
    if count == 1:
        return Period(days=days, part=part) if days else Period(seconds=86_400 * (_WEEK if weeks else 1))
    return Period(days=days[:1], apart=count * (_WEEK if weeks else 1), part=part)


def _days(plain: str) -> tuple[int, ...]:
    """The days of the week in what is said; all where a part of every day is."""
    if plain.startswith(_EACH_DAY) and (plain in _EACH_DAY or part_of(plain) is not None):
        return tuple(range(7))
    english = {WEEKDAYS.index(one) for one in re.findall(EN_WEEKDAY, plain)}
    chinese = {min("一二三四五六日天".index(one), 6) for one in re.findall(_ZH_DAY_OF_WEEK, plain)}
    return tuple(sorted(english or chinese))
