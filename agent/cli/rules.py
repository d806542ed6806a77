"""What happens by itself, for people: `hearthd jobs`, and `hearthd why` of a rule."""

import argparse
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from agent.cli.daemon import conversation
from agent.cli.looking import print_table, printable

MOST_SHOWN = 5
"""Times that a rule was set off; `--json` has all that are remembered."""


def jobs(options: argparse.Namespace) -> int:
    """Every schedule with its next time, its last one, and what came of that."""
    with conversation(options) as daemon:
        found = daemon.ask("jobs")
    found.sort(key=lambda one: (one["next"] is None, one["next"] or "", one["id"]))
    rows = [
        (
            one["id"],
            f"next {local(one['next'])}" if one["next"] else one["note"] or "no next",
            f"last {local(one['last'])}" if one["last"] else "not yet",
            "running" if one["running"] else one["result"] or "",
            one["what"],
            one["source"],
        )
        for one in found
    ]
    return print_table(options, found, rows, nothing="nothing is scheduled")


def explain(rule: Mapping[str, Any]) -> None:
    """Print what a rule waits for, and what became of it lately."""
    for line in _lines(rule):
        print(printable(line))


def _lines(rule: Mapping[str, Any]) -> Iterator[str]:
    named = "" if rule["name"] == rule["rule"] else f" ({rule['name']})"
    yield f"{rule['rule']}{named}: {_standing(rule)}"
    for trigger in rule["triggers"]:
        yield f"  waits for {trigger['awaits']}"
        if "looked" in trigger:
            yield f"    did not fire at {local(trigger['looked'])}: {trigger['reason']}"
    if not rule["went"]:
        yield "  was not set off yet"
    for went in rule["went"][:MOST_SHOWN]:
        words = f": {went['words']}" if went["words"] else ""
        yield f"  {local(went['at'])} {went['came']}{words}"
        yield f"    because {went['because']}" + (f", id {went['run']}" if "run" in went else "")


def _standing(rule: Mapping[str, Any]) -> str:
    if not rule["enabled"]:
        return "switched off"
    listens = "in shadow, it only tells what it would do" if rule["shadow"] else "enabled"
    return f"{listens}, running" if rule["running"] else listens


def local(moment: str) -> str:
    """A time as the clock on this machine's wall shows it."""
    return f"{datetime.fromisoformat(moment).astimezone():%a %Y-%m-%d %H:%M:%S %Z}"
