"""`hearthd incidents`: what is wrong on the machine, and what of it is hidden."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson

from agent.cli.daemon import conversation, shown, zone_of
from agent.cli.looking import print_table


def incidents(options: argparse.Namespace) -> int:
    """Print the open incidents, with `--closed` those that are over too, and what is ignored."""
    with conversation(options) as daemon:
        found = daemon.ask("incidents", closed=options.closed)
        ignores = daemon.ask("ignores")
    if options.json:
        told = {"incidents": found, "ignores": ignores}
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return 0
    zone = zone_of(options)
    rows = [
        (
            one["severity"] if one["open"] else "over",
            one["key"],
            one["title"],
            f"since {shown(one['since'], zone)}",
            f"{one['count']}x",
        )
        for one in found
    ]
    print_table(options, found, rows, nothing="no incident is open")
    if ignores:
        print("ignored")
        print_table(options, ignores, [_ignored(one, zone) for one in ignores], nothing="")
    return 0


def _ignored(one: Mapping[str, Any], zone: tzinfo | None) -> tuple[str, ...]:
    learned = "incident" in one
    name = one["incident"] if learned else f"{one['name']} (journal: ignore:)"
    last = f", last {_at(one['last'], zone)}" if one["last"] is not None else ""
    since = f"since {_at(one['since'], zone)}: {one['why']}" if learned else ""
    return (f"  {name}", f"hid {one['bit']}x{last}", since)


def _at(seconds: float, zone: tzinfo | None) -> str:
    return shown(datetime.fromtimestamp(seconds, UTC).isoformat(), zone)
