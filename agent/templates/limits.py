"""What a template may cost: every step, letter and list element is paid for from one purse.

A render starts with a full purse and ends with an error when the purse is empty, so that no template takes
long or grows large, whatever it says and whatever is sent to it.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from datetime import date, time, timedelta
from functools import wraps
from itertools import chain
from typing import Any

PURSE = 20_000
"""What one render may spend: about one unit for each evaluated node, list element and 64 letters."""
LONGEST_SOURCE = 8_192
"""Letters of a template."""
LONGEST_INPUT = 65_536
"""Bytes of a payload that a template computes with; plain look-ups take any."""
LONGEST_RANGE = 1_000
LARGEST_INTEGER = 4_096
"""Bits."""
WIDEST = 1_000
"""Of a padded or formatted text."""
_LETTERS = 64
_SEQUENCES = (list, tuple, set, frozenset, range, KeysView, ValuesView, ItemsView)
_ATOMS = (float, bool, type(None), date, time, timedelta)


class RefusedError(ValueError):
    """A template asks for more than it may have; the text says what and how much would be right."""


class Purse:
    """What is left to spend in this render."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = PURSE

    def fill(self) -> None:
        """Start a render."""
        self.left = PURSE

    def pay(self, units: int) -> None:
        """Spend `units`.

        Raises:
            RefusedError: there are not so many left.
        """
        self.left -= units
        if self.left < 0:
            raise RefusedError(f"it takes more than {PURSE} steps: fewer loops or a smaller payload would do")

    def weigh(self, value: Any) -> Any:
        """Pay for all there is in `value` and return it; an iterator pays as it goes.

        Raises:
            RefusedError: too much, or a kind of value that templates do not pass around.
        """
        if isinstance(value, Iterator):
            return map(self.weigh, value)
        stack = [value]
        while stack:
            one = stack.pop()
            if isinstance(one, str | bytes):
                self.pay(1 + len(one) // _LETTERS)
            elif isinstance(one, int):
                self.pay(1 + one.bit_length() // _LETTERS)
            elif isinstance(one, Mapping):
                self.pay(1 + len(one))
                stack.extend(chain(one.keys(), one.values()))
            elif isinstance(one, _SEQUENCES):
                self.pay(1 + len(one))
                stack.extend(one)
            elif isinstance(one, _ATOMS) or hasattr(one, "_undefined_name"):
                self.pay(1)
            else:
                raise RefusedError(
                    f"it uses a {type(one).__name__} as a value; numbers, texts and lists would do"
                )
        return value

    def text(self, value: Any) -> str:
        """`value` as text, paid for."""
        if isinstance(value, Iterator):
            raise RefusedError("it prints an iterator; add '| list' or '| join'")
        return str(self.weigh(value))

    def steps(self, items: Iterable[Any], each: int) -> Iterator[Any]:
        """Go through `items`, paying `each` for every round."""
        for item in items:
            self.pay(each)
            yield item

    def bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` paying for its arguments before it looks at them."""
        given = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            weighed = [*args[:given], *map(self.weigh, args[given:])]
            return function(*weighed, **{key: self.weigh(one) for key, one in kwargs.items()})

        return call

    # operators ------------------------------------------------------------------------------------------
    def operate(self, sign: str, plain: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
        """`left sign right`, if the result is of a bearable size."""
        if sign == "**" and not (_small(left, 64) and _small(right, 7)):
            raise RefusedError("its power is too large: bases below 2**64 and exponents below 128 would do")
        if sign == "%" and isinstance(left, str | bytes):
            check_percent(left)
            before = self.left
            self.weigh(right)
            if isinstance(right, Mapping):
                self.pay((before - self.left) * str(left).count("%"))
        if sign == "+" and not isinstance(left, int | float):
            self.weigh(left)
            self.weigh(right)
        if sign == "*":
            self._multiply(left, right)
        return plain(left, right)

    def _multiply(self, left: Any, right: Any) -> None:
        if isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > LARGEST_INTEGER:
                raise RefusedError("its product is too large to be a number of this world")
            return
        for many, times in ((left, right), (right, left)):
            if isinstance(many, str | bytes | list | tuple) and isinstance(times, int):
                self.pay(len(many) * max(times, 0))
                return


def check_width(*values: Any) -> None:
    """Refuse a number that could pad a text beyond all bounds."""
    for value in values:
        if isinstance(value, int) and abs(value) > WIDEST:
            raise RefusedError(f"it pads to {value}; up to {WIDEST} would do")


def check_percent(pattern: str | bytes) -> None:
    """Refuse `%` formats with a width of four digits or one taken from the arguments."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    for piece in text.split("%")[1:]:
        spec = piece.lstrip("-+ #0")
        digits = spec[: len(spec) - len(spec.lstrip("0123456789.*"))]
        if "*" in digits or any(len(number) > 3 for number in digits.split(".")):  # noqa: PLR2004
            raise RefusedError(
                f"its format {('%' + piece)[:40]!r} pads too far; widths below {WIDEST} would do"
            )


def check_braces(pattern: str) -> None:
    """Refuse `str.format` fields with nested fields or a width of four digits."""
    for piece in pattern.split("{")[1:]:
        field = piece.partition("}")[0]
        spec = field.partition(":")[2]
        if (":" in field and "}" not in piece) or any(len(number) > 3 for number in _numbers(spec)):  # noqa: PLR2004
            raise RefusedError(
                f"its format {('{' + piece)[:40]!r} pads too far; plain widths below {WIDEST} would do"
            )


def _numbers(text: str) -> list[str]:
    return "".join(letter if letter.isdigit() else " " for letter in text).split()


def _small(number: Any, bits: int) -> bool:
    return isinstance(number, float) or (isinstance(number, int) and number.bit_length() <= bits)
