"""Which numbers a sentence says, slot by slot: what was said as a whole, and levels that have names. Pure.

"Two fifty" says neither two nor fifty, "twenty-one and a half" no twenty: what is part of a number was not
said. "A quarter" is 25 where a slot has such a level, and no other of its levels is said with it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from agent.engines.tiny import schema
from agent.engines.tiny.numbers import CHINESE_NUMERALS, NUMERALS, SCALES, chinese, english

_HAN = "[\u3400-\u9fff]"
_APART = re.compile(rf"(?<={_HAN})\s+(?=[{_HAN[1:-1]}\d])|(?<=\d)\s+(?={_HAN})")
_TOKEN = re.compile(
    r"(?P<fraction>(?<![\d/])\d{1,2}[/\u2044]\d{1,2}(?![\d/]))"
    r"|(?P<digits>(?:(?<![a-z\d])|(?<=pid)|(?<=port))(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:[.,]\d+)?))"
    rf"|(?P<han>[{CHINESE_NUMERALS}](?:[{CHINESE_NUMERALS}点])*)"
    r"|(?P<word>[a-z]+)|(?P<mark>[^\s\-])"
)
_ASIDE = re.compile(
    r"百分之|百分百|[一二三四五六七八九十]分之[一二三四五六七八九十]|一(?:点(?![零〇一二三四五六七八九\d])"
    r"|[下些会起直定样切共]|半)"
    r"|\b(?:that|this|other|another|which|left|right|first|last|each|every|no|any) one\b"
    r"|\b(?:one|two|three) (?:thirds?|quarters?|half|halves)\b|\bhalf (?:an?|one)\b"
    r"|\b(?:quarters?|thirds?|half) of an?\b|\bone of\b|\b1[/\u2044][2-4] an?\b"
)
"""Numerals that say no number of their own: "a little", "two thirds", "that one"."""
_MINUS = re.compile(r"(?:(?<![\w.])-|\b(?:minus|negative) )$|[零负]下?$")
_HALF = re.compile(
    r"\s*(?:(?:hours?|hrs?|minutes?|mins?|seconds?|secs?|degrees?|percent|%|个|度|小时|钟头|分钟?)\s*)?"
    r"(?:(?:and )?(?:an? |one )?(?:half|1[/\u2044]2)\b|半)"
)
"""What makes it half of one more."""
_ONE = re.compile(
    r"\s*-?(?:full |whole |single )?(?:hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|degrees?|percent|%)\b"
)
"""After "a": then it is a number."""
_SHARE = re.compile(r"\b(?:an?|one|two|three|1|2|3)[ -](?:thirds?|quarters?|fifths?)\b|(?<!百)分之")
"""A share of something."""
_JOINTS = frozenset({"a", "an", "and", "oh", "point"})
_ENDLESS = 12
"""Words of a number; nobody says more."""

_TIMES = frozenset({"hours", "minutes", "seconds", "start_hours", "start_minutes", "start_seconds"})
"""Slots that take "three and a half" in parts: three hours, thirty minutes."""
_HALFWAY = r"\bhalf\b|\bpart(?:ly|ially)\b|\bhalf ?-?way\b|\bmid(?:dle|way)?\b|\bmedium\b|\b1[/\u2044]2|半|中"
_LEAST = (
    r"\bmin(?:imum|imal)?\b|\b(?:low|dimm?|dark|faint|quiet|soft|small)est\b|\bleast\b|\bbottom\b|\blow\b|最"
)
_MOST = (
    r"\bmax(?:imum|imal)?\b|\bfull(?:y|est)?\b|\b(?:high|bright|loud|great|strong)est\b|\ball the way\b"
    r"|\bmost\b|\bcompletely\b|\bentire(?:ly)?\b|\btop\b|最|全|满|百分百"
)
_WORDS: Mapping[float, str] = {
    0: r"\b(?:clos\w+|shut\w*|down|lower\w*|off|none)\b|[关合闭]",
    25: r"(?<!three )(?<!three-)(?<!3 )\bquarter\b|\b1[/\u2044]4|四分之一",
    33: r"(?<!two )(?<!two-)(?<!2 )\bthird\b|\b1[/\u2044]3|三分之一",
    50: _HALFWAY,
    67: r"\b(?:two|2)[ -]thirds?\b|\b2[/\u2044]3|三分之二",
    75: r"\b(?:three|3)[ -]quarters?\b|\b3[/\u2044]4|四分之三",
    1900: r"\bcandle|烛",
    2700: r"\bwarm|暖",
    4000: r"\b(?:cold|cool|neutral)|冷|凉",
    6500: r"\bday ?light|日光|正白|白光",
}
_NAMED: Mapping[tuple[str, float], re.Pattern[str]] = {
    (slot, level): re.compile(
        {
            1: _LEAST,
            30: r"\bhalf\b|1[/\u2044]2|半",
            100: _MOST + (r"|\b(?:open|up|raise\w*)\b|[开升]" if slot == "position" else ""),
        }.get(level, _WORDS.get(level, ""))
    )
    for slot, levels in schema.NUMBERS.items()
    for level in levels or ()
}
"""How a level of a slot is called."""


def said(text: str) -> frozenset[float]:
    """Every number that `text` says as a whole."""
    return _numbers(text)[0]


def sayable(text: str) -> Mapping[str, frozenset[float]]:
    """What the slots of numbers may hold where `text` was said; steps are of either sign."""
    whole, parts, rest = _numbers(text)
    plain = _plain(text)
    may: dict[str, frozenset[float]] = {}
    for slot, levels in schema.NUMBERS.items():
        words = plain if slot in _TIMES else rest
        named = {float(one) for one in levels or () if _NAMED[slot, one].search(words)}
        may[slot] = whole | named | (parts if slot in _TIMES else frozenset())
    return may | dict.fromkeys(schema.STEPS, whole | frozenset(-one for one in whole))


def unsayable(text: str) -> bool:
    """Whether `text` says a number that no slot can hold: "two fifty", "a third" where it is of no kind."""
    plain = _ASIDE.sub(lambda found: "\0" * len(found[0]), _plain(text))
    broken = any(len(_stripped(run, plain)) > 1 and not any(_read(run, plain)) for run in _rows(plain))
    return broken or _SHARE.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return _APART.sub("", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))


@lru_cache(maxsize=64)
def _numbers(text: str) -> tuple[frozenset[float], frozenset[float], str]:
    """The numbers of `text`, what of them stands before an "and a half", and `text` without those halves."""
    plain = rest = _plain(text)
    plain = _ASIDE.sub(lambda found: "\0" * len(found[0]), plain)
    whole: set[float] = set()
    parts: set[float] = set()
    for value, start, end in _runs(plain):
        sign = -1 if _MINUS.search(plain[:start]) else 1
        half = _HALF.match(plain, end)
        if value >= 0 and half:
            rest = rest[:end] + " " * len(half[0]) + rest[half.end() :]
            whole.add(sign * (value + 0.5))
            parts.add(value)
        else:
            whole |= {sign * value}
    return frozenset(whole), frozenset(parts), rest


def _runs(plain: str) -> Iterator[tuple[float, int, int]]:
    """Each number with where it begins and ends; words in a row that are no number say none."""
    for run in _rows(plain):
        yield from _read(run, plain)


def _rows(plain: str) -> Iterator[list[re.Match[str]]]:
    """What may be numerals, in a row each."""
    run: list[re.Match[str]] = []
    for found in [*_TOKEN.finditer(plain), None]:
        if found is not None and _counts(found):
            run.append(found)
            continue
        if run:
            yield run
        run = []


def _counts(found: re.Match[str]) -> bool:
    if found["word"]:
        return found["word"] in NUMERALS or found["word"] in SCALES or found["word"] in _JOINTS
    return bool(found["digits"] or found["han"])


def _read(run: list[re.Match[str]], plain: str) -> Iterator[tuple[float, int, int]]:
    """The numbers of words in a row: one, or those that an "and" joins."""
    run = _stripped(run, plain)
    if not run:
        return
    value = _value(run)
    if value is not None:
        yield value, run[0].start(), run[-1].end()
        return
    words = [one[0] for one in run]
    if "and" in words:
        at = words.index("and")
        yield from _read(run[:at], plain)
        yield from _read(run[at + 1 :], plain)
    elif len(apart := _apart(run)) > 1:
        for part in apart:
            yield from _read(part, plain)
    elif run[0]["han"] and len(run) == 1 and "点" in run[0][0]:
        for one in re.finditer("[^点]+", run[0][0]):
            if (number := chinese(one[0])) is not None:
                yield number, run[0].start() + one.start(), run[0].start() + one.end()


def _stripped(run: list[re.Match[str]], plain: str) -> list[re.Match[str]]:
    """Without the joints around it; an "a" before a scale or a unit is a one."""
    while (
        run and run[-1][0] in _JOINTS and not (run[-1][0] in {"a", "an"} and _ONE.match(plain, run[-1].end()))
    ):
        run = run[:-1]
    while len(run) > 1 and run[0][0] in _JOINTS and run[1][0] not in SCALES:
        run = run[1:]
    return [] if len(run) == 1 and run[0][0] in SCALES else run


def _apart(run: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """What is written in digits stands for itself: "lamp 2 fifty percent"."""
    parts: list[list[re.Match[str]]] = [[]]
    for one in run:
        ends = parts[-1] and (one["digits"] or (parts[-1][-1]["digits"] and one[0] not in SCALES))
        parts = [*parts, [one]] if ends else [*parts[:-1], [*parts[-1], one]]
    return parts


def _value(run: list[re.Match[str]]) -> float | None:
    first, words = run[0], [one[0] for one in run]
    if len(run) > _ENDLESS or any(one["digits"] or one["han"] for one in run[1:]):
        return None
    if first["han"]:
        return chinese(first[0].rstrip("点")) if len(run) == 1 else None
    if not first["digits"]:
        return english(words)
    value = _figure(first[0])
    if len(run) == 1:
        return value
    scale, rest = SCALES.get(words[1]), words[3:] if words[2:3] == ["and"] else words[2:]
    more = english(rest) if rest else 0.0
    # "2 hundred", "1.5 thousand", "2 hundred and fifty"
    return None if scale is None or more is None or more >= scale else value * scale + more


def _figure(digits: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits):
        return float(digits.replace(",", ""))
    return float(digits.replace(",", "."))
