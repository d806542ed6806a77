"""What pydantic found wrong, told to the person who wrote it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.configfile.mistakes import Mistake, meant, nearest
from agent.configfile.shape import Schema, all_keys, choices, is_secret, keys_at, part, right
from agent.configfile.tree import Key, Keys, Tree, dotted

LONGEST = 80
"""Characters of a value that are shown."""
_SECRET = re.compile(r"passw|secret|token|credential|(^|_)(pin|key)$", re.IGNORECASE)
_MAPPING = "is not a mapping of keys to values"
_WRONG = {
    "int": "is not a whole number",
    "float": "is not a number",
    "bool": "is neither true nor false",
    "string_type": "is not text",
    "list": "is not a list",
    "tuple": "is not a list",
    "set": "is not a list",
    "frozen_set": "is not a list",
    "dict": _MAPPING,
    "model": _MAPPING,
    "mapping": _MAPPING,
    "path": "is not a path",
    "time": "is not a time of day",
    "greater": "is too small",
    "less": "is too large",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "string_pattern": "is not allowed",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
}
"""By how pydantic's name for it begins."""


def told(
    error: ValidationError, *, model: type[BaseModel], tree: Tree, prefix: Keys = (), complete: bool = True
) -> list[Mistake]:
    """Each mistake in `tree`, which stands at `prefix` of the whole and was to become a `model`.

    What is missing from a tree that is not `complete` is no mistake: it may stand in what could not be read.
    """
    schema = model.model_json_schema()
    found: dict[tuple[Keys, Key | None], list[str]] = {}
    findings = [(_untagged(one), one["msg"]) for one in error.errors(include_url=False)]
    missing = Counter((_keys(loc, tree), loc[:-1]) for (kind, loc, _), _ in findings if kind == "missing")
    everything = Counter(_keys(loc, tree) for (_, loc, _), _ in findings)
    for (kind, loc, given), message in findings:
        if kind == "missing" and not complete:
            continue
        keys = _keys(loc, tree)
        # Of a section all that is missing is needed; of the members of a union one would do.
        each = kind == "missing" and missing[keys, loc[:-1]] == everything[keys]
        text = _text(kind, loc, given, message, keys, tree, schema)
        found.setdefault((keys, loc[-1] if each else None), []).append(text)
    return [
        Mistake(tree.place_of(keys), (*prefix, *keys), _together(texts)) for (keys, _), texts in found.items()
    ]


def unknown_key(keys: Keys, schema: Schema, tree: Tree | None = None) -> str:
    """What is wrong with the last of `keys`, and which key was meant: one beside it, or one elsewhere.

    `tree` is what was written, as far as it decides which keys there are.
    """
    key = str(keys[-1])
    known = keys_at(schema, keys[:-1], tree)
    if nearest(key, known) is None:
        for path in all_keys(schema):
            if path[-1] == key and path != keys:
                return f"unknown key {key!r} here; did you mean {dotted(path)!r}?"
    return f"unknown key {key!r}; {meant(key, known)}"


def _text(  # noqa: PLR0917  # the parts of one finding
    kind: str, loc: Sequence[Key], given: Any, message: str, keys: Keys, tree: Tree, schema: Schema
) -> str:
    match kind:
        case "extra_forbidden":
            return unknown_key(keys, schema, tree)
        case "missing":
            wanted = right(part(schema, (*keys, loc[-1]), tree))
            return f"{loc[-1]!r} is missing" + (f"; {wanted} would be right" if wanted else "")
    if loc[-1:] == ("[key]",):
        return _unfit_name(str(keys[-1]), part(schema, keys[:-1], tree))
    there = part(schema, keys, tree)
    if _is_hidden(keys, tree, there):
        return _unfit(kind, "the value (not shown)", given, there)
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _unfit(kind, _shown(given), given, there)


def _untagged(error: ErrorDetails) -> tuple[str, tuple[Key, ...], Any]:
    """The kind, location and value of `error`; what tells the members of a union apart is a value as any."""
    kind, loc, given = error["type"], error["loc"], error["input"]
    if not kind.startswith("union_tag_") or not isinstance(given, Mapping):
        return kind, loc, given
    tag = error["ctx"]["discriminator"].strip("'")
    return "literal_error" if tag in given else "missing", (*loc, tag), given.get(tag)


def _unfit_name(name: str, there: Schema) -> str:
    """A key of a mapping whose keys are names."""
    patterns = [*there.get("patternProperties", {})]
    if patterns:
        wanted = right({"type": "string", "pattern": patterns[0]})
        return f"the name {name!r} is not allowed; {wanted} would be right"
    return f"unknown key {name!r}; {meant(name, choices(there.get('propertyNames', {})))}"


def _unfit(kind: str, shown: str, given: Any, there: Schema) -> str:
    """A value of the wrong kind or size."""
    words, wanted = choices(there), right(there)
    if isinstance(given, bool | int | float) and (kind == "string_type" or str(given) in words):
        return f"{shown} is not text; put it in quotes"
    if words and kind in ("literal_error", "enum"):
        near = nearest(given, words) if isinstance(given, str) else None
        return f"{shown} is none of {', '.join(words)}" + (f"; did you mean {near!r}?" if near else "")
    wrong = next((text for name, text in _WRONG.items() if kind.startswith(name)), "does not fit")
    return f"{shown} {wrong}; {wanted} would be right" if wanted else f"{shown} {wrong}"


def _together(texts: list[str]) -> str:
    """The members of a union fail one by one, but it is one mistake."""
    return " or ".join(dict.fromkeys(texts))


def _keys(loc: Sequence[Key], tree: Tree) -> Keys:
    """Pydantic's location as far as it is written: without the members of unions, `[key]`, a missing key."""
    keys: list[Key] = []
    inner: Tree = tree
    for key in loc:
        step = inner.child(key)
        if step is not None:
            keys.append(key)
            inner = step
    return tuple(keys)


def _is_hidden(keys: Keys, tree: Tree, there: Schema) -> bool:
    found = tree.at(keys)
    named = any(isinstance(key, str) and _SECRET.search(key) for key in keys)
    return named or (found is not None and found.hidden) or is_secret(there)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
