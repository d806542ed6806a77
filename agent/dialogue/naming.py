"""What things are called in one language: names with their articles, places, kinds, lists of them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from agent.core.home import Entity
from agent.dialogue.phrases import LANGUAGES, cleaned, phrases, responses, spoken_language

MOST_NAMED = 4
"""Names said in a row; of more, the first three are."""
_PROPER = frozenset({"person", "device_tracker", "vacuum", "lawn_mower", "scene", "script", "task", "unit"})
"""Domains whose things people give a name of their own, if it is a single word or what it does."""
_PLACES = frozenset({"upstairs", "downstairs", "outside", "inside", "outdoors", "indoors"})
_POSSESSIVE = ("'s", "\N{RIGHT SINGLE QUOTATION MARK}s")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_ARTICLES = ("the ", "a ", "an ", "my ")


class Naming:
    """What one language calls things.

    A language without phrases of ours has English ones around its names.
    """

    def __init__(self, language: str) -> None:
        self.language = spoken_language(language)
        ours = {"en": "en", "zh": "zh-CN"}.get(self.language.partition("-")[0])
        self.native = ours == self.language
        """Whether every word is in the language, the library's included."""
        self._english = ours == "en"
        self.speaks_english = ours != "zh-CN"
        self.own_language = ours or LANGUAGES[0]
        self.words = phrases(self.own_language)
        self.responses = responses(self.language)

    def said(self, key: str, **values: object) -> str:
        """The phrase of that key."""
        return self.words.said(key, **values)

    # names ----------------------------------------------------------------------------------------------
    def name(self, entity: Entity) -> str:
        """What `entity` is called in a sentence: "the desk lamp", "Robby"."""
        plain = cleaned(self._own_name(entity)) or cleaned(entity.id)
        single = " " not in plain
        if not self._english or (
            entity.domain in _PROPER and (single or entity.domain in ("scene", "script", "task"))
        ):
            return plain
        return self.named(plain)

    def _own_name(self, entity: Entity) -> str:
        """Its name, or in Chinese an alias that is Chinese where the name is not."""
        if self.own_language != "zh-CN" or _CHINESE.search(entity.name):
            return entity.name
        return next((one for one in entity.aliases if _CHINESE.search(one)), entity.name)

    def named(self, name: str) -> str:
        """A name with its article: "the kitchen"."""
        bare = self.bare(name)
        first, _, _ = bare.partition(" ")
        if not self._english or bare.casefold() in _PLACES or first.casefold() in ("the", "my", "our"):
            return bare
        return bare if first.endswith(_POSSESSIVE) else f"the {bare}"

    def bare(self, name: str) -> str:
        """A name inside a sentence: words that only begin with a capital lose it, "TV" keeps its."""
        plain = cleaned(name)
        if not self._english or any(mark in plain for mark in _POSSESSIVE):
            return plain
        return " ".join(word.lower() if word.istitle() and word.isalpha() else word for word in plain.split())

    def absent(self, said: str) -> str:
        """Something that is not there, without an article: "cellar"."""
        bare = self.bare(said)
        article = next((one for one in _ARTICLES if bare.casefold().startswith(one)), "")
        return bare[len(article) :] if self.speaks_english else bare

    def place(self, name: str | None) -> str:
        """Where something is: "in the kitchen", "upstairs"."""
        if name is None:
            return self.said("in_the_house")
        named = self.named(name)
        if self._english and named.casefold() in _PLACES:
            return named
        if self._english and named.casefold().endswith(("floor", "level", "storey", "story")):
            return f"on {named}"
        return self.said("in_place", place=named)

    def told_apart(self, entities: Sequence[Entity]) -> list[str]:
        """Their names; those that are the same with their area, or with their kind."""
        plain = [self.name(one) for one in entities]
        placed = [
            self._placed(name, one.area) if one.area and plain.count(name) > 1 else name
            for name, one in zip(plain, entities, strict=True)
        ]
        return [
            f"{name} ({self.noun([one])})" if placed.count(name) > 1 else name
            for name, one in zip(placed, entities, strict=True)
        ]

    def _placed(self, name: str, area: str) -> str:
        room = area.replace("_", " ")
        return f"{name} {self.place(room)}" if self.own_language == "en" else f"{room}{name}"

    def noun(self, entities: Iterable[Entity]) -> str:
        """What a thing of the kind of `entities` is called."""
        return self._noun(entities)["one"]

    def counted(self, entities: Sequence[Entity]) -> str:
        """How many of what: "2 lights"."""
        forms = self._noun(entities)
        return self.said("counted", count=len(entities), one=forms["one"], other=forms["other"])

    def kind(self, said: str) -> str:
        """A domain or device class as a word."""
        key = "_".join(said.split())
        forms = self.words.nouns.get(key) or self.words.nouns.get(f"cover.{key}")
        return self.absent(said.replace("_", " ")) if forms is None else forms["one"]

    def subject(self, entities: Sequence[Entity]) -> str:
        """One by its name, several by their number."""
        return self.name(entities[0]) if len(entities) == 1 else self.counted(entities)

    def plural(self, entities: Sequence[Entity]) -> bool:
        """Whether they are spoken of as many: several, or one called "Blinds"."""
        if len(entities) != 1:
            return True
        name = cleaned(entities[0].name).casefold()
        return self._english and name.endswith("s") and not name.endswith(("ss", "us", "is", "'s"))

    def _noun(self, entities: Iterable[Entity]) -> Mapping[str, str]:
        kinds = {(one.domain, one.device_class) for one in entities}
        domains = {domain for domain, _ in kinds}
        keys = [f"{domain}.{device_class}" for domain, device_class in kinds] if len(kinds) == 1 else []
        keys += [*domains] if len(domains) == 1 else []
        return next(
            (nouns for key in keys if (nouns := self.words.nouns.get(key))), self.words.nouns["device"]
        )

    # lists ----------------------------------------------------------------------------------------------
    def joined(self, names: Sequence[str], *, last: str = "and") -> str:
        """A list as it is said; of more than a few names the first ones."""
        if len(names) > MOST_NAMED:
            more = self.said("more", count=len(names) - MOST_NAMED + 1)
            names = [*names[: MOST_NAMED - 1], more]
        if len(names) <= 1:
            return "".join(names)
        return self.said(last, some=self.said("comma").join(names[:-1]), last=names[-1])
