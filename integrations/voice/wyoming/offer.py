"""What we tell of ourselves: `info`."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from integrations.voice.wyoming.events import (
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    IntentModel,
    IntentProgram,
    TtsProgram,
    TtsVoice,
)

NAME = "hearthd"
_BY = Attribution(name=NAME, url="")
_MOST_AREAS = 50


def info(*, language: str, areas: Iterable[str], voice: str | None) -> Info:
    """What can be asked of us.

    Args:
        language: that of the house.
        areas: the areas of satellites.
        voice: what speaks, None if nothing does.
    """
    ours: dict[str, Any] = {"name": NAME, "attribution": _BY, "installed": True, "version": _version()}
    places = ", ".join(sorted(set(areas), key=str.casefold)[:_MOST_AREAS])
    does = "Understands what is said of this house and does it" + (f"; areas: {places}" if places else "")
    speaks = [
        TtsProgram(
            **{**ours, "description": voice},
            voices=[
                TtsVoice(**{**ours, "name": f"{NAME}-{language}", "description": voice}, languages=[language])
            ],
            supports_synthesize_streaming=True,
        )
    ]
    model = {**ours, "description": f"The house in {language}", "languages": [language]}
    return Info(
        asr=[
            AsrProgram(
                **{**ours, "description": "Speech to text, with the names of this house"},
                models=[AsrModel(**model)],
                supports_transcript_streaming=True,
            )
        ],
        handle=[
            HandleProgram(
                **{**ours, "description": does}, models=[HandleModel(**model)], supports_home_control=True
            )
        ],
        intent=[
            IntentProgram(
                **{**ours, "description": "Understands what is said of this house"},
                models=[IntentModel(**model)],
            )
        ],
        tts=speaks if voice is not None else [],
    )


def _version() -> str:
    try:
        return version(NAME)
    except PackageNotFoundError:  # it runs from a folder that was never installed
        return "unknown"
