"""The first moments of a task's process: gives up what it should not have, then becomes the command.

Run as a script by the interpreter alone, `python -I -S task_child.py ORDERS PROGRAM ARGUMENT...`, so that the
daemon, which has threads, runs no code of its own between fork and exec. What goes wrong before the command
runs is told through a pipe that the command does not get; a pipe that closes in silence means that it runs.
"""

import contextlib
import ctypes
import json
import os
import platform
import resource
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30, "armv7l": 314, "armv6l": 314, "i686": 289}
_IO_CLASSES = {"best-effort": 2 << 13 | 7, "idle": 3 << 13}


def main() -> None:
    """Carry out the orders and become the program; tells what is in the way, if something is."""
    orders: dict[str, Any] = json.loads(sys.argv[1])
    told = orders["told"]
    os.set_inheritable(told, False)  # noqa: FBT003  # positional only
    _prepare(orders)
    # Nothing but what was handed over: the interpreter adds variables of its own where there is no locale.
    environment = {name: os.environb[name] for name in map(os.fsencode, orders["environment"])}
    arguments = [os.fsencode(one) for one in sys.argv[3:]]
    try:
        os.chdir(orders["directory"])
    except OSError as error:
        _tell(told, f"it cannot run in {orders['directory']}: {error.strerror}")
    try:
        for name, most in {"CORE": 0, **orders["limits"]}.items():
            if most is not None:
                _limit(getattr(resource, f"RLIMIT_{name}"), most)
        os.execve(sys.argv[2], arguments, environment)  # noqa: S606  # no shell
    except OSError as error:
        _tell(told, f"{sys.argv[2]} cannot be run: {error.strerror}")
    except (MemoryError, ValueError) as error:
        _tell(told, f"its limits cannot be kept: {error or 'too little memory to begin with'}")


def _prepare(orders: dict[str, Any]) -> None:
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        number = _IOPRIO_SET.get(platform.machine())
        if orders["io"] is not None and number is not None:
            libc.syscall(number, 1, 0, _IO_CLASSES[orders["io"]])
    if os.getppid() != orders["parent"]:
        os._exit(1)  # the daemon ended before it could be heeded
    os.umask(0o077)
    # Under some units nobody may say that it yields; it runs all the same.
    with contextlib.suppress(OSError):
        os.nice(orders["nice"])
    # The interpreter ignores some signals, whoever started the daemon may have ignored others.
    for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    # At the soft limit of processor time comes a signal with a name, at the hard one a plain kill.
    above = most + 1 if kind == resource.RLIMIT_CPU else most
    if hard != resource.RLIM_INFINITY:
        most, above = min(most, hard), min(above, hard)
    resource.setrlimit(kind, (most, above))


def _tell(told: int, reason: str) -> None:
    os.write(told, reason.encode(errors="replace")[:4000])
    os._exit(127)


if __name__ == "__main__":
    main()
