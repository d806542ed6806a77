"""One YAML text as a tree.

Plain words mean what YAML 1.2 says: only `true` and `false` are booleans, so `on`, `no` and 22:30 are text.
The text is read event by event, and depth and size are counted on the way, so that none can eat the machine.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from agent.configfile.mistakes import Mistake, Note, UnreadableError
from agent.configfile.tree import Keys, Place, Scalar, Tree, listing, mapping, nothing

MOST_DEPTH = 32
MOST_VALUES = 100_000
LONGEST_NUMBER = 40
Tagged = Callable[[str, str, Place, Keys], Tree]
"""What a tag stands for, by tag, the text behind it, and where that stands."""

_STANDARD = "tag:yaml.org,2002:"
_SCALARS = tuple(f"{_STANDARD}{name}" for name in ("null", "bool", "int", "float"))
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_CURES = (
    (
        "mapping values are not allowed",
        "a colon too many here, or too few above; text with a colon belongs in quotes",
    ),
    ("cannot start any token", "text that begins with this character belongs in quotes"),
    ("end of stream", "a quotation mark is missing at the end"),
    ("did not find expected ','", "a bracket is not closed, or a comma is missing"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing"),
    ("node content", "a value is missing"),
    ("did not find expected key", "the indentation does not fit the lines above"),
    ("did not find expected '-'", "the indentation does not fit the lines above"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("could not find expected ':'", "a colon is missing behind the key"),
)
"""What the parser's words mean to somebody who wrote the text, whichever of its two forms is there."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end is still to come; `key` is the one that waits for its value."""

    is_list: bool
    place: Place
    anchor: str | None
    items: list[Tree] = field(default_factory=list)
    children: dict[str, Tree] = field(default_factory=dict)
    shared: list[Tree] = field(default_factory=list)
    key: str | None = None
    key_place: Place | None = None


def parse(
    text: str,
    *,
    source: str,
    tagged: Tagged,
    note: Note,
    lines: bool = True,
    typed: bool = True,
    at: Keys = (),
) -> Tree:
    """The tree that `text` stands for. A key that stands twice goes to `note`; the first one counts.

    Without `lines` the places are the source alone; if not `typed`, every word is text. `at`: the keys under
    which the text is included.

    Raises:
        UnreadableError: it is not YAML, or more than we are willing to read.
    """
    builder = _Builder(source, tagged, note, lines=lines, typed=typed, at=at)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = 0 if error.problem_mark is None else error.problem_mark.line
        raise UnreadableError(Mistake(builder.place(line), at, _syntax(text, line, error))) from error
    except yaml.YAMLError as error:
        before = text[: getattr(error, "position", 0) or 0]
        raise UnreadableError(
            Mistake(builder.place(before.count("\n")), at, "not YAML: it holds a control character")
        ) from error
    return builder.root or nothing(builder.place(0))


def plain_scalar(text: str) -> Scalar:
    """What an unquoted word of YAML 1.2 means."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if len(text) <= LONGEST_NUMBER:
        if _INT.fullmatch(text):
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


class _Builder:
    """Puts the events of one text together."""

    def __init__(
        self, source: str, tagged: Tagged, note: Note, *, lines: bool, typed: bool, at: Keys
    ) -> None:
        self.root: Tree | None = None
        self._source = source
        self._tagged = tagged
        self._note = note
        self._lines = lines
        self._typed = typed
        self._at = at
        self._open: list[_Open] = []
        self._anchors: dict[str, Tree] = {}
        self._documents = 0

    def place(self, line: int) -> Place:
        return Place(self._source, line + 1 if self._lines else None)

    def take(self, event: Any) -> None:
        place = self.place(event.start_mark.line)
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, place)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event, place)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case yaml.AliasEvent(anchor=str(name)):
                self._alias(name, place)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._unreadable(place, "a second document begins here; keep one a file")

    def _scalar(self, event: Any, place: Place) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and not top.is_list and top.key is None:
            self._begin_value(top, event, place)
            return
        self._put(self._value(event, place), event.anchor)

    def _begin_value(self, top: _Open, event: Any, place: Place) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}str"):
            raise self._unreadable(place, f"a key cannot have the tag {event.tag!r}")
        if not event.value:
            raise self._unreadable(place, "a key is missing before the colon")
        top.key, top.key_place = str(event.value), place

    def _value(self, event: Any, place: Place) -> Tree:
        tag, text = event.tag, str(event.value)
        quoted = tag is None and not event.implicit[0]
        if quoted or tag in ("!", f"{_STANDARD}str"):
            return Tree(value=text, place=place)
        if tag is None or tag in _SCALARS:
            value = plain_scalar(text) if self._typed else text
            return Tree(value=value, place=place, bare=tag is None and not text)
        return self._tagged(tag, text.strip(), place, self._keys())

    def _begin(self, event: Any, place: Place) -> None:
        is_list = isinstance(event, yaml.SequenceStartEvent)
        if self._open and not self._open[-1].is_list and self._open[-1].key is None:
            raise self._unreadable(place, f"a key must be text, not {'a list' if is_list else 'a mapping'}")
        if event.tag not in (None, "!", f"{_STANDARD}seq", f"{_STANDARD}map"):
            raise self._unreadable(
                place, f"{event.tag} takes one word, not {'a list' if is_list else 'a mapping'}"
            )
        if len(self._open) >= MOST_DEPTH:
            raise self._unreadable(place, f"nested deeper than {MOST_DEPTH} levels")
        self._open.append(_Open(is_list, place, event.anchor))

    def _end(self) -> None:
        closed = self._open.pop()
        if closed.is_list:
            tree = listing(closed.items, closed.place)
        else:
            children: dict[str, Tree] = {}
            for shared in closed.shared:
                children = {**shared.children, **children}
            tree = mapping({**children, **closed.children}, closed.place)
        if tree.size > MOST_VALUES or tree.depth + len(self._open) > MOST_DEPTH:
            raise self._unreadable(
                closed.place,
                f"more than {MOST_VALUES} values or {MOST_DEPTH} levels, with what its aliases stand for",
            )
        self._put(tree, closed.anchor)

    def _alias(self, name: str, place: Place) -> None:
        if self._open and not self._open[-1].is_list and self._open[-1].key is None:
            raise self._unreadable(place, f"a key must be text, not the alias *{name}")
        if name not in self._anchors:
            raise self._unreadable(
                place, f"*{name} points to nothing; '&{name}' must stand, and end, before it"
            )
        self._put(replace(self._anchors[name], place=place), None)

    def _put(self, tree: Tree, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = tree
        if not self._open:
            self.root = tree
            return
        top = self._open[-1]
        if top.is_list:
            top.items.append(tree)
            return
        key, place = top.key or "", top.key_place or tree.place
        top.key = None
        if key == "<<":
            top.shared += self._merge_key(tree, place)
        elif key in top.children:
            first = top.children[key].place
            where = "already" if first.line is None else f"on line {first.line} already"
            self._note(Mistake(place, (*self._keys(), key), f"{key!r} stands {where}; keep one of the two"))
        else:
            top.children[key] = replace(tree, place=place) if _in_same_source(tree, place) else tree

    def _merge_key(self, tree: Tree, place: Place) -> list[Tree]:
        shared = [tree] if not tree.items else list(tree.items)
        if any(not isinstance(one.value, dict) for one in shared):
            raise self._unreadable(place, "'<<' takes a mapping or a list of them, as in '<<: *name'")
        return shared

    def _keys(self) -> Keys:
        """The keys of what is being read."""
        inner = (len(one.items) if one.is_list else one.key for one in self._open)
        return (*self._at, *(key for key in inner if key is not None))

    def _unreadable(self, place: Place, text: str) -> UnreadableError:
        return UnreadableError(Mistake(place, self._keys(), text))


def _in_same_source(tree: Tree, place: Place) -> bool:
    return tree.place.source == place.source


def _syntax(text: str, line: int, error: yaml.MarkedYAMLError) -> str:
    lines = text.splitlines()
    if line < len(lines) and lines[line].lstrip(" ").startswith("\t"):
        return "a tab stands at the beginning of this line; indent with spaces"
    problem = str(error.problem or error.context)
    cure = next((cure for sign, cure in _CURES if sign in problem), problem)
    return f"not YAML: {cure}"
