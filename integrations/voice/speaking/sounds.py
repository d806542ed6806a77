"""Short sounds, made of sines: that it woke, understood, or failed. Too pure to be taken for speech."""

import math
from array import array
from functools import cache
from typing import Literal

from integrations.voice.speaking.audio import Audio

Sound = Literal["woke", "understood", "failed"]
RATE = 16_000
LOUD = 9_000
_EDGE = 0.012
"""Seconds in which a tone comes and goes, so that it does not click."""
_TONES: dict[Sound, tuple[tuple[float, float], ...]] = {
    "woke": ((660.0, 0.07), (880.0, 0.09)),
    "understood": ((880.0, 0.08),),
    "failed": ((440.0, 0.10), (330.0, 0.16)),
}
"""Hertz and seconds."""


@cache
def sound(name: Sound) -> Audio:
    """The sound of that name."""
    samples = array("h")
    for pitch, seconds in _TONES[name]:
        samples.extend(_tone(pitch, seconds))
    return Audio(pcm=samples.tobytes(), rate=RATE)


def _tone(pitch: float, seconds: float) -> list[int]:
    count, edge = int(seconds * RATE), int(_EDGE * RATE)
    return [
        int(
            LOUD
            * math.sin(math.tau * pitch * at / RATE)
            * (0.5 - 0.5 * math.cos(math.pi * min(1.0, at / edge, (count - 1 - at) / edge)))
        )
        for at in range(count)
    ]
