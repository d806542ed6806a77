"""Times of day, days and repetitions as they are said in English and Chinese, to plain values. Pure.

What they come to from now on is not decided here. Patterns have no groups of their own, so that sentences can
be searched for them.
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent.engines.spans import CHINESE_NUMBER, CHINESE_SPAN, NUMBER, SPAN, number, span

Part = Literal["morning", "noon", "afternoon", "evening", "night"]
NOON, WHOLE_DAY = 12, 24
_PARTS: dict[str, Part] = {
    **dict.fromkeys(("早上", "早晨", "上午", "凌晨", "清晨", "今早", "明早", "早"), "morning"),
    **dict.fromkeys(("中午",), "noon"),
    **dict.fromkeys(("下午", "午后"), "afternoon"),
    **dict.fromkeys(("傍晚", "晚上", "今晚", "明晚", "晚"), "evening"),
    **dict.fromkeys(("夜里", "半夜", "深夜"), "night"),
    **{one: one for one in ("morning", "afternoon", "evening", "night")},
    "tonight": "night",
}
_EN_PART = r"(?:in the (?:morning|afternoon|evening)|at night|tonight|this (?:morning|afternoon|evening))"
_EN_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_EN_HOUR = rf"(?:2[0-4]|[01]?\d|{_EN_HOURS})"
_EN_AMPM = r"(?:[ap]\.? ?m\b\.?)"
_EN_MINUTES = (
    r"(?:(?:oh|o) (?:one|two|three|four|five|six|seven|eight|nine)"
    r"|(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
)
_EN_SUN = r"(?:sunset|sundown|sunrise|dawn|dusk|daybreak|nightfall)"
_EN_RELATIVE = r"(?:half|(?:a )?quarter|(?:twenty[ -]five|five|ten|twenty|\d{1,2})(?: minutes)?)"
EN_TIME = (
    rf"(?:{_EN_RELATIVE} (?:past|to|after|before|till|of) {_EN_HOUR}(?: ?{_EN_AMPM})?(?: {_EN_PART})?"
    rf"|(?:{SPAN} (?:before|after) )?{_EN_SUN}|noon|midday|midnight"
    rf"|{_EN_HOUR}(?:[:.][0-5]\d| {_EN_MINUTES}| ?o'?clock| sharp| hundred(?: hours)?)?"
    rf"(?: ?{_EN_AMPM})?(?: {_EN_PART})?)"
)
_ZH_PART = "(?:早上|早晨|上午|凌晨|清晨|中午|下午|午后|傍晚|晚上|夜里|深夜|今早|今晚|明早|明晚)"
_ZH_HOUR = r"(?:2[0-4]|[01]?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_ZH_SUN = "(?:日落|日出|天黑|天亮|黎明|黄昏)"
ZH_TIME = (
    rf"(?:{_ZH_PART}?的?{_ZH_HOUR}(?:点钟?|时)(?:半|一刻|三刻|整|{CHINESE_NUMBER}分?)?"
    rf"|{_ZH_PART}?{_ZH_HOUR}[:：][0-5]\d"
    rf"|{_ZH_SUN}|正午|半夜|午夜)"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_EN_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})"
_EN_ORDINAL = (
    rf"(?:(?:twenty|thirty)[ -](?:{'|'.join(_ORDINALS[:9])})|{'|'.join(_ORDINALS)}|thirtieth"
    r"|[0-3]?\d(?:st|nd|rd|th)?)"
)
_EN_MONTH = rf"(?:{'|'.join(_MONTHS)})"
EN_DAY = (
    r"(?:the day after tomorrow|(?:today|tomorrow|tonight)(?:'s)?(?: (?:morning|afternoon|evening|night))?"
    r"|(?:this|in the|the next) (?:morning|afternoon|evening)"
    rf"|(?:on |this |next |coming )?{_EN_WEEKDAY}(?: (?:morning|afternoon|evening|night))?"
    rf"|(?:on )?{_EN_MONTH} (?:the )?{_EN_ORDINAL}|(?:on )?the {_EN_ORDINAL} (?:of )?{_EN_MONTH}"
    rf"|(?:on )?{_EN_ORDINAL} (?:of )?{_EN_MONTH})"
)
_ZH_WEEKDAY = "(?:周|星期|礼拜)[一二三四五六日天]"
ZH_DAY = (
    "(?:(?:今天|明天|后天|大后天)(?:早上|上午|中午|下午|晚上|夜里)?|今早|今晚|明早|明晚"
    rf"|(?:下个?|这个?|本)?{_ZH_WEEKDAY}(?:早上|上午|中午|下午|晚上)?|{CHINESE_NUMBER}月{CHINESE_NUMBER}[号日])"
)
_EN_DAYS = rf"(?:weekdays?|weekends?|{_EN_WEEKDAY}s?(?:(?:, | and |, and ){_EN_WEEKDAY}s?)*)"
EN_EVERY = (
    r"(?:(?:every|each) (?:single )?(?:(?:other )?(?:day|night|morning|afternoon|evening|hour|minute|week"
    rf"|month|{_EN_DAYS})(?: (?:morning|afternoon|evening|night))?|half[ -]an[ -]hour|half[ -]hour"
    rf"|{NUMBER} (?:second|minute|hour|day|week)s)|(?:on |at )?(?:weekdays|weekends|the weekends)"
    rf"|on {_EN_WEEKDAY}s|daily|hourly|nightly|weekly|monthly|everyday)"
)
ZH_EVERY = (
    rf"(?:每个?(?:隔)?(?:工作日|周末|{_ZH_WEEKDAY}(?:[和、]{_ZH_WEEKDAY})*"
    rf"|(?:天|晚|早|日|周|星期|月|小时)(?:早上|上午|中午|下午|晚上)?|{CHINESE_SPAN}|半个?小时)|工作日|周末)"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock shows; an hour of 24 or more is after midnight. `sure`: the half of the day is known."""

    hour: int
    minute: int = 0
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Sunlight:
    """A time by the sun, with seconds after it."""

    event: Literal["sunrise", "sunset"]
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day: from today on, the next of a weekday, or of the calendar; maybe a part of it."""

    ahead: int | None = None
    weekday: int | None = None
    following: bool = False
    """The weekday of the week after this one."""
    month: int | None = None
    of_month: int = 0
    part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """How often: on these days of the week (Monday is 0), or after so many seconds."""

    days: tuple[int, ...] = ()
    seconds: int | None = None
    monthly: bool = False
    part: Part | None = None


def in_part(clock: Clock, part: Part | None) -> Clock:
    """`clock` in a part of the day."""
    hour = clock.hour
    if part is None or clock.sure or hour > NOON:
        return clock
    match part:
        case "morning":
            hour %= NOON
        case "noon":
            hour += NOON if hour < 4 else 0  # noqa: PLR2004  # "one at noon"
        case "afternoon":
            hour += NOON if hour < NOON else 0
        case "evening":
            hour += NOON
        case "night":
            hour += WHOLE_DAY if hour < 6 else NOON  # noqa: PLR2004  # the small hours
    return Clock(hour, clock.minute)


# times of day -------------------------------------------------------------------------------------------
_EN_CLOCK = re.compile(
    rf"(?:(?P<share>{_EN_RELATIVE}) (?P<side>past|to|after|before|till|of) )?(?P<hour>{_EN_HOUR})"
    rf"(?:[:.](?P<digits>[0-5]\d)| (?P<words>{_EN_MINUTES})| ?o'?clock| sharp| hundred(?: hours)?)?"
    rf"(?: ?(?P<half>{_EN_AMPM}))?(?: (?P<part>{_EN_PART}))?",
    re.IGNORECASE,
)
_EN_SUNLIGHT = re.compile(rf"(?:(?P<span>{SPAN}) (?P<side>before|after) )?(?P<sun>{_EN_SUN})", re.IGNORECASE)
_ZH_CLOCK = re.compile(
    rf"(?P<part>{_ZH_PART})?的?(?P<hour>{_ZH_HOUR})(?:[:：](?P<digits>[0-5]\d)|(?:点钟?|时)"
    rf"(?P<share>半|一刻|三刻|整)?(?:(?P<words>{CHINESE_NUMBER})分?)?)"
)
_NAMED = {"noon": 12, "midday": 12, "正午": 12, "中午": 12, "midnight": 24, "午夜": 24, "半夜": 24}
_RISES = ("sunrise", "dawn", "daybreak", "日出", "天亮", "黎明")
_SHARES = {"half": 30, "quarter": 15, "a quarter": 15, "半": 30, "一刻": 15, "三刻": 45, "整": 0}


def clock(text: str, *, part: Part | None = None) -> Clock | Sunlight | None:
    """The time of day that is said; None if `text` is none. `part`: of the day that is spoken of."""
    plain = re.sub(r"^(?:at|by|around|about|for|on|to)\s+", "", " ".join(text.casefold().split()))
    if plain in _NAMED:
        return Clock(_NAMED[plain])
    if sun := _EN_SUNLIGHT.fullmatch(plain):
        away = span(sun["span"], "en") if sun["span"] else 0
        side = -1 if sun["side"] == "before" else 1
        return Sunlight("sunrise" if sun["sun"] in _RISES else "sunset", side * int(away or 0))
    if re.fullmatch(_ZH_SUN, plain):
        return Sunlight("sunrise" if plain in _RISES else "sunset")
    found = _EN_CLOCK.fullmatch(plain) or _ZH_CLOCK.fullmatch(plain)
    return None if found is None else _clock(found, part)


def _clock(found: re.Match[str], part: Part | None) -> Clock | None:
    said = found.groupdict()
    hour, minute = int(number(found["hour"]) or 0), int(said["digits"] or 0)
    if said["words"]:
        minute = int(number(re.sub(r"^oh? ", "", said["words"])) or 0)
    if share := said["share"]:
        away = _SHARES.get(share)
        away = int(number(share.removesuffix(" minutes")) or 0) if away is None else away
        minute = away
        if said.get("side") in ("to", "before", "till", "of"):
            hour, minute = (hour - 1 or NOON) if hour <= NOON else hour - 1, 60 - away
    if minute > 59:  # noqa: PLR2004
        return None
    half, digits = (said.get("half") or "")[:1], found["hour"]
    if half:
        if not 1 <= hour <= NOON:
            return None
        return Clock(hour % NOON + (NOON if half == "p" else 0), minute)
    sure = hour == 0 or hour > NOON or (digits.startswith("0") and digits.isdigit())
    own = said["part"] and next((word for word in _PARTS if said["part"].endswith(word)), None)
    part = _PARTS[own] if own else part
    if said["part"] == "凌晨":
        return Clock(hour % NOON, minute)
    return in_part(Clock(hour, minute, sure), part)


# days ---------------------------------------------------------------------------------------------------
def part_of(text: str) -> Part | None:
    """The part of the day at the end of what is said, such as "tomorrow morning"."""
    plain = text.casefold()
    return next((_PARTS[word] for word in _PARTS if plain.endswith(word)), None)


_AHEAD = (
    *(("the day after tomorrow", 2), ("tomorrow", 1), ("today", 0), ("tonight", 0)),
    *(("大后天", 3), ("后天", 2), ("明", 1), ("今", 0)),
)


def day(text: str) -> Day | None:
    """The day that is said; None if `text` is none."""
    plain = re.sub(r"^(?:on|for)\s+", "", " ".join(text.casefold().split())).replace("'s", "")
    part = part_of(plain)
    ahead = next((days for word, days in _AHEAD if plain.startswith(word)), None)
    if ahead is not None or plain in ("in the morning", "the next morning", "morning"):
        return Day(ahead=ahead, part=part)
    if re.fullmatch(r"(?:(?:this|in the) )?(?:morning|afternoon|evening|night)", plain):
        return Day(ahead=0, part=part)
    if (weekday := _weekday(plain)) is not None:
        return Day(weekday=weekday, following=plain.startswith(("下",)), part=part)
    if dated := re.fullmatch(rf"({CHINESE_NUMBER})月({CHINESE_NUMBER})[号日]", plain):
        return Day(month=int(number(dated[1]) or 0), of_month=int(number(dated[2]) or 0))
    month = next((at for at, name in enumerate(_MONTHS, 1) if name in plain), None)
    if month is not None:
        rest = re.sub(rf"\b(?:the|of|{_EN_MONTH})\b", " ", plain).strip()
        return Day(month=month, of_month=_ordinal(rest))
    return None


def _weekday(plain: str) -> int | None:
    found = re.match(rf"(?:(?:this|next|coming) )?({_EN_WEEKDAY})", plain)
    if found:
        return WEEKDAYS.index(found[1])
    chinese = re.match("(?:下个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天])", plain)
    return None if chinese is None else min("一二三四五六日天".index(chinese[1]), 6)


def _ordinal(text: str) -> int:
    words = text.replace("-", " ").split()
    digits = re.match(r"\d+", text)
    if digits or not words:
        return int(digits[0]) if digits else 0
    last = _ORDINALS.index(words[-1]) + 1 if words[-1] in _ORDINALS else 30 * (words[-1] == "thirtieth")
    return last + (int(number(words[0]) or 0) if len(words) > 1 else 0)


# repetitions --------------------------------------------------------------------------------------------
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
    if plain.startswith(("other ", "隔")):
        return None
    part, days = part_of(plain), _DAYS_OF.get(plain) or _days(plain)
    if days or plain in ("month", "monthly", "月"):
        return Period(days=days, monthly=not days, part=part)
    seconds = _ALONE.get(plain) or span(plain, "en") or span(plain, "zh")
    return Period(seconds=int(seconds)) if seconds else None


def _days(plain: str) -> tuple[int, ...]:
    """The days of the week in what is said; all where a part of every day is."""
    if plain.startswith(_EACH_DAY) and (plain in _EACH_DAY or part_of(plain) is not None):
        return tuple(range(7))
    english = {WEEKDAYS.index(one) for one in re.findall(_EN_WEEKDAY, plain)}
    chinese = {min("一二三四五六日天".index(one), 6) for one in re.findall(_ZH_DAY_OF_WEEK, plain)}
    return tuple(sorted(english or chinese))
