"""The Jinja environment of others' templates: Home Assistant's vocabulary, no way out, a price on everything.

Filters, functions and methods are those on the lists below, and pay from the purse for what they are given.
Importing this module imports Jinja.
"""

import math
import operator
from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from typing import Any

from jinja2 import TemplateError, filters, pass_context
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from typing_extensions import override

from agent.templates import functions, limits
from agent.templates.limits import Purse, RefusedError
from agent.templates.patterns import pattern

FAILURES = (
    TemplateError,
    RefusedError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""All that reading or running somebody's template can raise."""
_TEXT_METHODS = """
    capitalize casefold center count endswith find format index isalnum isalpha isascii isdecimal isdigit
    islower isnumeric isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix
    replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title
    upper zfill
"""
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(_TEXT_METHODS.split()),
    bytes: frozenset(("decode", "hex")),
    int: frozenset(("is_integer", "bit_length")),
    float: frozenset(("is_integer",)),
    dict: frozenset(("get", "items", "keys", "values")),
    list: frozenset(("count", "index")),
    tuple: frozenset(("count", "index")),
}
_KEPT_FILTERS = """
    abs capitalize count d default dictsort escape e first forceescape items last length list lower map
    reject rejectattr reverse select selectattr sort string striptags title trim truncate unique upper
    urlencode wordcount
"""
_KEPT_TESTS = """
    boolean defined divisibleby eq equalto even false float ge greaterthan gt in integer iterable le
    lessthan lower lt mapping ne none number odd sameas sequence string true undefined upper
    == != > >= < <=
"""


class Sandbox(ImmutableSandboxedEnvironment):
    """Where templates are compiled. `now` gives the time that `now()` and `utcnow()` tell."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, *, purse: Purse, now: Callable[[], Any]) -> None:
        super().__init__(
            optimized=False,
            finalize=_finalize(purse),
            extensions=("jinja2.ext.loopcontrols", "jinja2.ext.do"),
            cache_size=0,
        )
        self.purse = purse
        self.quick: dict[str, Callable[..., Any]] = {}
        """Functions that shortcuts may call with constants: quick, and small in what they give."""
        self.filters = self._filters(purse)
        kept: dict[str, Any] = dict(self.tests)
        self.tests = {
            name: test if name in ("defined", "undefined") else purse.bounded(test)
            for name, test in kept.items()
            if name in _KEPT_TESTS.split()
        } | {"match": self.filters["regex_match"], "search": self.filters["regex_search"]}
        self.tests |= {
            "is_number": purse.bounded(functions.is_number),
            "contains": purse.bounded(functions.contains),
        }
        self.globals = self._globals(purse, now)

    @override
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return self.purse.operate(operator, self.binop_table[operator], left, right)

    @override
    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        for kind in type(obj).__mro__:
            if kind in _METHODS:
                return attr in _METHODS[kind]
        known = isinstance(obj, LoopContext | Namespace | date | time | timedelta)
        return known and super().is_safe_attribute(obj, attr, value)

    @override
    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        purse, before = self.purse, self.purse.left
        args = tuple(map(purse.weigh, args))
        kwargs = {key: purse.weigh(one) for key, one in kwargs.items()}
        given = before - purse.left
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        if isinstance(owner, str):
            purse.weigh(owner)
            if obj.__name__ == "join":
                return _join(purse)(*args, d=owner)
            if obj.__name__ == "format":
                limits.check_braces(owner)
                purse.pay(given * owner.count("{"))
            elif obj.__name__ == "replace":
                _check_replace(purse, owner, *args)
            else:
                limits.check_width(*args)
        return super().call(context, obj, *args, **kwargs)

    def _filters(self, purse: Purse) -> dict[str, Callable[..., Any]]:
        kept = {name: filters.FILTERS[name] for name in _KEPT_FILTERS.split() if name in filters.FILTERS}
        ours: dict[str, Callable[..., Any]] = {
            "int": functions.to_int,
            "float": functions.to_float,
            "round": functions.rounded,
            "is_defined": is_defined,
            "from_json": functions.from_json,
            "to_json": functions.to_json,
            "tojson": functions.to_json,
            "ordinal": functions.ordinal,
            "base64_encode": functions.base64_encode,
            "base64_decode": functions.base64_decode,
            "timestamp_custom": functions.timestamp_custom,
            "timestamp_local": functions.timestamp_local,
            "timestamp_utc": functions.timestamp_utc,
            "sum": functions.total,
            "min": functions.least,
            "max": functions.greatest,
            "join": _join(purse),
            "replace": _replace(purse),
            "format": _format(purse),
            **_regexes(purse),
            **_both(),
        }
        bounded = {name: purse.bounded(one) for name, one in (kept | ours).items()}
        return bounded | {"_weighed": purse.weigh, "_text": _concat(purse), "_steps": purse.steps}

    def _globals(self, purse: Purse, now: Callable[[], Any]) -> dict[str, Any]:
        def bounded_range(*ends: int) -> range:
            numbers = range(*ends)
            if len(numbers) > limits.LONGEST_RANGE:
                raise RefusedError(
                    f"its range has {len(numbers)} numbers; up to {limits.LONGEST_RANGE} would do"
                )
            return numbers

        ours: dict[str, Callable[..., Any]] = {
            "range": bounded_range,
            "int": functions.to_int,
            "float": functions.to_float,
            "now": lambda: now().astimezone(),
            "utcnow": now,
            "strptime": functions.strptime,
            "timedelta": functions.span,
            "min": functions.least,
            "max": functions.greatest,
            **_both(),
        }
        bounded = {name: purse.bounded(one) for name, one in ours.items()}
        return bounded | {
            "dict": purse.bounded(lambda **parts: parts),
            "e": math.e,
            "pi": math.pi,
            "namespace": Namespace,
        }


def is_defined(value: Any, default: Any = functions.REQUIRED) -> Any:
    """`value`, or no answer at all if there is none."""
    if isinstance(value, Undefined):
        if default is functions.REQUIRED:
            raise NotGivenError
        return default
    return value


class NotGivenError(Exception):
    """The payload has nothing to say to this template."""


def _finalize(purse: Purse) -> Callable[[Context, Any], Any]:
    @pass_context
    def finalize(_context: Context, value: Any) -> Any:
        return purse.text(value)

    return finalize


def _concat(purse: Purse) -> Callable[[list[Any]], str]:
    return lambda parts: "".join(map(purse.text, parts))


def _join(purse: Purse) -> Callable[..., str]:
    def join(value: Iterable[Any], d: str = "", attribute: Any = None) -> str:
        parts = [purse.text(one if attribute is None else one[attribute]) for one in value]
        purse.pay(len(parts) * len(str(d)) // 64)
        return str(d).join(parts)

    return join


def _check_replace(purse: Purse, text: str, old: Any, new: Any, *_: Any) -> None:
    purse.pay(max(0, text.count(str(old)) * (len(str(new)) - len(str(old)))) // 64)


def _replace(purse: Purse) -> Callable[..., str]:
    def replace(value: Any, old: Any, new: Any, count: int = -1) -> str:
        text = str(value)
        _check_replace(purse, text, old, new)
        return text.replace(str(old), str(new), -1 if count is None else count)

    return replace


def _format(purse: Purse) -> Callable[..., str]:
    def form(value: Any, *args: Any, **kwargs: Any) -> str:
        return str(purse.operate("%", operator.mod, str(value), kwargs or args))

    return form


def _regexes(purse: Purse) -> dict[str, Callable[..., Any]]:
    def match(value: Any, find: str = "", ignorecase: bool = False) -> bool:  # noqa: FBT001, FBT002
        return bool(pattern(find, ignore_case=ignorecase).on(str(value), purse).match(str(value)))

    def search(value: Any, find: str = "", ignorecase: bool = False) -> bool:  # noqa: FBT001, FBT002
        return bool(pattern(find, ignore_case=ignorecase).on(str(value), purse).search(str(value)))

    def replace(value: Any, find: str = "", replace: str = "", ignorecase: bool = False) -> str:  # noqa: FBT001, FBT002
        _check_replace(purse, str(value), "", replace)
        return pattern(find, ignore_case=ignorecase).on(str(value), purse).sub(replace, str(value))

    def find_all(value: Any, find: str = "", ignorecase: bool = False) -> list[Any]:  # noqa: FBT001, FBT002
        return pattern(find, ignore_case=ignorecase).on(str(value), purse).findall(str(value))

    def find_index(value: Any, find: str = "", index: int = 0, ignorecase: bool = False) -> Any:  # noqa: FBT001, FBT002
        return find_all(value, find, ignorecase)[index]

    return {
        "regex_match": match,
        "regex_search": search,
        "regex_replace": replace,
        "regex_findall": find_all,
        "regex_findall_index": find_index,
    }


def _both() -> dict[str, Callable[..., Any]]:
    """What can be written as a filter and as a function."""
    return {
        "iif": functions.iif,
        "slugify": functions.slugify,
        "contains": functions.contains,
        "is_number": functions.is_number,
        "multiply": functions.multiply,
        "add": functions.add,
        "log": functions.logarithm,
        "sqrt": functions.square_root,
        "average": functions.average,
        "median": functions.median,
        "bitwise_and": functions.bitwise_and,
        "bitwise_or": functions.bitwise_or,
        "bitwise_xor": functions.bitwise_xor,
        "as_datetime": functions.as_datetime,
        "as_timestamp": functions.as_timestamp,
        "as_local": functions.as_local,
        "bool": _truth,
    }


def _truth(value: Any, default: Any = functions.REQUIRED) -> Any:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "enable"):
        return True
    if word in ("0", "false", "no", "off", "disable"):
        return False
    if default is functions.REQUIRED:
        raise ValueError(f"bool got {value!r:.60}; 'true' or 'false' would do")
    return default
