"""Rows of `tests/sentences/*.yaml`, and the default house that they are said in.

    - say: turn off the lights except the hallway   # or several of the same meaning: [a, b]
      area: kitchen                                 # the area of the speaker, if it is known
      means: {HassTurnOff: {domain: light}}         # an intent with its slots; several in order: a list
      except: [Hallway]                             # what is left out
      targets: [light.kitchen_ceiling]              # ids; of several intents an id or a list for each

Instead of `targets`: `question: [ids]` (asked which of them) or `missing: {kind: what was said}` (told that
there is none). Instead of `means`: `nothing: why` (an honest no), `nothing: true` where it may be either of
"I did not understand" and "there is none". `acts: false` of a file: no row of it may change anything.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from agent.cli.parsing import Parsed, Parser
from agent.core.intents import Missing, Unrecognized
from agent.dialogue.language import LanguageConfig
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.home.furnished import furnished
from agent.home.housefile import HouseFile, read_house
from agent.home.targets import find_targets
from agent.integration.loader import BUNDLED

SENTENCES = Path(__file__).parent.parent / "sentences"
DEFAULT_HOUSE = BUNDLED / "demo_house" / "default.yaml"
CHINESE_NAMES = SENTENCES / "chinese_house.yaml"


class Row(BaseModel):
    """What some utterances mean."""

    model_config = ConfigDict(extra="forbid")

    say: list[str]
    area: str | None = None
    means: list[dict[str, dict[str, Any]]] = []
    excepted: list[str] = Field(default=[], alias="except")
    targets: list[str | list[str]] = []
    question: list[str] | None = None
    missing: dict[Literal["name", "area", "floor", "device"], str] | None = None
    nothing: Literal["empty", "too_long", "unreadable", "not_understood", True] | None = None

    @field_validator("say", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        return given if isinstance(given, list) else [given]

    @field_validator("means", mode="before")
    @classmethod
    def _in_order(cls, given: object) -> object:
        listed = given if isinstance(given, list) else [given]
        return [{one: {}} if isinstance(one, str) else one for one in listed]

    @property
    def intents(self) -> list[tuple[str, dict[str, Any]]]:
        """Each intent with its slots."""
        return [pair for one in self.means for pair in one.items()]

    @property
    def reasons(self) -> set[str | None]:
        """Why it is not understood, None if it is."""
        if self.nothing is True:
            return {"not_understood", "missing"}
        return {self.nothing or ("missing" if self.missing and not self.means else None)}

    @property
    def targets_each(self) -> list[list[str]]:
        """The targets of each intent."""
        if len(self.intents) == 1:
            return [[str(one) for one in self.targets]]
        each = [[one] if isinstance(one, str) else one for one in self.targets]
        return each or [[] for _ in self.intents]


class File(BaseModel):
    """A file of sentences in one language."""

    model_config = ConfigDict(extra="forbid")

    language: str
    acts: bool = True
    sentences: list[Row]


@dataclass(frozen=True)
class Said:
    """One utterance and the row it stands in."""

    text: str
    row: Row
    language: str
    may_act: bool
    file: str

    def __str__(self) -> str:
        return f"{self.text or 'nothing'}{f' (in {self.row.area})' if self.row.area else ''}"


@dataclass(frozen=True)
class Understood:
    """How the real reader took it in the real house."""

    parsed: Parsed
    missing: Missing | None
    unrecognized: str | None


class House:
    """The default house, read by a parser as `hearthd parse` reads."""

    def __init__(self, house: HouseFile, language: str) -> None:
        self.home = furnished(house)
        grammar = Grammar()
        self._language = language
        self._parser = Parser(self.home, grammar, LanguageConfig(default=language))
        self._reader = Reader(home=self.home, grammar=grammar)

    def understand(self, text: str, area: str | None = None) -> Understood:
        """What `text` means when it is said in `area`."""
        parsed = self._parser.parse(text, language=self._language, area=area)
        read = self._reader.read(text, self._language)
        if isinstance(read, Unrecognized):
            return Understood(parsed, read.missing, read.reason)
        found = [find_targets(one, self.home, area=area) for one in read]
        return Understood(parsed, next((one for one in found if isinstance(one, Missing)), None), None)


def table() -> list[Said]:
    """Every utterance of every file, in order."""
    files = {path: yaml.safe_load(path.read_text()) for path in sorted(SENTENCES.glob("*.yaml"))}
    return [
        Said(text, row, file.language, file.acts, path.name)
        for path, content in files.items()
        if path != CHINESE_NAMES
        for file in (File.model_validate(content),)
        for row in file.sentences
        for text in row.say
    ]


def house_of(language: str) -> House:
    """The default house as it is named in `language`."""
    house = read_house(DEFAULT_HOUSE)
    return House(house if language == "en" else _named(house, CHINESE_NAMES), language)


def _named(house: HouseFile, names: Path) -> HouseFile:
    """`house` with further names."""
    more = yaml.safe_load(names.read_text())
    named = house.model_dump(mode="json", exclude_unset=True)
    for kind, aliases in more.items():
        known = {one["id"]: one for one in named[kind]}
        for key, further in aliases.items():
            known[key]["aliases"] = [*known[key].get("aliases", ()), *further]
    return HouseFile.model_validate(named)
