"""What works inside the unit of the daemon, and what is denied: a task of it, that writes what it found."""

import ctypes
import json
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CREDENTIAL = Path("/run/credentials/hearthd.service/mqtt_password")
USER_NAMESPACE, IO_URING = (272, 0x10000000), (425, 4, 0)
libc = ctypes.CDLL(None, use_errno=True)


def does(*command: str) -> None:
    """Run a command that is to succeed."""
    subprocess.run(command, check=True, capture_output=True, timeout=9)


def call(*numbers: int) -> None:
    """Make a system call by its number."""
    if libc.syscall(*numbers) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run_own(folder: str) -> None:
    """Write a program there and run it."""
    program = Path(folder, "program")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    does(str(program))


TRIES: dict[str, Callable[[], object]] = {
    "journal": lambda: does("journalctl", "-n", "1", "--no-pager"),
    "broker": lambda: socket.create_connection(("localhost", 1883), 2),
    "metrics": lambda: [Path("/proc", one).read_text() for one in ("stat", "meminfo", "loadavg", "net/dev")],
    "callbacks": ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1),
    "restart": lambda: does("systemctl", "--no-ask-password", "restart", "probe-ok.service"),
    "credential": CREDENTIAL.read_text,
    "restart-other": lambda: does("systemctl", "--no-ask-password", "restart", "probe-no.service"),
    "internet": lambda: socket.create_connection(("203.0.113.1", 80), 1),
    "shadow": lambda: Path("/etc/shadow").read_text(),
    "elsewhere": lambda: Path("/srv/open/x").write_text("x"),
    "home": lambda: list(Path("/home").iterdir()),
    "devices": lambda: Path("/dev/kmsg").read_bytes(),
    "writable-code": lambda: mmap.mmap(-1, 4096, prot=7),
    "user-namespace": lambda: call(*USER_NAMESPACE),
    "io-uring": lambda: call(*IO_URING),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "own-program": lambda: run_own("/var/lib/hearthd"),
    "program-in-tmp": lambda: run_own("/tmp"),  # noqa: S108  # it must not
    "program-in-var-tmp": lambda: run_own("/var/tmp"),  # noqa: S108
    "program-in-memory": lambda: run_own("/dev/shm"),  # noqa: S108
}


def told(name: str) -> str:
    """`yes`, or why not."""
    try:
        TRIES[name]()
    except (OSError, subprocess.SubprocessError) as error:
        return f"no: {error}"
    return "yes"


Path("/var/lib/hearthd/probed.json").write_text(json.dumps({name: told(name) for name in TRIES}))
sys.stdout.write("done\n")
