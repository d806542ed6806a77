"""Commands that look and change nothing: `devices`, `why`, `pending`, `plugins`, `health`."""

import argparse
from collections.abc import Sequence
from typing import Any

import orjson

from agent.cli.daemon import conversation


def devices(options: argparse.Namespace) -> int:
    """Every entity with its area and state."""
    found = _ask(options, "devices")
    rows = [
        (one["id"], one["name"], one["area"] or "", _state(one), "" if one["available"] else "not available")
        for one in found
    ]
    return _print(options, found, rows, nothing="no device has announced itself yet")


def problems(options: argparse.Namespace) -> int:
    """What is wrong with what was announced."""
    found = _ask(options, "problems")
    rows = [(one["source"], one["where"], f"{one['count']}x", one["problem"]) for one in found]
    return _print(options, found, rows, nothing="no problems")


def why(options: argparse.Namespace) -> int:
    """Why an action ended as it did."""
    arguments = {"action": options.id, "limit": 500} if options.id else {}
    found = _ask(options, "why", **arguments)
    if options.json or not found:
        return _print(options, found, [], nothing="nothing was asked of the house yet")
    for one in found:
        cause = one["cause"]
        print(
            f"{one['action']} {one['target']}: {one['status']}"
            + (f", {one['reason']}" if "reason" in one else "")
        )
        print(f"  asked by {cause['who']} ({cause['kind']}) at {one['asked']}, id {one['id']}")
        if "risk" in one:
            print(f"  risk {one['risk']}, trust {one['trust']}, data {one['data']}")
    return 0


def pending(options: argparse.Namespace) -> int:
    """What waits for approval."""
    found = _ask(options, "pending")
    rows = [
        (one["id"], one["action"], " ".join(one["targets"]), f"until {one['expires']}", one["reason"])
        for one in found
    ]
    return _print(options, found, rows, nothing="nothing waits for approval")


def plugins(options: argparse.Namespace) -> int:
    """The integrations and how they are."""
    found = _ask(options, "plugins")
    rows = [
        (one["domain"], one["version"], one["status"], one["reason"] or one["description"]) for one in found
    ]
    return _print(options, found, rows, nothing="no integration was found")


def health(options: argparse.Namespace) -> int:
    """How the daemon and its machine are."""
    found = _ask(options, "health")
    if options.json or not found:
        return _print(options, found, [], nothing="health was not sampled yet")
    print(f"level: {found['level']}")
    rows = [
        (name, f"{one['value']} {one.get('unit') or ''}".strip(), one.get("level", ""))
        for name, one in found["gauges"].items()
    ]
    return _print(options, found, rows, nothing="")


def _ask(options: argparse.Namespace, what: str, **arguments: Any) -> Any:
    with conversation(options) as daemon:
        return daemon.ask(what, **arguments)


def _print(options: argparse.Namespace, found: Any, rows: Sequence[Sequence[str]], *, nothing: str) -> int:
    if options.json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    elif not rows:
        print(nothing)
    else:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _state(one: dict[str, Any]) -> str:
    if one["state"] is None:
        return "unknown"
    said = f"{one['state']} {one['unit']}" if one["unit"] else str(one["state"])
    return f"{said} (stale)" if one["stale"] else said
