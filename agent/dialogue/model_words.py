"""What a model said, made fit to be told: without markup and what steers a screen, bounded, and honest. Pure.

A model that cannot act may yet say that it has. Such an answer is none: the house says what is done.
"""

import re
import unicodedata
from collections.abc import Sequence

from agent.dialogue.phrases import LONGEST_SHOWN, LONGEST_TEXT, cleaned, cut
from agent.dialogue.wording import Spoken

LONGEST_LINE = 2_000
LONGEST_READ = 20_000
"""Characters of an answer that are looked at."""
_THOUGHT = re.compile(r"^.*</think(?:ing)?>|<think(?:ing)?>.*$", re.DOTALL | re.IGNORECASE)
_CALL = re.compile(r"[{\[]|<\|?(?:tool|function)")
"""How an answer begins that is no words but a call."""
_CODE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\n]{0,500}\)")
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)[^\s>)]+>?")
_TAG = re.compile(r"</?[a-zA-Z][^>\n]{0,100}>")
_BEGINNING = re.compile(r"^(?:\s|#{1,6}\s|>|[-*+\u2022]\s|\d{1,2}[.)]\s)+")
_RULE = re.compile(r"^[\s|:=*_-]+$")
_MARKS = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)")
_ENDED = tuple(".!?:;,\u2026\u3002\uff01\uff1f\uff1a\uff1b\uff0c")
_SENTENCE = re.compile(r".*(?:[.!?](?=\s|$)|[\u3002\uff01\uff1f])", re.DOTALL)
_PICTURES = 0x2600
"""From here on, symbols are pictures, which nobody can say."""
_DID = (
    r"(?:turn|switch|lock|unlock|open|clos|sett?|start|stopp?|play|paus|dimm?|rais|lower|adjust|activat|deactivat|"
    r"enabl|disabl|schedul|add|remov|delet|restart|reboot|remind|sen[dt]|arm|disarm|cancell?|updat)(?:e|ed|ing)?\b"
)
_WENT = (
    r"(?:打开|关闭|关掉|关上|关了|开启|开了|启动|停止|停了|锁|解锁|调到|调高|调低|调整|"
    r"设置|设为|设好|重启|播放|暂停|添加|删除|取消|提醒)"
)
_WITHIN = r"[^\uff0c\u3002\uff01\uff1f]{0,12}?"
_FOR_YOU = r"(?:[为帮给替][您你])"
_OF_LATE = r"(?:just|already|now)"
_CLAIMS = tuple(
    re.compile(one, re.IGNORECASE)
    for one in (
        rf"\bI(?:['\u2019](?:ve|m|ll)| have| am| will)?(?: {_OF_LATE}| been)* {_DID}",
        rf"\b(?:has|have|is|are) (?:{_OF_LATE} )*be(?:en|ing) {_DID}",
        r"\b(?:is|are) now (?:on|off|open|closed|locked|unlocked|set|playing|running|armed|disarmed)\b",
        r"^\W*(?:(?:ok|okay|sure|alright|all right|of course|certainly)\W+)*(?:all |consider it )?done\b",
        rf"已经?{_FOR_YOU}?{_WITHIN}{_WENT}",
        rf"(?:我|这就|马上|正在)(?:来|会|将|就|去|先)?{_FOR_YOU}{_WITHIN}{_WENT}",
    )
)


def in_words(said: str, *, language: str, whole: bool = True) -> Spoken | None:
    """What a model `said`, to be spoken and to be shown; None: no words, or that it has done something.

    `whole`: whether it came to its end.
    """
    text = thoughtless(said)
    aloud = _aloud(text, language=language)
    if not any(char.isalnum() for char in aloud) or _CALL.match(text) or claims(text) or claims(aloud):
        return None
    shown = "\n".join(lines_of(text))
    if not whole or len(aloud) > LONGEST_TEXT:
        aloud = _to_a_sentence(aloud, LONGEST_TEXT)
    return Spoken(aloud, cut(shown if whole else f"{shown}\u2026", LONGEST_SHOWN))


def claims(said: str) -> bool:
    """Whether who `said` this claims to act, in English or Chinese."""
    return any(one.search(said) for one in _CLAIMS)


def thoughtless(said: str) -> str:
    """An answer without what a model thought before it."""
    return _THOUGHT.sub("", said[-LONGEST_READ:]).strip()


def lines_of(text: str) -> Sequence[str]:
    """The lines of `text` that hold anything, each without what steers a screen."""
    return [line for line in (cleaned(one, LONGEST_LINE) for one in text.splitlines()) if line]


def _aloud(text: str, *, language: str) -> str:
    """`text` as plain words in a row."""
    text = _LINK.sub(r"\1", _CODE.sub("", text))
    parts = []
    for line in lines_of(_TAG.sub("", _ADDRESS.sub("", text))):
        if _RULE.match(line):
            continue
        words = _MARKS.sub("", _BEGINNING.sub("", line)).replace("|", " ")
        if words := " ".join("".join(filter(_sayable, words)).split()):
            parts.append(words)
    chinese = language.startswith("zh")
    apart, gap = ("\uff0c", "") if chinese else (",", " ")
    return gap.join(one if one.endswith(_ENDED) or one is parts[-1] else f"{one}{apart}" for one in parts)


def _sayable(char: str) -> bool:
    picture = ord(char) >= _PICTURES and unicodedata.category(char) in ("So", "Sk")
    return not (picture or char in "\ufe0f\u200d")


def _to_a_sentence(text: str, most: int) -> str:
    """`text` up to its last whole sentence, in at most `most` characters."""
    found = _SENTENCE.match(text[:most])
    return found[0] if found else cut(f"{text}\u2026", most)
