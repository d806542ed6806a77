"""From a message to a value: the small steps that every domain's readings are made of."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.api import Message
from integrations.discovery.templates import Template
from integrations.discovery.thing import Hear, Live, UnusableError

NONE = "None"
"""The payload that means: unknown."""
LONGEST_STATE = 255
HUGE, TINY = 1e15, 1e-15
"""Numbers of this world; what is smaller counts as 0."""

Text = Callable[[Message, Live], str | None]


def texts(template: Template | None) -> Text:
    """What gives a message as text: its template's, or the payload itself."""
    return _payload if template is None else template.render


def states(template: Template | None, known: Mapping[str, str | None]) -> Hear:
    """Read the state by what payloads mean; one that means nothing is a mistake."""
    text_of = texts(template)

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        value = known.get(text, text)
        if value is text and text not in known:
            raise UnusableError(f"it says {text!r:.80}; {_one_of(known)} would be right")
        live.value = value
        return True

    return hear


def words(template: Template | None, key: str, allowed: Sequence[str] = (), *, reset: str = NONE) -> Hear:
    """Read an attribute that is a word, one of `allowed` if there are any."""
    text_of = texts(template)
    known = frozenset(allowed)

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        if text in (reset, NONE):
            live.put(key, None)
            return True
        if known and text not in known:
            raise UnusableError(f"its {key} is {text!r:.80}; {_one_of(allowed)} would be right")
        live.put(key, short(key, text))
        return True

    return hear


def numbers(
    template: Template | None, key: str, convert: Callable[[float], Any] = float, *, reset: str = NONE
) -> Hear:
    """Read an attribute that is a number, as `convert` gives it."""
    text_of = texts(template)

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        live.put(key, None if text in (reset, NONE) else convert(number(text, key)))
        return True

    return hear


def number(value: Any, what: str) -> float:
    """`value` as a finite number.

    Raises:
        UnusableError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnusableError(f"its {what} is {value!r:.80}; a number would be right")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        found = math.nan
    if not abs(found) < HUGE:
        raise UnusableError(f"its {what} is {value!r:.80}; a number would be right")
    return found if abs(found) >= TINY else 0.0


def neat(value: float) -> float:
    """A whole number without its point."""
    return int(value) if value == int(value) else value


def whole(value: float) -> int:
    """The nearest whole number."""
    return round(value)


def json_object(message: Message) -> Mapping[str, Any]:
    """The JSON object that a message is.

    Raises:
        UnusableError: it is something else.
    """
    try:
        found = message.json()
    except ValueError as error:
        raise UnusableError(
            f"it says {shown(message)}, which is no JSON ({error}); a JSON object would be right"
        ) from None
    if not isinstance(found, dict):
        raise UnusableError(f"it says {shown(message)}; a JSON object would be right")
    return found


def short(what: str, text: str) -> str:
    """`text`, if it fits a state.

    Raises:
        UnusableError: it does not.
    """
    if len(text) > LONGEST_STATE:
        raise UnusableError(f"its {what} has {len(text)} letters; up to {LONGEST_STATE} would be right")
    return text


def shown(message: Message) -> str:
    """The beginning of a payload, for people."""
    return f"{message.payload[:80]!r}"


def _payload(message: Message, _live: Live) -> str:
    try:
        return message.payload.decode()
    except UnicodeDecodeError:
        raise UnusableError(f"it says {shown(message)}, which is not UTF-8") from None


def _one_of(known: Mapping[str, Any] | Sequence[str]) -> str:
    listed = [repr(one) for one in known if one != NONE]
    return " or ".join(listed[:8]) + (" ..." if len(listed) > 8 else "")  # noqa: PLR2004
