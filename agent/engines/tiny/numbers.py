"""Numbers in words and what they are: English, Chinese. Which of them a sentence says: `said.py`."""

import re
from collections.abc import Sequence

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMERALS = {
    **{word: at for at, word in enumerate(ONES)},
    **{word: 20 + 10 * at for at, word in enumerate(TENS)},
    "oh": 0,
    "a": 1,
    "an": 1,
}
SCALES = {"hundred": 100, "thousand": 1000}
_CHINESE_DIGITS = "零一二三四五六七八九"
_CHINESE = {**{letter: at for at, letter in enumerate(_CHINESE_DIGITS)}, "两": 2, "〇": 0}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
CHINESE_NUMERALS = "零〇一二两三四五六七八九十百千万"
_CHINESE_DIGIT = "[一二两三四五六七八九]"
_BELOW_MYRIAD = (
    f"(?=.)(?:{_CHINESE_DIGIT}千)?(?:零?{_CHINESE_DIGIT}百)?(?:零?{_CHINESE_DIGIT}?十)?"
    f"(?:零?{_CHINESE_DIGIT}|零)?"
)
_CHINESE_WHOLE = re.compile(
    f"[零〇一二三四五六七八九]+|(?:{_BELOW_MYRIAD}万)?{_BELOW_MYRIAD}|{_BELOW_MYRIAD}万"
)
_CHINESE_SHORT = re.compile(f".*([百千万]){_CHINESE_DIGIT}")
"""A last digit after a scale counts tenths of that: 一百五 is 150, and 一百零五 is 105."""
_BELOW_HUNDRED = "(?:yo?|t|o)"
_BELOW_THOUSAND = f"(?:[oa]?h(?:&?{_BELOW_HUNDRED})?|{_BELOW_HUNDRED}|th(?:&?{_BELOW_HUNDRED})?)"
_WHOLE = re.compile(f"(?:(?:{_BELOW_THOUSAND}|a)?k(?:&?{_BELOW_THOUSAND})?|{_BELOW_THOUSAND}|a)", re.ASCII)


def english(words: Sequence[str]) -> float | None:
    """The number that these words are, None if they are none: "one hundred and five", "twenty point five"."""
    whole, point, tail = " ".join(words).partition(" point ")
    if point:
        value, digits = english(whole.split()), [NUMERALS.get(word, 10) for word in tail.split()]
        if value is None or not digits or max(digits) > 9:  # noqa: PLR2004  # a digit
            return None
        return float(f"{value:g}.{''.join(map(str, digits))}")
    letters = _spelt(words)
    return None if letters is None or not _WHOLE.fullmatch(letters) else float(_sum(words))


def in_words(number: int) -> str:
    """A whole number up to a hundred in English words."""
    if number < len(ONES):
        return ONES[number]
    tens, ones = divmod(number, 10)
    if tens > len(TENS) + 1:
        return "one hundred"
    return f"{TENS[tens - 2]} {ONES[ones]}" if ones else TENS[tens - 2]


def in_chinese(number: int) -> str:
    """A whole number up to a hundred in Chinese numerals, as things are counted: two of them are 两."""
    if number in {2, 100}:
        return "两" if number == 2 else "一百"  # noqa: PLR2004  # as above
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE_DIGITS[ones]
    return f"{_CHINESE_DIGITS[tens] if tens > 1 else ''}十{_CHINESE_DIGITS[ones] if ones else ''}"


def chinese(run: str) -> float | None:
    """The number that these letters are, None if they are none."""
    whole, point, tail = run.partition("点")
    if point:
        value = chinese(whole)
        if value is None or not tail or any(letter not in _CHINESE for letter in tail):
            return None
        return float(f"{value:g}.{''.join(str(_CHINESE[letter]) for letter in tail)}")
    if not _CHINESE_WHOLE.fullmatch(whole):
        return None
    if all(letter in _CHINESE for letter in whole):
        return float("".join(str(_CHINESE[letter]) for letter in whole))
    if (short := _CHINESE_SHORT.fullmatch(whole)) is not None:
        tenths = _CHINESE[whole[-1]] * _CHINESE_SCALES[short[1]] // 10
        return (chinese(whole[:-1]) or 0) + tenths
    total = digit = 0
    for letter in whole:
        if letter == "万":
            total, digit = (total + digit) * _CHINESE_SCALES[letter], 0
        elif letter in _CHINESE_SCALES:
            total += (digit or 1) * _CHINESE_SCALES[letter]
            digit = 0
        else:
            digit = _CHINESE[letter]
    return float(total + digit)


def _spelt(words: Sequence[str]) -> str | None:
    """The words as letters for what they are in a number: a one, a teen, a ten, a scale, a joint."""
    kinds = []
    for word in words:
        value = NUMERALS.get(word)
        if word in SCALES or word == "and":
            kinds.append({"hundred": "h", "thousand": "k", "and": "&"}[word])
        elif value is None:
            return None
        else:
            kinds.append("a" if word in {"a", "an"} else "o" if value < 10 else "t" if value < 20 else "y")  # noqa: PLR2004
    return "".join(kinds)


def _sum(words: Sequence[str]) -> int:
    total = group = 0
    for word in words:
        if word == "thousand":
            total, group = max(group, 1) * 1000, 0
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word != "and":
            group += NUMERALS[word]
    return total + group
