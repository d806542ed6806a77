"""Reads an utterance: whole, in parts, with misheard names, and says honestly what is not in the house.

cleaned --forbidding, exceptions--> whole --parts--> whole, nearly --parts, nearly--> names that are missing
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agent.core.intents import Intent, Missing, Unrecognized, acts
from agent.engines import gates, speech
from agent.engines.changes import changing, no_new
from agent.engines.compound import Compound
from agent.engines.grammar import BEGUN_BY_NAME, Grammar, Reading
from agent.engines.homophones import put_right
from agent.engines.text import MOST_LOOKED_AT, cleaned, language_of, mended, unspaced
from agent.engines.timing import alarm_named, half_put_off, put_off, timed
from agent.engines.vocabulary import KINDS, Kind, Vocabulary, says
from agent.home.fuzzy import near
from agent.home.places import means_here
from agent.home.registry import Home

MOST_TRIED = 28
"""Texts that are tried for one utterance: it, its parts, and what these may share."""
FREE_NAMES_COST = 3
"""What it costs to try a text with names that can be anything, in texts."""
LONGEST_ORDER = 16
"""Words of a sentence in which a name is looked for that is missing."""
MOST_REMEMBERED = 512
"""Utterances whose reading is kept; a house that changes starts anew."""
DEEPEST = 2
"""Commands within commands: "in an hour turn off the lights"."""
_DIVIDES = frozenset({"item", "search_query"})
"""Free text that ends where another command may begin."""
_NAMES = frozenset(KINDS)
_NOTHING = Reading(intent=Intent(name="none"), template="", nearly=False, wild=frozenset(), rank=())
Understood = tuple[Intent, ...] | Unrecognized


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """How an utterance was understood: every reading that was found, and why some did not count."""

    understood: Understood
    readings: tuple[Reading, ...]
    notes: tuple[str, ...]


class Reader:
    """The grammar tier on one house."""

    def __init__(self, *, home: Home, grammar: Grammar, tasks: Callable[[], tuple[str, ...]] = tuple) -> None:
        """Take `tasks`: what the tasks of this house are called now."""
        self._home = home
        self._grammar = grammar
        self._tasks = tasks
        self._vocabulary = Vocabulary.of(home, tasks=tasks())
        self._version = home.version
        self._remembered: OrderedDict[tuple[str, str], Understood] = OrderedDict()

    @property
    def vocabulary(self) -> Vocabulary:
        """The names of the house as it is now."""
        if self._version != self._home.version or self._vocabulary.tasks != self._tasks():
            self._version = self._home.version
            self._vocabulary = Vocabulary.of(self._home, tasks=self._tasks())
            self._remembered.clear()
        return self._vocabulary

    def speaks(self, language: str) -> bool:
        """Whether the templates of `language` are loaded, or there are none."""
        return self._grammar.speaks(language)

    def learn(self, language: str) -> None:
        """Load the templates of `language`."""
        self._grammar.templates(language)

    def read(self, text: str, language: str) -> Understood:
        """What `text` asks for. The same words in the same house are read once."""
        vocabulary = self.vocabulary
        key = (text, language)
        known = self._remembered.get(key)
        if known is None:
            known = _Attempt(self._grammar, vocabulary).read(text, language)
            if len(text) <= MOST_LOOKED_AT:
                self._remembered[key] = known
                if len(self._remembered) > MOST_REMEMBERED:
                    self._remembered.popitem(last=False)
        else:
            self._remembered.move_to_end(key)
        return known

    def explain(self, text: str, language: str) -> Explained:
        """The same with every reading and the reasons, for `hearthd parse --explain`."""
        attempt = _Attempt(self._grammar, self.vocabulary)
        understood = attempt.read(text, language)
        return Explained(understood=understood, readings=tuple(attempt.seen), notes=tuple(attempt.notes))


@dataclass(slots=True)
class _Patience:
    """How many texts are still tried for one utterance: what bounds its time."""

    left: int = MOST_TRIED

    def spent(self, texts: int = 1) -> bool:
        """Whether there is none left; otherwise there are fewer `texts` now."""
        self.left -= texts
        return self.left < 0


class _Attempt:
    """One utterance on its way through the tier."""

    def __init__(
        self, grammar: Grammar, vocabulary: Vocabulary, *, depth: int = 0, patience: _Patience | None = None
    ) -> None:
        self._grammar = grammar
        self._vocabulary = vocabulary
        self._depth = depth
        self._patience = patience or _Patience()
        self._is_media = True
        self._inner: dict[str, bool] = {}
        self.seen: list[Reading] = []
        self.notes: list[str] = []

    def read(self, text: str, language: str) -> Understood:
        plain = cleaned(text)
        if isinstance(plain, Unrecognized):
            return plain
        language = language_of(plain, language)
        plain = put_right(speech.unfilled(plain, language), language, self._vocabulary.names_in)
        plain = speech.reminding(unspaced(plain), language)
        self._is_media = gates.is_media(plain)
        exempting = speech.exempting(plain, language)
        if exempting is not None:
            found = self._read(exempting.main, language)
            if not isinstance(found, Unrecognized) and not any(_DIVIDES & set(one.slots) for one in found):
                return self._without(found, exempting.left_out)
        if speech.forbids(plain, language):
            self.notes.append("it says not to do something, so nothing is done")
            return (Intent(name="HassNevermind", text=plain, language=language),)
        named = alarm_named(plain, language, partial(self._read, language=language))
        found = self._read(plain, language) if named is None else (named,)
        if isinstance(found, Unrecognized) and self._depth < DEEPEST:
            about_time = timed(plain, language, partial(self._command, language=language))
            found = found if about_time is None else _alone(about_time)
        return no_new(found, plain, language) or found

    def _command(self, text: str, language: str) -> Understood:
        """What a command within a sentence asks for."""
        patience = _Patience(MOST_TRIED // 3)
        return _Attempt(self._grammar, self._vocabulary, depth=self._depth + 1, patience=patience).read(
            text, language
        )

    def _read(self, text: str, language: str) -> Understood:
        asked = speech.asks(text, language)
        for heard, nearly in dict.fromkeys(((text, False), (text, True), (mended(text, language), True))):
            if nearly and heard == text and not self._grammar.mishears(text, language, self._vocabulary):
                continue
            one = partial(self._best, language=language, asked=asked, nearly=nearly)
            whole = one(heard, part=False)
            if whole is not None and not whole.wild & _DIVIDES:
                return (whole.intent,)
            parts = Compound(language, partial(one, part=True), _referring).wishes(heard)
            if parts is not None and not (whole and _plays_twice(parts)):
                return self._together([part.intent for part in parts], heard, language)
            if whole is not None:
                return (whole.intent,)
        full = speech.in_full(text, language)
        if full is not None:
            return self._read(full, language)
        missing = self._missing(text, language, asked=asked) or self._missing_in_part(
            text, language, asked=asked
        )
        if missing is not None:
            return Unrecognized(reason="missing", text=text, missing=missing)
        return Unrecognized(reason="not_understood", text=text)

    def _together(self, parts: Sequence[Intent], text: str, language: str) -> Understood:
        """`parts` of `text`, each at its place; all of them later if a time holds for all."""
        if half_put_off(parts, text, language):
            later = put_off(text, language, partial(self._command, language=language))
            if later is not None:
                return _alone(later)
        return _in_their_place(parts, text)

    def _best(self, text: str, *, language: str, asked: bool, nearly: bool, part: bool) -> Reading | None:
        if self._patience.spent():
            return None
        if (change := changing(text, language)) is not None:
            return replace(_NOTHING, intent=change)
        readings = self._grammar.readings(
            text,
            language,
            self._vocabulary,
            nearly=nearly,
            inner=lambda command: self._depth < DEEPEST and self._acts(command, language),
        )
        self.seen += readings
        asked = asked or speech.asks(text, language)
        for reading in readings:
            reason = self._why_not(reading, asked=asked, part=part)
            if reason is None:
                return reading
            self.notes.append(f"{reading.intent.name} does not count: {reason}")
        return None

    def _why_not(self, reading: Reading, *, asked: bool, part: bool) -> str | None:
        """Why `reading` does not count, None if it does."""
        intent = reading.intent
        if asked and acts(intent.name):
            return "the sentence asks, and an ask is no act"
        if reading.bare and (part or self._depth) and not intent.domains <= BEGUN_BY_NAME:
            return "within a longer sentence a name alone is no command"
        if intent.name == "HassMediaSearchAndPlay" and not self._is_media:
            return "it is a game that is to be played"
        return None

    def _acts(self, command: str, language: str) -> bool:
        """Whether a command within a sentence can be read as one."""
        if command not in self._inner:
            attempt = _Attempt(
                self._grammar, self._vocabulary, depth=self._depth + 1, patience=self._patience
            )
            found = attempt.read(command, language)
            self._inner[command] = not isinstance(found, Unrecognized) and all(
                acts(one.name) for one in found
            )
        return self._inner[command]

    def _without(self, found: Sequence[Intent], left_out: Sequence[str]) -> Understood:
        names = []
        for said in left_out:
            called = self._called(said)
            if called is None:
                _, name = gates.missing_name("name", said) or ("name", said)
                return Unrecognized(reason="missing", text=said, missing=self._nowhere("name", name))
            names.append(called)
        return tuple(replace(one, excepted=tuple(names), every=True) for one in found)

    def _called(self, said: str) -> str | None:
        """What is meant by "the hallway", "the hallway light", "my bedroom"."""
        words = said.split()
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                called = self._vocabulary.called(" ".join(words[start:end]))
                if called is not None:
                    return called
        near_names = self._nowhere("name", said).near
        return near_names[0] if near_names and len(words) <= DEEPEST else None

    def _missing(self, text: str, language: str, *, asked: bool) -> Missing | None:
        """The name that is said where a name belongs, if that alone keeps the sentence from being read."""
        if not (asked or speech.orders(text, language)) or len(text.split()) > LONGEST_ORDER:
            return None
        if self._patience.spent(FREE_NAMES_COST):
            return None
        named: list[str] = []
        for reading in self._grammar.with_free_names(text, language, self._vocabulary):
            found = self._free_name(reading, text, language)
            acting = acts(reading.intent.name)
            if found is None or (asked and acting):
                continue
            kind, name = found
            if kind != "name":
                return self._nowhere(kind, name)
            if acting and speech.switches(text, language) and not self._vocabulary.has_place(name):
                named.append(name)
        return self._nowhere("name", max(named, key=len)) if named else None

    def _free_name(self, reading: Reading, text: str, language: str) -> tuple[Kind, str] | None:
        """What `reading` takes for a name, if it is one that is said and that nothing here has."""
        kind = next(iter(_NAMES & reading.wild), None)
        if kind is None or len(reading.wild) > 1:
            return None
        found = gates.missing_name(kind, str(reading.intent.slots[kind]))
        if found is None or not says(text, found[1]) or self._vocabulary.called(found[1]):
            return None
        begins = text.casefold().startswith(found[1].casefold())
        verb = language.startswith("en") and speech.orders(found[1], language)
        return None if begins or verb else found

    def _missing_in_part(self, text: str, language: str, *, asked: bool) -> Missing | None:
        """The same for a sentence of several parts of which the others can be read."""
        found: list[Missing] = []

        def one(part: str) -> Reading | None:
            reading = self._best(part, language=language, asked=asked, nearly=False, part=True)
            missing = None if reading else self._missing(part, language, asked=asked)
            # What a part took from another must not make a name that nobody said.
            if missing is None or not says(text, missing.said):
                return reading
            found.append(missing)
            return _NOTHING

        return found[0] if Compound(language, one, _referring).wishes(text) and found else None

    def _nowhere(self, kind: Kind, said: str) -> Missing:
        return Missing(kind=kind, said=said, near=near(said, self._vocabulary.names(kind)))


def _alone(found: Intent | Unrecognized) -> Understood:
    return found if isinstance(found, Unrecognized) else (found,)


def _plays_twice(parts: Sequence[Reading]) -> bool:
    """Whether what was to be played was torn apart: "play Simon and Garfunkel"."""
    return sum(one.intent.name == "HassMediaSearchAndPlay" for one in parts) > 1


def _in_their_place(parts: Sequence[Intent], text: str) -> tuple[Intent, ...]:
    """`parts` of `text`, where a place that is said once at the end holds for all the things before it.

    "Turn on the light and the fan in the bedroom" is about the light of the bedroom; where the last part has
    a verb of its own, as in "... and start the fan in the bedroom", its place is its own.
    """
    last = parts[-1]
    place = {kind: said for kind, said in last.slots.items() if kind in ("area", "floor")}
    if last.text in text or not place or not speech.ends_in_place(text, last.language):
        return tuple(parts)
    alike = [
        one.name == last.name
        and "domain" in one.slots
        and not _NAMES & set(one.slots)
        and not means_here(replace(one, slots={}))
        for one in parts
    ]
    return tuple(
        replace(one, slots={**one.slots, **place}, here=False) if fits else one
        for one, fits in zip(parts, alike, strict=True)
    )


def _referring(text: str, before: Reading) -> str:
    """`text` with its "it" replaced by what the part `before` named."""
    slots = before.intent.slots
    name = slots.get("name") or (
        f"{slots['area']} {slots['domain']}" if {"area", "domain"} <= set(slots) else None
    )
    return text if name is None else speech.referring(text, before.intent.language, str(name))
