"""`hearthd ask`: one sentence to the running daemon, its reply back."""

import argparse
import secrets
import sys
import time
from collections.abc import Mapping
from typing import Any

import orjson

from agent.cli.daemon import conversation
from agent.cli.person import user
from agent.runtime.clock import Clock

DONE = ("confirmed", "sent", "accepted", "pending")


def ask(options: argparse.Namespace) -> int:
    """Say `options.text` and print the reply; 1 if it was not understood, refused or failed."""
    question = secrets.token_hex(8)
    payload: dict[str, Any] = {
        "id": question,
        "text": " ".join(options.text),
        "session": options.session or f"cli {user()}",
        "ts": Clock().now().isoformat(),
        "who": user(),
    }
    for key in ("area", "language"):
        if getattr(options, key):
            payload[key] = getattr(options, key)
    with conversation(options) as daemon:
        daemon.listen(daemon.topics("reply"))
        daemon.listen(daemon.topics("outcome"))
        daemon.send(daemon.topics("ask"), payload)
        reply = _reply(daemon.next, question, within=options.wait)
        if reply is None:
            print(
                f"no reply within {options.wait:g} s; 'hearthd why' tells what became of it", file=sys.stderr
            )
            return 1
        if options.json:
            print(orjson.dumps(reply).decode())
        well = went_well(reply)
        if not options.json:
            show(reply, well=well)
            if reply.get("more"):
                later = _reply(daemon.next, question, within=options.wait)
                if later is None:
                    print(f"nothing more came within {options.wait:g} s; --wait is longer", file=sys.stderr)
                else:
                    show(later, well=True)
    return 0 if well else 1


def went_well(reply: Mapping[str, Any]) -> bool:
    """Whether what was said was understood, and nothing of it was refused or failed."""
    return (
        bool(reply.get("tier", "none") != "none" or reply.get("expects_answer"))
        and all(one.get("status") in DONE for one in reply.get("outcomes", []))
        and all(one.get("done", True) for one in reply.get("facts", []))
    )


def show(reply: Mapping[str, Any], *, well: bool) -> None:
    """Print a reply for a person; on standard error where it did not go well."""
    said = reply.get("shown") or reply.get("text") or reply.get("reason")
    print(said, file=None if well else sys.stderr, flush=True)
    if "tier" in reply:
        # Not among what a script reads.
        how = f"tier {reply['tier']}, {reply.get('ms', 0):.2f} ms"
        print(f"\x1b[2m{how}\x1b[0m" if sys.stderr.isatty() else how, file=sys.stderr)


def _reply(following: Any, question: str, *, within: float) -> dict[str, Any] | None:
    """The next reply to `question`, or the refusal to take it at all."""
    deadline = time.monotonic() + within
    while (left := deadline - time.monotonic()) > 0:
        heard = following(left)
        if heard is None:
            return None
        refused = heard.get("action") == "ask" and heard.get("status") in ("refused", "expired")
        if heard.get("id") == question and ("text" in heard or refused):
            return dict(heard)
    return None
