"""What happens by itself, for people: `hearthd jobs`, and `hearthd why` of a rule, a schedule, a timer."""

import argparse
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

from agent.cli.daemon import conversation, shown, zone_of
from agent.cli.looking import print_table, printable

MOST_SHOWN = 5
"""Times that a rule was set off; `--json` has all that are remembered."""


def jobs(options: argparse.Namespace) -> int:
    """Every schedule with its next time, its last one, and what came of that."""
    with conversation(options) as daemon:
        found = daemon.ask("jobs")
    zone = zone_of(options)
    found.sort(key=lambda one: (one["next"] is None, one["next"] or "", one["id"]))
    rows = [
        (
            one["id"],
            f"next {shown(one['next'], zone)}" if one["next"] else one["note"] or "no next",
            f"last {shown(one['last'], zone)}" if one["last"] else "not yet",
            "running" if one["running"] else one["result"] or "",
            one["what"],
            one["source"],
        )
        for one in found
    ]
    return print_table(options, found, rows, nothing="nothing is scheduled")


def explain(one: Mapping[str, Any], zone: tzinfo | None) -> None:
    """Print what a rule waits for, or when a schedule comes, and what became of it lately."""
    for line in _rule(one, zone) if "rule" in one else _job(one, zone):
        print(printable(line))


def _rule(rule: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    named = "" if rule["name"] == rule["rule"] else f" ({rule['name']})"
    yield f"{rule['rule']}{named}: {_standing(rule)}"
    for note in rule["notes"]:
        yield f"  {note}"
    for trigger in rule["triggers"]:
        yield f"  waits for {trigger['awaits']}"
        if "looked" in trigger:
            yield f"    did not fire at {shown(trigger['looked'], zone)}: {trigger['reason']}"
    now = rule["now"]
    if now is not None:
        yield f"  {shown(now['at'], zone)} set off, and not over yet"
        yield f"    because {now['because']}, id {now['run']}"
    yield from _asked(rule, zone)
    if not rule["went"] and now is None:
        yield "  was not set off yet"
    for went in rule["went"][:MOST_SHOWN]:
        words = f": {went['words']}" if went["words"] else ""
        yield f"  {shown(went['at'], zone)} {went['came']}{words}"
        yield f"    because {went['because']}" + (f", id {went['run']}" if "run" in went else "")


def _job(job: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    what = f": {job['what']}" if job["what"] else ""
    yield f"{job['job']} ({'said' if job['source'] == 'said' else 'schedule'}){what}"
    yield (
        f"  next {shown(job['next'], zone)}"
        if job["next"]
        else f"  {job['note'] or 'does not come any more'}"
    )
    if job["next"] and job["note"]:
        yield f"  {job['note']}"
    if job["running"]:
        yield "  is running"
    yield from _asked(job, zone)
    yield f"  last {shown(job['last'], zone)} {job['result'] or ''}" if job["last"] else "  was not run yet"


def _asked(one: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    for question in one["asks"]:
        yield f"  waits for approval: {question['text']}"
        until = shown(question["expires"], zone)
        yield f"    answer with: hearthd approve {question['id']}, or deny, until {until}"


def _standing(rule: Mapping[str, Any]) -> str:
    if not rule["enabled"]:
        return "switched off"
    listens = "in shadow, it only tells what it would do" if rule["shadow"] else "enabled"
    return f"{listens}, running" if rule["running"] else listens
