"""Commands that look and change nothing: `devices`, `why`, `pending`, `plugins`, `health`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import orjson

from agent.cli.daemon import conversation, shown, zone_of
from agent.errors import TransientError

DEVICE = (
    "id",
    "name",
    "aliases",
    "area",
    "floor",
    "domain",
    "device_class",
    "state",
    "attributes",
    "available",
    "source",
)
"""What `devices --json` tells of each; the daemon's answer has more, which may change."""


def devices(options: argparse.Namespace) -> int:
    """Every entity with its area and state."""
    found = _ask(options, "devices")
    rows = [
        (one["id"], one["name"], one["area"] or "", _state(one), "" if one["available"] else "not available")
        for one in found
    ]
    told = [{key: one[key] for key in DEVICE} for one in found]
    return print_table(options, told, rows, nothing="no device has announced itself yet")


def problems(options: argparse.Namespace) -> int:
    """What is wrong with what was announced."""
    found = _ask(options, "problems")
    rows = [(one["source"], one["where"], f"{one['count']}x", one["problem"]) for one in found]
    return print_table(options, found, rows, nothing="no problems")


def why(options: argparse.Namespace) -> int:
    """Why an action ended as it did, what became of a rule, or why what was said last led to nothing."""
    with conversation(options) as daemon:
        arguments = {"action": options.id, "limit": 500} if options.id else {}
        found = daemon.ask("why", **arguments)
        said = daemon.ask("said", utterance=options.id)
    if found and ("rule" in found[0] or "job" in found[0]):
        return _why_by_itself(options, found)
    idle = said if said and not said["acted"] and (not found or said["at"] > found[0]["asked"]) else None
    if options.id and not found and not idle:
        print(f"no action, rule, schedule or timer {options.id!r} is known", file=sys.stderr)
        return 1
    told = [idle] if idle else found
    if options.json or not told:
        return print_table(options, told, [], nothing="nothing was asked of the house yet")
    zone = zone_of(options)
    if idle:
        print(f"{idle['text']!r}: nothing was done, the answer was {idle['reply']!r}")
        who, kind = idle["cause"]["who"], idle["cause"]["kind"]
        print(f"  said by {who} ({kind}) at {shown(idle['at'], zone)}, id {idle['id']}")
    for one in () if idle else found:
        _explain(one, zone)
    return 0


def _why_by_itself(options: argparse.Namespace, found: Sequence[Mapping[str, Any]]) -> int:
    from agent.cli import rules

    if options.json:
        return print_table(options, found, [], nothing="")
    for one in found:
        rules.explain(one, zone_of(options))
    return 0


def _explain(one: dict[str, Any], zone: tzinfo | None) -> None:
    cause = one["cause"]
    reason = f", {one['reason']}" if "reason" in one else ""
    print(f"{one['action']} {one['target']}: {one['status']}{reason}")
    words = f", in the words {cause['utterance']!r}" if "utterance" in cause else ""
    print(
        f"  asked by {cause['who']} ({cause['kind']}) at {shown(one['asked'], zone)}, id {one['id']}{words}"
    )
    if one["status"] == "pending":
        print(f"  answer with: hearthd approve {one['id']}, or deny, until {shown(one['expires'], zone)}")
    if "risk" in one:
        print(f"  risk {one['risk']}, trust {one['trust']}, data {one['data']}")


def pending(options: argparse.Namespace) -> int:
    """What waits for approval, in words, and how it is answered."""
    found = _ask(options, "pending")
    zone = zone_of(options)
    rows = [
        (
            one["id"],
            one["text"],
            f"{one['action']} {' '.join(one['targets'])}",
            f"asked by {one['cause']['who']}",
            f"until {shown(one['expires'], zone)}",
            one["reason"],
        )
        for one in found
    ]
    print_table(options, found, rows, nothing="nothing waits for approval")
    if rows and not options.json:
        print("answer with: hearthd approve ID, or hearthd deny ID")
    return 0


def plugins(options: argparse.Namespace) -> int:
    """The integrations and how they are."""
    found = _ask(options, "plugins")
    rows = [
        (one["domain"], one["version"], one["status"], one["reason"] or one["description"]) for one in found
    ]
    return print_table(options, found, rows, nothing="no integration was found")


def health(options: argparse.Namespace) -> int:
    """How the daemon and its machine are."""
    with conversation(options) as daemon:
        found = daemon.ask("health")
        try:
            host = daemon.ask("host")
        except TransientError:
            # That integration is switched off.
            host = None
    found = found and {**found, **({"host": host} if host else {})}
    if options.json or not found:
        return print_table(options, found, [], nothing="health was not sampled yet")
    print(f"level: {found['level']}")
    rows = [
        (name, f"{one['value']} {one.get('unit') or ''}".strip(), one.get("level", ""))
        for name, one in found["gauges"].items()
    ]
    rows += [
        (name, f"{one['value']} {one.get('unit') or ''}".strip(), one.get("level", ""))
        for name, one in (host["gauges"] if host else {}).items()
        if name not in found["gauges"]
    ]
    rows += [
        (f"model {name}", f"{one['state']}{_figures(one)}", one["level"])
        for name, one in found["models"].items()
    ]
    return print_table(
        options, found, rows, nothing="nothing is measured: the integration health is switched off"
    )


def _figures(model: Mapping[str, Any]) -> str:
    """What is to be known of a model, after its state."""
    memory = model["memory_mb"]
    told = (
        model["reason"],
        f"{model['answered']} answered" if model["answered"] else "",
        f"{model['failed']} failed" if model["failed"] else "",
        f"{model['restarts']} restarts" if model["restarts"] else "",
        f"{memory:.0f} MB" if memory is not None else "",
    )
    text = ", ".join(filter(None, told))
    return f": {text}" if text else ""


def _ask(options: argparse.Namespace, what: str, **arguments: Any) -> Any:
    with conversation(options) as daemon:
        return daemon.ask(what, **arguments)


def print_table(
    options: argparse.Namespace, found: Any, rows: Sequence[Sequence[str]], *, nothing: str
) -> int:
    """Print `found` as JSON if that was asked for, else `rows` in columns, or `nothing` without any; 0."""
    if options.json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    elif not rows:
        print(nothing)
    else:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            print(printable(line))
    return 0


def printable(line: str) -> str:
    """`line` without what would steer the terminal: devices and strangers have a say in it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)


def _state(one: dict[str, Any]) -> str:
    if one["state"] is None:
        return "unknown"
    said = f"{one['state']} {one['unit']}" if one["unit"] else str(one["state"])
    return f"{said} (stale)" if one["stale"] else said
