"""A sentence taken apart where it says when: "tomorrow at six turn on the lamp", "二十分钟后关灯". Pure.

The words of a time are looked for at either end; what is left in between is the command. Times stay as they
were said.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.engines.hours import EN_DAY, EN_SUN, EN_TIME, ZH_DAY, ZH_TIME
from agent.engines.periods import EN_EVERY, ZH_EVERY
from agent.engines.spans import CHINESE_SPAN, SPAN, slots_of, span

_EN_TIMES = (
    rf"(?:in|after) (?P<in>{SPAN})(?: from now| time)?",
    rf"(?P<in>{SPAN}) (?:from now|later)",
    rf"(?P<every>{EN_EVERY})",
    rf"(?:at|by|around|about) (?:about )?(?P<time>{EN_TIME})",
    rf"(?P<time>(?:{SPAN} )?(?:before|after) {EN_SUN}|noon|midnight)",
    rf"(?P<date>{EN_DAY})",
)
_ZH_TIMES = (
    rf"(?:过)?(?P<in>{CHINESE_SPAN})(?:之?后|以后|过后)",
    rf"(?P<every>{ZH_EVERY})的?",
    rf"(?P<date>{ZH_DAY})的?",
    rf"(?:在|到|等到?)?(?P<time>{ZH_TIME})(?:的时候|左右|时|就)?",
)
POLITE = re.compile(
    r"^(?:(?:hey|ok|okay|please|and|can you|could you|would you|will you|请|帮我|麻烦你?)[ ,，]*)+",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^(?:(?:every|each|on|at) |每个?)+", re.IGNORECASE)
_OUTER = " ,，、"


@dataclass(frozen=True, slots=True)
class Later:
    """A command and when it is to be done, as said: slots `time`, `date`, `every`, or the span `wait`."""

    command: str
    when: Mapping[str, str]
    leads: bool
    """Whether the time comes first, and so holds for all that follows."""

    def slots(self, language: str) -> tuple[str, dict[str, object]]:
        """The name of the intent that this is, and its slots."""
        wait = self.when.get("wait")
        if wait is not None:
            return "HassStartTimer", {
                **slots_of(span(wait, language) or 0.0),
                "conversation_command": self.command,
            }
        return "OpsSchedule", {
            **{kind: _BEFORE.sub("", said) for kind, said in self.when.items()},
            "task": self.command,
        }


def later(text: str, language: str) -> Later | None:
    """`text` taken apart; None if it does not say when, or nothing else."""
    plain = POLITE.sub("", text.strip().rstrip(".!。！"))
    when, rest, leads = _taken(plain, language)
    if not when or not rest or ("wait" in when and len(when) > 1):
        return None
    return Later(
        re.sub(r"^(?:please|to|then|都|自动|就|请|帮我)\s*", "", rest, flags=re.IGNORECASE), when, leads
    )


def moment(text: str, language: str) -> Mapping[str, str] | None:
    """What `text` says of a time, if it says nothing else: the answer to "when?"."""
    plain = POLITE.sub("", text.strip().rstrip(".!。！")).strip()
    for pattern in _WHOLE[_spoken(language)]:
        if found := pattern.fullmatch(plain):
            return {_slot(kind): said for kind, said in found.groupdict().items() if said}
    when, rest, _ = _taken(plain, language)
    if rest and when and "time" not in when and (hour := _WHOLE[_spoken(language)][1].fullmatch(rest)):
        # "7 tomorrow": an hour alone, beside a day.
        return {**when, "time": hour["time"]}
    return when if when and not rest else None


def _taken(plain: str, language: str) -> tuple[dict[str, str], str, bool]:
    """The times at both ends of `plain`, what is left, and whether one was in front."""
    when: dict[str, str] = {}
    leads, found = False, True
    while found and plain:
        found = False
        for match, rest, first in _ends(plain, language):
            fresh = {_slot(kind): said for kind, said in match.groupdict().items() if said}
            if fresh.keys() & when.keys():
                continue
            when |= fresh
            plain, leads, found = rest, leads or first, True
            break
    return when, plain, leads


def _ends(plain: str, language: str) -> Iterator[tuple[re.Match[str], str, bool]]:
    spoken = _spoken(language)
    for pattern in _LEADING[spoken]:
        if match := pattern.match(plain):
            yield match, plain[match.end() :].strip(_OUTER), True
    for pattern in _TRAILING[spoken]:
        if match := pattern.search(plain):
            yield match, plain[: match.start()].strip(_OUTER), False


def _slot(kind: str) -> str:
    return "wait" if kind == "in" else kind


def _spoken(language: str) -> str:
    return "zh" if language[:2] == "zh" else "en"


_WHOLE = {
    "en": [
        re.compile(rf"(?:in |for )?(?P<in>{SPAN})", re.IGNORECASE),
        re.compile(rf"(?:at |for )?(?P<time>{EN_TIME})", re.IGNORECASE),
    ],
    "zh": [re.compile(rf"(?P<in>{CHINESE_SPAN})之?后?"), re.compile(rf"(?P<time>{ZH_TIME})")],
}
_LEADING = {
    "en": [re.compile(rf"{one}(?=[ ,]|$)", re.IGNORECASE) for one in _EN_TIMES],
    "zh": [re.compile(one) for one in _ZH_TIMES],
}
_TRAILING = {
    "en": [re.compile(rf"(?:^|(?<=[ ,])){one}$", re.IGNORECASE) for one in _EN_TIMES],
    "zh": [re.compile(rf"{one}$") for one in _ZH_TIMES],
}
