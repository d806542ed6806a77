"""Text to speech for satellites: `hermes/tts/...`, and the sound that they are sent to play.

say ─▸ voice ─▸ hermes/audioServer/<siteId>/playBytes/<id> ─▸ playFinished ─▸ sayFinished
"""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from uuid import uuid4

from agent.api import ConfigError, TransientError
from integrations.voice.hermes.asr import MOST_SITES
from integrations.voice.hermes.messages import Say
from integrations.voice.hermes.wire import Wire
from integrations.voice.speaking import Sound, Voice, sound, sounding
from integrations.voice.speaking.audio import Audio, scaled

MOST_WAITING = 8
"""Things that wait to be said in one place; what comes then is not said."""
SETTLES = 2.0
"""Seconds that a satellite may take beyond the sound itself to say that it has played it."""
MOST_TELLING = 200
"""Sites of which it is remembered whether they say that they have played something."""


class Tts:
    """Says one thing at a time in each place."""

    def __init__(self, wire: Wire, voice: Voice | None, *, language: str) -> None:
        self._wire = wire
        self._voice = voice
        self._language = language
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[str] = Counter()
        self._playing: dict[tuple[str, str], asyncio.Event] = {}
        self._telling: dict[str, bool] = {}
        """Whether a site has ever said that it has played something."""

    async def say(self, wish: Say, *, first: Sound | None = None) -> bool:
        """Have it said, and wait until it was; whatever happens, `sayFinished` tells that it is over.

        `first`: a sound before it. Gives whether it was heard, as far as one can know.
        """
        site, heard = wish.site_id, False
        self._waiting[site] += 1
        try:
            if self._waiting[site] > MOST_WAITING or len(self._waiting) > MOST_SITES:
                self._failed(wish, "too much waits to be said already")
            elif wish.text.strip():
                async with self._turns[site]:
                    heard = await self._said(wish, first)
        finally:
            self._waiting[site] -= 1
            if not self._waiting[site]:
                del self._waiting[site]
                self._turns.pop(site, None)
            self._wire.tell(
                "tts/sayFinished",
                {"id": wish.id or None, "siteId": site, "sessionId": wish.session_id or None},
            )
        return heard

    def sound(self, site: str, name: Sound) -> None:
        """Have a short sound played, and do not wait for it."""
        self._wire.send(f"audioServer/{site}/playBytes/{uuid4()}", sound(name).wav())

    def finished(self, site: str, request: str) -> None:
        """A satellite has played what it was sent."""
        if (playing := self._playing.get((site, request))) is not None:
            playing.set()

    async def _said(self, wish: Say, first: Sound | None) -> bool:
        if self._voice is None:
            self._failed(wish, "this house has no voice: see 'voice: tts:' in its configuration")
            return False
        language = wish.lang.replace("_", "-") or self._language
        try:
            audio = await self._voice.synthesise(wish.text, language)
        except (ConfigError, TransientError) as error:
            self._failed(wish, str(error))
            return False
        if first is not None:
            audio = sounding(first, audio)
        if wish.volume is not None:
            audio = Audio(pcm=scaled(audio.pcm, wish.volume), rate=audio.rate, channels=audio.channels)
        request, site = str(uuid4()), wish.site_id
        played = self._playing[site, request] = asyncio.Event()
        try:
            self._wire.send(f"audioServer/{site}/playBytes/{request}", audio.wav())
            # Not every satellite tells.
            with suppress(TimeoutError):
                async with asyncio.timeout(audio.seconds + SETTLES):
                    await played.wait()
        finally:
            del self._playing[site, request]
        return self._was_heard(site, told=played.is_set())

    def _was_heard(self, site: str, *, told: bool) -> bool:
        """Whether a site has played something: it says so, or is one that never does."""
        before = self._telling.get(site)
        if told or (before is None and len(self._telling) < MOST_TELLING):
            self._telling[site] = told
        return told or before is False

    def _failed(self, wish: Say, reason: str) -> None:
        self._wire.error("tts", reason, site=wish.site_id, session=wish.session_id, context=wish.text[:100])
