"""Mistakes in words: where, what is wrong, what would be right."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from agent.configfile.yaml import Keys, Place

MOST = 50
_WORDS = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not text; put it in quotes",
    "dict_type": "is not a mapping of keys to values",
    "model_type": "is not a mapping of keys to values",
    "model_attributes_type": "is not a mapping of keys to values",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "time_parsing": 'is not a time of day like "22:30"',
    "path_type": "is not a path",
}
Locate = Callable[[Keys], Place]


def told(error: ValidationError, *, model: type[BaseModel], prefix: Keys, locate: Locate) -> list[str]:
    """One line for each mistake, at most 50."""
    lines = []
    for one in error.errors()[:MOST]:
        keys: Keys = (*prefix, *_real(one["loc"]))
        place = locate(keys)
        dotted = ".".join(str(key) for key in keys)
        lines.append(f"{place}: {dotted}: {_wrong(one, model, one['loc'])}")
    more = len(error.errors()) - MOST
    return [*lines, f"and {more} more"] if more > 0 else lines


def _wrong(one: Mapping[str, Any], model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    kind, given = one["type"], one["input"]
    if kind == "extra_forbidden":
        return unknown_key(str(loc[-1]), _keys_at(model, loc[:-1]))
    if kind == "missing":
        return "it is missing and has no default"
    field = _field_at(model, loc)
    shown = "the value" if field is not None and _secret(field) else f"{given!r}"[:80]
    if kind == "literal_error":
        expected = str(one["ctx"]["expected"])
        return f"{shown} is none of {expected}"
    words = _WORDS.get(kind)
    bounds = _bounds(field)
    if words is not None:
        return f"{shown} {words}" + (f"; {bounds} would be right" if bounds else "")
    if bounds:
        return f"{shown} is out of range; {bounds} would be right"
    return f"{shown}: {one['msg'][0].lower()}{one['msg'][1:]}"


def unknown_key(key: str, known: list[str]) -> str:
    """What is wrong with `key`, with the nearest key there is."""
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    right = f"did you mean {near[0]!r}?" if near else f"the keys here are {', '.join(sorted(known))}"
    return f"unknown key {key!r}; {right}"


def _bounds(field: FieldInfo | None) -> str:
    low = high = None
    exclusive = False
    for rule in field.metadata if field else ():
        low = getattr(rule, "ge", low)
        high = getattr(rule, "le", high)
        if getattr(rule, "gt", None) is not None:
            low, exclusive = rule.gt, True
    if low is not None and high is not None:
        return f"a number above {low}, at most {high}," if exclusive else f"a number from {low} to {high}"
    if low is not None:
        return f"a number above {low}" if exclusive else f"{low} or more"
    return f"{high} or less" if high is not None else ""


def _real(loc: tuple[int | str, ...]) -> Keys:
    """Pydantic's location without the names of unions and validators."""
    return tuple(part for part in loc if not (isinstance(part, str) and ("[" in part or part == "__root__")))


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_of(inner)
        if found is not None:
            return found
    return None


def _field_at(model: type[BaseModel] | None, loc: tuple[int | str, ...]) -> FieldInfo | None:
    field = None
    for part in loc:
        if model is None or not isinstance(part, str) or part not in model.model_fields:
            continue
        field = model.model_fields[part]
        model = _model_of(field.annotation)
    return field


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    inner = model
    for part in loc:
        if isinstance(part, str) and part in inner.model_fields:
            inner = _model_of(inner.model_fields[part].annotation) or inner
    return list(inner.model_fields)


def _secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or SecretStr in getattr(field.annotation, "__args__", ())
