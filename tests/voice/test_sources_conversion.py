"""The way from any PCM to ours: rates, channels, and samples of other widths."""

import json
import math
import struct
from array import array

import pytest

from integrations.voice.ear.sources import RATE
from integrations.voice.ear.sources.conversion import Converter, Resampler, fixed, mixed, shortened
from tests.voice import speech
from tests.voice.sources import db, tone

needs_espeak = pytest.mark.skipif(
    not speech.HAS_ESPEAK, reason="espeak-ng is not installed: apt install espeak-ng"
)


class TestConversion:
    @pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
    @pytest.mark.parametrize("hertz", [440, 3000])
    def test_a_tone_of_speech_comes_through_as_loud_as_it_was(self, rate, hertz):
        made = Resampler(rate).feed(tone(hertz, rate))

        assert abs(db(made)) < 0.5

    @pytest.mark.parametrize("rate", [44100, 48000, 96000])
    @pytest.mark.parametrize("hertz", [11000, 15625, 20000])
    def test_what_16000_samples_cannot_carry_is_not_folded_into_the_speech(self, rate, hertz):
        made = Resampler(rate).feed(tone(hertz, rate))

        assert db(made) < -50

    @pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (48000, 1), (16000, 2), (11025, 1)])
    def test_the_size_of_the_pieces_does_not_matter(self, rate, channels):
        pcm = array("h", [value for value in tone(500, rate) for _ in range(channels)]).tobytes()
        in_pieces = Converter(rate, channels)
        frame = 2 * channels

        pieces = [in_pieces.feed(pcm[at : at + 37 * frame]) for at in range(0, len(pcm), 37 * frame)]

        assert b"".join(pieces) == Converter(rate, channels).feed(pcm)

    @pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
    def test_a_second_stays_a_second(self, rate):
        made = Converter(rate, 1).feed(bytes(2 * rate))

        assert abs(len(made) // 2 - RATE) < RATE // 500

    def test_full_scale_does_not_wrap_around(self):
        square = array("h", ([32767] * 40 + [-32768] * 40) * 300)

        made = Resampler(48000).feed(square)

        assert max(made) == 32767
        assert min(made) == -32768

    def test_two_channels_become_their_mean(self):
        assert mixed(array("h", [100, 300, -32768, -32768, 32767, 32767]), 2) == array(
            "h", [200, -32768, 32767]
        )

    def test_eight_bits_are_unsigned(self):
        assert shortened(bytes([0, 128, 255]), 1) == struct.pack("<3h", -32768, 0, 32512)

    def test_of_longer_samples_the_upper_bits_are_kept(self):
        assert shortened(b"\xff\x34\x12\x00\x00\x80", 3) == struct.pack("<2h", 0x1234, -32768)

    def test_floating_point_beyond_full_scale_and_no_number_at_all_do_no_harm(self):
        assert fixed(struct.pack("<4f", 0.5, 7, -7, math.nan), 4) == struct.pack(
            "<4h", 16384, 32767, -32768, 0
        )

    @needs_espeak
    @pytest.mark.parametrize("rate", [44100, 48000])
    def test_speech_is_recognised_through_the_whine_of_a_screen(self, rate):
        import vosk

        vosk.SetLogLevel(-1)
        recogniser = vosk.KaldiRecognizer(vosk.Model(str(speech.MODEL)), RATE)
        said = (
            speech.silence(0.3) + speech.say("close the garage door", voice="en-us+f4") + speech.silence(0.5)
        )
        pcm = array("h", speech._pcm(speech._resampled(speech._floats(said), RATE, rate)))
        whine = tone(15625, rate, seconds=len(pcm) / rate + 1, amplitude=1000)
        hiss = array("h", speech.noise(len(pcm) / RATE + 1, db=-78))
        noisy = array("h", [sum(three) for three in zip(pcm, whine, hiss, strict=False)])

        recogniser.AcceptWaveform(Converter(rate, 1).feed(noisy.tobytes()))

        assert json.loads(recogniser.FinalResult())["text"] == "close the garage door"
