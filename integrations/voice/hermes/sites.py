"""Satellites as places where something can be announced."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.voice.hermes.dialogue import Dialogue
from integrations.voice.hermes.nlu import SESSION, session_of
from integrations.voice.places import area_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One of them, by its name."""

    name: str
    area: str | None
    dialogue: Dialogue

    @property
    def session(self) -> str:
        """The conversation that people have with it."""
        return session_of(self.name)

    async def announce(self, text: str, language: str) -> bool:
        """Have something said there, when nobody is speaking with it; whether that was heard."""
        return await self.dialogue.announce(self.name, text, language)


def sites_of(dialogue: Dialogue, session: str, areas: Mapping[str, str]) -> list[Site]:
    """Those that were spoken with, and that of a conversation which may be older than we are."""
    names = dict.fromkeys(dialogue.sites)
    if session.startswith(SESSION):
        names[session.removeprefix(SESSION)] = None
    return [Site(name=name, area=area_of((name,), areas), dialogue=dialogue) for name in names]
