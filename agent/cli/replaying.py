"""`hearthd replay`: what a configuration would have done with what was recorded, and what was done."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

import orjson

from agent import config as configuration
from agent.automations.calendar import house_zone
from agent.cli.quiet import quietly
from agent.cli.rehearsing import Lived, Note, rehearse
from agent.recording.deeds import Deed, Difference, difference
from agent.recording.reader import Recording


def replay(options: argparse.Namespace) -> int:
    """Print what would have been done and the difference to what was; 1 if there is one."""
    quietly()
    loaded = configuration.read(options.config)
    recording = Recording(options.file)
    lived = asyncio.run(
        rehearse(recording, loaded, lambda: recording.header.node if recording.header else "")
    )
    found = difference(lived.then.found, lived.now.found)
    if recording.flaws:
        print(f"{options.file}: not all could be read: {recording.flaws}", file=sys.stderr)
    if options.json:
        print(orjson.dumps(_as_json(lived, found)).decode())
    else:
        _show(lived, found, house_zone(loaded.config.node.timezone))
    return 1 if found else 0


def _show(lived: Lived, found: Difference, zone: tzinfo) -> None:
    print(f"from {_when(lived.began, zone)} to {_when(lived.ended, zone)}; what would have been done:")
    lines = sorted([*_lines(lived.now.found, zone), *_noted(lived.notes, zone)])
    print("\n".join(line for _, line in lines) or "  nothing")
    for title, deeds in (("only then", found.only_then), ("only now", found.only_now)):
        if deeds:
            print(f"{title}:")
            print("\n".join(line for _, line in _lines(deeds, zone)))
    print(f"the same: {found.same}, only then: {len(found.only_then)}, only now: {len(found.only_now)}")


def _lines(deeds: Sequence[Deed], zone: tzinfo) -> Iterable[tuple[float, str]]:
    for one in deeds:
        said = f"{one.kind} {one.who}  {one.action} {one.target}  {one.verdict}"
        yield one.time, f"  {_when(one.time, zone)}  {_plain(said)}"


def _noted(notes: Sequence[Note], zone: tzinfo) -> Iterable[tuple[float, str]]:
    for one in notes:
        yield (
            one.time,
            f"  {_when(one.time, zone)}  {_plain(f'automation {one.rule}  {one.came}: {one.words}')}",
        )


def _plain(text: str) -> str:
    """What anybody may have written on the bus, on one line."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _when(time: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(time, zone):%Y-%m-%d %H:%M:%S}"


def _as_json(lived: Lived, found: Difference) -> dict[str, object]:
    return {
        "from": lived.began,
        "to": lived.ended,
        "then": len(lived.then.found),
        "now": [one.as_json() for one in lived.now.found],
        "notes": [
            {"time": one.time, "rule": one.rule, "came": one.came, "words": one.words} for one in lived.notes
        ],
        "same": found.same,
        "only_then": [one.as_json() for one in found.only_then],
        "only_now": [one.as_json() for one in found.only_now],
    }
