"""The first program in the sandbox: runs what it is told to in a process of its own, and tells in frames.

It is handed over as text, with a call of `main` behind it, to a `python3 -I -S` of whatever version the
system has, whose standard input and output are the connection. A frame is a letter, a length of four bytes
and so many bytes: `o` output, at the end `e` and how it ended, as JSON. Without an `e` the unit was ended.
"""

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from typing import Any, NoReturn

PIECE = 16384
LOOK_EVERY = 0.05
LEFT_WITHIN = 0.2
"""Seconds in which what was written must have come through once its process is gone."""


def main(request: str) -> None:
    """Run what `request` says, JSON: `python` or `argv`, `environment`, `limits`, `seconds`, `output`."""
    orders = json.loads(request)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _become(orders, writing)
    os.close(writing)
    began = time.monotonic()
    timed_out, sources = False, [reading]
    room, cut, status, over = orders["output"], 0, None, 0.0
    while status is None or time.monotonic() - over < LEFT_WITHIN:
        piece = b""
        if select.select(sources, [], [], LOOK_EVERY)[0]:
            piece = os.read(reading, PIECE)
            sources = [reading] if piece else []
            _tell(b"o", piece[:room])
            cut += len(piece) - len(piece[:room])
            room -= len(piece[:room])
        if status is None:
            timed_out = time.monotonic() - began > orders["seconds"]
            if timed_out or cut > PIECE:
                os.kill(child, signal.SIGKILL)
            found, ended = os.waitpid(child, 0 if timed_out or cut > PIECE else os.WNOHANG)
            status, over = ended if found else None, time.monotonic()
        elif not piece:
            break
    _tell(b"e", json.dumps({"timed_out": timed_out, "truncated": cut, **_ending(status)}).encode())


def _ending(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        return {"signal": signal.Signals(os.WTERMSIG(status)).name}
    return {"code": os.WEXITSTATUS(status)}


def _tell(kind: bytes, content: bytes) -> None:
    if content:
        frame = kind + len(content).to_bytes(4, "big") + content
        while frame:
            frame = frame[os.write(1, frame) :]


def _become(orders: dict[str, Any], writing: int) -> NoReturn:
    """Be what is to be run."""
    code = 1
    try:
        nothing = os.open("/dev/null", os.O_RDONLY)
        for number, end in ((0, nothing), (1, writing), (2, writing)):
            os.dup2(end, number)
        os.closerange(3, 64)
        for name, most in orders["limits"].items():
            kind = getattr(resource, f"RLIMIT_{name}")
            above = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (min(most, above) if above >= 0 else most, above))
        if orders["python"] is None:
            environment = {**os.environ, **orders["environment"]}
            os.execvpe(orders["argv"][0], orders["argv"], environment)  # noqa: S606  # no shell
        exec(compile(orders["python"], "<snippet>", "exec"), {"__name__": "__main__"})  # noqa: S102
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            sys.stderr.write(f"{leaving.code}\n")
    except BaseException:  # noqa: BLE001  # it is what the snippet came to
        sys.stderr.write(traceback.format_exc(limit=-3))
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code & 0xFF)
