"""How long "an hour and a half" and "两个半小时" are: spans of time as they are said, in seconds. Pure."""

import re

from agent.engines.tiny.numbers import ONES, TENS

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TENS = {word: 10 * at for at, word in enumerate(TENS, 2)}
_TENS_OF = "|".join(_TENS)
_LONGEST_FIRST = "|".join(sorted(ONES, key=len, reverse=True))
_WORD = rf"(?:(?:{_TENS_OF})(?:[ -](?:{'|'.join(ONES[1:10])}))?|{_LONGEST_FIRST})"
NUMBER = rf"(?:\d{{1,6}}(?:\.\d{{1,2}})?|(?:an?|one) hundred(?: and {_WORD})?|{_WORD})"
"""A number in English: a pattern without groups of its own."""
_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?)"
_PART = (
    rf"(?:(?:an? )?half(?: an?)?[ -]{_UNIT}|(?:an? |one )?quarter (?:of )?(?:an? )?hour"
    rf"|three[ -]quarters of an hour|a couple(?: of)? {_UNIT}"
    rf"|(?:{NUMBER}|an?)(?: and (?:a half|a quarter|three quarters))?[ -]?{_UNIT}"
    r"(?: and (?:a half|a quarter))?)"
)
SPAN = rf"{_PART}(?:(?:,? and |, ?| ){_PART})*"
"""A span in English."""
_PARTS = re.compile(
    rf"(?P<half>(?:an? )?half(?: an?)?[ -](?P<half_unit>{_UNIT}))"
    r"|(?P<quarter>(?:an? |one )?quarter (?:of )?(?:an? )?hour)|(?P<quarters>three[ -]quarters of an hour)"
    rf"|(?P<couple>a couple(?: of)? (?P<couple_unit>{_UNIT}))"
    rf"|(?P<number>{NUMBER}|an?)(?: and (?P<more>a half|a quarter|three quarters))?[ -]?(?P<unit>{_UNIT})"
    r"(?: and (?P<after>a half|a quarter))?",
    re.IGNORECASE,
)
_SHARES = {"a half": 0.5, "a quarter": 0.25, "three quarters": 0.75}
_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
CHINESE_NUMBER = r"(?:\d{1,6}(?:\.\d{1,2})?|[零〇一二两三四五六七八九十百]+)"
_CHINESE_UNIT = r"(?:秒钟?|分钟?|小时|钟头|刻钟?|天|周|星期|礼拜)"
_CHINESE_PART = rf"(?:(?:半个?|{CHINESE_NUMBER}个?半?){_CHINESE_UNIT}半?钟?)"
CHINESE_SPAN = rf"{_CHINESE_PART}(?:(?:又|零|和)?{_CHINESE_PART})*"
"""A span in Chinese."""
_CHINESE_PARTS = re.compile(
    rf"(?P<number>{CHINESE_NUMBER})?个?(?P<half>半?)个?(?P<unit>{_CHINESE_UNIT})(?P<after>半?)钟?"
)
_CHINESE_UNITS = {
    "秒": 1,
    "分": 60,
    "小": 3600,
    "钟": 3600,
    "刻": 900,
    "天": 86_400,
    "周": 604_800,
    "星": 604_800,
}
_WHOLE = {"en": re.compile(SPAN, re.IGNORECASE), "zh": re.compile(CHINESE_SPAN)}


def span(text: str, language: str) -> float | None:
    """The seconds of a span of time; None if `text` is none, or is not exact."""
    plain = " ".join(text.split())
    for spoken in dict.fromkeys((language[:2], "en", "zh")):
        whole = _WHOLE.get(spoken)
        if whole is not None and whole.fullmatch(plain):
            return _chinese(plain) if spoken == "zh" else _english(plain)
    return None


def number(text: str) -> float | None:
    """The number that is said in English or Chinese, None if it is none."""
    plain = text.strip().casefold().replace("-", " ")
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    if plain in ("a", "an"):
        return 1.0
    if re.fullmatch(r"[零〇一二两三四五六七八九十百]+", plain):
        return float(_chinese_number(plain))
    words = [word for word in plain.split() if word != "and"]
    if "hundred" in words:
        rest = words[words.index("hundred") + 1 :]
        more = number(" ".join(rest)) if rest else 0.0
        return None if more is None else 100.0 + more
    values = [_TENS.get(word, ONES.index(word) if word in ONES else None) for word in words]
    known = [value for value in values if value is not None]
    return float(sum(known)) if known and len(known) == len(words) else None


def slots_of(seconds: float) -> dict[str, int]:
    """The slots of a timer that takes `seconds`."""
    left = round(seconds)
    found = {}
    for slot, size in (("hours", 3600), ("minutes", 60), ("seconds", 1)):
        count, left = divmod(left, size)
        if count:
            found[slot] = count
    return found or {"seconds": 0}


def _english(text: str) -> float | None:
    total = 0.0
    for part in _PARTS.finditer(text):
        if part["half"]:
            total += _size(part["half_unit"]) / 2
        elif part["quarter"]:
            total += 900
        elif part["quarters"]:
            total += 2700
        elif part["couple"]:
            total += 2 * _size(part["couple_unit"])
        else:
            count = number(part["number"])
            if count is None:
                return None
            shares = (_SHARES.get((part[key] or "").casefold(), 0.0) for key in ("more", "after"))
            total += (count + sum(shares)) * _size(part["unit"])
    return total


def _size(unit: str) -> int:
    return _UNITS[unit[0].casefold()]


def _chinese(text: str) -> float:
    total = 0.0
    for part in _CHINESE_PARTS.finditer(text):
        count = number(part["number"]) if part["number"] else 0.0
        halves = bool(part["half"]) + bool(part["after"])
        total += ((count or 0.0) + halves / 2) * _CHINESE_UNITS.get(part["unit"][0], 604_800)
    return total


def _chinese_number(text: str) -> int:
    total, digit = 0, None
    for char in text:
        if char in "十百":
            total += (1 if digit is None else digit) * (10 if char == "十" else 100)
            digit = None
        else:
            digit = (digit or 0) * 10 + _DIGITS[char] if digit else _DIGITS[char]
    return total + (digit or 0)
