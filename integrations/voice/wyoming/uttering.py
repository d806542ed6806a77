"""Speech as events, from `audio-start` to `audio-stop`; and text that comes in pieces, by sentences."""

import re
from collections.abc import Iterator

from integrations.voice.speaking import Audio
from integrations.voice.wyoming.events import AudioChunk, AudioStart, AudioStop, Eventable

WIDTH = 2
CHUNK_SECONDS = 0.1
MOST_TEXT = 10_000
"""Letters of a text that is spoken."""
NOTHING = Audio(pcm=b"", rate=16_000)
_END = re.compile(r"(?<=[.!?;])\s+|(?<=[\u3002\uff01\uff1f\uff1b])|\n+")


def events_of(audio: Audio) -> Iterator[Eventable]:
    """`audio`, to be sent one after the other."""
    form = {"rate": audio.rate, "width": WIDTH, "channels": audio.channels}
    frame = WIDTH * audio.channels
    size = max(1, int(audio.rate * CHUNK_SECONDS)) * frame
    yield AudioStart(**form, timestamp=0)
    for start in range(0, len(audio.pcm), size):
        stamp = 1000 * (start // frame) // audio.rate
        yield AudioChunk(**form, audio=audio.pcm[start : start + size], timestamp=stamp)
    yield AudioStop(timestamp=round(1000 * audio.seconds))


class Sentences:
    """Collects a text that is still being written, and gives every sentence as soon as it is whole."""

    def __init__(self) -> None:
        self._rest = ""
        self._left = MOST_TEXT

    def more(self, text: str) -> list[str]:
        """The sentences that `text` completes; what is beyond `MOST_TEXT` is not spoken."""
        self._rest += text[: self._left]
        self._left -= min(self._left, len(text))
        *whole, self._rest = _END.split(self._rest)
        return [one.strip() for one in whole if one.strip()]

    def rest(self) -> list[str]:
        """What is left at the end."""
        last, self._rest = self._rest.strip(), ""
        return [last] if last else []
