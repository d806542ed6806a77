"""Keeps an answer to a form, piece by piece: a piece that no answer can begin with is never said.

Pieces are bytes and a letter may take several of them, so a part of a letter counts as good where some letter
of the form begins with it.
"""

import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Protocol, TypeVar

T = TypeVar("T")


class FormError(Exception):
    """No answer can be kept to this form; one line."""


class Form(Protocol):
    """The answers that may be given to one prompt."""

    letters: frozenset[str]
    """Every letter beyond ASCII that an answer may hold."""

    def allows(self, text: str) -> bool:
        """Whether an answer may begin with `text`."""
        ...

    def is_whole(self, text: str) -> bool:
        """Whether `text` is an answer."""
        ...


class Constraint:
    """What was said so far, and what may follow."""

    def __init__(self, form: Form, *, until: float) -> None:
        """Take the form of an answer that is due at `until`, of the monotonic clock.

        Raises:
            FormError: the form fails; so do the others.
        """
        self._form = form
        self._until = until
        self._text = ""
        self._part = b""
        """The bytes of a letter that is not complete."""
        self._letters = _sound(lambda: {one.encode(): one for one in form.letters})

    def allows(self, piece: bytes) -> bool:
        """Whether an answer can go on with it.

        Raises:
            TimeoutError: that is not known in time.
        """
        split = _split(self._part + piece)
        if not piece or split is None:
            return False
        if time.monotonic() >= self._until:
            raise TimeoutError
        text, part = self._text + split[0], split[1]
        if not part:
            return _sound(lambda: self._form.allows(text))
        letters = (one for content, one in self._letters.items() if content.startswith(part))
        return _sound(lambda: any(self._form.allows(text + one) for one in letters))

    def add(self, piece: bytes) -> None:
        """It was said."""
        text, part = _split(self._part + piece) or ("", b"")
        self._text, self._part = self._text + text, part

    @property
    def complete(self) -> bool:
        """Whether the answer may end here."""
        return not self._part and _sound(lambda: self._form.is_whole(self._text))


def begun(form: str, said: str, *, until: float) -> Constraint:
    """A constraint for the answer to `said`, by the name of its form: "package.module:Class".

    Raises:
        FormError: there is no such form, or it fails.
    """
    try:
        made = _made(form)
    except Exception as error:  # noqa: BLE001  # a module may fail in any way while it is imported
        raise FormError(f"there is no form {form!r}: {_line(error)}") from None
    return Constraint(_sound(lambda: made(said)), until=until)


@cache
def _made(name: str) -> Callable[[str], Form]:
    module, _, attribute = name.partition(":")
    made: Callable[[str], Form] = getattr(import_module(module), attribute)
    return made


def _sound(found: Callable[[], T]) -> T:
    """What a form finds. However it fails, that costs this one answer."""
    try:
        return found()
    except Exception as error:  # noqa: BLE001  # it is somebody else's code
        raise FormError(f"the form of the answer failed: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _split(content: bytes) -> tuple[str, bytes] | None:
    """The letters in `content`, and the part of one at its end; None if it is no text."""
    try:
        return content.decode(), b""
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        return content[: error.start].decode(), content[error.start :]
