"""What speech recognition writes for what sounds the same: "turn of the lights", "four ten minutes". Pure.

Only where a sentence can be nothing else it is put right; the names of the house stay as they are.
A path is said in words: "slash var".
"""

import re
from collections.abc import Callable, Iterable

from agent.engines.tiny.numbers import ONES, TENS, english

_NUMBER = rf"(?:\d+|(?:{'|'.join(TENS)})(?:[ -](?:{'|'.join(ONES[1:10])}))?|{'|'.join(reversed(ONES))})"
_TIME = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?)"
_PERCENT = r"(?:percent|per cent|%)"
_ASKING = (
    r"^(?:(?:please|hey|ok|okay|now|just|can|could|would|will|you|we|i|need|want|to|like|go|and|let's|kindly)"
    r"[ ,]+)*"
)
_SETTING = (
    r"\b(?:set|dim|turn|change|put|bring|lower|raise|increase|decrease|reduce|adjust|brighten|make|heat)\b"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), right)
    for pattern, right in (
        # "Turn of the lights", "please switch of everything"; "a turn of events" does not begin so.
        (rf"({_ASKING}(?:turn|switch)(?: (?:it|them|that|this))?) of\b(?! (?:events|phrase))", r"\1 off"),
        (r"(\band (?:then )?(?:turn|switch)) of\b", r"\1 off"),
        # At the end: "switch the desk lamp of".
        (rf"({_ASKING}(?:turn|switch) .+) of((?: (?:please|now|for me|thanks))*[.!?]*)$", r"\1 off\2"),
        # "A timer four ten minutes"; "four" of them would be followed by their unit.
        (rf"\b(timer|alarm|countdown|reminder) four(?= (?:{_NUMBER}|an?|half an?) {_TIME})", r"\1 for"),
        (rf"\b(for|in|add|by|another) for(?= {_TIME})", r"\1 four"),
        (rf"\b({'|'.join(TENS)}) for(?= (?:{_TIME}|{_PERCENT}|degrees?))", r"\1 four"),
        # Percents that nobody means: "dim it two thirty percent".
        (rf"({_SETTING}.* )(?:two|too)(?= {_NUMBER} ?{_PERCENT})", r"\1to"),
        (rf"({_SETTING}.* )too(?= {_NUMBER}\b)", r"\1to"),
        (rf"\b(for|in|add|by|another) (?:to|too)(?= (?:{_TIME}|{_PERCENT}|degrees?))", r"\1 two"),
        (rf"\b({'|'.join(TENS)}) (?:to|too)(?= (?:{_TIME}|{_PERCENT}|degrees?))", r"\1 two"),
        # "How full is slash var slash log".
        (r"\b(on|in|under|of|at|is|for|folder|directory|partition|path) slash (?=\w)", r"\1 /"),
        (r"(/\w+) slash (?=\w)", r"\1/"),
    )
)
_HALVED = re.compile(
    rf"\b({_NUMBER}) and (?:a|one)[ -]half(?=$| (?:degrees?|{_PERCENT}|celsius|please|in|for)\b)",
    re.IGNORECASE,
)
"""A number that is easily taken for two wishes."""
_ONE_OF = re.compile(r"\b(?:half|of|four|for|two|to|too|slash)\b", re.IGNORECASE)


def put_right(text: str, language: str, names: Callable[[str], Iterable[str]]) -> str:
    """`text` with the words that were meant, "and a half" in digits.

    `names` gives the names of the house that a text says.
    """
    if not language.startswith("en") or _ONE_OF.search(text) is None:
        return text
    text = _HALVED.sub(_in_digits, text.rstrip(" .!"))
    if all(pattern.search(text) is None for pattern, _ in _RULES):
        return text
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{chr(0xE000 + len(kept) - 1)}"

    for name in sorted(names(text), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", keep, text, flags=re.IGNORECASE)
    for pattern, right in _RULES:
        text = pattern.sub(right, text)
    return re.sub("\0(.)", lambda found: kept[ord(found[1]) - 0xE000], text)


def _in_digits(found: re.Match[str]) -> str:
    number = (
        float(found[1]) if found[1].isdecimal() else english(found[1].replace("-", " ").casefold().split())
    )
    return found[0] if number is None else f"{number + 0.5:g}"
