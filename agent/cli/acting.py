"""Commands that change something: `do`, `approve`, `deny`."""

import argparse
import secrets
import sys
import time
from typing import Any

import orjson

from agent.cli.daemon import conversation
from agent.cli.person import user
from agent.mqtt.caller import Caller
from agent.runtime.clock import Clock

GOOD = ("sent", "confirmed")


def do(options: argparse.Namespace) -> int:
    """Carry out one service and print what became of it at each target."""
    try:
        target, data = _target(options.target), _data(options.data)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    payload: dict[str, Any] = {
        "id": options.id or secrets.token_hex(8),
        "service": options.service,
        "target": target,
        "data": data,
        **_birth(),
    }
    if options.ttl is not None:
        payload["ttl"] = options.ttl
    with conversation(options) as daemon:
        daemon.listen(daemon.topics("outcome"))
        daemon.send(daemon.topics("do"), payload)
        return _follow(daemon, payload["id"], within=options.wait, as_json=options.json)


def answer(options: argparse.Namespace) -> int:
    """Approve or deny a waiting action and print what became of it."""
    with conversation(options) as daemon:
        daemon.listen(daemon.topics("outcome"))
        daemon.send(daemon.topics(options.answer), {"id": options.id, **_birth()})
        wanted = ("refused",) if options.answer == "deny" else GOOD
        return _follow(daemon, options.id, within=90.0, as_json=options.json, wanted=wanted)


def _follow(
    daemon: Caller, action_id: str, *, within: float, as_json: bool, wanted: tuple[str, ...] = GOOD
) -> int:
    """Print outcomes until every step has ended or waits for approval."""
    deadline = time.monotonic() + within
    ends: dict[str, dict[str, Any]] = {}
    while (left := deadline - time.monotonic()) > 0:
        outcome = daemon.next(left)
        if outcome is None:
            break
        if outcome.get("id") != action_id:
            continue
        if as_json:
            print(orjson.dumps(outcome).decode(), flush=True)
        if outcome.get("final") or outcome.get("status") == "pending":
            ends[str(outcome.get("target"))] = outcome
            if not as_json:
                _show(outcome, well=_well(outcome, wanted))
        if len(ends) >= int(outcome.get("of", 1)):
            return 0 if all(_well(end, wanted) for end in ends.values()) else 1
    print(
        f"no end of it was heard within {within:g} s; 'hearthd why {action_id}' tells where it stands",
        file=sys.stderr,
    )
    return 1


def _well(outcome: dict[str, Any], wanted: tuple[str, ...]) -> bool:
    """Whether it ended as wanted; an answer to no open question is refused itself, and has no target."""
    return outcome["status"] in wanted and bool(outcome.get("target"))


def _show(outcome: dict[str, Any], *, well: bool) -> None:
    reason = f": {outcome['reason']}" if outcome.get("reason") else ""
    where = outcome.get("target") or outcome.get("action")
    waits = outcome["status"] == "pending"
    where_to = sys.stdout if well or waits else sys.stderr
    print(f"{where} {outcome['status']}{reason}", file=where_to, flush=True)
    if waits:
        print(f"approve it with: hearthd approve {outcome['id']}", flush=True)


def _target(given: list[str]) -> dict[str, list[str]]:
    """`light.desk`, `area:kitchen` ... as the target of a command.

    Raises:
        ValueError: a kind that there is not.
    """
    target: dict[str, list[str]] = {}
    for one in given:
        kind, colon, name = one.partition(":")
        if not colon:
            kind, name = "entity", one
        if kind not in ("entity", "area", "floor", "domain"):
            raise ValueError(f"--target {one!r}: it is an entity id, or area:, floor: or domain: with a name")
        target.setdefault(kind, []).append(name)
    return target


def _data(given: list[str]) -> dict[str, Any]:
    """`brightness=40` as data: JSON where it is JSON, else text.

    Raises:
        ValueError: a word that is not `key=value`.
    """
    data: dict[str, Any] = {}
    for one in given:
        key, equals, text = one.partition("=")
        if not equals or not key:
            raise ValueError(f"{one!r} is not key=value, as in brightness=40")
        try:
            data[key] = orjson.loads(text)
        except ValueError:
            data[key] = text
    return data


def _birth() -> dict[str, str]:
    return {"ts": Clock().now().isoformat(), "who": user()}
