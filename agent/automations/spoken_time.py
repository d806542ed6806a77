"""How long "for half an hour" and "两个半小时" are, where that is said exactly."""

import re
from collections.abc import Mapping
from typing import Any

_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "秒": 1,
    "秒钟": 1,
    "分钟": 60,
    "小时": 3600,
    "钟头": 3600,
    "天": 86_400,
}
_WORDS = {
    word: number
    for number, words in enumerate(
        (
            *("", "one a an 一", "two 二 两", "three 三", "four 四", "five 五", "six 六", "seven 七"),
            *("eight 八", "nine 九", "ten 十", "eleven 十一", "twelve 十二", "thirteen 十三"),
            *("fourteen 十四", "fifteen 十五", "sixteen 十六", "seventeen 十七", "eighteen 十八"),
            *("nineteen 十九", "twenty 二十"),
        )
    )
    for word in words.split()
} | {
    "thirty": 30,
    "三十": 30,
    "forty": 40,
    "四十": 40,
    "forty-five": 45,
    "forty five": 45,
    "四十五": 45,
    "fifty": 50,
    "五十": 50,
    "sixty": 60,
    "六十": 60,
    "ninety": 90,
    "九十": 90,
}
_ENGLISH = re.compile(
    r"for (?:the next |another )?(?P<half>half an?|half)? ?(?P<number>[a-z0-9 .-]*?) ?"
    r"(?P<unit>second|minute|hour|day)s?",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?P<number>\d+|[一二两三四五六七八九十]*)(?P<half>半?)个?(?P<more>半?)(?P<unit>秒钟?|分钟|小时|钟头|天)"
)
_SLOTS = {"seconds": 1, "minutes": 60, "hours": 3600}


def lasts(said: str) -> float | None:
    """The seconds of a length of time such as "for five minutes"; None if it is none, or not exact."""
    said = said.strip()
    found = _ENGLISH.fullmatch(said) or _CHINESE.fullmatch(said)
    if found is None:
        return None
    parts = found.groupdict()
    unit = _UNITS[parts["unit"].casefold()]
    halves = bool(parts["half"]) + bool(parts.get("more"))
    word = parts["number"].strip().casefold()
    if not word:
        alone = re.match(r"for (?:the next|another) ", said, re.IGNORECASE) is not None
        return unit / 2 if halves == 1 else float(unit) if alone else None
    number = float(word) if re.fullmatch(r"\d+(?:\.\d+)?", word) else _WORDS.get(word)
    if number is None or halves > 1 or (halves and said[0].casefold() == "f"):
        return None
    return (number + halves / 2) * unit


def waits(slots: Mapping[str, Any]) -> float | None:
    """The seconds of a timer's slots; None if they hold anything else, or nothing."""
    total = 0.0
    for slot, value in slots.items():
        unit = _SLOTS.get(slot)
        if unit is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        total += value * unit
    return total or None
