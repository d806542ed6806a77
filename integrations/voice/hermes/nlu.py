"""From text to intents for satellites and skills: `hermes/nlu/...` and `hermes/intent/...`."""

from collections.abc import Mapping, Sequence

from agent.api import House, Reply
from integrations.voice.heard import Heard
from integrations.voice.hermes.intents import Meant, Told, intent, not_recognised, parsed, wanted
from integrations.voice.hermes.messages import Query
from integrations.voice.hermes.wire import Wire
from integrations.voice.parts import Talks
from integrations.voice.places import area_of

GRAMMAR = "grammar"
SESSION = "hermes "
"""How the conversations of the house with sites begin."""


class Nlu:
    """Asks the house what is meant, or has it done, and tells the intents."""

    def __init__(
        self, wire: Wire, house: House, talking: Talks, *, areas: Mapping[str, str], language: str
    ) -> None:
        self._wire = wire
        self._house = house
        self._talking = talking
        self._areas = areas
        self._language = language

    async def understood(self, text: str, *, site: str, lang: str) -> list[Meant]:
        """What `text` asks for, without doing it."""
        asked = {"text": text, "language": self._spoken(lang), "area": area_of((site,), self._areas)}
        found = await self._house.ask("understood", asked)
        return [
            Meant(name=one["name"], slots=one["slots"], grammar=one["tier"] == GRAMMAR)
            for one in found["intents"]
        ]

    async def said(self, heard: Heard, *, site: str, lang: str) -> Reply:
        """Have done what was said at `site`, as far as the house lets whoever is in a room."""
        return await self._talking.said(
            heard,
            area=area_of((site,), self._areas),
            session=session_of(site),
            who=site,
            language=self._spoken(lang),
        )

    def expected(self, site: str) -> Sequence[str] | None:
        """The only answers to the question that is open at `site`, told once; None: anything may be said."""
        return self._talking.expected(session_of(site))

    def tell(self, found: Sequence[Meant], heard: Heard | None, told: Told) -> None:
        """Publish what was understood of `heard`, or that nothing was."""
        if heard is None or not found:
            self._wire.tell("nlu/intentNotRecognized", not_recognised(heard, told))
            return
        for one in found:
            self._wire.tell("nlu/intentParsed", parsed(one, heard, told))
            self._wire.tell(f"intent/{one.name}", intent(one, heard, told))

    async def query(self, wish: Query) -> None:
        """Answer a question that belongs to no session of ours. Nothing is done."""
        heard = heard_of(wish)
        found = await self.understood(wish.input, site=wish.site_id, lang=wish.lang)
        told = Told(site=wish.site_id, session=wish.session_id, id=wish.id, lang=wish.lang)
        self.tell(wanted(found, wish.intent_filter), heard, told)

    def _spoken(self, lang: str) -> str:
        """`lang` as the house knows it; "" is its own."""
        lang = lang.replace("_", "-")
        return "" if _base(lang) == _base(self._language) else lang


def session_of(site: str) -> str:
    """The conversation of the house with a site."""
    return f"{SESSION}{site}"


def heard_of(wish: Query) -> Heard:
    """What a question says, as sure as it says it is."""
    sure = 1.0 if wish.asr_confidence is None else wish.asr_confidence
    return Heard(text=wish.input, words=tuple((word, sure) for word in wish.input.split()), confidence=sure)


def intents_of(reply: Reply) -> list[Meant]:
    """What the house understood."""
    return [Meant(name=one.name, slots=one.slots, grammar=one.tier.value == GRAMMAR) for one in reply.intents]


def _base(language: str) -> str:
    return language.partition("-")[0].casefold()
