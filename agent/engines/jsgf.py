"""A grammar for recognisers that hear nothing but it, in the Java Speech Grammar Format. Pure.

It is made of the sentences of `spoken.yaml` that this house can serve. Those that begin alike share their
beginning, and names, numbers and lists are rules: a recogniser follows each beginning once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hassil.intents import SlotList
from hassil.parse_expression import parse_sentence

from agent.engines.phrasing import usual
from agent.engines.sayable import MOST_COUNTED, NAMED, Sayable
from agent.engines.wording import Choice, Slot, Word, Wordings

LARGEST = 20_000
"""Words of the grammar with every rule written out: what it costs to hear. What comes later is left out."""
MOST_WAYS = 60
"""Ways of one sentence."""
_SPOKEN = Path(__file__).with_name("spoken.yaml")
_Node = dict[Word | None, Any]
_END = None


class Jsgf:
    """Writes the grammar of one house."""

    def __init__(self, sayable: Sayable, *, largest: int = LARGEST) -> None:
        """Take what can be said in place of lists; `largest` bounds the grammar."""
        self._sayable = sayable
        self._largest = largest
        self._names: dict[Slot, str] = {}
        self._rules: dict[str, str] = {}
        self._sizes: dict[Slot, int] = {}
        self.size = 0
        self.left_out = 0

    def text(self, ways: Iterable[Sequence[Word]]) -> str:
        """The grammar that accepts just these; empty if there are none."""
        root: _Node = {}
        for way in ways:
            self._add(root, way)
        if not root:
            return ""
        said = self._alternatives(root)
        rules = "".join(f"<{name}> = {text};\n" for name, text in self._rules.items())
        return f"#JSGF V1.0;\ngrammar house;\n{rules}public <said> = {said};\n"

    def _add(self, root: _Node, way: Sequence[Word]) -> None:
        """Add a way, if there is room for what it does not share with others."""
        node = root
        shared = 0
        for word in way:
            if word not in node:
                break
            node = node[word]
            shared += 1
        more = sum(map(self._size, way[shared:]))
        if self.size + more > self._largest:
            self.left_out += 1
            return
        self.size += more
        for word in way[shared:]:
            node = node.setdefault(word, {})
        node[_END] = {}

    def _size(self, word: Word) -> int:
        if isinstance(word, str):
            return 1
        if isinstance(word, Choice):
            return len(word.words)
        if word not in self._sizes:
            values = self._sayable.values(word)
            # Tens and ones of a number stand apart.
            few = word.span is not None and len(values) > MOST_COUNTED // 4
            self._sizes[word] = 40 if few else sum(sum(map(self._size, way)) for way in values)
        return self._sizes[word]

    def _alternatives(self, node: _Node) -> str:
        """What may follow, as the right side of a rule."""
        by_rest: dict[str, list[str]] = {}
        for word, after in node.items():
            if word is not _END:
                by_rest.setdefault(self._rest(after), []).append(self._token(word))
        return " | ".join(f"{_either(words)} {rest}".strip() for rest, words in by_rest.items())

    def _rest(self, node: _Node) -> str:
        more = self._alternatives(node)
        if not more:
            return ""
        if _END in node:
            return f"[ {more} ]"
        return f"( {more} )" if len(node) > 1 else more

    def _token(self, word: Word) -> str:
        if isinstance(word, str):
            return word
        if isinstance(word, Choice):
            return _either(word.words)
        if word not in self._names:
            plain = "".join(char if char.isalnum() else "_" for char in word.list)
            self._names[word] = name = f"{plain}_{'_'.join(sorted(word.domains))}" if word.domains else plain
            self._rules[name] = _numbers(self._sayable.values(word)) if word.span else self._listed(word)
        return f"<{self._names[word]}>"

    def _listed(self, slot: Slot) -> str:
        ways = self._sayable.values(slot)
        if slot.list in NAMED:
            return " | ".join(" ".join(map(str, way)) for way in ways)
        root: _Node = {}
        for way in ways:
            node = root
            for word in way:
                node = node.setdefault(word, {})
            node[_END] = {}
        return self._alternatives(root)


def spoken_ways(
    language: str, domains: frozenset[str], lists: Mapping[str, SlotList], sayable: Sayable
) -> Iterator[tuple[Word, ...]]:
    """Every way to say the usual sentences of a language to a house with devices of `domains`."""
    spoken = _spoken().get(language[:2])
    if spoken is None:
        return
    rules = {name: parse_sentence(f"({text})") for name, text in spoken["rules"].items()}
    wordings = Wordings()
    for block in spoken["sentences"]:
        wanted = frozenset(block.get("for", ()))
        if wanted and not wanted & domains:
            continue
        for text in block["say"]:
            sentence = parse_sentence(f"({text})")
            wording = wordings.wording(sentence.expression, rules, lists, domains=wanted)
            wording = wording.without({slot for slot in wording.named if not sayable.values(slot)})
            yield from usual(wording, most=MOST_WAYS)


@lru_cache(maxsize=1)
def _spoken() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_SPOKEN.read_text(encoding="utf-8"))
    return found


def _either(words: Iterable[str]) -> str:
    """One of `words`; the empty one makes it a choice that may be left out."""
    listed = list(words)
    said = " | ".join(filter(None, listed))
    if "" in listed:
        return f"[ {said} ]"
    return said if len(listed) == 1 else f"( {said} )"


def _numbers(values: Iterable[tuple[Word, ...]]) -> str:
    """Numbers in words, tens and ones apart."""
    rests: dict[str, list[str]] = {}
    for way in values:
        rests.setdefault(str(way[0]), []).append(" ".join(map(str, way[1:])))
    by_rest: dict[tuple[str, ...], list[str]] = {}
    for begin, ones in rests.items():
        by_rest.setdefault(tuple(sorted(ones)), []).append(begin)
    return " | ".join(
        f"{_either(begins)} {_either(ones)}" if any(ones) else _either(begins)
        for ones, begins in by_rest.items()
    )
