"""Speaking: text becomes sound, and sound comes out of a loudspeaker, or goes to a satellite.

voice = open_voice(settings.tts, ...)       text ─▸ Audio: espeak-ng, piper, a Wyoming server; kept in memory
speaker = Speaker(settings.speaker, voice)  say, sound, stop; run `speaker.work`
"""

from integrations.voice.speaking.audio import Audio
from integrations.voice.speaking.section import SpeakerSettings, TtsSettings
from integrations.voice.speaking.sounds import Sound, sound, sounding
from integrations.voice.speaking.speaker import Said, Speaker
from integrations.voice.speaking.voice import Voice
from integrations.voice.speaking.voices import choice, open_voice

__all__ = [
    "Audio",
    "Said",
    "Sound",
    "Speaker",
    "SpeakerSettings",
    "TtsSettings",
    "Voice",
    "choice",
    "open_voice",
    "sound",
    "sounding",
]
