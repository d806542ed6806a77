"""Speech by espeak-ng: small, quick, in a hundred languages. The text goes over a pipe, as plain text."""

from agent.api import ConfigError, TransientError
from integrations.voice.speaking.audio import Audio, read_wav
from integrations.voice.speaking.program import piped
from integrations.voice.speaking.section import TtsSettings, for_language
from integrations.voice.speaking.voice import LanguageError

PROGRAM = "espeak-ng"
_VOICES = {"zh": "cmn", "zh-hk": "yue", "zh-mo": "yue"}
"""Languages that espeak-ng calls something else."""


class EspeakVoice:
    """Speaks by espeak-ng."""

    name = PROGRAM

    def __init__(self, settings: TtsSettings) -> None:
        self._settings = settings

    def voice(self, language: str) -> str:
        """Whose voice speaks `language`."""
        given = for_language(self._settings.voice, language)
        return given or for_language(_VOICES, language) or language

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound.

        Raises:
            ConfigError: it is not installed, or has no such voice.
            TransientError: it fails, or takes too long.
        """
        voice = self.voice(language)
        speed, pitch = str(self._settings.speed), str(self._settings.pitch)
        argv = (PROGRAM, "-b", "1", "-v", voice, "-s", speed, "-p", pitch, "--stdin", "--stdout")
        try:
            written = await piped(*argv, data=text.encode("utf-8", "replace"), within=self._settings.timeout)
        except TransientError as error:
            if "voice does not exist" in str(error):
                raise LanguageError(
                    f"espeak-ng has no voice {voice!r}; `espeak-ng --voices` tells which it has, "
                    f"and 'voice: tts: voice:' chooses"
                ) from None
            raise
        except ConfigError:
            raise ConfigError(
                "espeak-ng is not installed; `apt install espeak-ng` would be right, "
                "or 'voice: tts: engine: none'"
            ) from None
        if not written:  # nothing in it that it would say
            return Audio(pcm=b"", rate=16_000)
        try:
            return read_wav(written)
        except ValueError as error:
            raise TransientError(f"espeak-ng wrote something else than sound: {error}") from None
