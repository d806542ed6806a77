"""What a template with a wildcard may not swallow, and what may be told to be missing. Pure.

Three families of Home Assistant's templates take nearly anything: "play ...", "who is ..." and "in one
hour ...". Each is let through only where the rest of the sentence speaks for it.
"""

import re
from collections.abc import Callable

from agent.core.intents import Intent
from agent.engines.vocabulary import Kind
from agent.home.fuzzy import words_of
from agent.home.kinds import kind_called

_NOT_MEDIA = re.compile(
    r"\b(with (me|you|us|him|her|them)|against|games?|chess|checkers|cards?|poker|trivia|quiz|tic tac toe"
    r"|hide and seek|scrabble|dumb|dead|sports?|tennis|football|soccer|golf|basketball|the (guitar|piano)"
    r"|pinball|rummy|canasta|monopoly|solitaire|minesweeper|rock[, ]+paper[, ]+scissors|uno|bingo"
    r"|charades|hangman"
    r"|sudoku|darts|blackjack|roulette|mah ?jongg?|domino(es)?|backgammon|battleships?|pictionary)\b",
    re.IGNORECASE,
)
LONGEST_NAME = 4
"""Words of a name that is told to be missing; of characters, where words are not divided, twice as many."""
SHORTEST_NAME = 2
"""Characters."""
_LEADING = re.compile(r"^(?:(?:in|on|at|of|for|the|my|our|a|an|any|all)\s+)+", re.IGNORECASE)
_TRAILING = re.compile(r"(?:\s+(?:please|now|thanks|thank you|again|too))+$", re.IGNORECASE)
_NO_NAME = re.compile(
    r"\b(?:and|or|but|if|when|while|because|to|for|of|with|from|about|than|as|is|are|was|were|be|been|being|i|me|you"
    r"|your|yourself|he|him|his|she|her|it|its|they|them|their|we|us|this|that|these|those|there|here|not|never)\b"
    r"|\b(?:percent|per cent|degrees?|seconds?|minutes?|hours?)\b|%"
    r"|^both$|^(?:on|off|up|down|in|out|turn|switch|set|the|an|all|any|every\w*|any\w+|some\w*|nothing)\b|\b(?:on|off|up|down|out|at|by)$",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(
    r"(?:left|right|front|back|top|bottom|upper|lower|middle|cent(?:er|re)|main|spare|other|first|second|last|big"
    r"|small|large|little|new|old|tall|red|green|blue|white|yellow|warm|cold|bright|reading|night|ceiling|wall|table"
    r"|floor|desk|standing|hanging|strip|led)\b.*",
    re.IGNORECASE,
)
"""What stands before the name of a thing and is no place."""
_STOREY = re.compile(r".+ (?:floor|level|storey|story)", re.IGNORECASE)
_WHERE_PEOPLE_ARE = frozenset(
    {
        *("home", "house", "here", "work", "school", "away", "not home", "in", "out"),
        *(
            "hause",
            "zuhause",
            "thuis",
            "huis",
            "maison",
            "casa",
            "domu",
            "дома",
            "доме",
            "家",
            "家里",
            "うち",
        ),
    }
)


def missing_name(kind: Kind, said: str) -> tuple[Kind, str] | None:
    """The name in `said` and what it would be the name of; None if it is none that a house could have."""
    name = _TRAILING.sub("", _LEADING.sub("", said.strip()))
    length = len(name.split()) if name.isascii() else len(name) / 2
    if len(name) < SHORTEST_NAME or length > LONGEST_NAME or _NO_NAME.search(name):
        return None
    words = words_of(name)
    if kind == "name":
        return None if kind_called(words) else (kind, name)
    if _NO_PLACE.fullmatch(name) or kind_called(words[-1:]) or kind_called(words[-2:]):
        return None
    return ("floor" if _STOREY.fullmatch(name) else kind), name


def is_media(text: str) -> bool:
    """Whether what is to be played in `text` can be music, a film, a show: no game, no instrument."""
    return _NOT_MEDIA.search(text) is None


def passes(intent: Intent, wild: frozenset[str], *, inner: Callable[[str], bool]) -> bool:
    """Whether `intent` may stand.

    `wild` are the slots that hold free text; `inner` says whether a command within it can be read.
    """
    if intent.name == "HassMediaSearchAndPlay":
        return is_media(str(intent.slots.get("search_query", "")))
    if intent.name == "HassStartTimer" and "conversation_command" in intent.slots:
        return inner(str(intent.slots["conversation_command"]))
    if intent.name == "HassGetState" and "state" in wild:
        return str(intent.slots["state"]).casefold() in _WHERE_PEOPLE_ARE
    return True
