"""Sound as a peer sends it, to that of the ear: 16 kHz, one channel, 16 bits, a second at most."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.voice.ear.sources.conversion import Converter, checked, is_odd, shortened
from integrations.voice.ear.sources.source import RATE, SourceError
from integrations.voice.wyoming.wire import WireError

WIDTH = 2
PIECE = 2 * RATE
"""Bytes: a second."""
_WIDTHS = range(1, 5)
_MOST_CHANNELS = 8
_AT_ONCE = 4_096  # frames that are converted while everything else waits


class Intake:
    """Converts what one peer sends."""

    def __init__(self) -> None:
        self._form: tuple[int, int, int] | None = None
        self._converter: Converter | None = None
        self._rest = b""

    async def pieces(self, data: Mapping[str, Any], pcm: bytes) -> AsyncIterator[bytes]:
        """What an `audio-chunk` brings, as ours.

        Raises:
            WireError: it is not PCM as we know it.
        """
        form = _form(data)
        if form != self._form:
            self._form, self._rest = form, b""
            self._converter = Converter(form[0], form[2])
        assert self._converter is not None  # noqa: S101  # it was made with the form
        rate, width, channels = form
        pcm = self._rest + pcm
        frame = width * channels
        whole = len(pcm) - len(pcm) % frame
        self._rest = pcm[whole:]
        plain = (rate, width, channels) == (RATE, WIDTH, 1)
        step = PIECE if plain else _AT_ONCE * frame
        for start in range(0, whole, step):
            piece = pcm[start : min(start + step, whole)]
            yield piece if plain else self._converter.feed(shortened(piece, width))
            await asyncio.sleep(0)


def _form(data: Mapping[str, Any]) -> tuple[int, int, int]:
    rate, width, channels = (_number(data, name) for name in ("rate", "width", "channels"))
    if width not in _WIDTHS:
        raise WireError(f"its samples are of {width} bytes; 2 would be right, 1 to 4 are possible")
    if not 1 <= channels <= _MOST_CHANNELS:
        raise WireError(
            f"its sound has {channels} channels; 1 would be right, up to {_MOST_CHANNELS} are possible"
        )
    try:
        checked(rate, channels, "its sound")
    except SourceError as error:
        raise WireError(str(error)) from None
    if is_odd(rate):
        raise WireError(f"its sound has a rate of {rate}; 16000 would be right, 44100 and 48000 are possible")
    return rate, width, channels


def _number(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError(f"the {name} of its sound is {value!r:.20}; a number would be right")
    return value
