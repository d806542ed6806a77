"""From an utterance to what it means: templates and context, what the house learned, then the models.

What a template understood stands, and so does that a thing is not here: a model would find another for it.
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.core.intents import Intent, Missing, Tier, Unrecognized, Utterance, acts
from agent.dialogue.context import in_context
from agent.dialogue.learned import Learned
from agent.dialogue.session import Session
from agent.dialogue.suggesting import reaches_far
from agent.engines.believed import AIMED, SWITCHING
from agent.engines.cascade import Cascade, Guess
from agent.engines.delexical import OF_KIND, aimed_at
from agent.engines.homophones import put_right
from agent.engines.reader import Reader
from agent.engines.vocabulary import KINDS
from agent.home.fuzzy import is_spaceless, words_of
from agent.home.kinds import kind_called
from agent.home.named import speakable
from agent.home.registry import Home
from agent.home.targets import REACH, find_targets

SHORTEST_TELLING = 4
"""Letters of a word that may stand for the name it is part of."""
Understood = tuple[Intent, ...] | Guess | Unrecognized
"""What is meant for sure, what may be meant, or an honest no."""


class Understanding:
    """All tiers on one house."""

    def __init__(self, *, reader: Reader, learned: Learned | None, cascade: Cascade, home: Home) -> None:
        self.reader = reader
        self._learned = learned
        self._cascade = cascade
        self._home = home

    def read(self, utterance: Utterance, session: Session) -> tuple[Intent, ...] | Unrecognized:
        """What the templates make of `utterance` in its conversation."""
        return in_context(utterance, session, reader=self.reader, home=self._home)

    async def read_on(self, understood: Unrecognized, utterance: Utterance) -> Understood:
        """What the other tiers make of it."""
        voice = utterance.channel == "voice"
        return await self.beyond(
            understood, utterance.text, utterance.language, area=utterance.area, voice=voice
        )

    async def beyond(
        self,
        understood: tuple[Intent, ...] | Unrecognized,
        text: str,
        language: str,
        *,
        area: str | None = None,
        voice: bool = False,
    ) -> Understood:
        """What the other tiers make of what was not understood, said in the area of that id."""
        if not isinstance(understood, Unrecognized) or not self._open(understood):
            return understood
        learned = self._learned.find(text, language) if self._learned is not None else None
        if learned is not None:
            return learned
        guess = await self.guess(text, language, voice=voice)
        if guess is None:
            return understood
        guess = replace(guess, intents=tuple(map(self._aimed, guess.intents)))
        if guess.sure:
            # What would reach far is here.
            return guess if reaches_far(guess.intents, self._home, area=area) else guess.intents
        return guess if self._are_here(guess.intents, area) else understood

    async def alone(self, text: str, language: str, *, area: str | None = None) -> tuple[Intent, ...]:
        """What `text` asks for, whatever was said before; empty if that is not sure, or not here."""
        read = self.reader.read(text, language)
        found = await self.beyond(read, text, language, area=area, voice=True)
        if not isinstance(found, tuple):
            return ()
        heard_of = [one for one in found if one.tier is not Tier.GRAMMAR]
        return found if self._are_here(heard_of, area) else ()

    async def guess(self, text: str, language: str, *, voice: bool = False) -> Guess | None:
        """What the models make of `text` in this house."""
        text = put_right(text, language, self.reader.vocabulary.names_in)
        guess = await self._cascade.read(text, language, voice=voice, names=self.reader.vocabulary)
        return guess and replace(guess, intents=tuple(map(self._named_in_full, guess.intents)))

    def _open(self, understood: Unrecognized) -> bool:
        """Whether others may still know what is meant."""
        if understood.reason != "missing" or understood.missing is None:
            return understood.reason == "not_understood"
        # Where words are not parted, a template may have taken the next word for the end of a name.
        said, names = understood.missing.said, self.reader.vocabulary
        return is_spaceless(said) and any(names.said_in(said, kind) for kind in KINDS)

    def _aimed(self, intent: Intent) -> Intent:
        """`intent` at what the sentence names of this house, where no slot says it.

        To a model that learned elsewhere "the desk lamp" is a light like any other; and "brew some coffee" is
        about the one thing in whose name a word of it stands.
        """
        if set(KINDS) & set(intent.slots) or intent.name not in REACH or intent.every:
            return intent
        names, text = self.reader.vocabulary, intent.text
        for kind in KINDS:
            if (called := names.said_in(text, kind)) is not None:
                return aimed_at(intent, kind, called)
        if intent.name not in SWITCHING or AIMED & set(intent.slots):
            return intent
        said = set(words_of(text))
        named = [one.name for one in speakable(self._home) if said & _telling(one.name)]
        return replace(intent, slots={**intent.slots, "name": named[0]}) if len(named) == 1 else intent

    def _named_in_full(self, intent: Intent) -> Intent:
        """`intent` with the names that are said, where the model heard a part of one.

        Where a name ends that nobody ever said, or what it is the name of, is hard to tell.
        """
        names, slots = self.reader.vocabulary, dict(intent.slots)
        for kind in KINDS:
            value = str(slots.get(kind, ""))
            if not value or names.terms(kind, value):
                continue
            for other in (kind, *(one for one in KINDS if one not in slots)):
                if (called := names.said_around(intent.text, other, value)) is not None:
                    del slots[kind]
                    slots[other] = called
                    break
        if "name" in slots and "name" not in intent.slots:
            slots = {slot: value for slot, value in slots.items() if slot not in OF_KIND}
        return intent if slots == intent.slots else replace(intent, slots=slots)

    def _are_here(self, intents: Sequence[Intent], area: str | None) -> bool:
        return not any(isinstance(find_targets(one, self._home, area=area), Missing) for one in intents)


def doubtful(understood: Understood, utterance: Utterance) -> Understood:
    """`understood`, which is a guess where an act hangs on words that were not heard surely."""
    if not utterance.doubted or isinstance(understood, Unrecognized | Guess):
        return understood
    return Guess(intents=understood, sure=False) if any(acts(one.name) for one in understood) else understood


def _telling(name: str) -> set[str]:
    """The words of a name that speak of nothing else."""
    return {word for word in words_of(name) if len(word) >= SHORTEST_TELLING and not kind_called((word,))}
