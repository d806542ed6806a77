"""The voices that are configured, in order: where one fails, the next one speaks."""

import re
import shutil
from collections.abc import Callable, Sequence

import structlog

from agent.api import ConfigError, TransientError
from integrations.voice.speaking.audio import Audio
from integrations.voice.speaking.cache import Cache, CachedVoice
from integrations.voice.speaking.espeak import EspeakVoice
from integrations.voice.speaking.piper import PROGRAM, PiperVoice
from integrations.voice.speaking.section import Engine, TtsSettings
from integrations.voice.speaking.text import speakable
from integrations.voice.speaking.voice import LanguageError, Voice
from integrations.voice.speaking.wyoming_tts import WyomingVoice

log = structlog.get_logger(__name__)
PROBLEM = "tts"
REST = 60.0
"""Seconds in which a voice that failed is not asked while there is another one."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_MAKERS: dict[Engine, Callable[[TtsSettings], Voice]] = {
    "espeak": EspeakVoice,
    "piper": PiperVoice,
    "wyoming": WyomingVoice,
}
Problem = Callable[[str, str | None], None]
"""Shows what is wrong under a key, or that it is well again: `house.problem`."""


def choice(settings: TtsSettings) -> tuple[tuple[Engine, ...], str]:
    """The engines that may speak, in order, and a sentence why these."""
    match settings.engine:
        case "none":
            return (), "'voice: tts: engine:' is none"
        case "auto":
            engines: tuple[Engine, ...] = ("espeak",)
            why = "there is neither a 'url' of a Wyoming server nor a 'model' of piper"
            if settings.model and shutil.which(PROGRAM):
                engines, why = ("piper", *engines), "there is a 'model' and piper"
            elif settings.model:
                why = "there is a 'model', but piper is not installed"
            if settings.url is not None:
                engines, why = ("wyoming", *engines), "there is a 'url'"
            return engines, why
        case engine:
            return (engine,), f"'voice: tts: engine:' is {engine}"


def open_voice(settings: TtsSettings, *, monotonic: Callable[[], float], problem: Problem) -> Voice | None:
    """The voice of the house, as `settings` say; None: it has none.

    It takes any text, bounds it, and keeps what it made. What is wrong with it is told to `problem` once.
    """
    engines, why = choice(settings)
    log.info("voice.tts_chosen", engines=engines, why=why)
    if not engines:
        return None
    cache = Cache()
    style = settings.model_dump_json(include={"voice", "speed", "pitch", "model", "url"})
    # What a voice is called only one of them knows.
    each = (settings, *(settings.model_copy(update={"voice": {}}) for _ in engines[1:]))
    made = (_MAKERS[engine](its) for engine, its in zip(engines, each, strict=True))
    voices = tuple(CachedVoice(voice, cache, style=style) for voice in made)
    return FirstOf(voices, monotonic=monotonic, problem=problem)


class FirstOf:
    """Speaks by the first voice that can."""

    def __init__(self, voices: Sequence[Voice], *, monotonic: Callable[[], float], problem: Problem) -> None:
        self._voices = voices
        self._monotonic = monotonic
        self._problem = problem
        self._rests: dict[int, tuple[float, str]] = {}
        self._told: str | None = None
        self.name = voices[0].name

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound; without any if there is nothing in it to be said.

        Raises:
            ConfigError: no voice can be used as it is configured.
            TransientError: none speaks now.
        """
        if not _LANGUAGE.fullmatch(language):
            raise ConfigError(f"{language!r:.40} is no language; en or zh-CN would be right")
        text = speakable(text)
        if not text:
            return Audio(pcm=b"", rate=16_000)
        obstacles: list[str] = []
        others: list[str] = []  # reasons that only hold for this language, and are no fault
        kind: type[ConfigError | TransientError] = ConfigError
        for number, voice in enumerate(self._voices):
            until, obstacle = self._rests.get(number, (0.0, ""))
            if number + 1 < len(self._voices) and self._monotonic() < until:
                obstacles.append(obstacle)
                continue
            try:
                audio = await voice.synthesise(text, language)
            except LanguageError as error:
                others.append(str(error))
                continue
            except (ConfigError, TransientError) as error:
                obstacles.append(str(error))
                self._rests[number] = (self._monotonic() + REST, str(error))
                kind = type(error)
                continue
            self._rests.pop(number, None)
            self._tell(f"{'; '.join(obstacles)}; {voice.name} speaks instead" if obstacles else None)
            self.name = voice.name
            return audio
        reason = "; ".join((*obstacles, *others))
        self._tell(reason)
        raise kind(reason)

    def _tell(self, obstacle: str | None) -> None:
        """Say what is wrong once, and once that it is well."""
        if obstacle == self._told:
            return
        self._told = obstacle
        if obstacle is not None:
            log.warning("voice.tts_failed", reason=obstacle)
        self._problem(PROBLEM, obstacle)
