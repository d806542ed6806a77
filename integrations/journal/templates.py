"""What messages have in common: thousands of entries, a few hundred templates. Time is that of the entries.

Drain finds the templates (the algorithm of drain3 alone: no part of it that reads pickles). It is asked only
of messages whose like was not seen lately: before it stand a cache of shapes, texts without their digits, and
one of texts in which every word with a digit is the same.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from integrations.journal.analyser import faults_in
from integrations.journal.fault import LONGEST_SEARCHED, Fault
from integrations.journal.swinging import Swing, swing_of

T = TypeVar("T")
DIGITS = {ord(digit): None for digit in "0123456789"}
MOST_TEMPLATES = 2_000
MOST_OF_ONE = 200
"""Templates of one writer; whoever writes more different things has one more for all the rest."""
MOST_WORDS = 20
LONGEST_WORD = 40
ANY = "<*>"
REST = "(many different messages)"
USUAL_AFTER = 0.1
"""How much of its usual rate a message learns from one minute."""


class Template:
    """What some messages of one writer have in common."""

    __slots__ = ("count", "digest", "first", "in_minute", "minute", "new", "source", "text", "usual")

    def __init__(self, source: str, text: str, first: float) -> None:
        self.source = source
        self.text = text
        self.digest = sha256(text.encode(errors="replace")).hexdigest()[:8]
        self.first = first
        self.count = 0
        self.new = True
        """Whether nobody has looked at it yet."""
        self.minute = 0
        self.in_minute = 0
        self.usual = 0.0
        """How often it comes in a minute."""

    def hit(self, minute: int) -> int:
        """Count one more; how often it came in this minute."""
        self.count += 1
        if minute == self.minute:
            self.in_minute += 1
            return self.in_minute
        if self.minute:
            gone = minute - self.minute
            self.usual += (self.in_minute - self.usual) * USUAL_AFTER
            if gone > 1:
                self.usual *= (1 - USUAL_AFTER) ** min(gone - 1, 600)
        self.minute, self.in_minute = minute, 1
        return 1


class Shape:
    """What is known of all messages of one shape."""

    __slots__ = ("faults", "swing", "template")

    def __init__(self, template: Template, faults: tuple[Fault, ...], swing: Swing | None) -> None:
        self.template = template
        self.faults = faults
        self.swing = swing


class Recent(Generic[T]):
    """A cache of bounded size: what was not asked for in a whole generation is gone."""

    def __init__(self, most: int, most_letters: int) -> None:
        self._most = most
        self._most_letters = most_letters
        self._letters = 0
        self._young: dict[tuple[str, str], T] = {}
        self._old: dict[tuple[str, str], T] = {}

    def get(self, key: tuple[str, str]) -> T | None:
        """What is known under `key`."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: tuple[str, str], value: T) -> None:
        """Remember."""
        if len(self._young) >= self._most or self._letters > self._most_letters:
            self._young, self._old, self._letters = {}, self._young, 0
        self._young[key] = value
        self._letters += len(key[1])


class Templates:
    """The templates of all writers, and the shapes that lead to them."""

    def __init__(self) -> None:
        from drain3.drain import Drain

        self._drain = Drain(depth=5, sim_th=0.5, max_children=32, max_clusters=MOST_TEMPLATES, param_str=ANY)
        self._shapes: Recent[Shape] = Recent(4_000, 1_000_000)
        self._masked: Recent[Template] = Recent(2_000, 500_000)
        self._by_cluster: dict[int, Template] = {}
        self._counts: Counter[str] = Counter()
        self._rest: dict[str, Template] = {}
        self.mined = 0
        """How often Drain was asked."""

    def shape(self, source: str, message: str, at: float) -> Shape:
        """What is known of messages like this one."""
        plain = message[:LONGEST_SEARCHED].translate(DIGITS)
        key = (source, plain)
        found = self._shapes.get(key)
        if found is None:
            found = Shape(self._template(source, message, at), faults_in(plain), swing_of(plain))
            self._shapes.put(key, found)
        return found

    @property
    def all(self) -> Sequence[Template]:
        """The templates there are."""
        return list(self._by_cluster.values())

    def _template(self, source: str, message: str, at: float) -> Template:
        source = source.translate(DIGITS)
        words = message.split(None, MOST_WORDS)[:MOST_WORDS]
        text = " ".join(ANY if _has_digit(word) else word[:LONGEST_WORD] for word in words)
        known = self._masked.get((source, text))
        if known is None:
            known = self._mine(source, text, at)
            self._masked.put((source, text), known)
        return known

    def _mine(self, source: str, text: str, at: float) -> Template:
        if source in self._rest:
            return self._rest[source]
        if self._counts[source] >= MOST_OF_ONE:
            rest = self._rest[source] = Template(source, REST, at)
            rest.new = False
            return rest
        self.mined += 1
        cluster, _ = self._drain.add_log_message(f"{source or '-'} {text}")
        known = self._by_cluster.get(cluster.cluster_id)
        if known is None:
            known = self._by_cluster[cluster.cluster_id] = Template(source, text, at)
            self._counts[source] += 1
            if len(self._by_cluster) > 2 * MOST_TEMPLATES:
                self._forget()
        return known

    def _forget(self) -> None:
        """Let go of what Drain has let go of: it keeps what came lately."""
        kept = self._drain.id_to_cluster
        self._by_cluster = {number: one for number, one in self._by_cluster.items() if number in kept}
        self._counts = Counter(one.source for one in self._by_cluster.values())
        self._rest = {source: one for source, one in self._rest.items() if source in self._counts}

    # what survives --------------------------------------------------------------------------------------
    def as_json(self) -> list[list[Any]]:
        """A form that survives the store."""
        return [[one.source, one.text, one.first, one.count, round(one.usual, 3)] for one in self.all]

    def load(self, found: Any) -> None:
        """Take over what `as_json` wrote; what cannot be read is left out."""
        for one in (found if isinstance(found, list) else [])[-MOST_TEMPLATES:]:
            match one:
                case [str(source), str(text), float() | int() as first, int(count), float() | int() as usual]:
                    template = self._mine(source, text, float(first))
                    template.count, template.usual, template.new = count, float(usual), False
                case _:
                    continue
        self.mined = 0


def _has_digit(word: str) -> bool:
    return any("0" <= one <= "9" for one in word)
