"""What a value should look like, in words, from the JSON Schema of its model.

The schema has it all in one form: the keys there are, choices, limits, patterns, and which values are secret.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from agent.configfile.tree import Key, Keys, Tree

Schema = Mapping[str, Any]
MOST_DEEP = 4


def part(schema: Schema, keys: Sequence[Key], tree: Tree | None = None) -> Schema:
    """What `schema` says of the value at `keys`; empty if nothing may stand there.

    `tree` is what was written: where a value of it tells one kind of section from others, that kind counts.
    """
    there = _resolved(schema, schema)
    for key in keys:
        steps = (_step(one, key) for one in _members(there, schema, tree))
        there = _tag(there, key) or next(filter(None, steps), {})
        there = _resolved(there, schema)
        tree = None if tree is None else tree.child(key)
    members = [one for one in _members(there, schema, tree) if one.get("type") != "null"]
    if len(members) != 1:
        return there
    return {**{name: one for name, one in there.items() if name not in _UNIONS}, **members[0]}


def known_keys(schema: Schema) -> list[str]:
    """The keys of a mapping that have names of their own."""
    return list(schema.get("properties", {}))


def keys_at(schema: Schema, keys: Sequence[Key], tree: Tree | None = None) -> list[str]:
    """The keys that the value at `keys` may have: of a section, also where a list of them would do."""
    members = _members(part(schema, keys, tree), schema)
    return list(dict.fromkeys(key for one in members for key in known_keys(one)))


def all_keys(schema: Schema, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The keys of every section and of the sections in it, as deep as people look."""
    for name in known_keys(part(schema, at)) if len(at) < MOST_DEEP else ():
        yield (*at, name)
        yield from all_keys(schema, (*at, name))


def expects_text(keys: Keys, model: type[BaseModel]) -> bool:
    """Whether the value at `keys` of `model` is text, and nothing with an inner structure."""
    there = part(model.model_json_schema(), keys)
    kinds = {one.get("type") for one in there.get("anyOf", (there,))}
    return "string" in kinds and not kinds & {"array", "object"}


def is_secret(schema: Schema) -> bool:
    """Whether the value must not be shown."""
    return bool(schema.get("writeOnly")) or any(map(is_secret, schema.get("anyOf", ())))


def choices(schema: Schema) -> list[str]:
    """The words to choose from, none if there is more than a choice."""
    if "const" in schema:
        return [str(schema["const"])]
    found = [str(one) for one in schema.get("enum", ())]
    for one in schema.get("anyOf", ()):
        found += choices(one)
    return found


def right(schema: Schema) -> str:
    """What would be right; empty where no more is asked than the kind of value."""
    words = choices(schema)
    members = [right(one) for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if words and not any(members[1:]):
        return f"one of {', '.join(words)}" if len(words) > 1 else repr(words[0])
    if members:
        return " or ".join(dict.fromkeys(filter(None, members)))
    describe = _KINDS.get(schema.get("type", ""))
    return describe(schema) if describe else ""


def _number(schema: Schema) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"a number from {low:g} to {high:g}"
    parts = [
        f"{word} {limit:g}"
        for word, limit in (("of at least", low), ("above", above), ("of at most", high), ("below", below))
        if limit is not None
    ]
    return f"a number {' and '.join(parts)}" if parts else ""


def _string(schema: Schema) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    parts = [
        f"of at {which} {count} character{'' if count == 1 else 's'}"
        for name, which in (("minLength", "least"), ("maxLength", "most"))
        if (count := schema.get(name)) is not None
    ]
    parts += [f"that matches {schema['pattern']}"] if "pattern" in schema else []
    parts += [f"such as {one!r}" for one in schema.get("examples", ())[:1]]
    return f"text {' and '.join(parts)}".replace(" and such", ", such") if parts else ""


def _list(schema: Schema) -> str:
    inner = right(schema["items"]) if isinstance(schema.get("items"), Mapping) else ""
    return f"[...] with {inner}" if inner else "[one, another]"


def _mapping(schema: Schema) -> str:
    names = known_keys(schema)
    return f"lines such as '{names[0] if names else 'key'}: ...' below it"


_FORMATS = {
    "time": 'a time of day such as "06:30"',
    "path": "the path of a file or folder",
}
_KINDS = {"integer": _number, "number": _number, "string": _string, "array": _list, "object": _mapping}


_UNIONS = ("anyOf", "oneOf", "discriminator")


def _step(schema: Schema, key: Key) -> Schema:
    if isinstance(key, int):
        items: Schema = schema.get("items") or {}
        return items
    named = (one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key))
    inner = schema.get("properties", {}).get(key) or next(named, None) or schema.get("additionalProperties")
    return inner if isinstance(inner, Mapping) else {}


def _tag(schema: Schema, key: Key) -> Schema:
    """The value that tells the members of a union apart, if it stands at `key`: any of their names."""
    union = schema.get("discriminator", {})
    return {"enum": [*union["mapping"]]} if union and union["propertyName"] == key else {}


def _resolved(schema: Schema, root: Schema) -> Schema:
    name = schema.get("$ref")
    if name is None:
        return schema
    return {**root.get("$defs", {}).get(name.rpartition("/")[2], {}), **schema}


def _members(schema: Schema, root: Schema, tree: Tree | None = None) -> list[Schema]:
    """The members of a union, as far as `tree` does not tell which; anything else is its only member."""
    union = schema.get("discriminator", {})
    tag = tree.child(union["propertyName"]) if union and tree is not None else None
    if tag is not None and isinstance(tag.value, str) and tag.value in union["mapping"]:
        return [_resolved({"$ref": union["mapping"][tag.value]}, root)]
    return [_resolved(one, root) for one in schema.get("anyOf") or schema.get("oneOf") or (schema,)]
