"""Sound for sources to read, and all that comes out of them."""

import math
import struct
from array import array

import pytest

from integrations.voice.ear.sources import BLOCK, RATE, AudioSource, SourceError

RAMP = array("h", range(-8000, 8000)).tobytes()  # a second of ours, of which every sample is another


def tone(hertz: float, rate: int, *, seconds: float = 0.2, amplitude: int = 16000) -> "array[int]":
    return array(
        "h",
        [round(amplitude * math.sin(2 * math.pi * hertz * n / rate)) for n in range(round(rate * seconds))],
    )


def db(samples: "array[int]") -> float:
    """Its level against that of a tone of 16000."""
    middle = samples[200:-200]
    return 10 * math.log10(2 * sum(value * value for value in middle) / len(middle) / 16000**2 + 1e-12)


def wav(pcm: bytes, *, rate=RATE, channels=1, bits=16, coding=1, length=None, extra=b"") -> bytes:
    form = struct.pack(
        "<HHIIHH", coding, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    if coding == 0xFFFE:
        form += struct.pack("<HHIH14s", 22, bits, 0, 1, bytes.fromhex("000000001000800000AA00389B71"))
    told = len(pcm) if length is None else length
    body = b"fmt " + struct.pack("<I", len(form)) + form + extra + b"data" + struct.pack("<I", told) + pcm
    return b"RIFF" + struct.pack("<I", 4 + len(body) & 0xFFFFFFFF) + b"WAVE" + body


def everything(source: AudioSource) -> bytes:
    """All that a source has, until it is over or lost."""
    came = b""
    try:
        while block := source.read():
            assert len(block) == BLOCK
            came += block
    except SourceError:
        pass
    source.close()
    return came


def reason(source: AudioSource) -> str:
    """Why it is lost."""
    for _ in range(1000):
        try:
            source.read()
        except SourceError as error:
            source.close()
            return str(error)
    return pytest.fail("it is not lost")
