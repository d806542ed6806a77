"""Speech, silence and noise, made on the spot by espeak-ng: everything is 16 kHz mono s16 PCM.

Everything here takes and gives `bytes`, is repeatable (noise has a seed), and what was said once is kept
for the session. The test model in `model/` understands these voices, and no people.
"""

import functools
import io
import shutil
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16000
BLOCK = 2560  # bytes: 1280 samples, 80 ms
MODEL = Path(__file__).with_name("model")
HAS_ESPEAK = shutil.which("espeak-ng") is not None
# Variants that the model never heard when it was trained.
VOICES = ("en-us+f4", "en-us+Michael", "en-gb+linda", "en-us+john")

Floats = NDArray[np.float64]


@functools.cache
def say(text: str, *, voice: str = "en-us", rate: int = 165, pitch: int = 50) -> bytes:
    """What `espeak-ng` says, without silence around it, 12 dB below full scale at its loudest.

    Args:
        text: plain words.
        voice: a voice of espeak-ng, with a variant if you like: "en-us+f4".
        rate: words a minute.
        pitch: 0 to 99.
    """
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(rate), "-p", str(pitch), "--stdout", "--", text],
        check=True,
        capture_output=True,
    ).stdout
    # espeak-ng writes to a pipe, so the lengths in its header are wrong.
    with wave.open(io.BytesIO(spoken)) as header:
        rate_of_espeak = header.getframerate()
    sound = _resampled(np.frombuffer(spoken[44:], dtype="<i2").astype(np.float64), rate_of_espeak)
    loud = np.nonzero(np.abs(sound) > 50)[0]
    sound = sound[loud[0] : loud[-1] + 1]
    return _pcm(sound * (8192 / np.abs(sound).max()))


def silence(seconds: float) -> bytes:
    """Digital silence."""
    return bytes(2 * round(seconds * RATE))


def noise(seconds: float, *, colour: str = "white", db: float = -40, seed: int = 0) -> bytes:
    """Noise, "white" or "pink" (rooms, rain, a fan), at so many dB (RMS) below full scale."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    if colour == "pink":
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
    return _pcm(_at(np.fft.irfft(spectrum, size), db))


def babble(seconds: float, *, talkers: int = 4, db: float = -30, seed: int = 0) -> bytes:
    """Many voices at once, of which none says anything that the house knows."""
    generator = np.random.default_rng(seed)
    texts = (
        "my sister told me that yesterday they went walking along the river until sunset",
        "the newspaper said prices for vegetables rose again because summer was so dry",
        "nobody really believed him when he spoke about travelling around by bicycle",
        "after breakfast she usually reads several chapters before answering letters",
    )
    sound = np.zeros(round(seconds * RATE))
    for talker in range(talkers):
        voice = VOICES[talker % len(VOICES)]
        words = _floats(say(texts[talker % len(texts)], voice=voice, rate=150 + 10 * talker))
        tiled = np.tile(words, -(-sound.size // words.size) + 1)
        start = int(generator.integers(words.size))
        sound += tiled[start : start + sound.size]
    return _pcm(_at(sound, db))


def music(seconds: float, *, db: float = -30, seed: int = 0) -> bytes:
    """Chords of plucked tones, two a second."""
    generator = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE))
    note = np.arange(RATE) / RATE
    for start in range(0, sound.size, RATE // 2):
        for _ in range(3):
            pitch = 110 * 2 ** (generator.integers(0, 30) / 12)
            tone = sum(np.sin(2 * np.pi * pitch * k * note) / k**1.5 for k in (1, 2, 3, 4)) * np.exp(
                -4 * note
            )
            sound[start : start + RATE] += tone[: sound.size - start]
    return _pcm(_at(sound, db))


def mixed(pcm: bytes, other: bytes, *, snr: float) -> bytes:
    """`pcm` with `other` (as long, or longer) below it by `snr` dB, measured where `pcm` is not silent."""
    sound = _floats(pcm)
    below = _floats(other)[: sound.size]
    heard = sound[np.abs(sound) > 50]
    if not heard.size or not below.any():
        return pcm
    level = 20 * np.log10(np.sqrt(np.mean(heard**2)) / 32768)
    return _pcm(sound + _at(below, level - snr))


def reverb(pcm: bytes, *, seconds: float = 0.3, wet: float = 0.3, seed: int = 0) -> bytes:
    """`pcm` in a room whose echo dies away (by 60 dB) in so many seconds; as long as before."""
    sound = _floats(pcm)
    size = round(seconds * RATE)
    tail = np.random.default_rng(seed).standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    tail /= np.sqrt(np.sum(tail**2))
    length = sound.size + size
    echo = np.fft.irfft(np.fft.rfft(sound, length) * np.fft.rfft(tail, length), length)[: sound.size]
    return _pcm((1 - wet) * sound + wet * echo)


def louder(pcm: bytes, db: float) -> bytes:
    """The same, louder by so many dB (quieter if negative)."""
    return _pcm(_floats(pcm) * 10 ** (db / 20))


def command(
    text: str,
    *,
    wake: str | None = "hey jarvis",
    voice: str = "en-us+f4",
    lead: float = 0.5,
    gap: float = 0.4,
    tail: float = 1.2,
) -> bytes:
    """Somebody says the wake word and, after a pause of `gap` seconds, `text`; silence before and after."""
    called = say(wake, voice=voice, rate=150) + silence(gap) if wake else b""
    return silence(lead) + called + say(text, voice=voice) + silence(tail)


def blocks(pcm: bytes, size: int = BLOCK) -> Iterator[bytes]:
    """`pcm` in whole blocks; the last one is filled with silence."""
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size].ljust(size, b"\0")


def seconds(pcm: bytes) -> float:
    """How long it lasts."""
    return len(pcm) / 2 / RATE


def write_wav(path: Path, pcm: bytes, *, rate: int = RATE, channels: int = 1) -> Path:
    """A WAV file of it, resampled to `rate`, the same on every channel."""
    sound = _floats(pcm) if rate == RATE else _resampled(_floats(pcm), RATE, rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(np.frombuffer(_pcm(sound), dtype="<i2"), channels).tobytes())
    return path


def _resampled(sound: Floats, rate: int, wanted: int = RATE) -> Floats:
    """Resampled in the spectrum: exact for what both rates can carry."""
    step = rate // np.gcd(rate, wanted)
    padded = np.pad(sound, (0, -sound.size % step))
    size = padded.size * wanted // rate
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(size // 2 + 1, dtype=complex)
    both = min(kept.size, spectrum.size)
    kept[:both] = spectrum[:both]
    return np.fft.irfft(kept, size) * (wanted / rate)


def _floats(pcm: bytes) -> Floats:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def _at(sound: Floats, db: float) -> Floats:
    """`sound` scaled to an RMS of `db` below full scale."""
    return sound * (32768 * 10 ** (db / 20) / np.sqrt(np.mean(sound**2)))


def _pcm(sound: Floats) -> bytes:
    return np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
