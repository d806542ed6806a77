"""Speech that was made is kept in memory: what a house says is mostly the same."""

import asyncio
from collections import OrderedDict

from integrations.voice.speaking.audio import Audio
from integrations.voice.speaking.voice import Voice

MOST_BYTES = 8 * 1024 * 1024
"""Some three minutes of speech."""
AT_ONCE = 2
"""Texts that are made into speech at a time; more wait."""
Key = tuple[str, str, str]


class Cache:
    """The speech that was asked for last, as much of it as fits."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Audio] = OrderedDict()
        self.bytes = 0
        """How much is kept."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Audio | None:
        """What is kept under `key`."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Key, audio: Audio) -> None:
        """Keep `audio` as the newest; what is too much goes, what was not asked for longest first."""
        if len(audio.pcm) > self._most // 2:
            return  # it would drive out everything that is short and said often
        if (old := self._kept.pop(key, None)) is not None:
            self.bytes -= len(old.pcm)
        self._kept[key] = audio
        self.bytes += len(audio.pcm)
        while self.bytes > self._most:
            _, oldest = self._kept.popitem(last=False)
            self.bytes -= len(oldest.pcm)


class CachedVoice:
    """A voice that says again what it has said without asking anybody."""

    def __init__(self, voice: Voice, cache: Cache, *, style: str) -> None:
        """`style`: all that decides how this voice sounds."""
        self._voice = voice
        self._cache = cache
        self._style = f"{voice.name} {style}"
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.name = voice.name

    async def synthesise(self, text: str, language: str) -> Audio:
        """`text` as sound.

        Raises:
            ConfigError: the voice cannot be used as it is configured.
            TransientError: it failed, or took too long.
        """
        key = (self._style, language, text)
        if (kept := self._cache.get(key)) is not None:
            return kept
        async with self._turns:
            if (kept := self._cache.get(key)) is not None:
                return kept  # somebody else had just asked for the same
            audio = await self._voice.synthesise(text, language)
        self._cache.put(key, audio)
        return audio
