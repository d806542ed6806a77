"""When somebody began to speak, and when they were done: from probabilities of speech alone.

Pure, and its only clock is the sound: one probability a chunk of 32 ms goes in, a turn of events comes out.
Speech begins after a few chunks above the threshold (a click is not speech) and goes on until it was below
for `end` seconds; a little below the threshold still counts as speech once it has begun, so that a quiet
syllable doesn't end it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Self

CHUNK: Final = 0.032  # seconds of audio a probability stands for
_BEGINS: Final = 3  # chunks of speech that make a beginning
_PAUSE: Final = 3  # chunks of silence that are a pause between words
_LATE: Final = 15  # chunks by which the wake word may be found late
_SLACK: Final = 0.15  # below the threshold by so much is still speech, once there is some


class Turn(Enum):
    """What a chunk of audio changed."""

    BEGAN = auto()
    OVER = auto()  # silent for long enough, or the longest utterance has been reached
    NOTHING = auto()  # nobody spoke for as long as one waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How sure and how patient: a probability and times in seconds."""

    threshold: float = 0.5
    end: float = 0.6
    nothing: float = 5.0
    longest: float = 15.0
    preroll: float = 0.3

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> Self:
        """From the `vad` settings of an `open` command; what they don't say is as usual."""
        known = {name: float(value) for name, value in (settings or {}).items() if name in cls.__slots__}
        return cls(**known)


class Endpointing:
    """One utterance, chunk by chunk, until it is `OVER` or there is `NOTHING`."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._waited = 0.0
        self._quiet = 0.0
        self._lasted = 0.0
        self._run = 0
        self.spoken = 0.0  # seconds of speech in this utterance
        self.began = False

    def feed(self, probability: float) -> Turn | None:
        """Take the probability of speech in the next chunk, and say what it changed."""
        if not self.began:
            return self._wait(probability)
        self._lasted += CHUNK
        if probability >= self._patience.threshold - _SLACK:
            self._quiet = 0.0
            self.spoken += CHUNK
        else:
            self._quiet += CHUNK
        if self._quiet >= self._patience.end or self._lasted >= self._patience.longest:
            return Turn.OVER
        return None

    def again(self) -> None:
        """That was no utterance after all: wait for one, for what is left of the time to wait."""
        self._waited += self._lasted
        self._quiet = self._lasted = self.spoken = 0.0
        self._run = 0
        self.began = False

    def _wait(self, probability: float) -> Turn | None:
        self._waited += CHUNK
        self._run = self._run + 1 if probability >= self._patience.threshold else 0
        if self._run >= _BEGINS:
            self.began = True
            self._lasted = self.spoken = self._run * CHUNK
            self._waited -= self._lasted
            return Turn.BEGAN
        return Turn.NOTHING if self._waited >= self._patience.nothing else None


@dataclass(frozen=True, slots=True)
class Cut:
    """Where, in what was heard just before the wake word was found, the utterance begins."""

    start: int  # the number of a chunk; the number of chunks: it is still to come
    word_inside: bool  # no pause could be found after the wake word, so it is part of this


def after_the_word(probabilities: Sequence[float], patience: Patience) -> Cut:
    """Where to begin when the wake word was found at the end of these chunks.

    It is found up to half a second after its end, so the first word of what follows may have been said
    already. A pause shows where the word ended. Without one (speech until now, and for longer than the
    detector is late) the word itself is taken along: whoever knows what it sounds like can cut it off.
    """
    silent = [probability < patience.threshold - _SLACK for probability in probabilities]
    count = len(silent)
    spoken = next((back for back in range(count) if all(silent[count - back - _PAUSE : count - back])), count)
    end = count - spoken
    start = end
    while start > 0 and silent[start - 1]:
        start -= 1
    preroll = round(patience.preroll / CHUNK)
    if spoken <= _LATE:
        return Cut(max(start, end - preroll), word_inside=False)
    return Cut(max(start, end - preroll, 0), word_inside=True)
