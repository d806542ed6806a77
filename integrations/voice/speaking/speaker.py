"""What is to be heard, one thing after the other.

    say ───┐
    sound ─┴▸ waiting ─▸ voice ─▸ player

Announcements keep their place; of replies only the newest waits, since the answer to something older
says nothing any more. Sounds go first, and those that come too late are left out.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

import structlog

from agent.api import ConfigError, TransientError
from integrations.voice.speaking.audio import Audio
from integrations.voice.speaking.player import Player
from integrations.voice.speaking.section import SpeakerSettings
from integrations.voice.speaking.sounds import Sound, sound
from integrations.voice.speaking.voice import Voice
from integrations.voice.speaking.voices import Problem

log = structlog.get_logger(__name__)
PROBLEM = "speaker"
MOST_WAITING = 8
"""Things that wait to be said; of more, the oldest is left out."""
SOUND_WITHIN = 1.0
"""Seconds in which a sound means something."""
LISTENS_AT_MOST = 60.0
"""Seconds after which we speak again, should nobody say that the listening is over."""


class Said(StrEnum):
    """What became of something that was to be heard."""

    DONE = "done"
    STOPPED = "stopped"
    REPLACED = "replaced"
    """Something newer came before its turn, or too much waited."""
    SILENT = "silent"
    """It is not to be heard: no voice, volume 0, or quiet hours."""
    FAILED = "failed"


@dataclass(eq=False, slots=True, kw_only=True)
class _Wish:
    text: str = ""
    language: str = ""
    announcement: bool = False
    sound: Audio | None = None
    until: float = float("inf")
    said: asyncio.Future[Said] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, said: Said) -> None:
        if not self.said.done():  # who asked may have stopped waiting
            self.said.set_result(said)


class Speaker:
    """One loudspeaker. Nothing is heard but while `work` runs."""

    def __init__(
        self,
        settings: SpeakerSettings,
        voice: Voice | None,
        *,
        now: Callable[[], datetime],
        zone: tzinfo | None,
        problem: Problem,
        on_speaking: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Store what it needs.

        Args:
            settings: of the loudspeaker.
            voice: who speaks; None: nobody does, but there are sounds.
            now: the time, aware.
            zone: the time zone of the house; None is the machine's.
            problem: shows what is wrong under a key, or with None that it is well again.
            on_speaking: called with True just before speech is heard, with False when it is over.
        """
        self._settings = settings
        self._voice = voice
        self._now = now
        self._zone = zone
        self._problem = problem
        self._on_speaking = on_speaking
        self._player = Player(settings)
        self._waiting: list[_Wish] = []
        self._sounds: list[_Wish] = []
        self._awake = asyncio.Event()
        self._scope: asyncio.Timeout | None = None
        self._listens_until: float | None = None
        self._told: str | None = None

    # what others ask for --------------------------------------------------------------------------------
    def say(self, text: str, language: str, *, announcement: bool = False) -> asyncio.Future[Said]:
        """Have `text` said when its turn comes: a reply, or an announcement that nobody has asked for.

        What is returned may be waited for, or left alone; cancelled before its turn, it is not said.
        """
        wish = _Wish(text=text, language=language, announcement=announcement)
        if not announcement:
            self._leave_out([one for one in self._waiting if not one.announcement], Said.REPLACED)
        self._waiting.append(wish)
        self._leave_out(self._waiting[:-MOST_WAITING], Said.REPLACED)
        self._awake.set()
        return wish.said

    def sound(self, name: Sound) -> asyncio.Future[Said]:
        """Play a short sound at the next chance, also while somebody listens."""
        wish = _Wish(sound=sound(name), until=asyncio.get_running_loop().time() + SOUND_WITHIN)
        if self._settings.sounds:
            self._sounds.append(wish)
            self._awake.set()
        else:
            wish.settle(Said.SILENT)
        return wish.said

    def stop(self) -> None:
        """Be silent now, and forget all that waits."""
        self._leave_out([*self._waiting], Said.STOPPED)
        self._interrupt()

    def listening(self, *, on: bool) -> None:
        """Somebody begins to speak to us: be silent now, forget replies, and let announcements wait.

        With False, or after a minute, what waits is said.
        """
        if on:
            self._leave_out([one for one in self._waiting if not one.announcement], Said.STOPPED)
            self._interrupt()
            self._listens_until = asyncio.get_running_loop().time() + LISTENS_AT_MOST
        else:
            self._listens_until = None
        self._awake.set()

    @property
    def volume(self) -> int:
        """How loud it is now, 0 to 100."""
        quiet = self._settings.quiet
        if quiet is not None and quiet.holds(self._now(), self._zone):
            return quiet.volume
        return self._settings.volume

    # the work -------------------------------------------------------------------------------------------
    async def work(self) -> None:
        """Say what is to be said, until cancelled."""
        try:
            while True:
                wish = await self._next()
                said = Said.STOPPED
                try:
                    said = await self._heard(wish)
                finally:
                    wish.settle(said)
        finally:
            self._leave_out([*self._waiting, *self._sounds], Said.STOPPED)

    async def _next(self) -> _Wish:
        """What comes next, as soon as it may."""
        time = asyncio.get_running_loop().time
        while True:
            if self._sounds:
                wish = self._sounds.pop(0)
                if time() < wish.until:
                    return wish
                wish.settle(Said.REPLACED)
                continue
            if self._listens_until is not None and time() >= self._listens_until:
                self._listens_until = None
            if self._waiting and self._listens_until is None:
                wish = self._waiting.pop(0)
                if not wish.said.cancelled():
                    return wish
                continue
            self._awake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._listens_until):
                    await self._awake.wait()

    async def _heard(self, wish: _Wish) -> Said:
        """Let it be heard, or not."""
        volume = self.volume
        if volume == 0 or (wish.sound is None and self._voice is None):
            return Said.SILENT
        try:
            # An end without a time: it is set to now by who wants silence.
            async with asyncio.timeout(None) as self._scope:
                await self._play(wish, volume)
        except TimeoutError:
            return Said.STOPPED
        except (ConfigError, TransientError) as error:
            log.info("voice.not_said", reason=str(error))
            return Said.FAILED
        finally:
            self._scope = None
        return Said.DONE

    async def _play(self, wish: _Wish, volume: int) -> None:
        # Loudness is felt by powers: half the volume is a quarter of the amplitude.
        gain = (volume / 100) ** 2
        audio = wish.sound
        if audio is None:
            assert self._voice is not None  # noqa: S101  # looked at above
            audio = await self._voice.synthesise(wish.text, wish.language)
        if not audio.pcm:
            return
        if wish.sound is None:
            self._on_speaking(True)  # noqa: FBT003  # as the events are
        try:
            await self._player.play(audio, gain)
        except (ConfigError, TransientError) as error:
            self._tell(str(error))
            raise
        finally:
            if wish.sound is None:
                self._on_speaking(False)  # noqa: FBT003  # as the events are
        self._tell(None)

    def _interrupt(self) -> None:
        self._leave_out([*self._sounds], Said.STOPPED)
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(0)

    def _leave_out(self, wishes: list[_Wish], said: Said) -> None:
        for wish in wishes:
            (self._waiting if wish.sound is None else self._sounds).remove(wish)
            wish.settle(said)

    def _tell(self, obstacle: str | None) -> None:
        """Say what is wrong with the loudspeaker once, and once that it is well."""
        if obstacle == self._told:
            return
        self._told = obstacle
        if obstacle is not None:
            log.warning("voice.player_failed", reason=obstacle)
        self._problem(PROBLEM, obstacle)
