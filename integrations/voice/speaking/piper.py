"""Speech by piper, a neural voice, if its program and the model of a voice are there."""

import asyncio
from pathlib import Path

from agent.api import ConfigError, TransientError
from integrations.voice.speaking.audio import Audio, read_wav
from integrations.voice.speaking.program import piped
from integrations.voice.speaking.section import TtsSettings, for_language
from integrations.voice.speaking.voice import LanguageError

PROGRAM = "piper"
USUAL_SPEED = 175.0
"""Words a minute of voices as they were trained, more or less."""


class PiperVoice:
    """Speaks by piper; a process for each text, so that no model lies in memory meanwhile."""

    name = PROGRAM

    def __init__(self, settings: TtsSettings) -> None:
        self._settings = settings

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound.

        Raises:
            ConfigError: the program or the model is not there.
            TransientError: it fails, or takes too long.
        """
        model = for_language(self._settings.model, language)
        if model is None:
            raise LanguageError(f"piper has no model for {language!r}; 'voice: tts: model:' gives it one")
        await asyncio.to_thread(_look_for, model)
        # Both forms of piper, in C++ and in Python, know these, and read a text from each line.
        scale = f"{USUAL_SPEED / self._settings.speed:.3f}"
        argv = [PROGRAM, "--model", str(model), "--output_file", "-", "--length_scale", scale]
        if speaker := for_language(self._settings.voice, language):
            if not speaker.isdecimal():
                raise ConfigError(f"piper counts its speakers; {speaker!r} is no number")
            argv += ["--speaker", speaker]
        line = " ".join(text.split()) + "\n"
        try:
            written = await piped(*argv, data=line.encode("utf-8", "replace"), within=self._settings.timeout)
        except ConfigError:
            raise ConfigError("piper is not installed; `pipx install piper-tts` would be right") from None
        try:
            return read_wav(written)
        except ValueError as error:
            raise TransientError(f"piper wrote something else than sound: {error}") from None


def _look_for(model: Path) -> None:
    for needed in (model, model.with_name(f"{model.name}.json")):
        if not needed.is_file():
            raise ConfigError(f"{needed} is not there; piper needs NAME.onnx and NAME.onnx.json of a voice")
