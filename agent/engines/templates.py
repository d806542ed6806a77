"""The sentence templates of one language, and the few of them that an utterance can fit at all.

hassil tries every template on every utterance, some milliseconds each time. Here a sieve goes first: the
literal pieces a template requires, then the lists it requires, then its shape as a regular expression. Each
of the three drops only what provably cannot match: hassil finds in the rest what it would find in all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hassil.expression import Expression, Sentence
from hassil.intents import Intent, IntentData, Intents, RangeSlotList, SlotList, TextSlotList
from hassil.recognize import RecognizeResult, recognize_all
from hassil.util import merge_dict, normalize_for_matching, remove_skip_words_tracked

from agent.engines.shape import Lists, Rules, number_words, references, required_lists, shape
from agent.engines.text import squeezed

HERE = "\0here"
"""Stands for the area of the speaker in a match; no name can be it."""
TASKS = "own_task"
"""The list that the names of configured tasks are added to when they are said."""


class _Apart(int):
    """A bound of a list of numbers that no other list has.

    hassil keeps the words of numbers by the bounds of their list, whatever it multiplies them with: "down by
    ten" would be what "up by ten" was before.
    """

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(slots=True)
class Template:
    """One sentence template as an intent block of its own."""

    intent: str
    block: IntentData
    sentence: Sentence
    rules: Rules
    lists: Lists
    language: str
    pattern: re.Pattern[str] | None = None
    relaxed: IntentData | None = None

    def of_any_domain(self) -> IntentData:
        """The block without its demand on the domain of the name."""
        if self.relaxed is None:
            context = {key: value for key, value in self.block.requires_context.items() if key != "domain"}
            self.relaxed = replace(self.block, requires_context=context)
        return self.relaxed

    def fits(self, texts: Iterable[str]) -> bool:
        """Whether one of `texts`, squeezed, has the shape of this template."""
        if self.pattern is None:
            self.pattern = re.compile(shape(self.sentence.expression, self.rules, self.lists, self.language))
        match = self.pattern.fullmatch
        for text in texts:  # noqa: SIM110  # the hottest line of a sentence: any() costs twice as much
            if match(text):
                return True
        return False


class Templates:
    """Every template of a language, sieved by bit masks: bit i stands for template i."""

    def __init__(self, data: Mapping[str, Any], *more: Mapping[str, Any]) -> None:
        """Take hassil's sentence files as they are after parsing; `more` is merged into `data`.

        Raises:
            ValueError: a template is malformed or names a rule or list that does not exist.
        """
        merged: dict[str, Any] = {}
        for file in (data, *more):
            merge_dict(merged, _copied(file))
        self._intents = Intents.from_dict(merged)
        for numbers in self._intents.slot_lists.values():
            if isinstance(numbers, RangeSlotList) and numbers.multiplier is not None:
                numbers.start = _Apart(numbers.start)
        self.language = self._intents.language
        self._templates = list(self._read())
        self._pieces: dict[str, int] = {}
        self._by_piece: dict[str, int] = {}
        self._always = 0
        self._requiring: dict[str, int] = {}
        self._of_domains: dict[frozenset[str], int] = {}
        self._values: dict[str, list[tuple[int, ...]]] = {}
        self._clauses = [self._indexed(at, one) for at, one in enumerate(self._templates)]
        for name, values in self._intents.slot_lists.items():
            if name in self._requiring and isinstance(values, TextSlotList):
                self._values[name] = [
                    self._masks(required_clauses(value.text_in, self._intents.expansion_rules))
                    for value in values.values
                ]
        self._numbers = number_words(self.language)

    def __len__(self) -> int:
        return len(self._templates)

    def __iter__(self) -> Iterator[Template]:
        """Every template, in the order of the files."""
        return iter(self._templates)

    @property
    def rules(self) -> Rules:
        """The rules that every template may use."""
        return self._intents.expansion_rules

    @property
    def lists(self) -> Lists:
        """The lists that every template may use, except the names of the house."""
        return self._intents.slot_lists

    def uses(self, word: str) -> bool:
        """Whether `word` is one that some template says."""
        return word in self._pieces

    def matches(
        self, text: str, lists: Mapping[str, SlotList], *, any_domain: bool = False
    ) -> list[RecognizeResult]:
        """Every way in which `text` fits a template, in no order.

        `lists` holds the values of `name`, `area` and `floor` that may occur in `text`. `any_domain`: a name
        may be that of anything.
        """
        chosen = self._sieved(text, lists)
        if not chosen:
            return []
        fitting: dict[str, Intent] = {}
        for one in chosen:
            block = one.of_any_domain() if any_domain else one.block
            fitting.setdefault(one.intent, Intent(one.intent)).data.append(block)
        intents = replace(self._intents, intents=fitting)
        context = {"area": HERE}
        return list(recognize_all(text, intents, slot_lists=dict(lists), intent_context=context))

    # the sieve ------------------------------------------------------------------------------------------
    def _sieved(self, text: str, lists: Mapping[str, SlotList]) -> list[Template]:
        said = self._without_skip_words(text)
        texts = dict.fromkeys(map(squeezed, said))
        hay = "\n".join((*(one.casefold() for one in said), *texts))
        present, alive = 0, self._always
        for piece, bit in self._pieces.items():
            if piece in hay:
                present |= bit
                alive |= self._by_piece.get(piece, 0)
        alive &= ~self._unspoken(alive, hay, present, lists)
        chosen = []
        for at, one in self._at(alive):
            for clause in self._clauses[at]:
                if not clause & present:
                    break
            else:
                if one.fits(texts):
                    chosen.append(one)
        return chosen

    def _without_skip_words(self, text: str) -> list[str]:
        """`text`, and if it holds words like "please", without them: anywhere, at its end, at its start."""
        whole = normalize_for_matching(text)
        said = [whole.text]
        for ends in ({}, {"start": False}, {"end": False}):
            bare = whole.copy()
            remove_skip_words_tracked(
                bare, self._intents.skip_words, self._intents.settings.ignore_whitespace, **ends
            )
            if not ends and bare.text == whole.text:
                break
            said.append(bare.text)
        return said

    def _unspoken(self, alive: int, hay: str, present: int, lists: Mapping[str, SlotList]) -> int:
        """The templates among `alive` that require a list of which nothing is said."""
        dropped = 0
        for name, requiring in self._requiring.items():
            if requiring & alive & ~dropped and not self._spoken(name, hay, present, lists):
                dropped |= requiring
        names = lists.get("name")
        if isinstance(names, TextSlotList):
            said = {value.context["domain"] for value in names.values if value.context}
            for domains, requiring in self._of_domains.items():
                if said.isdisjoint(domains):
                    dropped |= requiring
        return dropped

    def _spoken(self, name: str, hay: str, present: int, lists: Mapping[str, SlotList]) -> bool:
        """Whether a value of the list `name` may occur."""
        if name in lists:
            return bool(getattr(lists[name], "values", True))
        known = self._values.get(name)
        if known is not None:
            return any(all(clause & present for clause in value) for value in known)
        if self._numbers and isinstance(self._intents.slot_lists.get(name), RangeSlotList):
            return any(char.isdigit() for char in hay) or any(word in hay for word in self._numbers)
        return True

    def _at(self, bits: int) -> Iterator[tuple[int, Template]]:
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            at = lowest.bit_length() - 1
            yield at, self._templates[at]

    # its index ------------------------------------------------------------------------------------------
    def _indexed(self, at: int, one: Template) -> tuple[int, ...]:
        """Enter a template under the pieces of its most telling clause; all of them as masks of pieces."""
        bit = 1 << at
        clauses = one.sentence.get_required_clauses(dict(one.rules))
        masks = self._masks(clauses)
        if clauses:
            for piece in min(clauses, key=lambda clause: (len(clause), -min(map(len, clause)))):
                self._by_piece[piece] = self._by_piece.get(piece, 0) | bit
        else:
            self._always |= bit
        required = required_lists(one.sentence.expression, one.rules)
        for name in required - set(one.block.slot_lists):
            self._requiring[name] = self._requiring.get(name, 0) | bit
        domains = (one.block.requires_context or {}).get("domain")
        if "name" in required and isinstance(domains, str | list):
            key = frozenset((domains,) if isinstance(domains, str) else domains)
            self._of_domains[key] = self._of_domains.get(key, 0) | bit
        return masks

    def _masks(self, clauses: Iterable[Iterable[str]]) -> tuple[int, ...]:
        masks = []
        for clause in clauses:
            mask = 0
            for piece in clause:
                mask |= self._pieces.setdefault(piece, 1 << len(self._pieces))
            masks.append(mask)
        return tuple(masks)

    def _read(self) -> Iterator[Template]:
        for name, intent in self._intents.intents.items():
            for block in intent.data:
                rules = {**self._intents.expansion_rules, **block.expansion_rules}
                known = {*self._intents.slot_lists, *block.slot_lists, "name", "area", "floor"}
                for text in block.sentence_texts:
                    alone = replace(block, sentence_texts=[text])
                    sentence = alone.sentences[0]
                    _check(name, text, sentence, rules, known)
                    lists = {**self._intents.slot_lists, **block.slot_lists}
                    lists.pop(TASKS, None)  # of which there may be more
                    yield Template(name, alone, sentence, rules, lists, self._intents.language)


def _check(intent: str, text: str, sentence: Sentence, rules: Rules, known: set[str]) -> None:
    where = f"sentence {text!r} of {intent}"
    try:
        names = {one.list_name for one in references(sentence.expression, rules) if not one.is_inline_range}
    except KeyError as error:
        raise ValueError(f"{where} uses the rule <{error.args[0]}>, which is not defined") from None
    except RecursionError:
        raise ValueError(f"{where} uses a rule that contains itself") from None
    unknown = sorted(names - known)
    if unknown:
        raise ValueError(f"{where} uses the list {{{unknown[0]}}}, which is not defined")


def required_clauses(expression: Expression, rules: Rules) -> frozenset[frozenset[str]]:
    """The literal pieces that `expression` requires: of each clause, one must occur."""
    return Sentence(expression=expression).get_required_clauses(dict(rules))


def _copied(data: Any) -> Any:
    """Dicts and lists anew: merging changes them in place."""
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(value) for value in data] if isinstance(data, list) else data
