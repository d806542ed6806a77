"""What was said, and how sure that is, from two decodings: one confined to the words of the house, one free.

Each decoding by itself is too sure. Confined, it makes every sound into a sentence of the house, with much
confidence where nothing else of the house sounds like it; so what the free one says against it is worth more
than its own word. Where both say the same, it was nearly always said. On noisy, strange and half-strange
sentences, this told wrong texts from right ones better than any confidence of one decoding.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from integrations.voice.ear.recognisers import Heard

UNKNOWN: Final = "[unk]"

_LEAD: Final = 0.3
"""The confined decoding is believed against the free one only if it is surer by so much."""
_DOUBT: Final = 0.3
"""What the confidence of a word loses for the confidence of another in its place."""
_SURE: Final = 0.8
"""A free decoding that is so sure of a word of which the house has no word, has heard it."""
_DOUBT_OF_ANSWERS: Final = 0.6
"""The same where few answers are possible: whatever is said sounds most like one of them."""

Words = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """What one decoder made of an utterance; unknown words stand as `UNKNOWN`."""

    words: tuple[tuple[str, float], ...]

    @property
    def known(self) -> tuple[tuple[str, float], ...]:
        """Without what it didn't know."""
        return tuple(word for word in self.words if word[0] != UNKNOWN)

    @property
    def unknown(self) -> bool:
        """Something was said that it had no word for."""
        return any(word == UNKNOWN for word, _ in self.words)

    @property
    def sure(self) -> float:
        """How sure it is of the word that it is least sure of."""
        return min((sure for _, sure in self.known), default=0.0)

    @property
    def texts(self) -> tuple[str, ...]:
        """Its words alone."""
        return tuple(word for word, _ in self.words)


def agreed(confined: Decoding, free: Decoding, *, house: Collection[str]) -> Heard:
    """What was said.

    Args:
        confined: by the grammar of the house.
        free: by the model alone.
        house: all words of the house.
    """
    if confined.texts == free.texts:
        return _heard(_both(confined.words, free.words, doubt=_DOUBT), unknown=free.unknown)
    if confined.unknown or free.unknown:
        strange = free.unknown or (free.sure < _SURE and any(word not in house for word in free.texts))
        return _heard(_both(free.words, confined.words, doubt=0.0), unknown=strange)
    believed, other = (free, confined) if free.sure >= confined.sure - _LEAD else (confined, free)
    return _heard(_both(believed.words, other.words, doubt=_DOUBT), unknown=False)


def answered(confined: Decoding, free: Decoding) -> Heard:
    """What was answered to a question with few answers: one of those, or something else."""
    unknown = confined.unknown or (free.unknown and confined.texts != free.texts)
    return _heard(_both(confined.words, free.words, doubt=_DOUBT_OF_ANSWERS), unknown=unknown)


def alone(free: Decoding) -> Heard:
    """What was said where a model decodes freely or not at all."""
    return _heard(free.words, unknown=free.unknown)


def _heard(words: Words, *, unknown: bool) -> Heard:
    known = tuple((word, round(sure, 4)) for word, sure in words if word != UNKNOWN)
    return Heard(text=" ".join(word for word, _ in known), words=known, unknown=unknown)


def _both(believed: Words, other: Words, *, doubt: float) -> tuple[tuple[str, float], ...]:
    """The believed words, with the mean of both confidences where they are the same, and less elsewhere."""
    sure = [confidence for _, confidence in believed]
    for tag, first, last, start, end in _compared(believed, other):
        if tag == "equal":
            for here, there in zip(range(first, last), range(start, end), strict=True):
                sure[here] = (sure[here] + other[there][1]) / 2
            continue
        # Without another in its place, a word is as doubtful as the whole of the other decoding is sure.
        against = min((c for _, c in (other[start:end] or other)), default=1.0)
        # What only the other heard stands between two words: both may be cut wrongly.
        near = range(first, last) if last > first else range(max(0, first - 1), min(len(sure), first + 1))
        for here in near:
            sure[here] = max(0.0, min(sure[here], believed[here][1] - doubt * against))
    return tuple((word, sure[number]) for number, (word, _) in enumerate(believed))


def _compared(believed: Words, other: Words) -> Iterator[tuple[str, int, int, int, int]]:
    matcher = SequenceMatcher(None, [w for w, _ in believed], [w for w, _ in other], autojunk=False)
    # What is the same comes first, so that a doubt about a neighbour is not lost again.
    yield from sorted(matcher.get_opcodes(), key=lambda code: code[0] != "equal")
