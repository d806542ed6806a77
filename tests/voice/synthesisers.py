"""Voices to ask for sound, and what the house would show of them."""

import asyncio
import time

from integrations.voice.speaking import Audio, TtsSettings, Voice, open_voice


class Problems:
    """What the house would show."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None]] = []

    def __call__(self, key: str, text: str | None) -> None:
        self.told.append((key, text))


def opened(problems: Problems | None = None, **settings: object) -> Voice:
    voice = open_voice(
        TtsSettings.model_validate(settings), monotonic=time.monotonic, problem=problems or Problems()
    )
    assert voice is not None
    return voice


class Counting:
    """A voice elsewhere, that counts how often it is asked, and may be told to fail."""

    def __init__(self, name: str = "counting", seconds: float = 1.0) -> None:
        self.name = name
        self.asked = 0
        self.fails: Exception | None = None
        self._pcm = b"\1\0" * int(16_000 * seconds)

    async def synthesise(self, text: str, language: str) -> Audio:  # noqa: ARG002  # it is all the same to it
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return Audio(pcm=self._pcm, rate=16_000)
