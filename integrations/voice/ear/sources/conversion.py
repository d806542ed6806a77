"""Any PCM to ours: 16 bits, one channel, 16 kHz; in plain Python, because the fast libraries are large ones.

The resampler is a low-pass filter of which only the wanted samples are computed (polyphase): what lies above
the 8 kHz that 16,000 samples a second can carry is damped, instead of being folded into the speech.
"""

import functools
import math
from array import array
from collections.abc import Callable, Sequence
from operator import mul
from typing import Final

from integrations.voice.ear.sources.source import RATE, SourceError

_RATES: Final = range(8000, 192_001)
_CHANNELS: Final = range(1, 65)
_TAPS: Final = (
    24  # samples that make one, at up to 48 kHz: more cost time, and speech is recognised no better
)
_EDGE: Final = 0.44  # where the filter is half open, as a part of the lower rate: 7 kHz
_SHAPE: Final = 4.5  # of the Kaiser window: nothing beyond the edge comes through louder than -50 dB
_BITS: Final = 15

_MOST_PHASES: Final = 640
_SHORTEST, _LONGEST = -0x8000, 0x7FFF


def _summed(one: Sequence[int], other: Sequence[int]) -> int:
    return sum(map(mul, one, other))


# From Python 3.12 on, and twice as fast.
_product: Callable[[Sequence[int], Sequence[int]], int] = getattr(math, "sumprod", _summed)


def checked(rate: int, channels: int, name: str) -> None:
    """Refuse what no microphone gives.

    Raises:
        SourceError: rate or channels are nonsense.
    """
    if rate not in _RATES:
        raise SourceError(
            f"{name} has a rate of {rate!r}: {_RATES[0]} to {_RATES[-1]} samples a second are possible"
        )
    if channels not in _CHANNELS:
        raise SourceError(f"{name} has {channels!r} channels: 1 (mono) to {_CHANNELS[-1]} are possible")


def is_odd(rate: int) -> bool:
    """Whether a filter for `rate` takes long to make: it has less in common with ours than 11025 has."""
    return _phases(rate) > _MOST_PHASES


class Converter:
    """PCM of one rate and so many channels, s16 and whole frames, to 16 kHz mono."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._resampler = None if rate == RATE else Resampler(rate)

    def feed(self, pcm: bytes) -> bytes:
        """The same, as ours. A resampler keeps a millisecond of it for the next call."""
        if self._resampler is None and self._channels == 1:
            return pcm
        samples = array("h", pcm)
        if self._channels > 1:
            samples = mixed(samples, self._channels)
        if self._resampler is not None:
            samples = self._resampler.feed(samples)
        return samples.tobytes()


class Resampler:
    """One channel of some rate to 16 kHz."""

    def __init__(self, rate: int) -> None:
        common = math.gcd(rate, RATE)
        self._phases, self._step = RATE // common, rate // common
        self._filters = _filters(rate)
        self._taps = len(self._filters[0])
        self._held: list[int] = [0] * (self._taps // 2)
        self._phase = 0

    def feed(self, samples: Sequence[int]) -> "array[int]":
        """What `samples` complete."""
        held, filters, phases, step, taps = self._held, self._filters, self._phases, self._step, self._taps
        held.extend(samples)
        made: list[int] = []
        at, phase, last = 0, self._phase, len(held) - taps
        half = 1 << _BITS - 1
        while at <= last:
            made.append(_product(filters[phase], held[at : at + taps]) + half >> _BITS)
            whole, phase = divmod(phase + step, phases)
            at += whole
        del held[:at]
        self._phase = phase
        if made and (min(made) < _SHORTEST or max(made) > _LONGEST):
            made = [min(max(sample, _SHORTEST), _LONGEST) for sample in made]
        return array("h", made)


def mixed(samples: "array[int]", channels: int) -> "array[int]":
    """The mean of all channels."""
    together = map(sum, zip(*(samples[channel::channels] for channel in range(channels)), strict=True))
    return array("h", [total // channels for total in together])


def shortened(pcm: bytes, width: int) -> bytes:
    """Whole samples of 1 (unsigned), 2, 3 or 4 bytes as s16: the lower bits go."""
    match width:
        case 1:
            return array("h", [(value - 128) << 8 for value in pcm]).tobytes()
        case 2:
            return pcm
        case _:
            kept = bytearray(len(pcm) // width * 2)
            kept[0::2] = pcm[width - 2 :: width]
            kept[1::2] = pcm[width - 1 :: width]
            return bytes(kept)


def fixed(pcm: bytes, width: int) -> bytes:
    """Whole samples of floating point, of 4 or 8 bytes, full scale at 1, as s16."""
    samples = array("f" if width == array("f").itemsize else "d", pcm)
    # Not a number compares as false, and is silence then.
    return array(
        "h",
        [round(min(max(value * 0x8000, _SHORTEST), _LONGEST)) if value == value else 0 for value in samples],  # noqa: PLR0124
    ).tobytes()


@functools.lru_cache(maxsize=4)
def _filters(rate: int) -> tuple[list[int], ...]:
    """One filter a phase: the weights of the samples around the one that is made, in parts of 1 << 15."""
    phases = _phases(rate)
    taps = 2 * round(_TAPS / 2 * max(1.0, rate / 48000))
    size = phases * taps
    edge = _EDGE * min(rate, RATE) / (rate * phases)
    middle = (size - 1) / 2
    full = _bessel(_SHAPE)
    whole: list[float] = []
    for index in range(size):
        away = index - middle
        turn = 2 * math.pi * edge * away
        window = _bessel(_SHAPE * math.sqrt(max(0.0, 1 - (away / middle) ** 2))) / full
        whole.append(window * (math.sin(turn) / turn if turn else 1.0))
    found = []
    for phase in range(phases):
        weights = whole[phase::phases][::-1]
        scale = (1 << _BITS) / math.fsum(weights)
        found.append([round(weight * scale) for weight in weights])
    return tuple(found)


def _bessel(value: float) -> float:
    """The modified Bessel function of order 0, near enough for windows."""
    return math.fsum((value / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(16))


def _phases(rate: int) -> int:
    return RATE // math.gcd(rate, RATE)
