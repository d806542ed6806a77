"""A phrase of this house: a pattern of words with places for names, what it means, what became of it. Pure.

"make the {area} cosy" holds in every room; the slot that the place fills holds `{area}` too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from agent.core.intents import Intent

Kind = Literal["name", "area", "floor"]
KINDS: tuple[Kind, ...] = ("name", "area", "floor")
LONGEST_NAME = 80
"""Characters of a name that is looked for in a place."""
_PLACE = re.compile(r"\{(name|area|floor)\}")


class Term(Protocol):
    """What a name of the house stands for."""

    @property
    def called(self) -> str:
        """How it is called in the house."""
        ...

    @property
    def facts(self) -> tuple[tuple[str, Any], ...]:
        """What is known of it: `domain`, `device_class`."""
        ...


class Names(Protocol):
    """The names of the house: agent.engines.vocabulary.Vocabulary, which takes long to import."""

    def terms(self, kind: Kind, text: str, /) -> Sequence[Term]:
        """What `text` is a name of, as that kind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Words, and the intents that they stand for."""

    language: str
    """The language of the sentence templates that it would stand among."""
    text: str
    intents: tuple[Intent, ...]

    @property
    def key(self) -> tuple[str, str, tuple[frozenset[str], ...]]:
        """What no two patterns share: the words, and what kinds of things they are about."""
        return self.language, self.text.casefold(), tuple(one.domains for one in self.intents)

    @property
    def literal(self) -> str:
        """The words that are said whatever the places hold."""
        return _PLACE.sub(" ", self.text)

    def fillings(self, text: str) -> Iterator[dict[str, str]]:
        """Every way in which `text` is this pattern: the words in its places, by kind."""
        yield from _fillings(_PLACE.split(self.text.casefold()), text.casefold())

    def as_record(self) -> dict[str, Any]:
        """Itself as JSON can hold it."""
        return {
            "language": self.language,
            "text": self.text,
            "intents": [
                {
                    "name": one.name,
                    "slots": dict(one.slots),
                    "response": one.response,
                    "domains": sorted(one.domains),
                    "here": one.here,
                    "every": one.every,
                }
                for one in self.intents
            ],
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Pattern":
        """What `as_record` gave.

        Raises:
            KeyError, TypeError, ValueError: it did not.
        """
        language = str(record["language"])
        intents = tuple(
            Intent(
                name=str(one["name"]),
                slots=dict(one["slots"]),
                language=language,
                response=one["response"],
                domains=frozenset(one["domains"]),
                here=bool(one["here"]),
                every=bool(one["every"]),
            )
            for one in record["intents"]
        )
        if not intents:
            raise ValueError("a phrase that means nothing")
        return cls(language=language, text=str(record["text"]), intents=intents)


@dataclass(slots=True, kw_only=True)
class Phrase:
    """A pattern, and what became of it. Times are in seconds since the epoch."""

    id: str
    """Of no other phrase, also not of one that is gone: an answer to it holds for it alone."""
    pattern: Pattern
    active: bool
    """It is used. Otherwise it is proposed, and waits for a person."""
    learned: float
    used: int = 0
    """How often it was said since it was learned."""
    last: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Itself as it is told."""
        return {
            "id": self.id,
            "language": self.pattern.language,
            "phrase": self.pattern.text,
            "intents": [{"name": one.name, "slots": dict(one.slots)} for one in self.pattern.intents],
            "state": "active" if self.active else "proposed",
            "learned": _told(self.learned),
            "used": self.used,
            "last_used": None if self.last is None else _told(self.last),
        }

    def as_record(self) -> dict[str, Any]:
        """Itself as it is kept, without its id."""
        kept = {"active": self.active, "learned": self.learned, "used": self.used, "last": self.last}
        return {**self.pattern.as_record(), **kept}

    @classmethod
    def of_record(cls, phrase_id: str, record: Mapping[str, Any]) -> "Phrase":
        """What `as_record` gave.

        Raises:
            KeyError, TypeError, ValueError: it did not.
        """
        return cls(
            id=phrase_id,
            pattern=Pattern.of_record(record),
            active=bool(record["active"]),
            learned=float(record["learned"]),
            used=int(record["used"]),
            last=None if record["last"] is None else float(record["last"]),
        )


def _told(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def place(kind: str) -> str:
    """The place for a kind of name, as it stands in patterns and in sentence templates."""
    return f"{{{kind}}}"


def _fillings(pieces: Sequence[str], text: str) -> Iterator[dict[str, str]]:
    """`pieces`: literal words, then a kind and literal words in turn."""
    head, *rest = pieces
    if not text.startswith(head):
        return
    left = text[len(head) :]
    if not rest:
        if not left:
            yield {}
        return
    kind, *after = rest
    for end in range(1, min(len(left), LONGEST_NAME) + 1):
        for more in _fillings(after, left[end:]):
            yield {kind: left[:end], **more}
