"""`hearthd parse`: what a sentence would be understood as.

Nothing here can act: no daemon, no broker and no pipeline is within reach.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agent.core.intents import Choice, Intent, Missing, Tier, Unrecognized
from agent.dialogue.reply import speaker_of
from agent.engines.grammar import Grammar
from agent.engines.reader import Explained, Reader, Understood
from agent.engines.text import language_of
from agent.home.registry import Home
from agent.home.targets import find_targets

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


class Parser:
    """Reads sentences in one house."""

    def __init__(self, home: Home, grammar: Grammar, language: str) -> None:
        self._home = home
        self.grammar = grammar
        self._reader = Reader(home=home, grammar=grammar)
        self._language = language

    def parse(self, text: str, *, language: str | None = None, area: str | None = None) -> Parsed:
        """What `text` would be understood as, said in `area`."""
        spoken = language_of(text, language or self._language)
        started = time.perf_counter()
        understood = self._reader.read(text, spoken)
        ms = (time.perf_counter() - started) * 1000
        place = self._home.area_named(area) if area is not None else None
        return self._parsed(understood, spoken, place.id if place else None, ms)

    def explain(self, text: str, *, language: str | None = None) -> Explained:
        """Every reading of `text`."""
        return self._reader.explain(text, language_of(text, language or self._language))

    def _parsed(self, understood: Understood, language: str, area: str | None, ms: float) -> Parsed:
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
    if options.tier == "model":
        print("no model reads sentences here yet; use --tier grammar or all", file=sys.stderr)
        return 1
    home, language, folders = _house(options)
    parser = Parser(home, Grammar(folders=folders), options.language or language)
    if options.batch:
        return _batch(parser, *options.batch, area=options.area)
    text = " ".join(options.text)
    # The first reading loads what it needs: the second one is what it costs.
    Parser(home, parser.grammar, language).parse(text, language=options.language, area=options.area)
    parsed = parser.parse(text, language=options.language, area=options.area)
    explained = parser.explain(text, language=options.language) if options.explain else None
    if options.json:
        print(orjson.dumps(_as_json(parsed, explained)).decode())
    else:
        _show(parsed, explained)
    return 0 if parsed.intents else 1


def _batch(parser: Parser, source: Path, result: Path, *, area: str | None) -> int:
    """JSON lines in, JSON lines out, in the same order; a line that is none is told and left out."""
    code = 0
    try:
        with source.open("rb") as lines, result.open("wb") as out:
            for number, row in _rows(lines, source):
                if row is None:
                    code = 1
                    continue
                text, said_in = row["utterance"], row.get("area")
                parsed = parser.parse(
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


def _house(options: argparse.Namespace) -> tuple[Home, str, tuple[Path, ...]]:
    """The house that is meant, its language, and the user's own sentence files."""
    from agent import config as configuration
    from agent.home.furnished import as_left, furnished
    from agent.home.housefile import read_house
    from agent.integration.loader import BUNDLED

    loaded = configuration.read(options.config)
    language = loaded.config.language
    if options.house is not None:
        return furnished(read_house(options.house)), language.default, loaded.sentence_folders
    home = as_left(loaded.config.node.state_dir, loaded.config.home)
    if home is None:
        if not (loaded.config.node.state_dir / "demo").exists():
            print(
                "no house is known here yet: read in the simulated one; --house names another",
                file=sys.stderr,
            )
        home = furnished(read_house(BUNDLED / "demo_house" / "default.yaml"))
    return home, language.default, loaded.sentence_folders
