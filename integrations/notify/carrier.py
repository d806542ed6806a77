"""Carries one person's letters: one worker for each channel, each with pauses of its own after failures."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from agent.api import ActionError, Handed
from integrations.notify.channel import Channel
from integrations.notify.letters import Letter
from integrations.notify.mailbox import FullError, Mailbox
from integrations.notify.note import Note

log = structlog.get_logger(__name__)
PAUSES = (2.0, 10.0, 30.0, 120.0, 600.0)
"""Seconds before the next try, by how many failed in a row."""
FOLLOWED_FOR = 10.0
"""Seconds in which whoever asked for a message is told how it went; later it is told on the bus."""
EVERY = 1.0
"""Seconds between two looks at what has waited long enough."""


class Surroundings(Protocol):
    """What a carrier needs of the house."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def say(self, name: str, note: Note) -> None:
        """Tell the bus of a message that goes to `name` now."""
        ...

    def lost(self, name: str, note: Note, reason: str) -> None:
        """Tell that `note` will not reach `name` any more."""
        ...

    def problem(self, key: str, text: str | None) -> None:
        """Show what is wrong, or that it is well again."""
        ...

    def count(self, name: str) -> None:
        """Count something."""
        ...

    def changed(self, name: str) -> None:
        """Keep the mailbox of `name` on disk as it is now."""
        ...


class Carrier:
    """One person's letters and channels."""

    def __init__(
        self, mailbox: Mailbox, channels: Mapping[str, Channel], house: Surroundings, *, timeout: float
    ) -> None:
        self.mailbox = mailbox
        self.channels = dict(channels)
        self.unusable: list[str] = []
        """Why channels of this person cannot be used at all."""
        self._house = house
        self._timeout = timeout
        self._wake = {channel: asyncio.Event() for channel in self.channels}
        self._waits = asyncio.Event()
        self._moved = asyncio.Event()
        self._over = False
        self._failing: dict[str, str] = {}
        self._under_way: dict[str, tuple[Letter, Note, asyncio.Future[str | None]]] = {}

    async def carry(self, note: Note, started: Callable[[], None]) -> str:
        """Take `note` and follow it for a while; what became of it, in words.

        Raises:
            ActionError: it will not reach this person.
        """
        try:
            taken = self.mailbox.accept(note, self._house.time())
        except FullError as error:
            self.look()
            raise ActionError(str(error)) from error
        self.look()
        if taken.letter is None:
            return Handed(taken.words) if taken.held else taken.words
        if taken.held:
            return Handed(taken.words)
        started()
        return await self._followed(taken.letter, note)

    async def keep_time(self) -> None:
        """Send what was collected or held back when its time comes, and give up what is too old."""
        while True:
            await self._waits.wait()
            self.look()
            await self._house.sleep(EVERY)

    async def work(self, channel: Channel) -> None:
        """Send over `channel` what there is for it, in order."""
        failures = 0
        while True:
            self._wake[channel.id].clear()
            letter = self.mailbox.next_for(channel.id, self._house.time())
            if letter is None:
                await self._wake[channel.id].wait()
            elif await self._went(channel, letter):
                failures = 0
            else:
                failures += 1
                await self._house.sleep(PAUSES[min(failures, len(PAUSES)) - 1])

    def look(self) -> None:
        """Bring everything up to now; called after each change."""
        mailbox, now = self.mailbox, self._house.time()
        mailbox.release(now)
        for letter in mailbox.untold(now):
            self._house.say(mailbox.name, letter.note)
            mailbox.end_of_told(letter)
        for letter in mailbox.too_old(now):
            self._lost(letter)
        for channel, wake in self._wake.items():
            if mailbox.next_for(channel, now) is not None:
                wake.set()
        if mailbox.letters or mailbox.bundle is not None:
            self._waits.set()
        else:
            self._waits.clear()
        self._moved.set()
        self._house.changed(mailbox.name)

    def without(self, channel: Channel, reason: str) -> None:
        """Go on without a channel that can never be used."""
        self.unusable.append(reason)
        self._house.problem(f"{self.mailbox.name}.{channel.label}", reason)
        self.channels.pop(channel.id, None)
        for letter in self.mailbox.never(channel.id, reason):
            if not letter.reached:
                self._lost(letter)
        self.look()

    async def finish(self, within: float) -> None:
        """Wait for what is being sent, so that it is not sent again in the next life."""
        under_way = [ended for _, _, ended in self._under_way.values()]
        if under_way:
            await asyncio.wait(under_way, timeout=within)
        for channel, (letter, note, ended) in self._under_way.items():
            if ended.done() and not ended.cancelled() and ended.result() is None:
                self.mailbox.went(letter, note, channel)
        self._over = True
        self._moved.set()

    # ----------------------------------------------------------------------------------------------------
    async def _went(self, channel: Channel, letter: Letter) -> bool:
        """Try to send `letter` once; whether it went."""
        note = letter.note
        ended = channel.send(note)
        self._under_way[channel.id] = (letter, note, ended)
        done, _ = await asyncio.wait({ended}, timeout=self._timeout)
        if not done:
            # It may still be taken. Sent again before that is known, it might come twice.
            self._failed(channel, letter, f"no answer within {self._timeout:g} s")
            await asyncio.wait({ended})
        reason = ended.result()
        self._under_way.pop(channel.id, None)
        if reason is None:
            self.mailbox.went(letter, note, channel.id)
            self._failing.pop(channel.id, None)
            self._house.problem(f"{self.mailbox.name}.{channel.label}", None)
            self._house.count("notify.sent")
        elif done:
            self._failed(channel, letter, reason)
        self.look()
        return reason is None

    def _failed(self, channel: Channel, letter: Letter, reason: str) -> None:
        letter.reason = self._failing[channel.id] = f"{channel.label}: {reason}"
        log.warning("notify.failed", to=self.mailbox.name, over=channel.label, reason=reason)
        self._house.problem(f"{self.mailbox.name}.{channel.label}", reason)
        self._house.count("notify.failed")
        self._moved.set()

    def _lost(self, letter: Letter) -> None:
        letter.reason = self._why_not(letter) or "it became too old"
        self._house.count("notify.lost")
        self._house.lost(self.mailbox.name, letter.note, letter.reason)

    def _why_not(self, letter: Letter) -> str:
        """Why `letter` did not go, or what is in its way."""
        ahead = (self._failing[channel] for channel in sorted(letter.left) if channel in self._failing)
        return letter.reason or next(ahead, "")

    async def _followed(self, letter: Letter, note: Note) -> str:
        """How it goes with `letter` in the first seconds."""
        try:
            async with asyncio.timeout(FOLLOWED_FOR):
                while not (letter.ended or self._over) and letter.note is note:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            pass
        name, reached = self.mailbox.name, letter.reached
        if letter.note is not note and not letter.note.says_the_same_as(note):
            return Handed("something newer took its place")
        if letter.ended and not letter.left:
            if reached:
                return f"{name} was told" + (f", but not over {letter.reason}" if letter.reason else "")
            if letter.reason or (self.unusable and not self.channels):
                letter.reason = letter.reason or self.unusable[0]
                raise ActionError(f"{name} was not told: {letter.reason}")
            return Handed(f"{name} is told on the bus")
        if letter.ended and not reached:
            raise ActionError(f"{name} was not told: {letter.reason}")
        why = self._why_not(letter)
        why = f"; {why}; it is tried again" if why else ""
        return Handed(f"{name} was told over {reached} of {reached + len(letter.left)}{why}")
