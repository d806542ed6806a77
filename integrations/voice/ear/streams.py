"""One stream of sound, the microphone's or a satellite's: a wake word, an utterance, and so on.

    waiting --wake word | listen--> listening --heard | silence--> waiting

All native parts are used from one thread only, the ear's; what they are is handed in as `Senses`.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from integrations.voice.ear.endpointing import CHUNK, Cut, Patience, after_the_word
from integrations.voice.ear.passing import Passing
from integrations.voice.ear.recognisers import Recogniser
from integrations.voice.ear.utterance import Begin, Tell, Utterance
from integrations.voice.ear.vad import CHUNK_BYTES, Vad, rms
from integrations.voice.ear.wake import WakeWord, spoken

BLOCK: Final = 2560  # bytes: 1280 samples, 80 ms, what the wake word is looked for in
_LOOKS_BACK: Final = 16  # blocks: the longest wake word, and what is said until it is found
_GIVEN_UP_AFTER: Final = 5.0  # seconds without any sound, not even silence: its sender is gone
_DEAF_AFTER: Final = 4  # blocks after our own voice in which its echo dies away


@dataclass(kw_only=True)
class Senses:
    """What all streams of an ear hear with."""

    recogniser: Recogniser | None  # None: it could not be opened, and nothing is understood
    patience: Patience
    vad: Callable[[], Vad]
    tell: Tell
    word: str = ""
    threshold: float = 0.5
    knows_word: bool = False  # the recogniser can tell the wake word from a command
    pass_on: Callable[[int, bytes], None] | None = None  # takes utterances, where somebody else recognises
    idle_vads: list[Vad] = field(default_factory=list)

    @property
    def wake_words(self) -> tuple[str, ...]:
        """The wake word's words, as they are said."""
        return tuple(spoken(self.word).split())


class Stream:
    """Takes sound and commands; tells `woke` and what its utterances tell."""

    def __init__(
        self,
        number: int,
        senses: Senses,
        *,
        wake: WakeWord | None,
        at_once: bool = False,
        only: Sequence[str] | None = None,
    ) -> None:
        """Create.

        Args:
            number: which it is.
            senses: what it hears with.
            wake: its own detector of the wake word; None: it is never waited for.
            at_once: it is speech from its first moment, and again after each utterance.
            only: see `expect`.
        """
        self._senses = senses
        self._number = number
        self._wake = wake
        self._tell = partial(senses.tell, stream=number)
        self._vad = senses.idle_vads.pop() if senses.idle_vads else senses.vad()
        self._rest = b""
        self._recent: deque[bytes] = deque(maxlen=_LOOKS_BACK)
        self._utterance: Utterance | None = None
        self._only = None if only is None else tuple(only)
        self._muted = False
        self._deaf = 0
        self._at_once = at_once
        self._score = 0.0
        self._came = time.monotonic()
        if at_once:
            self._begin(at_once=True)

    def tend(self, *, now: float) -> None:
        """Give up an utterance whose sound stopped coming."""
        if self._utterance is not None and now - self._came > _GIVEN_UP_AFTER:
            self._came = now
            self.cancel()

    def hear(self, pcm: bytes, *, at: float) -> None:
        """Take sound, of any length, that came at `at` (`time.monotonic`)."""
        self._came = time.monotonic()
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % BLOCK
        self._rest = pcm[whole:]
        for start in range(0, whole, BLOCK):
            self._block(pcm[start : start + BLOCK], at)

    def listen(self, *, at: float) -> None:
        """Somebody pressed the button: as if the wake word had been heard."""
        if self._utterance is not None:
            return
        self._came = at
        self._muted = False
        recent = b"" if self._deaf else b"".join(self._recent)
        before = min(len(recent), round(self._senses.patience.preroll / CHUNK) * CHUNK_BYTES)
        self._vad.reset()
        self._begin()
        self._feed(recent[len(recent) - before :], at)

    def cancel(self) -> None:
        """Stop listening, without a result."""
        if self._utterance is not None:
            self._utterance.cancel()
            self._settle()

    def expect(self, phrases: Sequence[str] | None) -> None:
        """The only answers there are, from the next utterance on; None: the whole house again."""
        self._only = None if phrases is None else tuple(phrases)

    def mute(self, *, on: bool) -> None:
        """While we speak ourselves the wake word alone is listened for; and a moment longer, for the echo."""
        if self._muted and not on:
            self._deaf = _DEAF_AFTER
        self._muted = on

    def pause(self, *, at: float) -> None:
        """There is no more sound for now: what was said up to here is all of it."""
        self._feed(self._rest, at)
        self._rest = b""
        if self._utterance is not None:
            self._utterance.end(at=at)
            self._settle()

    def end(self, *, at: float) -> None:
        """There is no more sound: tell what was said up to here, or that there was nothing."""
        self._at_once = False
        if self._utterance is None:
            self._tell("silence", why="nothing")
        self.pause(at=at)

    def close(self) -> None:
        """Give back what it holds."""
        self._vad.reset()
        self._senses.idle_vads.append(self._vad)
        if self._wake is not None:
            self._wake.close()

    def level(self) -> tuple[float, float]:
        """The probabilities of speech and of the wake word in the latest block, for a person who watches."""
        if self._utterance is not None:
            return self._utterance.probability, 0.0
        latest = self._recent[-1] if self._recent else bytes(BLOCK)
        chunks = range(0, BLOCK - CHUNK_BYTES + 1, CHUNK_BYTES)
        return max(self._vad.feed(latest[at : at + CHUNK_BYTES]) for at in chunks), self._score

    def _block(self, block: bytes, at: float) -> None:
        self._recent.append(block)
        quiet_please = self._muted or self._deaf > 0
        self._deaf = max(0, self._deaf - 1)
        if self._utterance is not None:
            if not quiet_please:
                self._feed(block, at)
        elif self._wake is not None:
            self._score = self._wake.feed(block)
            if self._score >= self._senses.threshold:
                self._woke(at)

    def _woke(self, at: float) -> None:
        self._tell("woke", word=self._senses.word, score=round(self._score, 3))
        self._muted = False
        self._deaf = 0
        recent = b"".join(self._recent)
        recent = recent[len(recent) % CHUNK_BYTES :]
        self._vad.reset()
        chunks = [recent[at : at + CHUNK_BYTES] for at in range(0, len(recent), CHUNK_BYTES)]
        probabilities = [self._vad.feed(chunk) for chunk in chunks]
        cut = after_the_word(probabilities, self._senses.patience)
        if cut.word_inside and not self._senses.knows_word:
            cut = _quietest(chunks)
        self._begin(self._senses.wake_words if cut.word_inside else ())
        self._feed(b"".join(chunks[cut.start :]), at, probabilities[cut.start :])

    def _begin(self, wake: tuple[str, ...] = (), *, at_once: bool = False) -> None:
        begin = self._begin_hearing(wake)
        if begin is None:
            self._tell("silence", why="unclear")
            return
        self._utterance = Utterance(
            begin=begin,
            vad=self._vad,
            patience=self._senses.patience,
            tell=self._tell,
            wake=wake,
            at_once=at_once,
            passed_on=self._senses.pass_on is not None,
        )

    def _begin_hearing(self, wake: tuple[str, ...]) -> Begin | None:
        """How a hearing is begun; None: there is nothing that could understand."""
        if self._senses.pass_on is not None:
            return partial(Passing, partial(self._senses.pass_on, self._number))
        recogniser = self._senses.recogniser
        if recogniser is None:
            return None
        only = self._only
        if only is not None and wake:
            only = (*only, " ".join(wake))
        return partial(recogniser.begin, only)

    def _feed(self, pcm: bytes, at: float, probabilities: Sequence[float] = ()) -> None:
        if self._utterance is not None:
            self._utterance.feed(pcm, at=at, probabilities=probabilities)
            self._settle()

    def _settle(self) -> None:
        """If the utterance is over, wait for the wake word again, or for more where it isn't needed."""
        if self._utterance is None or not self._utterance.done:
            return
        self._utterance = None
        self._score = 0.0
        if self._wake is not None:
            self._wake.reset()
        if self._at_once:
            self._begin()


def _quietest(chunks: Sequence[bytes]) -> Cut:
    """Where the last moments are quietest: a wake word that the recogniser doesn't know is left out."""
    late = round(0.4 / CHUNK)
    first = max(0, len(chunks) - late)
    return Cut(min(range(first, len(chunks)), key=lambda number: rms(chunks[number])), word_inside=False)
