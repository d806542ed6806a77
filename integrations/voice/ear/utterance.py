"""One utterance, from the moment somebody was called to the text of what they said.

The recogniser works while they speak, so that little is left to do when they are done. It isn't troubled
with the silence before they begin, except for the pre-roll: what a detector hears late is the beginning of
a word.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from integrations.voice.ear.endpointing import CHUNK, Endpointing, Patience, Turn
from integrations.voice.ear.recognisers import Heard, Hearing
from integrations.voice.ear.vad import CHUNK_BYTES, Vad

_COUGH: Final = 0.4  # seconds: a sound shorter than this without a word in it was no speech

Tell = Callable[..., None]  # the name of an event, and its fields
Begin = Callable[[], Hearing]


class Utterance:
    """Takes sound until it is `done`; tells `speech`, `partial`, and at the end `heard` or `silence`."""

    def __init__(
        self,
        *,
        begin: Begin,
        vad: Vad,
        patience: Patience,
        tell: Tell,
        wake: Sequence[str] = (),
        at_once: bool = False,
        passed_on: bool = False,
    ) -> None:
        """Create.

        Args:
            begin: another hearing of the recogniser.
            vad: tells speech from other sound; as what came before has left it.
            patience: when speech begins and ends.
            tell: takes what happened.
            wake: the words of the wake word, if it is at the beginning of the sound.
            at_once: it is known to be speech from its first moment.
            passed_on: somebody else makes text of it: tell `recorded` in place of `heard`.
        """
        self._begin = begin
        self._vad = vad
        self._tell = tell
        self._wake = tuple(wake)
        self._at_once = at_once
        self._passed_on = passed_on
        self._endpointing = Endpointing(patience)
        self._before: deque[bytes] = deque(maxlen=round(patience.preroll / CHUNK) + 4)
        self._hearing = begin() if at_once else None
        self._unheard = bytearray()
        self._rest = b""
        self._partial = ""
        self._bytes = 0
        self.probability = 0.0  # of speech, at the end of what came so far
        self.done = False

    def feed(self, pcm: bytes, *, at: float, probabilities: Sequence[float] = ()) -> None:
        """Take the next piece of sound.

        Args:
            pcm: of any length.
            at: when it came (`time.monotonic`).
            probabilities: of speech in its first chunks, where they are known already.
        """
        known = iter(probabilities)
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % CHUNK_BYTES
        self._rest = pcm[whole:]
        for start in range(0, whole, CHUNK_BYTES):
            chunk = pcm[start : start + CHUNK_BYTES]
            probability = next(known, None)
            self.probability = self._vad.feed(chunk) if probability is None else probability
            self._chunk(chunk, self._endpointing.feed(self.probability), at)
            if self.done:
                return
        self._work()

    def end(self, *, at: float) -> None:
        """There is no more sound: what was said up to here is all."""
        if self._hearing is None:
            self._silent("nothing")
            return
        self._unheard += self._rest
        self._finish(at, last=True)

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        self._silent("cancelled")

    def _chunk(self, chunk: bytes, turn: Turn | None, at: float) -> None:
        if self._hearing is None:
            self._before.append(chunk)
        else:
            self._unheard += chunk
        match turn:
            case Turn.BEGAN:
                self._tell("speech")
                if self._hearing is None:
                    self._hearing = self._begin()
                    self._unheard += b"".join(self._before)
            case Turn.OVER:
                self._finish(at, last=False)
            case Turn.NOTHING if self._hearing is None:
                self._silent("nothing")
            case Turn.NOTHING:
                self._finish(at, last=True)

    def _work(self) -> None:
        if self._hearing is None or not self._unheard:
            return
        pcm = bytes(self._unheard)
        self._unheard.clear()
        self._bytes += len(pcm)
        partial = self._hearing.feed(pcm)
        if partial is None:
            return
        said = partial.split()
        text = " ".join(said[_before_the_command(said, self._wake) :])
        if text not in {"", self._partial}:
            self._partial = text
            self._tell("partial", text=text)

    def _finish(self, at: float, *, last: bool) -> None:
        self._work()
        seconds = round(self._bytes / 32000, 2)
        if self._passed_on:
            self._tell("recorded", seconds=seconds)
            self.done = True
            return
        heard = self._hearing.end() if self._hearing is not None else Heard(text="", words=(), unknown=False)
        said = heard.text.split()
        wake = _before_the_command(said, self._wake)
        if said[wake:]:
            words = heard.words[_before_the_command([word for word, _ in heard.words], self._wake) :]
            self._tell(
                "heard",
                text=" ".join(said[wake:]),
                words=[[word, round(sure, 3)] for word, sure in words],
                confidence=round(min((sure for _, sure in words), default=1.0), 3),
                unknown=heard.unknown,
                seconds=seconds,
                ms=round(1000 * (time.monotonic() - at), 1),
            )
            self.done = True
        elif not last and (self._wake or self._endpointing.spoken < _COUGH):
            self._again()
        else:
            self._silent("unclear" if self._endpointing.began else "nothing")

    def _again(self) -> None:
        """It was but the wake word, or a cough: what they want to say is still to come."""
        self._endpointing.again()
        self._before.clear()
        self._wake = ()
        self._partial = ""
        self._bytes = 0
        self._hearing = self._begin() if self._at_once else None

    def _silent(self, why: str) -> None:
        self._tell("silence", why=why)
        self.done = True


def _before_the_command(said: Sequence[str], wake: Sequence[str]) -> int:
    """How many of the words said are the wake word, whose last is enough, or came before it."""
    if not wake or wake[-1] not in said:
        return 0
    return len(said) - said[::-1].index(wake[-1])
