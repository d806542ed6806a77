"""`hearthd model list` and `bench`: which models there are, and how quick they are here.

No daemon is needed, and no connection is opened.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

import orjson

from agent import config as configuration
from agent.cli.pulling import folder_of
from agent.cli.quiet import quietly
from agent.engines.tiny import codec, shipped
from agent.engines.tiny.engine import FORM
from agent.inference.bench import Bench, Bencher
from agent.inference.catalogue import Catalogue, Listed
from agent.inference.runner import Limits, Prompt
from agent.inference.section import FileConfig

GENERIC = (
    "The small house at the edge of the village had been empty for a year when the new owners came. "
    "The first thing that they wanted to know was"
)
"""Goes on in any model; about 32 tokens."""
COLUMNS = ("NAME", "SIZE", "ARCHITECTURE", "WEIGHTS", "PARAMETERS", "CONTEXT", "USABLE", "WHERE")


def list_models(options: argparse.Namespace) -> int:
    """Print every model that there is."""
    found = _catalogue(configuration.read(options.config)).models()
    if options.json:
        print(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2).decode())
    else:
        _table([COLUMNS, *map(_row, found)])
    return 0


def bench(options: argparse.Namespace) -> int:
    """Run a model and print how quick it is."""
    if options.rounds is not None and options.rounds < 1:
        print("--rounds: at least 1", file=sys.stderr)
        return 2
    quietly()
    name, config, source = _catalogue(configuration.read(options.config)).find(options.model)
    ours = source == "shipped"
    bencher = _of_ours(options.rounds) if ours else _of_others(config, options.rounds)
    found = asyncio.run(bencher.measure())
    if options.json:
        told = asdict(found) | {"model": name, "file": str(config.path), "busy": found.busy}
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(name, found, what="parse" if ours else "answer")
    return 0


def _of_ours(rounds: int | None) -> Bencher:
    """Measures the shipped model at what it is for."""
    file, _ = shipped.model()
    prompts = [Prompt(said=codec.heard(text), form=FORM) for text in shipped.SENTENCES]
    return Bencher(file=file, prompts=prompts, limits=Limits(max_tokens=64), rounds=rounds)


def _of_others(config: FileConfig, rounds: int | None) -> Bencher:
    # How much it takes is what is to be found out.
    file = replace(config.file, memory_limit_mb=None)
    prompts = [Prompt(said=GENERIC)]
    return Bencher(file=file, prompts=prompts, limits=Limits(max_tokens=32), rounds=rounds)


def _catalogue(loaded: configuration.Loaded) -> Catalogue:
    return Catalogue(shipped=shipped.file(), folder=folder_of(loaded), configured=loaded.config.models)


def _row(one: Listed) -> Sequence[str]:
    usable = {True: "yes", False: f"no: {one.reason}", None: "a server"}[one.usable]
    figures = (
        "" if one.size is None else f"{one.size / 1e6:.1f} MB",
        one.architecture,
        one.quantisation,
        "" if one.parameters is None else f"{one.parameters / 1e6:.1f} M",
        one.context,
    )
    shown = ("" if figure is None else str(figure) for figure in figures)
    source = f" ({one.source})" if one.source == "shipped" else ""
    return (one.name, *shown, usable, f"{one.where}{source}")


def _table(rows: Sequence[Sequence[str]]) -> None:
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, wide, strict=True)).rstrip())


def _show(name: str, found: Bench, *, what: str) -> None:
    best = found.best
    speed = "" if best.tokens_per_s is None else f"{best.tokens_per_s:.0f} tokens/s"
    figures = {
        "load": f"{best.load_ms:.0f} ms, with the start of its process",
        "first token": f"{best.first_token_ms:.1f} ms",
        "speed": speed,
        what: f"p50 {best.p50_ms:.1f} ms, p99 {best.p99_ms:.1f} ms, of {best.answers}",
        "memory": f"{best.memory_mb:.0f} MB",
        "threads": _advice(found),
    }
    print(name)
    for label, text in figures.items():
        if text:
            print(f"  {label:<12} {text}")
    if found.busy:
        load = f"load {found.load:.1f} on {found.cores} cores"
        print(f"  the machine is busy ({load}): the figures are not to be trusted")


def _advice(found: Bench) -> str:
    best = found.best
    others = [
        f"{one.threads} take {one.p50_ms:.1f} ms ({one.p50_ms / best.p50_ms:.2f} times as long)"
        for one in found.trials
        if one is not best
    ]
    others += [f"{count} had no answer in time" for count in found.too_slow]
    if found.not_tried:
        others.append(f"no time was left to try {', '.join(map(str, found.not_tried))}")
    return "; ".join([f"{best.threads} recommended", *others])
