"""Sound in memory: signed 16 bit PCM with its rate, to and from WAV. Nothing here needs numpy."""

import struct
from array import array
from dataclasses import dataclass

RATES = range(4_000, 192_001)
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_FORMAT = struct.Struct("<HHIIHH")
_CHUNK = struct.Struct("<4sI")
_PCM, _EXTENSIBLE = 1, 0xFFFE
_WIDTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """What can be played."""

    pcm: bytes
    """Signed 16 bit, little endian, channels in turns."""
    rate: int
    channels: int = 1

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / (_WIDTH * self.channels * self.rate)

    def wav(self) -> bytes:
        """As a WAV file."""
        return wav_header(self) + self.pcm


def wav_header(audio: Audio) -> bytes:
    """What stands before the samples of `audio` in a WAV file."""
    size, frame = len(audio.pcm), _WIDTH * audio.channels
    return _HEADER.pack(
        b"RIFF", 36 + size, b"WAVE",
        b"fmt ", 16, _PCM, audio.channels, audio.rate, audio.rate * frame, frame, 8 * _WIDTH,
        b"data", size,
    )  # fmt: skip


def read_wav(written: bytes) -> Audio:
    """The sound of a WAV file, also of one that was written to a pipe, where the sizes are not true.

    Raises:
        ValueError: it is no WAV file of 16 bit PCM.
    """
    if written[:4] != b"RIFF" or written[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    at, found = 12, None
    while at + _CHUNK.size <= len(written):
        name, size = _CHUNK.unpack_from(written, at)
        at += _CHUNK.size
        if name == b"fmt " and at + _FORMAT.size <= len(written):
            found = _FORMAT.unpack_from(written, at)
        if name == b"data":
            if found is None:
                break
            kind, channels, rate, _, _, bits = found
            if kind not in {_PCM, _EXTENSIBLE}:
                raise ValueError("it is not PCM")
            return checked_audio(written[at : at + size], rate=rate, width=bits // 8, channels=channels)
        at += size + size % 2
    raise ValueError("the WAV file has no sound in it")


def checked_audio(pcm: bytes, *, rate: object, width: object, channels: object) -> Audio:
    """Sound whose form somebody else tells us; half a frame at its end is left out.

    Raises:
        ValueError: it is not what we play.
    """
    if width != _WIDTH:
        raise ValueError(f"its samples are of {width!r:.20} bytes; 2 would be right")
    if not (isinstance(channels, int) and 1 <= channels <= 2):  # noqa: PLR2004  # mono and stereo
        raise ValueError(f"it has {channels!r:.20} channels; 1 or 2 would be right")
    if not (isinstance(rate, int) and rate in RATES):
        raise ValueError(f"it has {rate!r:.20} samples a second; 16000 or 22050 would be right")
    return Audio(pcm=pcm[: len(pcm) // (_WIDTH * channels) * _WIDTH * channels], rate=rate, channels=channels)


def scaled(pcm: bytes, gain: float) -> bytes:
    """`pcm` softer by a factor of 0 to 1."""
    if gain >= 1:
        return pcm
    factor = int(max(gain, 0.0) * 65_536)
    return array("h", [sample * factor >> 16 for sample in array("h", pcm)]).tobytes()
