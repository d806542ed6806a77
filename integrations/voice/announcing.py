"""Timers, alarms and reminders that have come: told where they were asked for.

it has come ─▸ the satellite of its conversation, else those of its area ─▸ else our own loudspeaker
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from agent.api import House
from integrations.voice.microphone import SESSION
from integrations.voice.places import area_of
from integrations.voice.speaking import Speaker

NEVER_HEARD = "voice.announced_elsewhere_failed"
"""Counts what a satellite was to say and did not."""


class Place(Protocol):
    """A satellite that can be told to say something."""

    @property
    def session(self) -> str:
        """The conversation that people have with it."""
        ...

    @property
    def area(self) -> str | None:
        """The id or name of where it stands."""
        ...

    async def announce(self, text: str, language: str) -> bool:
        """Have it said; whether that was heard, as far as one can know."""
        ...


Places = Callable[[str], Sequence[Place]]
"""The satellites that there are now; also that of the conversation that is given, if it can be reached."""


class Announcing:
    """Decides where something is announced, and sees to it that it is heard somewhere."""

    def __init__(self, house: House, speaker: Speaker, *, area: str | None) -> None:
        """Store what it needs; `area` is that of our own loudspeaker."""
        self._house = house
        self._speaker = speaker
        self._own_area = area
        self._places: list[Places] = []

    def also(self, places: Places) -> None:
        """Announce there, too."""
        self._places.append(places)

    async def announce(self, text: str, language: str, *, session: str, area: str | None) -> None:
        """Announce what comes of something that was said in a conversation, and in an area."""
        chosen, here = self._chosen(session, area)
        if here:
            self._speaker.say(text, language, announcement=True)
        heard = await asyncio.gather(*(one.announce(text, language) for one in chosen))
        if not here and not any(heard):
            if chosen:
                self._house.metrics.count(NEVER_HEARD)
            self._speaker.say(text, language, announcement=True)

    def _chosen(self, session: str, where: str | None) -> tuple[list[Place], bool]:
        """The satellites, and whether our own loudspeaker too."""
        if session == SESSION:
            return [], True
        there = [one for places in self._places for one in places(session)]
        asked = [one for one in there if one.session == session]
        if asked or where is None:
            return asked, not asked
        area = self._id_of(where)
        near = [one for one in there if one.area is not None and self._id_of(one.area) == area]
        own = self._own_area is not None and self._id_of(self._own_area) == area
        return near, own or not near

    def _id_of(self, area: str) -> str:
        """The id of an area that is told by its id or name; what is none here stands for itself."""
        names = {name: one.id for one in self._house.areas() for name in (one.id, one.name, *one.aliases)}
        return area_of((area,), names) or area.casefold()
