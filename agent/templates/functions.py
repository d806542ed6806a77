"""Home Assistant's template filters and functions, as far as discovery uses them: pure.

Each gives what Home Assistant's gives; a value that cannot be converted is an error unless a default is given
for it.
"""

import base64
import math
import statistics
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import orjson

from agent.home.names import slug

REQUIRED: Any = object()
"""No default is given."""
_TWO = 2


def to_int(value: Any, default: Any = REQUIRED, base: int = 10) -> Any:
    """`value` as a whole number, cut towards zero."""
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            return _fallback("int", value, default)


def to_float(value: Any, default: Any = REQUIRED) -> Any:
    """`value` as a number."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _fallback("float", value, default)


def rounded(value: Any, precision: int = 0, method: str = "common", default: Any = REQUIRED) -> Any:
    """`value` to `precision` digits; whole numbers come back as such."""
    try:
        number = float(value)
        if method == "half":
            number = round(number * 2) / 2
        elif method in ("ceil", "floor"):
            shift = float(10 ** min(precision, 300))
            number = (math.ceil if method == "ceil" else math.floor)(number * shift) / shift
        else:
            number = round(number, precision)
        return int(number) if precision == 0 else number
    except (TypeError, ValueError, OverflowError):
        return _fallback("round", value, default)


def iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = REQUIRED) -> Any:  # noqa: FBT002
    """One of three answers, by `value`."""
    if value is None and if_none is not REQUIRED:
        return if_none
    return if_true if value else if_false


def from_json(value: Any, default: Any = REQUIRED) -> Any:
    """The value that a JSON text describes."""
    try:
        return orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return _fallback("from_json", value, default)


def to_json(
    value: Any, *, pretty_print: bool = False, sort_keys: bool = False, ensure_ascii: bool = False
) -> str:
    """`value` as JSON."""
    options = orjson.OPT_NON_STR_KEYS
    options |= orjson.OPT_INDENT_2 if pretty_print else 0
    options |= orjson.OPT_SORT_KEYS if sort_keys else 0
    text = orjson.dumps(value, option=options).decode()
    if ensure_ascii:
        return "".join(one if one.isascii() else _escaped(one) for one in text)
    return text


def contains(value: Any, one: Any) -> bool:
    """Whether `one` is in `value`."""
    return one in value


def is_number(value: Any) -> bool:
    """Whether `value` is, or is written as, a finite number."""
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def ordinal(value: Any) -> str:
    """1st, 2nd, 3rd, 11th."""
    number = int(value)
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004
    return f"{number}{ending}"


def slugify(value: Any, separator: str = "_") -> str:
    """`value` in the letters of an id."""
    return slug(str(value)).replace("_", separator)


def multiply(value: Any, amount: Any, default: Any = REQUIRED) -> Any:
    """`value` times `amount`."""
    return _reckoned("multiply", value, lambda number: number * float(amount), default)


def add(value: Any, amount: Any, default: Any = REQUIRED) -> Any:
    """`value` plus `amount`."""
    return _reckoned("add", value, lambda number: number + float(amount), default)


def logarithm(value: Any, base: Any = math.e, default: Any = REQUIRED) -> Any:
    """The logarithm of `value`."""
    return _reckoned("log", value, lambda number: math.log(number, float(base)), default)


def square_root(value: Any, default: Any = REQUIRED) -> Any:
    """The square root of `value`."""
    return _reckoned("sqrt", value, math.sqrt, default)


def least(*values: Any) -> Any:
    """The smallest of several values, or of a list."""
    return min(values[0] if len(values) == 1 else values)


def greatest(*values: Any) -> Any:
    """The largest of several values, or of a list."""
    return max(values[0] if len(values) == 1 else values)


def average(*values: Any, default: Any = REQUIRED) -> Any:
    """The mean of several numbers, or of a list."""
    return _of_all("average", values, statistics.fmean, default)


def median(*values: Any, default: Any = REQUIRED) -> Any:
    """The middle of several numbers, or of a list."""
    return _of_all("median", values, statistics.median, default)


def total(values: Iterable[Any], attribute: str | int | None = None, start: float = 0) -> Any:
    """The sum of numbers."""
    numbers = values if attribute is None else (one[attribute] for one in values)
    result = start
    for one in numbers:
        if not isinstance(one, int | float):
            raise TypeError(f"sum takes numbers, not {one!r:.40}")
        result += one
    return result


def bitwise_and(first: Any, second: Any) -> int:
    """The bits that both have."""
    return int(first) & int(second)


def bitwise_or(first: Any, second: Any) -> int:
    """The bits that either has."""
    return int(first) | int(second)


def bitwise_xor(first: Any, second: Any) -> int:
    """The bits that only one has."""
    return int(first) ^ int(second)


def base64_encode(value: Any) -> str:
    """`value` in base64."""
    return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()


def base64_decode(value: Any, encoding: str | None = "utf-8") -> Any:
    """What base64 `value` holds, as text unless `encoding` is None."""
    raw = base64.b64decode(value)
    return raw.decode(encoding) if encoding else raw


# time ---------------------------------------------------------------------------------------------------
def as_datetime(value: Any, default: Any = REQUIRED) -> Any:
    """A time, from seconds since the epoch or ISO 8601."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            return _fallback("as_datetime", value, default)


def as_timestamp(value: Any, default: Any = REQUIRED) -> Any:
    """Seconds since the epoch of a time; one without a zone is local."""
    found = as_datetime(value, None)
    return _fallback("as_timestamp", value, default) if found is None else found.timestamp()


def as_local(value: datetime) -> datetime:
    """A time in the zone of the house."""
    return value.astimezone()


def timestamp_custom(
    value: Any,
    pattern: str = "%Y-%m-%d %H:%M:%S",
    local: bool = True,  # noqa: FBT001, FBT002
    default: Any = REQUIRED,
) -> Any:
    """Seconds since the epoch, written as `pattern` says."""
    found = _moment(value)
    if found is None or len(pattern) > 100:  # noqa: PLR2004
        return _fallback("timestamp_custom", value, default)
    return (found.astimezone() if local else found).strftime(pattern)


def timestamp_local(value: Any, default: Any = REQUIRED) -> Any:
    """Seconds since the epoch as local ISO 8601."""
    found = _moment(value)
    return _fallback("timestamp_local", value, default) if found is None else found.astimezone().isoformat()


def timestamp_utc(value: Any, default: Any = REQUIRED) -> Any:
    """Seconds since the epoch as ISO 8601 in UTC."""
    found = _moment(value)
    return _fallback("timestamp_utc", value, default) if found is None else found.isoformat()


def strptime(text: Any, pattern: str, default: Any = REQUIRED) -> Any:
    """The time that `text` gives in the form of `pattern`."""
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007  # Home Assistant's: naive unless it has a %z
    except (TypeError, ValueError):
        return _fallback("strptime", text, default)


def span(**parts: float) -> timedelta:
    """A length of time."""
    return timedelta(**parts)


# inside -------------------------------------------------------------------------------------------------
def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _reckoned(name: str, value: Any, reckon: Callable[[float], Any], default: Any) -> Any:
    try:
        return reckon(float(value))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return _fallback(name, value, default)


def _of_all(name: str, values: tuple[Any, ...], reckon: Callable[[list[float]], float], default: Any) -> Any:
    try:
        flat = values[0] if len(values) == 1 else values
        return reckon([float(one) for one in flat])
    except (TypeError, ValueError):
        return _fallback(name, values, default)


def _fallback(name: str, value: Any, default: Any) -> Any:
    if default is REQUIRED:
        _refuse(name, value)
    return default


def _refuse(name: str, value: Any) -> NoReturn:
    shown = "nothing" if hasattr(value, "_undefined_name") else f"{value!r:.60}"
    raise ValueError(f"{name} got {shown}; a default would make that fit: {name}(0)")


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
