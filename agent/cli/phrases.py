"""What the house has learned to understand: `phrases`, and its `accept`, `forget`, `export`."""

import argparse
from typing import Any

import orjson

from agent.cli.daemon import conversation
from agent.cli.looking import print_table
from agent.cli.person import user


def phrases(options: argparse.Namespace) -> int:
    """Every phrase, what it means, and how often it was used."""
    with conversation(options) as daemon:
        found = daemon.ask("phrases")
    rows = [
        (
            one["id"],
            one["phrase"],
            " + ".join(map(_meaning, one["intents"])),
            one["state"],
            f"used {one['used']} times" if one["used"] != 1 else "used once",
            one["last_used"] or "",
        )
        for one in found
    ]
    return print_table(options, found, rows, nothing="no phrase was learned yet")


def accept(options: argparse.Namespace) -> int:
    """Use a proposed phrase from now on."""
    return _change(options, "accept_phrase", "is used from now on")


def forget(options: argparse.Namespace) -> int:
    """Forget a phrase."""
    return _change(options, "forget_phrase", "is forgotten")


def export(options: argparse.Namespace) -> int:
    """The phrases in use as a sentence file."""
    with conversation(options) as daemon:
        told = daemon.ask("export_phrases", language=options.language)
    print(orjson.dumps(told).decode() if options.json else told.rstrip("\n"))
    return 0


def _change(options: argparse.Namespace, what: str, done: str) -> int:
    with conversation(options) as daemon:
        found = daemon.ask(what, phrase=options.id, who=user())
    row = (found["id"], found["phrase"], done)
    return print_table(options, found, [row], nothing="")


def _meaning(intent: dict[str, Any]) -> str:
    return " ".join([intent["name"], *(f"{slot}={value}" for slot, value in intent["slots"].items())])
