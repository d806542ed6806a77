"""Values that know where they were written: what every source becomes, and how two of them are merged.

A tree never changes once it is built, so that an aliased part of a file can be shared by all who point to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Key = str | int
Keys = tuple[Key, ...]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written. `line` counts from 1; None: the source has no lines."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A value with its place. What is `hidden` is never shown to anybody.

    `bare`: nothing stands behind the key, not even `null`. That says nothing, so what was said before holds.
    """

    value: Scalar | Mapping[str, "Tree"] | Sequence["Tree"]
    place: Place
    hidden: bool = False
    bare: bool = False
    size: int = 1
    """How many values it holds, itself included; aliased ones count wherever they are used."""
    depth: int = 1
    """How many levels it has, itself included."""

    @property
    def children(self) -> Mapping[str, "Tree"]:
        """The values of a mapping by key; nothing for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> Sequence["Tree"]:
        """The values of a list; nothing for anything else."""
        return self.value if isinstance(self.value, list | tuple) else ()

    def child(self, key: Key) -> "Tree | None":
        """The value at `key`, or at that position of a list."""
        if isinstance(key, str):
            return self.children.get(key)
        return self.items[key] if 0 <= key < len(self.items) else None

    def at(self, keys: Sequence[Key]) -> "Tree | None":
        """The value at `keys`, None if there is none."""
        found: Tree | None = self
        for key in keys:
            found = None if found is None else found.child(key)
        return found

    def place_of(self, keys: Sequence[Key]) -> Place:
        """The place of the value at `keys`, or of the nearest thing around it."""
        found = self
        for key in keys:
            inner = found.child(key)
            if inner is None:
                break
            found = inner
        return found.place

    def plain(self) -> Any:
        """The values without their places; keys with nothing behind them are left out."""
        if isinstance(self.value, Mapping):
            return {key: one.plain() for key, one in self.value.items() if not one.bare}
        if isinstance(self.value, list | tuple):
            return [one.plain() for one in self.value]
        return self.value

    def without(self, *keys: str) -> "Tree":
        """The same mapping less some of its keys."""
        return replace(self, value={key: one for key, one in self.children.items() if key not in keys})


def mapping(children: Mapping[str, Tree], place: Place) -> Tree:
    """A tree of named values."""
    return Tree(value=children, place=place, size=_size(children.values()), depth=_depth(children.values()))


def listing(items: Sequence[Tree], place: Place) -> Tree:
    """A tree of values in order."""
    return Tree(value=items, place=place, size=_size(items), depth=_depth(items))


def nothing(place: Place) -> Tree:
    """What stands where nothing was written, or nothing that could be read."""
    return Tree(value=None, place=place, bare=True)


def tree_of(value: Any, place: Place) -> Tree:
    """A tree of values that all come from `place`."""
    if isinstance(value, Mapping):
        return mapping({str(key): tree_of(one, place) for key, one in value.items()}, place)
    if isinstance(value, list | tuple):
        return listing([tree_of(one, place) for one in value], place)
    return Tree(value=value, place=place)


def nested(keys: Sequence[str], tree: Tree) -> Tree:
    """`tree` as the only value at `keys`."""
    for key in reversed(keys):
        tree = mapping({key: tree}, tree.place)
    return tree


def merged(below: Tree, above: Tree) -> Tree:
    """`above` over `below`: mappings key by key, lists and everything else replaced as a whole."""
    if above.bare:
        return below
    if not (isinstance(below.value, Mapping) and isinstance(above.value, Mapping)):
        return above
    children = dict(below.children)
    for key, one in above.children.items():
        children[key] = merged(children[key], one) if key in children else one
    return mapping(children, below.place)


def dotted(keys: Sequence[Key]) -> str:
    """How `keys` are written in a message: `home.areas[2].name`."""
    return "".join(_steps(keys)).removeprefix(".")


def _steps(keys: Sequence[Key]) -> Iterator[str]:
    for key in keys:
        if isinstance(key, int):
            yield f"[{key}]"
        else:
            yield f".{key}" if key.isprintable() and key and not key.isspace() else f".{key!r}"


def _size(trees: Iterable[Tree]) -> int:
    return 1 + sum(one.size for one in trees)


def _depth(trees: Iterable[Tree]) -> int:
    return 1 + max((one.depth for one in trees), default=0)
