r"""The form in which the model writes intents, and the strict way back.

    answer  = "none" | intent *( ";" intent )                at most `MOST` intents
    intent  = name *( "|" slot " " value )                    each slot once, in the order of `schema.SLOTS`
    name    = an intent of `schema.INTENTS`, without "Hass"
    slot    = a name of `schema.SLOTS`
    value   = 1*( any character but ";" "|" "\" and line ends | "\;" | "\|" | "\\" )

    "dim the Lounge lamp to twenty percent, and what time is it"
    LightSet|brightness 20|name lounge lamp;GetCurrentTime

A value is one of three things, by its slot: words of the utterance, a member of an enumeration, or a number
that was said as a whole or by the name of a level (`said.py`). Everything else is rejected: the model can't
invent. The model reads lower case; values come back in the letters of the utterance.

The blank before a value, and those between Chinese characters, are there for the model: so the words of an
answer are the same tokens as those of the utterance (`heard`), and to copy is all that it has to learn.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from agent.engines.tiny import schema
from agent.engines.tiny.said import sayable

NONE = "none"
MOST = 4
"""Intents in one answer."""
LONGEST = 512
"""Characters of an answer."""
USER, INTENT, END, PAD = "<|user|>", "<|intent|>", "<|end|>", "<|pad|>"
"""The tokens around utterance and answer; `END` also ends the generation."""
TEMPLATE = f"{USER}%1{INTENT}%2"
"""The prompt in the form of gpt4all: `%1` is what `heard` makes of it, and never read as a token."""

Decoded = tuple[tuple[str, dict[str, Any]], ...]
_NAMES = {name.removeprefix("Hass"): name for name in schema.INTENTS}
_PART = re.compile(r"((?:[^;|\\\n\r]|\\[;|\\])*)([;|]?)")
_MARK = re.compile(r"[;|\\]")
_ESCAPED = re.compile(r"\\(.)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_WORDS = re.compile(r"\s+")
LETTER = "[a-z0-9à-ÿ]"
"""What words consist of where they have bounds."""
_HAN = "[\u3400-\u9fff\uf900-\ufaff]"
_APART = re.compile(f"(?<={_HAN})(?=\\S)|(?<=\\S)(?={_HAN})")
_PIECE = re.compile(f"{_HAN}|[^\\s\u3400-\u9fff\uf900-\ufaff]+")


class CodecError(ValueError):
    """An answer that says nothing that may be done."""


def normalised(text: str) -> str:
    """An utterance as the model reads it: lower case, single spaces, no mark at the end."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()  # an apostrophe
    return " ".join(plain.split()).rstrip(".!?。 ")


def heard(text: str) -> str:
    """The words that the model is given for an utterance."""
    return f" {_APART.sub(' ', normalised(text))}"


def encode(intents: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """The answer that says `intents`; no intents are `none`.

    Raises:
        CodecError: an intent or slot is unknown, or a value has no form.
    """
    parts = []
    for name, slots in intents:
        if name not in schema.INTENTS:
            raise CodecError(f"no intent: {name}")
        unknown = slots.keys() - set(schema.SLOTS)
        if unknown:
            raise CodecError(f"no slot: {sorted(unknown)}")
        said = [f"{slot} {_written(slots[slot])}" for slot in schema.SLOTS if slot in slots]
        parts.append("|".join([name.removeprefix("Hass"), *said]))
    if len(parts) > MOST:
        raise CodecError(f"{len(parts)} intents, at most {MOST}")
    return ";".join(parts) or NONE


def decode(text: str, utterance: str) -> Decoded:
    """The intents of an answer to `utterance`; none of them if the answer is `none`.

    Raises:
        CodecError: the answer is not of the language, or a value was not said.
    """
    if text == NONE:
        return ()
    if len(text) > LONGEST:
        raise CodecError("too long")
    intents: list[tuple[str, dict[str, Any]]] = []
    begins = True
    for part, mark in _split(text):
        if begins:
            if part not in _NAMES:
                raise CodecError(f"no intent: {part}")
            intents.append((_NAMES[part], {}))
        else:
            slot, blank, value = part.partition(" ")
            slots = intents[-1][1]
            if not blank or slot not in schema.SLOTS or any(slot <= before for before in slots):
                raise CodecError(f"no slot here: {part}")
            slots[slot] = _value(slot, _ESCAPED.sub(r"\1", value), utterance)
        begins = mark == ";"
    if len(intents) > MOST:
        raise CodecError(f"{len(intents)} intents, at most {MOST}")
    return tuple(intents)


def spoken(value: str, utterance: str) -> str | None:
    """The words of `utterance` that are `value`, in the utterance's own letters; None if it has them not.

    Words are whole where letters have bounds: "lamp" is not in "lamps", but any character of Chinese is.
    """
    pieces = _PIECE.findall(_folded(value))
    if not pieces:
        return None
    wanted = re.escape(pieces[0])
    for before, piece in pairwise(pieces):
        apart = r"\s+" if not re.fullmatch(_HAN, before) and not re.fullmatch(_HAN, piece) else r"\s*"
        wanted += apart + re.escape(piece)
    start = f"(?<!{LETTER})" if _bound(value.strip()[0]) else ""
    end = f"(?!{LETTER})" if _bound(value.strip()[-1]) else ""
    found = re.search(start + wanted + end, _folded(utterance))
    return _WORDS.sub(" ", utterance[found.start() : found.end()]) if found else None


def escaped(value: str) -> str:
    """A value with its marks, which end nothing then."""
    return _MARK.sub(r"\\\g<0>", value)


def written_number(value: float) -> str:
    """A number as it stands in an answer."""
    return f"{value:.10g}"


def _split(text: str) -> Iterable[tuple[str, str]]:
    at = 0
    while True:
        found = _PART.match(text, at)
        if found is None or (not found[2] and found.end() != len(text)):
            raise CodecError(f"unreadable from {at}")
        yield found[1], found[2]
        at = found.end()
        if not found[2]:
            return


def _value(slot: str, value: str, utterance: str) -> Any:
    if slot in schema.ENUMERATIONS and value in schema.ENUMERATIONS[slot]:
        return value
    if slot in schema.STEPS and value in {"up", "down"}:
        return value
    if slot in schema.STEPS or slot in schema.NUMBERS:
        return _number(slot, value, utterance)
    words = spoken(value, utterance) if slot in schema.SPANS or slot in schema.OR_SPAN else None
    if words is None:
        raise CodecError(f"not said: {slot} {value}")
    return words


def _number(slot: str, value: str, utterance: str) -> int | float:
    if not _NUMBER.fullmatch(value):
        raise CodecError(f"no number: {slot} {value}")
    number = float(value)
    if number not in sayable(utterance)[slot]:
        raise CodecError(f"not said: {slot} {value}")
    return int(number) if number.is_integer() else number


def _written(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise CodecError(f"no value: {value!r}")
    written = value if isinstance(value, str) else written_number(value)
    if not written.strip() or "\n" in written or "\r" in written:
        raise CodecError(f"no value: {value!r}")
    return escaped(_APART.sub(" ", written))


def _folded(text: str) -> str:
    """Lower case and plain apostrophes, letter for letter: positions stay."""
    plain = (unicodedata.normalize("NFKC", letter).lower() for letter in text.replace("\u2019", "'"))
    return "".join(new if len(new) == 1 else old for new, old in zip(plain, text, strict=True))


def _bound(letter: str) -> bool:
    return bool(re.fullmatch(LETTER, _folded(letter)))
