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
_GAP = 0.1
"""Seconds between a sound and what is said."""
_TONES: dict[Sound, tuple[tuple[float, float], ...]] = {
    "woke": ((660.0, 0.07), (880.0, 0.09)),
    "understood": ((880.0, 0.08),),
    "failed": ((440.0, 0.10), (330.0, 0.16)),
}
"""Hertz and seconds."""


@cache
def sound(name: Sound, rate: int = RATE) -> Audio:
    """The sound of that name."""
    samples = array("h")
    for pitch, seconds in _TONES[name]:
        samples.extend(_tone(pitch, seconds, rate))
    return Audio(pcm=samples.tobytes(), rate=rate)


def sounding(name: Sound, audio: Audio) -> Audio:
    """`audio` after the sound of that name, to be played in one go."""
    first = array("h", sound(name, audio.rate).pcm)
    first.extend([0] * int(_GAP * audio.rate))
    if audio.channels > 1:
        first = array("h", (sample for sample in first for _ in range(audio.channels)))
    return Audio(pcm=first.tobytes() + audio.pcm, rate=audio.rate, channels=audio.channels)


def _tone(pitch: float, seconds: float, rate: int) -> list[int]:
    count, edge = int(seconds * rate), int(_EDGE * rate)
    return [
        int(
            LOUD
            * math.sin(math.tau * pitch * at / rate)
            * (0.5 - 0.5 * math.cos(math.pi * min(1.0, at / edge, (count - 1 - at) / edge)))
        )
        for at in range(count)
    ]
