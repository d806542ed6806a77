"""Which topic filters a topic matches, quickly: MQTT's rules for `+`, `#` and `$`, and nothing else.

A filter without wildcards costs one look-up; what wildcards match is remembered per topic, boundedly.
"""

import re
from typing import Generic, TypeVar

T = TypeVar("T")
LONGEST = 65_535
"""Bytes of a topic or filter in MQTT."""
MOST_LEVELS = 200
"""Over more, mosquitto hangs up: with a subscription of ours, after every reconnect again."""
_UNSPEAKABLE = re.compile(
    "[\\x01-\\x1f\\x7f-\\x9f\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters and what Unicode calls no character; brokers may take them for malformed, too."""


class FilterTree(Generic[T]):
    """One value for each topic filter; `match` gives the values of all filters that a topic fits."""

    def __init__(self, *, remembered: int = 20_000) -> None:
        self._exact: dict[str, T] = {}
        self._wild: dict[str, T] = {}
        self._root: _Node[T] = _Node()
        self._matches: dict[str, tuple[T, ...]] = {}
        self._remembered = remembered

    def __setitem__(self, topic_filter: str, value: T) -> None:
        check_filter(topic_filter)
        self._matches.clear()
        plain = unshared(topic_filter)
        if plain == topic_filter and not has_wildcard(plain):
            self._exact[plain] = value
            return
        node = self._root
        for level in plain.split("/"):
            node = node.children.setdefault(level, _Node())
        node.values[topic_filter] = value
        self._wild[topic_filter] = value

    def __delitem__(self, topic_filter: str) -> None:
        self._matches.clear()
        if self._exact.pop(topic_filter, None) is not None:
            return
        del self._wild[topic_filter]
        path: list[tuple[_Node[T], str]] = []
        node = self._root
        for level in unshared(topic_filter).split("/"):
            path.append((node, level))
            node = node.children[level]
        del node.values[topic_filter]
        for parent, level in reversed(path):
            child = parent.children[level]
            if child.children or child.values:
                break
            del parent.children[level]

    def get(self, topic_filter: str) -> T | None:
        """The value of exactly this filter."""
        return self._exact.get(topic_filter) or self._wild.get(topic_filter)

    def __contains__(self, topic_filter: str) -> bool:
        return topic_filter in self._exact or topic_filter in self._wild

    def __len__(self) -> int:
        return len(self._exact) + len(self._wild)

    def filters(self) -> list[str]:
        """Every filter, those without wildcards first."""
        return [*self._exact, *self._wild]

    def match(self, topic: str) -> tuple[T, ...]:
        """The values of every filter that `topic` (a published topic, no wildcards in it) fits."""
        found = self._matches.get(topic)
        if found is None:
            found = self._search(topic)
            if len(self._matches) >= self._remembered:
                self._matches.clear()
            self._matches[topic] = found
        return found

    def _search(self, topic: str) -> tuple[T, ...]:
        found = [self._exact[topic]] if topic in self._exact else []
        levels = topic.split("/")
        last = len(levels)
        reached = [(self._root, 0)]
        while reached:
            node, depth = reached.pop()
            wild_allowed = depth > 0 or not topic.startswith("$")
            if wild_allowed and (rest := node.children.get("#")) is not None:
                found.extend(rest.values.values())
            if depth == last:
                found.extend(node.values.values())
                continue
            if wild_allowed and (any_level := node.children.get("+")) is not None:
                reached.append((any_level, depth + 1))
            if (same := node.children.get(levels[depth])) is not None and levels[depth] not in ("+", "#"):
                reached.append((same, depth + 1))
        return tuple(found)


def check_filter(topic_filter: str) -> None:
    """Refuse what is no topic filter.

    Raises:
        ValueError: with what is wrong with it.
    """
    _check(topic_filter, "topic filter")
    if topic_filter.startswith("$share/"):
        _, _, rest = topic_filter.split("/", 2) if topic_filter.count("/") > 1 else ("", "", "")
        group = topic_filter.split("/")[1]
        if not rest or not group or has_wildcard(group):
            raise ValueError(f"topic filter {topic_filter!r}: a shared one is `$share/<group>/<filter>`")
    levels = topic_filter.split("/")
    for number, level in enumerate(levels, start=1):
        if "#" in level and (level != "#" or number != len(levels)):
            raise ValueError(f"topic filter {topic_filter!r}: `#` stands alone in the last level only")
        if "+" in level and level != "+":
            raise ValueError(f"topic filter {topic_filter!r}: `+` takes a whole level, unlike in {level!r}")


def check_topic(topic: str) -> None:
    """Refuse what cannot be published on.

    Raises:
        ValueError: with what is wrong with it.
    """
    _check(topic, "topic")
    if has_wildcard(topic):
        raise ValueError(f"topic {topic!r}: `+` and `#` belong into filters, nothing is published on them")


def has_wildcard(topic_filter: str) -> bool:
    """Whether it can match more than one topic."""
    return "+" in topic_filter or "#" in topic_filter


def unshared(topic_filter: str) -> str:
    """The filter without the `$share/<group>/` that a shared subscription has in front."""
    return topic_filter.split("/", 2)[2] if topic_filter.startswith("$share/") else topic_filter


def _check(text: str, what: str) -> None:
    if not text:
        raise ValueError(f"a {what} must not be empty")
    if "\0" in text:
        raise ValueError(f"{what} {text!r}: no NUL in it")
    if (odd := _UNSPEAKABLE.search(text)) is not None:
        raise ValueError(f"{what} {text[:60]!r}: {odd[0]!r} in it, over which brokers hang up")
    if text.count("/") >= MOST_LEVELS:
        raise ValueError(f"{what} {text[:60]!r}...: {text.count('/') + 1} levels, {MOST_LEVELS} at most")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} {text!r}: not valid Unicode") from error
    if size > LONGEST:
        raise ValueError(f"{what} {text[:60]!r}...: {size} bytes, {LONGEST} at most")


class _Node(Generic[T]):
    __slots__ = ("children", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.values: dict[str, T] = {}
