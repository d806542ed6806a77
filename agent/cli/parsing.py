"""`hearthd parse`: what a sentence would be understood as.

Nothing here can act: no daemon, no broker and no pipeline is within reach.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from agent.cli.quiet import quietly
from agent.config import Loaded
from agent.core.intents import Choice, Intent, Missing, Tier, Unrecognized
from agent.dialogue.language import LanguageConfig
from agent.dialogue.reply import speaker_of
from agent.dialogue.suggesting import suggestion
from agent.dialogue.understanding import Understanding, Understood
from agent.engines.cascade import Cascade, Guess
from agent.engines.grammar import Grammar
from agent.engines.reader import Explained, Reader
from agent.engines.text import language_of
from agent.engines.tiers import tiers
from agent.engines.tiny import shipped
from agent.home.registry import Home
from agent.home.targets import find_targets
from agent.inference.models import Models
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

PLACES = frozenset({"name", "area", "floor", "domain", "device_class"})
"""Slots that say what is meant; an intent without any needs no entity."""
LONGEST_LINE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one sentence would be understood as."""

    intents: tuple[Intent, ...]
    targets: tuple[tuple[str, ...], ...]
    """The ids of the entities of each intent."""
    question: str | None
    refusal: str | None
    tier: Tier
    ms: float


class Read(Protocol):
    """One way to read a sentence."""

    async def __call__(self, text: str, *, language: str | None, area: str | None) -> Parsed:
        """What it would be understood as."""
        ...


class Parser:
    """Reads sentences in one house: with the templates, then with the models of `cascade`."""

    def __init__(
        self,
        home: Home,
        grammar: Grammar,
        language: LanguageConfig | None = None,
        *,
        cascade: Cascade | None = None,
    ) -> None:
        self._home = home
        self.grammar = grammar
        self._reader = Reader(home=home, grammar=grammar)
        self._understanding = Understanding(
            reader=self._reader, learned=None, cascade=cascade or Cascade(()), home=home
        )
        self._language = language or LanguageConfig()

    def parse(self, text: str, *, language: str | None = None, area: str | None = None) -> Parsed:
        """What the templates make of `text`, said in `area`."""
        spoken = language_of(text, language or self._language.default)
        started = time.perf_counter()
        understood = self._reader.read(text, spoken)
        return self._parsed(understood, spoken, self._place(area), started)

    async def parse_on(self, text: str, *, language: str | None = None, area: str | None = None) -> Parsed:
        """What all tiers make of it."""
        spoken = language_of(text, language or self._language.default)
        started = time.perf_counter()
        found = await self._understanding.beyond(
            self._reader.read(text, spoken), text, spoken, area=self._place(area)
        )
        return self._parsed(found, spoken, self._place(area), started)

    async def guess(self, text: str, *, language: str | None = None, area: str | None = None) -> Parsed:
        """What the models make of it, whatever the templates would."""
        spoken = language_of(text, language or self._language.default)
        started = time.perf_counter()
        found = await self._understanding.guess(text, spoken)
        understood = Unrecognized(reason="not_understood", text=text) if found is None else found
        sure = understood.intents if isinstance(understood, Guess) and understood.sure else understood
        return self._parsed(sure, spoken, self._place(area), started)

    def explain(self, text: str, *, language: str | None = None) -> Explained:
        """Every reading of `text`."""
        return self._reader.explain(text, language_of(text, language or self._language.default))

    def _place(self, area: str | None) -> str | None:
        place = self._home.area_named(area) if area is not None else None
        return place.id if place else None

    def _parsed(self, understood: Understood, language: str, area: str | None, started: float) -> Parsed:
        ms = (time.perf_counter() - started) * 1000
        if isinstance(understood, Guess):
            asked = suggestion(
                understood.intents, self._home, language=language, area=area, units=self._language.units
            )
            if asked is not None:
                return Parsed(
                    intents=(),
                    targets=(),
                    question=asked.text,
                    refusal=None,
                    tier=understood.intents[0].tier,
                    ms=ms,
                )
            understood = Unrecognized(reason="not_understood")
        if isinstance(understood, Unrecognized):
            speaker = speaker_of(language)
            missing = understood.missing
            spoken = speaker.missing(missing) if missing is not None else speaker.said(understood.reason)
            return Parsed(intents=(), targets=(), question=None, refusal=spoken.text, tier=Tier.NONE, ms=ms)
        targets: list[tuple[str, ...]] = []
        question = refusal = None
        for intent in understood:
            found = find_targets(intent, self._home, area=area)
            match found:
                case Choice():
                    question = speaker_of(language).asked(found).text
                    targets.append(tuple(one.id for one in found.options))
                case Missing():
                    if PLACES & set(intent.slots):
                        refusal = speaker_of(language).missing(found).text
                    targets.append(())
                case _:
                    targets.append(tuple(one.id for one in found))
        return Parsed(
            intents=understood,
            targets=tuple(targets),
            question=question,
            refusal=refusal,
            tier=understood[0].tier if understood else Tier.NONE,
            ms=ms,
        )


def parse(options: argparse.Namespace) -> int:
    """Print what a sentence, or each of many, would be understood as; 1 if one was not."""
    if bool(options.text) == bool(options.batch):
        print("give a sentence, or --batch IN OUT", file=sys.stderr)
        return 2
    return asyncio.run(_parse(options))


async def _parse(options: argparse.Namespace) -> int:
    quietly()
    home, loaded = _house(options)
    language = loaded.config.language
    if options.language:
        language = language.model_copy(update={"default": options.language})
    models = Models(loaded.config.models, clock=Clock(), metrics=Metrics(), shipped=shipped.there()[0])
    try:
        cascade = tiers(models, alone=options.tier == "model")
        parser = Parser(home, Grammar(folders=loaded.sentence_folders), language, cascade=cascade)
        ways: dict[str, Read] = {
            "grammar": _at_once(parser),
            "model": parser.guess,
            "all": parser.parse_on,
        }
        read = ways[options.tier]
        if options.tier == "model" and not models.serves("shipped"):
            print("the shipped model cannot be used here; 'hearthd model list' says why", file=sys.stderr)
            return 1
        if options.batch:
            return await _batch(read, *options.batch, area=options.area)
        text = " ".join(options.text)
        # What is loaded first is not what a sentence costs.
        Parser(home, parser.grammar, language).parse(text)
        if options.tier != "grammar":
            await cascade.read(shipped.SENTENCES[0], "en")
        parsed = await read(text, language=options.language, area=options.area)
    finally:
        await models.close()
    explained = parser.explain(text, language=options.language) if options.explain else None
    if options.json:
        print(orjson.dumps(_as_json(parsed, explained)).decode())
    else:
        _show(parsed, explained)
    return 0 if parsed.intents else 1


def _at_once(parser: Parser) -> Read:
    async def read(text: str, *, language: str | None, area: str | None) -> Parsed:
        return parser.parse(text, language=language, area=area)

    return read


async def _batch(read: Read, source: Path, result: Path, *, area: str | None) -> int:
    """JSON lines in, JSON lines out, in the same order; a line that is none is told and left out."""
    code = 0
    try:
        with source.open("rb") as lines, result.open("wb") as out:
            for number, row in _rows(lines, source):
                if row is None:
                    code = 1
                    continue
                text, said_in = row["utterance"], row.get("area")
                parsed = await read(
                    text,
                    language=row.get("lang") if isinstance(row.get("lang"), str) else None,
                    area=said_in if isinstance(said_in, str) else area,
                )
                out.write(orjson.dumps({"id": row.get("id", number), **_brief(parsed)}) + b"\n")
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return code


def _rows(lines: Any, source: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line) if len(line) <= LONGEST_LINE else None
        except ValueError:
            row = None
        if isinstance(row, dict) and isinstance(row.get("utterance"), str):
            yield number, row
            continue
        print(f'{source}:{number}: no JSON object like {{"id": 1, "utterance": "..."}}', file=sys.stderr)
        yield number, None


def _brief(parsed: Parsed) -> dict[str, Any]:
    return {
        "intents": [{"intent": one.name, "slots": dict(one.slots)} for one in parsed.intents],
        "question": parsed.question,
        "tier": parsed.tier.value,
        "ms": round(parsed.ms, 3),
    }


def _as_json(parsed: Parsed, explained: Explained | None) -> dict[str, Any]:
    told = _brief(parsed)
    for intent, targets in zip(told["intents"], parsed.targets, strict=True):
        intent["targets"] = list(targets)
    told["refusal"] = parsed.refusal
    if explained is not None:
        told["readings"] = [
            {
                "intent": one.intent.name,
                "slots": dict(one.intent.slots),
                "text": one.intent.text,
                "template": one.template,
                "misheard": one.nearly,
            }
            for one in explained.readings
        ]
        told["notes"] = list(explained.notes)
    return told


def _show(parsed: Parsed, explained: Explained | None) -> None:
    for intent, targets in zip(parsed.intents, parsed.targets, strict=True):
        slots = " ".join(f"{key}={value!r}" for key, value in intent.slots.items())
        left_out = f" except {', '.join(intent.excepted)}" if intent.excepted else ""
        print(f"{intent.name} {slots}{left_out}".rstrip())
        if targets:
            print(f"  -> {', '.join(targets)}")
    for said in filter(None, (parsed.question, parsed.refusal)):
        print(said)
    print(f"tier {parsed.tier.value}, {parsed.ms:.2f} ms")
    if explained is None:
        return
    print("readings, best first:")
    for one in explained.readings:
        slots = " ".join(f"{key}={value!r}" for key, value in one.intent.slots.items())
        print(f"  {one.intent.name} {slots}\n    {one.template}{'  (misheard)' if one.nearly else ''}")
    for note in explained.notes:
        print(f"  {note}")


def _house(options: argparse.Namespace) -> tuple[Home, Loaded]:
    """The house that is meant, and the configuration."""
    from agent import config as configuration
    from agent.home.furnished import as_left, furnished
    from agent.home.housefile import read_house
    from agent.integration.loader import BUNDLED

    loaded = configuration.read(options.config)
    if options.house is not None:
        return furnished(read_house(options.house)), loaded
    home = as_left(loaded.config.node.state_dir, loaded.config.home)
    if home is None:
        if not (loaded.config.node.state_dir / "demo").exists():
            print(
                "no house is known here yet: read in the simulated one; --house names another",
                file=sys.stderr,
            )
        home = furnished(read_house(BUNDLED / "demo_house" / "default.yaml"))
    return home, loaded
