"""The events of the protocol, from the library that defines them; they are imported here and nowhere else.

Some of its modules import `audioop`, which Python 3.11 and 3.12 warn of and 3.13 has not any more; there the
library brings its own. Nothing here needs it: sound is converted by `sound.py`.
"""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=".*audioop.*", category=DeprecationWarning)
    from wyoming.asr import (
        Transcribe,
        Transcript,
        TranscriptChunk,
        TranscriptStart,
        TranscriptStop,
    )
    from wyoming.audio import AudioChunk, AudioStart, AudioStop
    from wyoming.error import Error
    from wyoming.event import Event, Eventable, async_write_event
    from wyoming.handle import Handled, NotHandled
    from wyoming.info import (
        AsrModel,
        AsrProgram,
        Attribution,
        Describe,
        HandleModel,
        HandleProgram,
        Info,
        IntentModel,
        IntentProgram,
        TtsProgram,
        TtsVoice,
    )
    from wyoming.intent import Entity, Intent, IntentsStart, IntentsStop, NotRecognized, Recognize
    from wyoming.ping import Ping, Pong
    from wyoming.pipeline import PipelineStage, RunPipeline
    from wyoming.satellite import PauseSatellite, RunSatellite
    from wyoming.snd import Played
    from wyoming.tts import (
        Synthesize,
        SynthesizeChunk,
        SynthesizeStart,
        SynthesizeStop,
        SynthesizeStopped,
        SynthesizeVoice,
    )
    from wyoming.vad import VoiceStarted, VoiceStopped
    from wyoming.wake import Detect, Detection

__all__ = [
    "AsrModel",
    "AsrProgram",
    "Attribution",
    "AudioChunk",
    "AudioStart",
    "AudioStop",
    "Describe",
    "Detect",
    "Detection",
    "Entity",
    "Error",
    "Event",
    "Eventable",
    "HandleModel",
    "HandleProgram",
    "Handled",
    "Info",
    "Intent",
    "IntentModel",
    "IntentProgram",
    "IntentsStart",
    "IntentsStop",
    "NotHandled",
    "NotRecognized",
    "PauseSatellite",
    "Ping",
    "PipelineStage",
    "Played",
    "Pong",
    "Recognize",
    "RunPipeline",
    "RunSatellite",
    "Synthesize",
    "SynthesizeChunk",
    "SynthesizeStart",
    "SynthesizeStop",
    "SynthesizeStopped",
    "SynthesizeVoice",
    "Transcribe",
    "Transcript",
    "TranscriptChunk",
    "TranscriptStart",
    "TranscriptStop",
    "TtsProgram",
    "TtsVoice",
    "VoiceStarted",
    "VoiceStopped",
    "async_write_event",
]
