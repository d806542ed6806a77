"""Times of day and days as they are said in English and Chinese, to plain values. Pure.

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
EN_SUN = r"(?:sunset|sundown|sunrise|dawn|dusk|daybreak|nightfall|the sun (?:sets|goes down|rises|comes up))"
_EN_RELATIVE = r"(?:half|(?:a )?quarter|(?:twenty[ -]five|five|ten|twenty|\d{1,2})(?: minutes)?)"
EN_TIME = (
    rf"(?:{_EN_RELATIVE} (?:past|to|after|before|till|of) {_EN_HOUR}(?: ?{_EN_AMPM})?(?: {_EN_PART})?"
    rf"|(?:(?:{SPAN} )?(?:before|after) )?{EN_SUN}|noon|midday|midnight"
    rf"|{_EN_HOUR}(?:[:.][0-5]\d| {_EN_MINUTES}| ?o'?clock| sharp| hundred(?: hours)?)?"
    rf"(?: ?{_EN_AMPM})?(?: {_EN_PART})?)"
)
_ZH_PART = "(?:早上|早晨|上午|凌晨|清晨|中午|下午|午后|傍晚|晚上|夜里|深夜|今早|今晚|明早|明晚)"
_ZH_HOUR = r"(?:2[0-4]|[01]?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
ZH_SUN = "(?:太阳(?:下山|落山|升起|出来)|日落|日出|天黑|天亮|黎明|黄昏)"
_ZH_SIDE = "(?:之前|之后|以前|以后|前|后)"
_ZH_SUNLIGHT = (
    rf"(?:{ZH_SUN}{_ZH_SIDE}的?{CHINESE_SPAN}|{ZH_SUN}的?{CHINESE_SPAN}{_ZH_SIDE}"
    rf"|(?:离|距离?){ZH_SUN}(?:还有|还剩)?{CHINESE_SPAN}|{ZH_SUN}{_ZH_SIDE}?)"
)
ZH_TIME = (
    rf"(?:{_ZH_PART}?的?{_ZH_HOUR}(?:点钟?|时)(?:半|一刻|三刻|整|{CHINESE_NUMBER}分?)?"
    rf"|{_ZH_PART}?{_ZH_HOUR}[:：][0-5]\d"
    rf"|{_ZH_SUNLIGHT}|正午|半夜|午夜)"
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
EN_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})"
_EN_ORDINAL = (
    rf"(?:(?:twenty|thirty)[ -](?:{'|'.join(_ORDINALS[:9])})|{'|'.join(_ORDINALS)}|thirtieth"
    r"|[0-3]?\d(?:st|nd|rd|th)?)"
)
_EN_MONTH = rf"(?:{'|'.join(_MONTHS)})"
EN_DAY = (
    r"(?:the day after tomorrow|(?:today|tomorrow|tonight)(?:'s)?(?: (?:morning|afternoon|evening|night))?"
    r"|(?:this|in the|the next) (?:morning|afternoon|evening)"
    rf"|(?:on |this |next |coming )?{EN_WEEKDAY}(?: (?:morning|afternoon|evening|night))?"
    rf"|(?:on )?{_EN_MONTH} (?:the )?(?:{_EN_ORDINAL}|{NUMBER})|(?:on )?the {_EN_ORDINAL} (?:of )?{_EN_MONTH}"
    rf"|(?:on )?{_EN_ORDINAL} (?:of )?{_EN_MONTH}|on the {_EN_ORDINAL}(?: of (?:this|the) month)?)"
)
ZH_WEEKDAY = "(?:周|星期|礼拜)[一二三四五六日天]"
ZH_DAY = (
    "(?:(?:今天|明天|后天|大后天)(?:早上|上午|中午|下午|晚上|夜里)?|今早|今晚|明早|明晚"
    rf"|(?:下个?|这个?|本)?{ZH_WEEKDAY}(?:早上|上午|中午|下午|晚上)?|(?:{CHINESE_NUMBER}月)?{CHINESE_NUMBER}[号日])"
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
_EN_SUNLIGHT = re.compile(
    rf"(?:(?:(?P<span>{SPAN}) )?(?P<side>before|after) )?(?P<sun>{EN_SUN})", re.IGNORECASE
)
_ZH_SUNLIGHT_PARTS = re.compile(
    rf"(?P<until>离|距离?)?(?P<sun>{ZH_SUN})的?(?:还有|还剩)?(?P<side>{_ZH_SIDE})?的?(?P<span>{CHINESE_SPAN})?"
    rf"(?P<after>{_ZH_SIDE})?"
)
_ZH_CLOCK = re.compile(
    rf"(?P<part>{_ZH_PART})?的?(?P<hour>{_ZH_HOUR})(?:[:：](?P<digits>[0-5]\d)|(?:点钟?|时)"
    rf"(?P<share>半|一刻|三刻|整)?(?:(?P<words>{CHINESE_NUMBER})分?)?)"
)
_NAMED = {"noon": 12, "midday": 12, "正午": 12, "中午": 12, "midnight": 24, "午夜": 24, "半夜": 24}
_RISES = (
    *("sunrise", "dawn", "daybreak", "the sun rises", "the sun comes up"),
    *("日出", "天亮", "黎明", "太阳升起", "太阳出来"),
)
_SHARES = {"half": 30, "quarter": 15, "a quarter": 15, "半": 30, "一刻": 15, "三刻": 45, "整": 0}


def clock(text: str, *, part: Part | None = None) -> Clock | Sunlight | None:
    """The time of day that is said; None if `text` is none. `part`: of the day that is spoken of."""
    plain = re.sub(r"^(?:at|by|around|about|for|on|to)\s+", "", " ".join(text.casefold().split()))
    if plain in _NAMED:
        return Clock(_NAMED[plain])
    sun = _EN_SUNLIGHT.fullmatch(plain) or _ZH_SUNLIGHT_PARTS.fullmatch(plain)
    if sun is not None:
        return _sunlight(sun)
    found = _EN_CLOCK.fullmatch(plain) or _ZH_CLOCK.fullmatch(plain)
    return None if found is None else _clock(found, part)


_BY_SUN = re.compile(rf"\b(?:(?:{SPAN} )?(?:before|after) )?{EN_SUN}\b|{_ZH_SUNLIGHT}", re.IGNORECASE)


def by_sun(text: str) -> list[str]:
    """Every time by the sun in `text`, as it is said."""
    return [found[0] for found in _BY_SUN.finditer(" ".join(text.split()))]


def _sunlight(said: re.Match[str]) -> Sunlight | None:
    """How far from the sun; None for "before sunset": that may be any time."""
    parts = said.groupdict()
    side = parts["side"] or parts.get("after") or ("前" if parts.get("until") else "")
    before = side == "before" or side.endswith("前")
    away = int(span(parts["span"], "zh") or 0) if parts["span"] else 0
    if (before or parts["span"]) and not (side and away):
        return None
    return Sunlight("sunrise" if parts["sun"] in _RISES else "sunset", -away if before else away)


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
    return _date(plain)


def _date(plain: str) -> Day | None:
    """A day of the calendar."""
    if dated := re.fullmatch(rf"(?:({CHINESE_NUMBER})月)?({CHINESE_NUMBER})[号日]", plain):
        month = int(number(dated[1]) or 0) if dated[1] else None
        return Day(month=month, of_month=int(number(dated[2]) or 0))
    if dated := re.fullmatch(rf"the ({_EN_ORDINAL})(?: of (?:this|the) month)?", plain):
        return Day(of_month=_ordinal(dated[1]))
    month = next((at for at, name in enumerate(_MONTHS, 1) if name in plain), None)
    if month is not None:
        rest = re.sub(rf"\b(?:the|of|{_EN_MONTH})\b", " ", plain).strip()
        return Day(month=month, of_month=_ordinal(rest))
    return None


def _weekday(plain: str) -> int | None:
    found = re.match(rf"(?:(?:this|next|coming) )?({EN_WEEKDAY})", plain)
    if found:
        return WEEKDAYS.index(found[1])
    chinese = re.match("(?:下个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天])", plain)
    return None if chinese is None else min("一二三四五六日天".index(chinese[1]), 6)


def _ordinal(text: str) -> int:
    words = text.replace("-", " ").split()
    digits = re.match(r"\d+", text)
    if digits or not words:
        return int(digits[0]) if digits else 0
    if (cardinal := number(text)) is not None:
        return int(cardinal)
    last = _ORDINALS.index(words[-1]) + 1 if words[-1] in _ORDINALS else 30 * (words[-1] == "thirtieth")
    return last + (int(number(words[0]) or 0) if len(words) > 1 else 0)
