"""What somebody said, as the ear understood it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Words, and how sure the ear is of each, from 0 to 1."""

    text: str
    words: tuple[tuple[str, float], ...] = ()
    confidence: float = 1.0
    """That of the least sure word."""
    unknown: bool = False
    """Whether there was something between the words that no word of the house fits."""
    ms: float = 0.0
    """How long it took from the end of speech until it was understood, in milliseconds."""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """What a `heard` event of the ear says."""
        return cls(
            text=event["text"],
            words=tuple((word, confidence) for word, confidence in event["words"]),
            confidence=event["confidence"],
            unknown=event["unknown"],
            ms=event["ms"],
        )

    def doubted(self, floor: float) -> frozenset[str]:
        """The words that are less sure than `floor`."""
        return frozenset(word for word, confidence in self.words if confidence < floor)
