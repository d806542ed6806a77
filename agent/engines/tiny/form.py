r"""Every answer that an utterance allows, letter by letter: what a runner holds the model to while it writes.

These are the answers that `codec.encode` can write and `codec.decode` accepts: not the other ways to write
the same that `decode` accepts as well (capitals, more blanks, "025"). Whatever may be begun can be brought to
an end, if not always within `codec.LONGEST`.

Words of the utterance are those that the model reads. `decode` looks for them in the utterance as it was
written, and does not find them where `codec.normalised` composes letters or makes several of one ("½").
"""

import re
from collections.abc import Iterable

from agent.engines.tiny import codec, schema
from agent.engines.tiny.said import sayable

_LAST = re.compile(r"(.*(?<!\\)(?:\\\\)*[;|])?(.*)", re.DOTALL)
"""An answer up to its last mark, and what is after it."""
_UNIT = rf"\\.|[^\\\s{codec.LETTER[1:]}"
_START = re.compile(f"(?<!{codec.LETTER}){codec.LETTER}|{_UNIT}")
_END = re.compile(f"{codec.LETTER}(?!{codec.LETTER})|{_UNIT}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_INTENTS = frozenset(name.removeprefix("Hass") for name in schema.INTENTS)
_STEPS = frozenset({"up", "down"})
_SPANS = schema.SPANS | schema.OR_SPAN


def _beginnings(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name[:end] for name in names for end in range(len(name) + 1))


def _written(said: Iterable[float]) -> frozenset[str]:
    """The numbers that can be written and read again."""
    written = ((one, codec.written_number(one)) for one in said)
    return frozenset(text for one, text in written if _NUMBER.fullmatch(text) and float(text) == one)


_FIRST, _NEXT = _beginnings({*_INTENTS, codec.NONE}), _beginnings(_INTENTS)
_At = tuple[int, str | None]
"""How many intents there are, and the last slot of the last one: "" before its first, None after its end."""


class Form:
    """The answers to one utterance."""

    def __init__(self, heard: str) -> None:
        """Take the utterance as the model reads it (`codec.heard`)."""
        self.letters = frozenset(one for one in heard if one > "\x7f")
        self._heard = codec.escaped(heard)
        self._starts = tuple(one.start() for one in _START.finditer(self._heard))
        self._ends = frozenset(one.end() for one in _END.finditer(self._heard))
        said = {slot: _written(values) for slot, values in sayable(heard).items()}
        self._listed = {
            **schema.ENUMERATIONS,
            **said,
            **{slot: said[slot] | _STEPS for slot in schema.STEPS},
        }
        """The values of a slot that are none of the utterance's words."""
        spans = _SPANS if self._starts else ()
        self._slots = tuple(one for one in schema.SLOTS if self._listed.get(one) or one in spans)
        self._known: dict[str, _At | None] = {"": (0, None)}

    def allows(self, text: str) -> bool:
        """Whether an answer may begin with `text`."""
        before, last = _split(text)
        at = self._after(before)
        if at is None:
            return False
        intents, slot = at
        if slot is None:
            return intents < codec.MOST and last in (_NEXT if intents else _FIRST)
        name, blank, value = last.partition(" ")
        if not blank:
            return any(one > slot and one.startswith(name) for one in self._slots)
        return slot < name and name in self._slots and self._may_begin(name, value)

    def is_whole(self, text: str) -> bool:
        """Whether `text` is an answer."""
        return text == codec.NONE or (len(text) <= codec.LONGEST and self._at_end(text) is not None)

    def _after(self, before: str) -> _At | None:
        """Where an answer is after `before`, which ends with a mark; None if no answer begins like that."""
        if before not in self._known:
            at = self._at_end(before[:-1])
            self._known[before] = (at[0], None) if at is not None and before[-1] == ";" else at
        return self._known[before]

    def _at_end(self, text: str) -> _At | None:
        before, last = _split(text)
        at = self._after(before)
        if at is None:
            return None
        intents, slot = at
        if slot is None:
            return (intents + 1, "") if last in _INTENTS and intents < codec.MOST else None
        name, _, value = last.partition(" ")
        return (intents, name) if slot < name and self._is_value(name, value) else None

    def _is_value(self, slot: str, value: str) -> bool:
        if value in self._listed.get(slot, ()):
            return True
        ends = (start + len(value) for start in self._found(value))
        return bool(value) and slot in _SPANS and any(end in self._ends for end in ends)

    def _may_begin(self, slot: str, value: str) -> bool:
        if any(one.startswith(value) for one in self._listed.get(slot, ())):
            return True
        return slot in _SPANS and any(True for _ in self._found(value))

    def _found(self, value: str) -> Iterable[int]:
        return (start for start in self._starts if self._heard.startswith(value, start))


def _split(text: str) -> tuple[str, str]:
    found = _LAST.fullmatch(text)
    return ("", text) if found is None else (found[1] or "", found[2])
