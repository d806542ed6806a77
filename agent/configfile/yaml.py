"""YAML as the configuration uses it: values with the place each came from.

YAML 1.2's idea of plain words: only `true` and `false` are booleans, so `on`, `off` and `22:30` stay text.
Tags: `!secret NAME`, `!include FILE`, `!env_var NAME [DEFAULT]`. Everything is bounded: size, depth, aliases.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agent.errors import ConfigError

LARGEST = 1 << 20
DEEPEST = 40
MOST_NODES = 100_000
MOST_INCLUDES = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. `line` counts from 1; 0: it has no line of its own."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values, the place of each by its path of keys, and what was wrong with the file itself."""

    values: dict[str, Any]
    places: dict[Keys, Place] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """Composes nodes with YAML 1.2's scalars; values are built by `_Reader`."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), list(_first))


def read_yaml(path: Path) -> Document:
    """The file at `path`.

    Raises:
        ConfigError: it cannot be read, is not YAML, or is not a mapping of sections.
    """
    reader = _Reader(root=path.parent)
    values = reader.file(path, depth=0, at=())
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(
            f"{path.name}:1: the file holds {_kind(values)}; sections like 'mqtt:' would be right"
        )
    return Document(values, reader.places)


class _Reader:
    """Turns the nodes of a file and of what it includes into values."""

    def __init__(self, *, root: Path) -> None:
        self.places: dict[Keys, Place] = {}
        self._root = root
        self._open: list[Path] = []
        self._nodes = 0

    def file(self, path: Path, *, depth: int, at: Keys) -> Any:
        resolved = path.resolve()
        if resolved in self._open:
            raise ConfigError(f"{path.name}: it includes itself")
        if len(self._open) >= MOST_INCLUDES:
            raise ConfigError(f"{path.name}: included more than {MOST_INCLUDES} files deep")
        text = _text(path)
        self._open.append(resolved)
        try:
            node = yaml.compose(text, Loader=_Loader)
            return None if node is None else self._value(node, path, at, depth)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ConfigError(f"{path.name}:{line}: not YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:
            raise ConfigError(f"{path.name}: not YAML: {error}") from error
        except RecursionError:
            raise ConfigError(f"{path.name}: nested too deep; {DEEPEST} levels are allowed") from None
        finally:
            self._open.pop()

    def _value(self, node: yaml.Node, path: Path, at: Keys, depth: int) -> Any:
        place = Place(path.name, node.start_mark.line + 1)
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise ConfigError(f"{place}: more than {DEEPEST} levels or {MOST_NODES} values")
        self.places.setdefault(at, place)
        if node.tag.startswith("!"):
            return self._tagged(node, path, at, depth, place)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, at, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._value(item, path, (*at, number), depth + 1) for number, item in enumerate(node.value)
            ]
        return _scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, path: Path, at: Keys, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = Place(path.name, key_node.start_mark.line + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(f"{place}: a key is a word, not {_node_kind(key_node)}")
            key = str(key_node.value)
            if key in values:
                raise ConfigError(f"{place}: {key!r} stands twice; keep one of them")
            self.places[*at, key] = place
            values[key] = self._value(value_node, path, (*at, key), depth + 1)
        return values

    def _tagged(self, node: yaml.Node, path: Path, at: Keys, depth: int, place: Place) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise ConfigError(f"{place}: {node.tag} takes one word")
        argument = str(node.value).strip()
        if node.tag == "!secret":
            return _secret(argument, path.parent, place)
        if node.tag == "!include":
            included = path.parent / argument
            if not included.is_file():
                raise ConfigError(f"{place}: !include {argument}: there is no file {included}")
            return self.file(included, depth=depth + 1, at=at)
        if node.tag == "!env_var":
            name, _, default = argument.partition(" ")
            found = os.environ.get(name, default.strip() or None)
            if found is None:
                raise ConfigError(f"{place}: !env_var {name}: it is not set; give a default behind it")
            return scalar(found)
        raise ConfigError(f"{place}: {node.tag!r} is no tag here; !secret, !include and !env_var are")


def scalar(text: str) -> Any:
    """A value as if `text` stood in a file: numbers, booleans, lists, mappings; anything else is text."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        return "" if node is None else _Reader(root=Path())._value(node, Path("value"), (), 0)  # noqa: SLF001
    except (yaml.YAMLError, ConfigError, RecursionError):
        return text


def _scalar(node: yaml.Node, place: Place) -> Any:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "int":
            digits = text.lstrip("+-")
            if len(digits) > 20:  # noqa: PLR2004
                raise ConfigError(f"{place}: {text[:20]!r}... is too long for a number")
            base = 8 if digits.startswith("0o") else 16 if digits.startswith("0x") else 10
            return int(text, base)
        case "float":
            return float(text)
        case _:
            return text


def _secret(name: str, folder: Path, place: Place) -> str:
    """A secret by name, from `secrets.yaml` beside the file or from systemd's credentials."""
    beside = folder / "secrets.yaml"
    if beside.is_file():
        found = read_yaml(beside).values.get(name)
        if found is not None:
            return str(found)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and re.fullmatch(r"[\w.-]+", name):
        path = Path(credentials) / name
        if path.is_file():
            return path.read_text().strip()
    raise ConfigError(f"{place}: !secret {name}: it is neither in {beside} nor among the credentials")


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ConfigError(f"{path.name}: {size} bytes are too many; {LARGEST} are allowed")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: not UTF-8 at byte {error.start}") from error


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`: mappings key by key, everything else replaced."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        result[key] = merged(under, value) if both and under is not None else value
    return result


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else f"{value!r}"[:60]


def _node_kind(node: yaml.Node) -> str:
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
