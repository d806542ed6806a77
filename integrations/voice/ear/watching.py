"""What a person sees who looks at the microphone's level: loudness, ten times a second."""

import math
from array import array
from typing import Final

from integrations.voice.ear.vad import rms

_EVERY: Final = 1600  # samples
_SILENT: Final = -96.0  # dB: what 16 bits can't tell from nothing


class Meter:
    """Takes blocks, and gives a reading every tenth of a second of sound."""

    def __init__(self) -> None:
        self._samples = 0

    def due(self, block: bytes) -> bool:
        """Whether a reading is due after this block."""
        self._samples += len(block) // 2
        if self._samples < _EVERY:
            return False
        self._samples -= _EVERY
        return True


def loudness(block: bytes) -> dict[str, float]:
    """`rms_db` and `peak_db` of a block, below full scale."""
    peak = max(map(abs, array("h", block)), default=0)
    return {"rms_db": _db(rms(block)), "peak_db": _db(peak)}


def _db(amplitude: float) -> float:
    return round(max(_SILENT, 20 * math.log10(amplitude / 32768)), 1) if amplitude else _SILENT
