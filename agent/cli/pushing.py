"""`hearthd voice listen`: push-to-talk by the command line, at the microphone of the running daemon."""

import argparse
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from agent.cli.daemon import conversation
from agent.cli.looking import printable
from agent.cli.person import user
from agent.cli.talking import show, went_well
from agent.errors import TransientError
from agent.mqtt.caller import Caller
from agent.runtime.clock import Clock

WHY = {
    "nothing": "nobody said anything",
    "unclear": "what was said could not be understood",
    "cancelled": "the listening was cancelled",
    "replaced": "somebody else is listened to now",
    "dropped": "too much was said at once",
    "off": "the microphone is not there any more",
}


def push(options: argparse.Namespace) -> int:
    """Listen, and print what was heard and the reply; 1 if nothing came of it."""
    asked = secrets.token_hex(8)
    wish = {"id": asked, "ts": Clock().now().isoformat(), "who": user()}
    if options.area:
        wish["area"] = options.area
    with conversation(options) as daemon:
        obstacle = _obstacle(daemon)
        if obstacle is not None:
            print(obstacle, file=sys.stderr)
            return 1
        daemon.listen(daemon.topics("voice/partial"))
        daemon.listen(daemon.topics("voice/heard"))
        daemon.listen(daemon.topics("voice/silence"))
        daemon.listen(daemon.topics("reply"))
        daemon.send(daemon.topics("voice/listen"), wish)
        screen = _Screen(as_json=options.json)
        try:
            return _follow(_told(daemon, asked, within=options.wait), screen, within=options.wait)
        except KeyboardInterrupt:
            daemon.send(daemon.topics("voice/cancel"), {})
            raise
        finally:
            screen.close()


def _obstacle(daemon: Caller) -> str | None:
    """Why nobody can be listened to."""
    voice = next((one for one in daemon.ask("plugins") if one["domain"] == "voice"), None)
    if voice is None or voice["status"] == "disabled":
        return "this house has no voice: add 'voice:' to its configuration"
    try:
        state = daemon.ask("voice")
    except TransientError:
        return f"voice is {voice['status']}{': ' + voice['reason'] if voice['reason'] else ''}"
    wrong: Mapping[str, str] = state.get("wrong", {})
    if state["state"] == "off":
        why = wrong.get("source") or "the ear is being started, or 'voice: microphone:' is none"
        return f"there is no microphone: {why}"
    return wrong.get("recogniser")


def _told(daemon: Caller, asked: str, *, within: float) -> Iterator[dict[str, Any]]:
    """What is told of our wish, each as an event; ends when nothing comes for so long."""
    utterance = ""
    deadline = time.monotonic() + within
    while (left := deadline - time.monotonic()) > 0:
        found = daemon.next(left)
        if found is None:
            return
        event = None
        if found.get("listen") == asked:
            event = "silence" if "why" in found else "heard" if "confidence" in found else "partial"
            utterance = found["id"] if event == "heard" else utterance
        elif utterance and found.get("id") == utterance and "expects_answer" in found:
            event = "reply"
        if event is not None:
            yield {"event": event, **found}
            deadline = time.monotonic() + within


def _follow(told: Iterator[Mapping[str, Any]], screen: "_Screen", *, within: float) -> int:
    """Show it to the end, through every question that is asked back; the exit code."""
    code = 1
    for event in told:
        screen.show(event)
        if event["event"] == "silence":
            return 1
        if event["event"] == "reply":
            # What follows only explains what was told.
            code = code if event.get("follows") else 0 if went_well(event) else 1
            if not event["expects_answer"] and not event.get("more"):
                return code
    screen.close()
    print(f"nothing more was heard of it within {within:g} s", file=sys.stderr)
    return 1


class _Screen:
    """Shows events: lines of JSON, or what was said; what it sounds like moves on a terminal."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._drawn = False

    def show(self, event: Mapping[str, Any]) -> None:
        """Show one."""
        kind = event["event"]
        if self._json:
            print(orjson.dumps(event).decode(), flush=True)
        elif kind == "partial":
            self._partial(f"... {printable(str(event['text']))}")
        elif kind == "heard":
            self.close()
            print(f"heard: {printable(str(event['text']))}", flush=True)
        elif kind == "silence":
            self.close()
            print(WHY.get(event["why"], event["why"]), file=sys.stderr, flush=True)
        else:
            show(event, well=bool(event.get("follows")) or went_well(event))

    def close(self) -> None:
        """Wipe what it sounded like."""
        if self._drawn:
            print("\r\x1b[K", end="", flush=True)
        self._drawn = False

    def _partial(self, line: str) -> None:
        if not sys.stdout.isatty():
            print(line, flush=True)
            return
        width = shutil.get_terminal_size().columns - 1
        # The end of what matters is kept: it is said now.
        print(f"\r{line[-width:]}\x1b[K", end="", flush=True)
        self._drawn = True
