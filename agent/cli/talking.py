"""`hearthd ask`: one sentence to the running daemon, its reply back."""

import argparse
import secrets
import sys
import time
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
        print(f"no reply within {options.wait:g} s; 'hearthd why' tells what became of it", file=sys.stderr)
        return 1
    if options.json:
        print(orjson.dumps(reply).decode())
    well = (
        bool(reply.get("intents") or reply.get("expects_answer"))
        and all(one.get("status") in DONE for one in reply.get("outcomes", []))
        and all(one.get("done", True) for one in reply.get("facts", []))
    )
    if not options.json:
        said = reply.get("shown") or reply.get("text") or reply.get("reason")
        print(said, file=None if well else sys.stderr, flush=True)
        if "tier" in reply:
            # Not among what a script reads.
            how = f"tier {reply['tier']}, {reply.get('ms', 0):.2f} ms"
            print(f"\x1b[2m{how}\x1b[0m" if sys.stderr.isatty() else how, file=sys.stderr)
    return 0 if well else 1


def _reply(following: Any, question: str, *, within: float) -> dict[str, Any] | None:
    """The reply to `question`, or the refusal to take it at all."""
    deadline = time.monotonic() + within
    while (left := deadline - time.monotonic()) > 0:
        heard = following(left)
        if heard is None:
            return None
        refused = heard.get("action") == "ask" and heard.get("status") in ("refused", "expired")
        if heard.get("id") == question and ("text" in heard or refused):
            return dict(heard)
    return None
