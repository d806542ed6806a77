"""The first thing that an ear is told."""

from pathlib import Path
from typing import Any

from integrations.voice.section import Settings

PREROLL = 0.3
"""Seconds of sound before speech was noticed that belong to it."""


def opening(config: Settings, model: Path | None, language: str) -> dict[str, Any]:
    """What to open: source, wake word, recogniser with its `model`."""
    engine = "none" if config.stt.engine == "wyoming" else config.stt.engine
    return {
        "do": "open",
        "source": None if config.microphone is None else config.microphone.source(),
        "wake": None if config.wake is None else config.wake.model_dump(),
        "vad": {**config.listening.model_dump(), "preroll": PREROLL},
        "recogniser": {"engine": engine, "model": model and str(model), "language": language},
    }
